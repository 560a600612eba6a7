// Two ways to pay for one step: the reference's shaped sum, and what a ship brings home.
#pragma once

#include "prospector_state.h"

namespace coterie::prospector {

// What a reward compares: the ship before a step and after it.
struct Holdings {
  float credits, fuel, hull, tool, value, worth, lost;

  static Holdings of(const State& state) {
    const Ship& ship = state.ship;
    float worth = 0;
    for (size_t c = 0; c < COMMODITIES; ++c) worth += ship.cargo[c] * Market::BASE[c];
    return {ship.credits,
            ship.fuel,
            ship.hull,
            ship.tool,
            state.market.value(ship.cargo),
            worth,
            state.tally.lost_to_pirates};
  }
};

struct Step {
  int action, dt;
  bool is_valid;
};

inline bool is_dead(int end) { return end == DESTROYED || end == STRANDED; }

// The reference's reward: eleven terms (the scales are its own).
inline float shaped(const State& state, const Holdings& before, const Holdings& after, const Step& step,
                    float invalid_penalty) {
  const Ship& ship = state.ship;
  const float excess = std::max(0.f, ship.heat - 70.f) / 100.f;
  float reward = (after.credits - before.credits) / THOUSAND;
  reward += 0.02f * std::max(0.f, after.value - before.value) / THOUSAND;
  reward -= 0.10f * std::max(0.f, before.fuel - after.fuel) / 100.f;
  reward -= 0.001f * float(step.dt);
  reward -= 0.05f * std::max(0.f, before.tool - after.tool) / 10.f;
  reward -= 0.20f * excess * excess;
  reward -= std::max(0.f, before.hull - after.hull) / 10.f;
  if (step.action >= WIDE_SCAN && step.action <= DEEP_SCAN) reward -= 0.005f;
  if (!step.is_valid) reward -= invalid_penalty;
  reward -= (after.lost - before.lost) / THOUSAND;
  if (ship.fuel <= 0 && !state.is_home()) reward -= 50;
  if (ship.hull <= 0) reward -= 100;
  const int end = state.tally.end;
  if (end == CASHED_OUT || end == TIMED_OUT) reward += 0.002f * after.credits / THOUSAND;
  return reward;
}

// Credits as they come and go, by the thousand, with an advance on the worth of the hold (at base prices,
// which do not move). The end takes the advance back; a lost ship has earned nothing, and costs `loss`
// besides.
inline float banked(const State& state, const Holdings& before, const Holdings& after, float advance,
                    float loss) {
  const int end = state.tally.end;
  const float hold = (end == UNDER_WAY ? after.worth : 0.f) - before.worth;
  if (is_dead(end)) return (advance * hold - before.credits) / THOUSAND - loss;
  return (after.credits - before.credits + advance * hold) / THOUSAND;
}

}  // namespace coterie::prospector
