// Duel: two rivals bid for prizes at the same moment; both pay, the higher bid wins.
#pragma once

#include "game.h"

namespace coterie {

struct Duel {
  static constexpr const char* name = "duel";
  static constexpr int version = 1;

  struct Config {
    int coins, rounds;

    static constexpr auto fields() {
      return std::tuple{field("coins", &Config::coins), field("rounds", &Config::rounds)};
    }
  };

  static Spec spec(const Config& config) {
    Spec spec;
    spec.seats = 2;
    spec.observation_shape = {2 * (config.coins + 1) + config.rounds};
    spec.actions = {config.coins + 1};
    spec.has_mask = true;
    spec.statistics = {"ties"};
    spec.seat_statistics = {"wins", "coins_left"};
    spec.action_names.resize(1);
    for (int i = 0; i <= config.coins; ++i) spec.action_names[0].push_back("bid_" + std::to_string(i));
    return spec;
  }

  void reset(const Config& config, Rng&) {
    *this = {};
    coins = {config.coins, config.coins};
  }

  bool step(const Config& config, Rng&, const Io& io) {
    const int lead = io.actions[0] - io.actions[1];
    for (size_t seat = 0; seat < 2; ++seat) coins[seat] -= io.actions[seat];
    if (lead != 0) {
      const size_t winner = lead > 0 ? 0 : 1;
      io.rewards[winner] = 1.f;
      io.rewards[1 - winner] = -1.f;
      ++wins[winner];
    }
    return ++round >= config.rounds;
  }

  // A seat's row: its own coins, its rival's coins, the round; each one of all it could be.
  void observe(const Config& config, const Io& io) const {
    const int purse = config.coins + 1;
    for (size_t seat = 0; seat < 2; ++seat) {
      uint8_t* row = io.observations.data() + seat * size_t(2 * purse + config.rounds);
      for (int i = 0; i < purse; ++i) row[i] = i == coins[seat];
      for (int i = 0; i < purse; ++i) row[purse + i] = i == coins[1 - seat];
      for (int i = 0; i < config.rounds; ++i) row[2 * purse + i] = i == round;
    }
  }

  // Nobody bids more than is in the purse.
  void mask(const Config& config, const Io& io) const {
    for (size_t seat = 0; seat < 2; ++seat)
      for (int bid = coins[seat] + 1; bid <= config.coins; ++bid)
        io.masks[seat * size_t(config.coins + 1) + size_t(bid)] = 0;
  }

  void stats(const Config&, std::span<float> all, std::span<float> seats) const {
    all[0] = float(round - wins[0] - wins[1]);
    for (size_t seat = 0; seat < 2; ++seat) {
      seats[2 * seat] = float(wins[seat]);
      seats[2 * seat + 1] = float(coins[seat]);
    }
  }

  std::string text(const Config& config) const {
    std::string line = "round " + std::to_string(round) + " of " + std::to_string(config.rounds);
    for (size_t seat = 0; seat < 2; ++seat)
      line += "; seat " + std::to_string(seat) + " has " + std::to_string(coins[seat]) + ", won " +
              std::to_string(wins[seat]);
    return line;
  }

  std::array<int32_t, 2> coins{}, wins{};
  int32_t round = 0;
};

}  // namespace coterie
