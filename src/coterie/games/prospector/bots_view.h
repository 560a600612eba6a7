// What a scripted pilot reads off an observation, and what it can do about it.
#pragma once

#include "bot.h"
#include "prospector_show.h"

namespace coterie::prospector {

// An observation by name; amounts are shares of the most there can be, as they are shown.
struct View {
  const float* o;

  float fuel() const { return o[0]; }
  float hull() const { return o[1]; }
  float heat() const { return o[2]; }
  float tool() const { return o[3]; }
  float load() const { return o[4]; }
  float alert() const { return o[5]; }
  float time_left() const { return o[6]; }
  // Never more than there are, for all the rounding of a logarithm: what can be paid for can be bought.
  float credits() const { return (exponential(o[7] * LOG_MOST_CREDITS) - 1.f) * 0.9999f; }
  float cargo(size_t c) const { return o[CARGO_AT + c]; }
  float supply(Supply supply) const { return o[int(SUPPLIES_AT) + int(supply)]; }
  bool is_home() const { return o[NODE_AT] > 0; }
  int node() const { return int(o[NODE_AT + 5] * float(NODES - 1) + 0.5f); }
  float price(size_t c) const { return o[PRICES_AT + c]; }
  float change(size_t c) const { return o[CHANGES_AT + c]; }

  const float* lane(size_t k) const { return o + LANES_AT + k * LANE_NUMBERS; }
  bool has_lane(size_t k) const { return lane(k)[0] > 0; }
  bool leads_to(size_t k, Kind kind) const { return lane(k)[1 + kind] > 0; }
  int lane_ticks(size_t k) const { return int(lane(k)[4] * 8.f + 0.5f); }
  float lane_fuel(size_t k) const { return lane(k)[5] * 160.f; }

  bool is_homeward(size_t k) const { return o[BEYOND_AT + k * BEYOND_NUMBERS] > 0; }  // of the notes

  Known asteroid(size_t a) const {
    Known known;
    std::memcpy(&known, o + ASTEROIDS_AT + a * (sizeof known / sizeof(float)), sizeof known);
    return known;
  }
  int selected() const {
    for (int a = 0; a < ASTEROIDS; ++a)
      if (asteroid(size_t(a)).is_selected > 0) return a;
    return -1;
  }

  int home_lane() const {
    return first_lane([this](size_t k) { return leads_to(k, STATION); });
  }
  template <class Fits>
  int first_lane(Fits fits) const {
    for (size_t k = 0; k < LANES; ++k)
      if (has_lane(k) && fits(k)) return int(k);
    return -1;
  }
};

// What every pilot checks before it flies: that these are the numbers and actions of this game.
inline void check(const Briefing& briefing) {
  auto need = [](bool is_met, const char* what) {
    if (!is_met)
      throw std::invalid_argument(std::string("this pilot flies ships of prospector: it needs ") + what);
  };
  need(briefing.view == "vector", "an observation of named numbers");
  need(briefing.features.size() >= NUMBERS && briefing.features[0] == "fuel", "the 260 numbers of a ship");
  need(number_of(briefing.features, "price/iron") == PRICES_AT, "prices where they are expected");
  need(number_of(briefing.features, "asteroid_0/is_there") == ASTEROIDS_AT,
       "asteroids where they are expected");
  need(briefing.action_names.size() == 1 && number_of(briefing.action_names[0], "cash_out") == CASH_OUT,
       "its 69 actions");
}

// What the bots of the reference, which remember nothing, have in common.
struct NoOptions {
  static constexpr auto fields() { return std::tuple<>(); }
};

// Shares `act(plan, turn)` among pilots that decide by one observation: each member flies a ship of its own.
template <class Pilot>
void fly(Pilot& pilot, const typename Pilot::Plan& plan, const Turn& turn) {
  for (int i = 0; i < turn.members(); ++i) {
    const View view{reinterpret_cast<const float*>(turn.observation(i))};
    *turn.action(i) = pilot.decide(plan, view);
  }
}

}  // namespace coterie::prospector
