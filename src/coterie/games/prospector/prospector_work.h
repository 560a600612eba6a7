// What a pilot does to asteroids: scanning, mining, and the fractures that come of it.
#pragma once

#include "prospector_state.h"

namespace coterie::prospector {

struct Scan {
  float blend, gain, noise, fuel, alert;
  int ticks;
};
constexpr Scan SCANS[] = {
    {0.22f, 0.10f, 1.35f, 5, 4, 3}, {0.42f, 0.20f, 1.00f, 4, 3, 2}, {0.80f, 0.45f, 0.55f, 8, 6, 4}};

struct Method {
  float yield, heat, wear, alert, spread, risk;
};
constexpr Method METHODS[] = {{0.80f, 2, 0.8f, 1.2f, 0.05f, -0.7f},
                              {1.15f, 4, 1.6f, 2.2f, 0.10f, 0.f},
                              {1.55f, 7, 2.8f, 4.0f, 0.16f, 0.8f}};

// Seven normal draws and one that means nothing, so that they fill vectors.
inline std::array<float, 8> seven_normals(Draws& draws) {
  std::array<float, 8> first, second;
  first[7] = second[7] = 0.5f;
  for (size_t i = 0; i < 7; ++i) {
    first[i] = draws.positive();
    second[i] = draws.unit();
  }
  by_fours(8, [&](size_t i) { put(&first[i], bell(four(&first[i]), four(&second[i]))); });
  return first;
}

// The estimate moves towards what the instrument reads, which is the truth with noise.
inline void scan(const Scan& scan, const Asteroid& asteroid, Known& known, Draws& draws) {
  const float sigma = asteroid.noise * (1.1f - known.confidence) * scan.noise;
  const auto normals = seven_normals(draws);
  Mix read;
  float sum = 0;
  for (size_t c = 0; c < COMMODITIES; ++c)
    sum += read[c] = std::max(1e-8f, asteroid.mix[c] + sigma * normals[c]);
  float total = 0;
  for (size_t c = 0; c < COMMODITIES; ++c)
    total += known.mix[c] = (1.f - scan.blend) * known.mix[c] + scan.blend * (read[c] / sum);
  for (float& share : known.mix) share /= total;
  const float stability = clamp01(asteroid.stability + sigma * normals[6]);
  known.stability = clamp01((1.f - scan.blend) * known.stability + scan.blend * stability);
  known.confidence = std::min(1.f, known.confidence + scan.gain);
}

// Units a tick yields of an asteroid of richness 1 before chance: the state of ship and asteroid alone.
inline float efficiency(const Ship& ship, const Method& method, float depletion) {
  const float heat = ship.heat <= 70.f ? 1.f : std::max(0.1f, 1.f - (ship.heat / HEAT - 0.7f) / 0.3f);
  return (1.f - depletion) * (0.4f + 0.6f * (ship.tool / TOOL)) * heat * method.yield;
}

inline float fracture_logit(const Ship& ship, const Method& method, const Asteroid& asteroid,
                            bool is_stabilized) {
  const float logit = -3.1f + method.risk + 2.5f * (1.f - asteroid.stability) +
                      2.2f * std::max(0.f, ship.heat / HEAT - 0.7f) + 1.5f * (1.f - ship.tool / TOOL);
  return is_stabilized ? logit - 1.1f : logit;
}

// One tick at the selected asteroid. Heat and tool are those of before for the yield and for the fracture.
inline void mine(const Method& method, State& state) {
  Ship& ship = state.ship;
  Field& field = state.field;
  const size_t slot = size_t(ship.selected);
  const Asteroid& asteroid = state.selected;
  Known& known = field.known[slot];
  const float expected = efficiency(ship, method, known.depletion);
  float amount = asteroid.richness * expected * exponential(method.spread * state.draws.normal());
  if (expected > 0) {
    field.assay[slot] = amount / expected;
    for (size_t c = 0; c < COMMODITIES; ++c) field.found[c][slot] = field.assay[slot] * asteroid.mix[c];
  }
  amount = std::clamp(amount, 0.f, std::max(0.f, HOLD - ship.load()));
  for (size_t c = 0; c < COMMODITIES; ++c) ship.cargo[c] += amount * asteroid.mix[c];
  known.depletion = clamp01(known.depletion + 0.01f * amount);
  field.is_left[slot] = known.depletion < 1;
  const float logit = fracture_logit(ship, method, asteroid, ship.stabilized[slot] > 0);
  ship.heat += method.heat;
  ship.tool -= method.wear;
  ship.alert += method.alert;
  state.tally.ore_mined += amount;
  ++state.tally.mining_ticks;
  if (state.draws.unit() >= sigmoid(logit)) return;
  ship.hull -= 12.f * state.draws.uniform(0.5f, 1.f);
  known.depletion = 1;
  field.is_left[slot] = 0;
  state.here.hazard = std::min(1.f, state.here.hazard + 0.1f);
  ++state.tally.fractures;
}

}  // namespace coterie::prospector
