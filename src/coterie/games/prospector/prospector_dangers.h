// What space does to a ship: hazards of lanes and nodes, and pirates.
#pragma once

#include "prospector_state.h"

namespace coterie::prospector {

inline void suffer(Ship& ship, float exposure, float luck) {
  ship.hull -= exposure * 0.7f * luck;
  ship.heat += exposure * 0.5f;
  ship.alert += exposure * 0.8f;
}

inline void be_robbed(State& state) {
  Ship& ship = state.ship;
  Draws& draws = state.draws;
  ++state.tally.encounters;
  float loss = draws.uniform(0.08f, 0.20f);
  if (ship.supplies[DECOYS] > 0 && draws.unit() < 0.6f) {
    --ship.supplies[DECOYS];
    loss *= 0.3f;
  }
  const float before = state.market.value(ship.cargo);
  for (float& amount : ship.cargo) amount *= 1.f - loss;
  state.tally.lost_to_pirates += before - state.market.value(ship.cargo);
  ship.hull -= draws.uniform(1.f, 4.f);
  ship.alert += 8;
}

// Pirates may come in any of `dt` ticks; the more so, the more there is to take and the louder the ship was.
// The station keeps them away.
inline void meet_pirates(State& state, float intensity, int dt) {
  if (state.is_home()) return;
  const Ship& ship = state.ship;
  const float value = state.market.value(ship.cargo);
  float logit = -4.f + 3.f * intensity + 2.2f * (ship.alert / ALERT) + 0.8f * ln(1.f + value / THOUSAND);
  if (ship.escape > 0) logit -= 2.8f;
  const float once = 1.f - sigmoid(logit);
  float never = once;
  for (int tick = 1; tick < dt; ++tick) never *= once;
  if (state.draws.unit() < 1.f - never) be_robbed(state);
}

}  // namespace coterie::prospector
