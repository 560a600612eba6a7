// Wait: one of several doors pays little at once, another pays much, but only many steps later.
#pragma once

#include "game.h"

namespace coterie {

struct Wait {
  static constexpr const char* name = "wait";
  static constexpr int version = 1;

  struct Config {
    int doors, delay;
    float bait;

    static constexpr auto fields() {
      return std::tuple{field("doors", &Config::doors), field("delay", &Config::delay),
                        field("bait", &Config::bait)};
    }
  };

  static Spec spec(const Config& config) {
    Spec spec;
    spec.observation_shape = {2 * config.doors + 1};
    spec.observation_is_float = true;
    spec.actions = {config.doors};
    spec.statistics = {"lucky", "baited"};
    spec.action_names.resize(1);
    for (int i = 0; i < config.doors; ++i) spec.action_names[0].push_back("door_" + std::to_string(i));
    return spec;
  }

  void reset(const Config& config, Rng& rng) {
    *this = {};
    lucky_door = int32_t(rng.below(uint32_t(config.doors)));
    bait_door = (lucky_door + rng.between(1, config.doors - 1)) % config.doors;
  }

  bool step(const Config& config, Rng&, const Io& io) {
    if (tick == 0) {
      chosen = io.actions[0];
      if (chosen == bait_door) io.rewards[0] = config.bait;
    }
    const bool is_over = tick++ >= config.delay;
    if (is_over && chosen == lucky_door) io.rewards[0] = 1.f;
    return is_over;
  }

  // The doors are shown while the choice is open; the clock never says what was chosen.
  void observe(const Config& config, const Io& io) const {
    const auto floats = io.floats();
    for (int i = 0; i < config.doors; ++i) {
      floats[size_t(i)] = float(tick == 0 && i == lucky_door);
      floats[size_t(config.doors + i)] = float(tick == 0 && i == bait_door);
    }
    floats.back() = float(config.delay + 1 - tick) / float(config.delay + 1);
  }

  void stats(const Config&, std::span<float> all, std::span<float>) const {
    all[0] = float(chosen == lucky_door);
    all[1] = float(chosen == bait_door);
  }

  std::string text(const Config& config) const {
    if (tick == 0)
      return "lucky door " + std::to_string(lucky_door) + ", bait door " + std::to_string(bait_door);
    return "chose door " + std::to_string(chosen) + ", waits " + std::to_string(config.delay + 1 - tick);
  }

  int32_t lucky_door = 0, bait_door = 0, chosen = -1, tick = 0;
};

}  // namespace coterie
