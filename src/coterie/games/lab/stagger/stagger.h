// Stagger: the same reward for every step, for ever; only the clock cuts it, each time at another length.
#pragma once

#include "game.h"

namespace coterie {

struct Stagger {
  static constexpr const char* name = "stagger";
  static constexpr int version = 1;

  struct Config {
    int shortest, longest;
    float reward;

    static constexpr auto fields() {
      return std::tuple{field("shortest", &Config::shortest), field("longest", &Config::longest),
                        field("reward", &Config::reward)};
    }
  };

  static Spec spec(const Config& config) {
    Spec spec;
    spec.observation_shape = {1};
    spec.actions = {2};
    spec.max_steps = config.longest;
    spec.statistics = {"clock"};
    spec.action_names = {{"sit", "stand"}};
    return spec;
  }

  void reset(const Config& config, Rng& rng) {
    *this = {};
    clock = rng.between(config.shortest, config.longest);
  }

  bool step(const Config& config, Rng&, const Io& io) {
    io.rewards[0] = config.reward;
    ++tick;
    return false;
  }

  int limit(const Config&) const { return clock; }

  // Nothing tells how far the clock is: every state looks the same and is worth the same.
  void observe(const Config&, const Io& io) const { io.observations[0] = 1; }

  void stats(const Config&, std::span<float> all, std::span<float>) const { all[0] = float(clock); }

  std::string text(const Config&) const {
    return "step " + std::to_string(tick) + ", the clock cuts at " + std::to_string(clock);
  }

  int32_t clock = 0, tick = 0;
};

}  // namespace coterie
