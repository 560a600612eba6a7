// Meet: two walkers on a line want to stand in the same place; each sees only a little way.
#pragma once

#include "game.h"

namespace coterie {

struct Meet {
  static constexpr const char* name = "meet";
  static constexpr int version = 1;

  struct Config {
    int places, view, length;

    static constexpr auto fields() {
      return std::tuple{field("places", &Config::places), field("view", &Config::view),
                        field("length", &Config::length)};
    }
  };

  enum Action { STAY, LEFT, RIGHT, ACTIONS };

  static Spec spec(const Config& config) {
    Spec spec;
    spec.seats = 2;
    spec.observation_shape = {config.places + 2 * config.view + 1};
    spec.actions = {ACTIONS};
    spec.max_steps = config.length;
    spec.statistics = {"meetings"};
    spec.seat_statistics = {"moves"};
    spec.action_names = {{"stay", "left", "right"}};
    return spec;
  }

  void reset(const Config& config, Rng& rng) {
    *this = {};
    place[0] = int32_t(rng.below(uint32_t(config.places)));
    place[1] = (place[0] + rng.between(1, config.places - 1)) % config.places;
  }

  bool step(const Config& config, Rng&, const Io& io) {
    for (size_t seat = 0; seat < 2; ++seat) {
      const int32_t before = place[seat];
      if (io.actions[seat] == LEFT && before > 0) --place[seat];
      if (io.actions[seat] == RIGHT && before < config.places - 1) ++place[seat];
      moves[seat] += place[seat] != before;
    }
    has_met = place[0] == place[1];
    io.rewards[0] = io.rewards[1] = float(has_met);
    return has_met;
  }

  // A seat's row: its place, one of all; then where the other stands, one of those in view, or nothing.
  void observe(const Config& config, const Io& io) const {
    const int window = 2 * config.view + 1;
    for (size_t seat = 0; seat < 2; ++seat) {
      uint8_t* row = io.observations.data() + seat * size_t(config.places + window);
      const int other = place[1 - seat] - place[seat] + config.view;
      for (int i = 0; i < config.places; ++i) row[i] = i == place[seat];
      for (int i = 0; i < window; ++i) row[config.places + i] = i == other;
    }
  }

  void stats(const Config&, std::span<float> all, std::span<float> seats) const {
    all[0] = float(has_met);
    for (size_t seat = 0; seat < 2; ++seat) seats[seat] = float(moves[seat]);
  }

  std::string text(const Config& config) const {
    std::string line(size_t(config.places), '.');
    for (size_t seat = 0; seat < 2; ++seat) line[size_t(place[seat])] = char('0' + seat);
    if (has_met) line[size_t(place[0])] = '*';
    return line;
  }

  std::array<int32_t, 2> place{}, moves{};
  int32_t has_met = 0;
};

}  // namespace coterie
