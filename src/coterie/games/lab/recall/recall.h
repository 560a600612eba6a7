// Recall: a cue is shown once; after a while of distraction it is asked for.
#pragma once

#include "game.h"

namespace coterie {

struct Recall {
  static constexpr const char* name = "recall";
  static constexpr int version = 1;

  struct Config {
    int cues, delay;

    static constexpr auto fields() {
      return std::tuple{field("cues", &Config::cues), field("delay", &Config::delay)};
    }
  };

  // What a step is about; its flag follows the symbols in the observation.
  enum Phase { CUE, DISTRACTION, QUESTION, PHASES };

  static Spec spec(const Config& config) {
    Spec spec;
    spec.observation_shape = {config.cues + PHASES};
    spec.actions = {config.cues};
    spec.statistics = {"recalled"};
    spec.action_names.resize(1);
    for (int i = 0; i < config.cues; ++i) spec.action_names[0].push_back("answer_" + std::to_string(i));
    return spec;
  }

  void reset(const Config& config, Rng& rng) {
    *this = {};
    cue = shown = int32_t(rng.below(uint32_t(config.cues)));
  }

  bool step(const Config& config, Rng& rng, const Io& io) {
    if (phase == QUESTION) {
      recalled = io.actions[0] == cue;
      io.rewards[0] = float(recalled);
      return true;
    }
    phase = ++tick <= config.delay ? DISTRACTION : QUESTION;
    shown = phase == DISTRACTION ? int32_t(rng.below(uint32_t(config.cues))) : -1;
    return false;
  }

  void observe(const Config& config, const Io& io) const {
    for (int i = 0; i < config.cues; ++i) io.observations[size_t(i)] = i == shown;
    for (int i = 0; i < PHASES; ++i) io.observations[size_t(config.cues + i)] = i == phase;
  }

  void stats(const Config&, std::span<float> all, std::span<float>) const { all[0] = float(recalled); }

  std::string text(const Config&) const {
    if (phase == QUESTION) return "which was the cue? (" + std::to_string(cue) + ")";
    return (phase == CUE ? "cue " : "distraction ") + std::to_string(shown);
  }

  int32_t cue = 0, shown = 0, phase = CUE, tick = 0, recalled = 0;
};

}  // namespace coterie
