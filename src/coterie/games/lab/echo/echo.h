// Echo: a symbol is shown; whoever answers with the same symbol is rewarded.
#pragma once

#include "game.h"

namespace coterie {

struct Echo {
  static constexpr const char* name = "echo";
  static constexpr int version = 1;

  struct Config {
    int symbols, length;

    static constexpr auto fields() {
      return std::tuple{field("symbols", &Config::symbols), field("length", &Config::length)};
    }
  };

  static Spec spec(const Config& config) {
    Spec spec;
    spec.observation_shape = {config.symbols};
    spec.actions = {config.symbols};
    spec.statistics = {"echoes"};
    spec.action_names.resize(1);
    for (int i = 0; i < config.symbols; ++i) spec.action_names[0].push_back("say_" + std::to_string(i));
    return spec;
  }

  void reset(const Config& config, Rng& rng) {
    *this = {};
    shown = int32_t(rng.below(uint32_t(config.symbols)));
  }

  bool step(const Config& config, Rng& rng, const Io& io) {
    const bool is_echo = io.actions[0] == shown;
    echoes += is_echo;
    io.rewards[0] = is_echo ? 1.f : 0.f;
    shown = int32_t(rng.below(uint32_t(config.symbols)));
    return ++tick >= config.length;
  }

  void observe(const Config& config, const Io& io) const {
    for (int i = 0; i < config.symbols; ++i) io.observations[size_t(i)] = i == shown;
  }

  void stats(const Config&, std::span<float> all, std::span<float>) const { all[0] = float(echoes); }

  std::string text(const Config&) const {
    return "shown " + std::to_string(shown) + ", echoes " + std::to_string(echoes);
  }

  int32_t shown = 0, tick = 0, echoes = 0;
};

}  // namespace coterie
