// Shuttle: works the fields next to the station in many short trips, and remembers what each asteroid gave.
#pragma once

#include "bots_view.h"

namespace coterie::prospector {

// What a pilot found out about one asteroid: units a tick of conservative mining would bring of each
// commodity, with a good tool and nothing mined yet.
struct Claim {
  Mix yield;
  int32_t is_tried;
};

struct Shuttle {
  static constexpr const char* name = "shuttle";
  using Options = NoOptions;
  struct Plan {
    bool has_notes = false;
  };
  static Plan plan(const Briefing& briefing, const Options&) {
    check(briefing);
    return {number_of(briefing.features, "lane_0/is_homeward") == BEYOND_AT};
  }

  std::array<std::array<Claim, ASTEROIDS>, LANES> claims{};
  std::array<float, LANES> fuel{}, left{};  // of the station's lanes: by its fuel one knows a lane again
  std::array<float, COMMODITIES> cargo{}, price{};
  float tool = 1, gained = 0, risked = 0;
  int32_t node = -1, selected = -1, lane = -1;

  void act(const Plan& plan, const Turn& turn) {
    const View view{reinterpret_cast<const float*>(turn.observation(0))};
    read_prices(view);
    if (view.node() == node && !view.is_home()) read_yield(view);
    find_lane(view);
    *turn.action(0) = view.is_home() ? at_home(view) : in_field(plan, view);
    node = view.node(), selected = view.selected(), tool = view.tool();
    for (size_t c = 0; c < COMMODITIES; ++c) cargo[c] = view.cargo(c);
  }

 private:
  // Found by play on 400 seeds. In credits: what a tick of mining must bring, what it must bring for nothing
  // else to be tried first, what untried asteroids are taken for, what a trip costs however long it is.
  static constexpr float WORTH = 10, RICH = 150, UNTRIED = 60, OVERHEAD = 70;
  // Shares of hull or tool: mended at the station below the first, and in the field home below the second.
  static constexpr float MEND = 0.6f, RETREAT = 0.4f;

  // Prices are shown up to their base; above it they are followed by their changes.
  void read_prices(const View& view) {
    for (size_t c = 0; c < COMMODITIES; ++c) {
      if (view.price(c) < 1) price[c] = view.price(c) * Market::BASE[c];
      else if (node < 0) price[c] = Market::BASE[c] * 1.1f;
      else price[c] = std::max(Market::BASE[c], price[c] + view.change(c) * 100.f);
    }
  }

  // What the last tick brought in, by the method that the wear of the tool gives away.
  void read_yield(const View& view) {
    const float wear = (tool - view.tool()) * TOOL;
    if (lane < 0 || selected < 0 || wear < 0.5f) return;
    const Known known = view.asteroid(size_t(selected));
    const Method& method = METHODS[wear < 1.2f ? 0 : wear < 2.2f ? 1 : 2];
    Claim& claim = claims[size_t(lane)][size_t(selected)];
    float amount = 0;
    for (size_t c = 0; c < COMMODITIES; ++c) amount += std::max(0.f, view.cargo(c) - cargo[c]);
    if (amount <= 0) return;
    const float state = (0.4f + 0.6f * tool) * std::max(0.05f, 1.f - known.depletion) * method.yield;
    for (size_t c = 0; c < COMMODITIES; ++c)
      claim.yield[c] = std::max(0.f, view.cargo(c) - cargo[c]) * HOLD * METHODS[0].yield / state;
    claim.is_tried = 1;
  }

  // Which of the station's lanes leads here.
  void find_lane(const View& view) {
    if (view.is_home()) {
      for (size_t k = 0; k < LANES; ++k) {
        if (node < 0) left[k] = view.has_lane(k) ? 1 : 0;
        fuel[k] = view.has_lane(k) ? view.lane(k)[5] : 0;
      }
      lane = -1;
    } else if (view.node() != node) {
      const int home = view.home_lane();
      lane = -1, gained = risked = 0;
      for (size_t k = 0; home >= 0 && k < LANES; ++k)
        if (view.lane(size_t(home))[5] == fuel[k]) lane = int(k);
    }
  }

  float rate(const Claim& claim) const {
    float sum = 0;
    for (size_t c = 0; c < COMMODITIES; ++c) sum += claim.yield[c] * price[c];
    return sum;
  }

  // -- at the station
  // ----------------------------------------------------------------------------------------

  int at_home(const View& view) {
    if (const int sale = sell(view); sale >= 0) return sale;
    const float credits = view.credits();
    if ((view.hull() < MEND || view.tool() < MEND) && credits >= OVERHAUL_PRICE) return OVERHAUL;
    if (view.supply(KITS) > 0 && view.hull() < 0.6f) return PATCH;
    if (view.supply(KITS) > 0 && view.tool() < 0.5f) return MAINTAIN;
    if (view.fuel() < 0.5f)
      for (int size = 2; size >= 0; --size)
        if (credits >= FUEL_PRICES[size].credits) return BUY_FUEL + size;
    if (view.alert() > 0) return DOCK;
    if (view.heat() > 0.2f) return DRIFT;
    const int next = choose(view);
    const bool is_fit = view.hull() > RETREAT + 0.1f && view.time_left() > 0.005f;
    if (next >= 0 && is_fit && view.fuel() * FUEL > 2.6f * view.lane_fuel(size_t(next))) return TRAVEL + next;
    return credits > 0 ? CASH_OUT : DRIFT;
  }

  // Piece by piece, for a smaller piece slips less.
  static int sell(const View& view) {
    for (size_t c = 0; c < COMMODITIES; ++c)
      if (view.cargo(c) > 0) return SELL + int(c) * 3 + (view.cargo(c) * HOLD > 2.f ? 0 : 2);
    return -1;
  }

  // The lane whose field promises most; what nobody has tried yet counts as middling.
  int choose(const View& view) const {
    int best = -1;
    float most = 0;
    for (size_t k = 0; k < LANES; ++k) {
      if (!view.has_lane(k) || left[k] <= 0) continue;
      const float promise = left[k] == 1 ? (view.leads_to(k, CLUSTER) ? 3000.f : 2000.f) : left[k];
      const float score = promise / (300.f + view.lane_fuel(k));
      if (score > most) best = int(k), most = score;
    }
    return best;
  }

  // -- in a field
  // --------------------------------------------------------------------------------------------

  int in_field(const Plan& plan, const View& view) {
    const int home = view.home_lane();
    if (lane < 0 || home < 0) return home >= 0 ? home : nearer(plan, view);
    int best = -1, untried = -1;
    float most = 0, sum = 0;
    for (size_t a = 0; a < ASTEROIDS; ++a) {
      const Known known = view.asteroid(a);
      if (known.is_there <= 0 || known.depletion >= 1) continue;
      const Claim& claim = claims[size_t(lane)][a];
      const float value = rate(claim) * (1.f - known.depletion);
      if (!claim.is_tried && (untried < 0 || known.is_selected > 0)) untried = int(a);
      if (!claim.is_tried) sum += UNTRIED;
      else if (value > WORTH) sum += value;
      if (claim.is_tried && value > most) best = int(a), most = value;
    }
    left[size_t(lane)] = sum > 0 ? 10.f * sum + 2 : 0;
    if (untried >= 0 && most < RICH) best = untried, most = std::max(most, UNTRIED);
    if (best < 0 || most < WORTH || is_enough(view, most)) return home;
    return best == view.selected() ? MINE : SELECT + best;
  }

  // Ore that is left is not lost: a trip is long enough when another tick risks more, for what it brings,
  // than the trip did on the whole.
  bool is_enough(const View& view, float gain) {
    const float way = view.lane_fuel(size_t(view.home_lane())) * (1.f + 0.5f * view.load());
    if (view.hull() < RETREAT || view.fuel() * FUEL < 1.3f * way + 20 || view.load() > 0.95f) return true;
    if (view.heat() > 0.7f) return true;
    float value = 0;
    for (size_t c = 0; c < COMMODITIES; ++c) value += view.cargo(c) * HOLD * price[c];
    const float chance = sigmoid(-3.4f + 2.2f * view.alert() + 0.8f * ln(1.f + value / THOUSAND));
    const float risk = chance * (0.14f * value + 20.f) + 5.f;
    const bool is_enough = risk * (gained + 1.f) > gain * (OVERHEAD + risked);
    gained += gain, risked += risk;
    return is_enough;
  }

  // Two or more hops out: by the notes, where there are any, else by the first lane.
  static int nearer(const Plan& plan, const View& view) {
    return view.first_lane([&](size_t k) { return !plan.has_notes || view.is_homeward(k); });
  }
};

}  // namespace coterie::prospector
