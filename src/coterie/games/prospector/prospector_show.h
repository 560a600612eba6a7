// What a pilot sees, and which actions are open.
#pragma once

#include <span>

#include "prospector_actions.h"

namespace coterie::prospector {

// Where the numbers of an observation stand: those of the reference, then the pilot's notes.
enum Offset {
  SHIP_AT = 0,
  CARGO_AT = 8,
  SUPPLIES_AT = 14,
  NODE_AT = 17,
  LANES_AT = 24,
  ASTEROIDS_AT = 68,
  PRICES_AT = 244,
  CHANGES_AT = 250,
  INVENTORY_AT = 256,
  NUMBERS = 260,
  ASSAYS_AT = 260,
  WORTHS_AT = 276,
  BEYOND_AT = 292,  // 9 numbers for each lane
  LEVELS_AT = 346,
  TRENDS_AT = 352,
  CRESTS_AT = 358,
  AMOUNTS_AT = 364,
  HOLD_AT = 370,
  TIMES_AT = 374,
  NUMBERS_WITH_NOTES = 380
};
constexpr float LOG_MOST_CREDITS = 16.118095750958319f;  // ln(1 + 1e7)
static_assert(LANES_AT + LANES * LANE_NUMBERS + 2 == ASTEROIDS_AT);
static_assert(ASTEROIDS_AT + sizeof(Field::known) / sizeof(float) == PRICES_AT);
static_assert(BEYOND_AT + LANES * BEYOND_NUMBERS == LEVELS_AT);

inline Float4 at_most_one(Float4 values) {
  const Float4 one = Float4{} + 1.f;
  return values > one ? one : values;
}

struct Window {
  const State& state;
  const Ship& ship = state.ship;
  const Place& place = state.place();

  bool is_ready() const { return ship.selected >= 0 && state.field.is_left[size_t(ship.selected)]; }

  void show(float* out, float ticks) const {
    show_ship(out, ticks);
    std::memcpy(out + LANES_AT, state.near.lanes.data(), sizeof state.near.lanes);
    out[ASTEROIDS_AT - 2] = out[ASTEROIDS_AT - 1] = 0;
    std::memcpy(out + ASTEROIDS_AT, state.field.known.data(), sizeof state.field.known);
    show_market(out);
  }

  // What a pilot with a notebook knows: yields and what they are worth today, where lanes lead and what was
  // found there, prices and how they move, what the hold holds, the way home, clocks.
  void show_notes(float* out) const {
    by_fours(ASTEROIDS,
             [&](size_t a) { put(out + ASSAYS_AT + a, at_most_one(four(&state.field.assay[a]) / 4.f)); });
    show_worths(out + WORTHS_AT);
    std::memcpy(out + BEYOND_AT, state.near.beyond.data(), sizeof state.near.beyond);
    show_prices(out);
    show_hold(out);
    float* times = out + TIMES_AT;
    times[0] = float(ship.escape) / 4.f;
    times[1] = is_ready() ? float(ship.stabilized[size_t(ship.selected)]) / 6.f : 0;
    times[2] = float(state.tally.last_dt) / 8.f;
    times[3] = float(state.tally.has_met);
    times[4] = std::min(1.f, state.market.inventory[NICKEL] / 500.f);
    times[5] = std::min(1.f, state.market.inventory[VOLATILES] / 500.f);
  }

  // Writes 0 for what is not open. A deed that would change nothing but the time is not open either, drifting
  // apart; a voyage is ended at the station, and with something to show for it.
  void mask(uint8_t* open) const {
    for (size_t lane = 0; lane < LANES; ++lane) open[TRAVEL + lane] = state.here.ticks[lane] > 0;
    mask_field(open);
    mask_care(open);
    mask_trade(open);
  }

 private:
  // What a tick of careful mining brings, at today's prices, from each asteroid that was mined before.
  void show_worths(float* out) const {
    if (state.is_home()) {
      std::fill_n(out, ASTEROIDS, 0.f);
      return;
    }
    const float tool = METHODS[0].yield * (0.4f + 0.6f * (ship.tool / TOOL));
    std::array<float, ASTEROIDS> left;
    for (size_t a = 0; a < ASTEROIDS; ++a) left[a] = tool * (1.f - state.field.known[a].depletion);
    by_fours(ASTEROIDS, [&](size_t a) {
      Float4 sum{};
      for (size_t c = 0; c < COMMODITIES; ++c) sum += four(&state.field.found[c][a]) * state.market.price[c];
      put(out + a, show_worth(sum * four(&left[a])));
    });
  }

  // Beyond six commodities each row is written over by what comes next.
  void show_prices(float* out) const {
    const Market& market = state.market;
    const auto rows = [&](float* at, auto show) {
      by_fours(Market::WIDTH, [&](size_t c) { put(at + c, show(c) / four(&Market::BASE[c])); });
    };
    rows(out + LEVELS_AT, [&](size_t c) { return 2.f * (four(&market.price[c]) - four(&Market::BASE[c])); });
    rows(out + TRENDS_AT, [&](size_t c) { return 8.f * (four(&market.calm[c]) - four(&market.slow[c])); });
    rows(out + CRESTS_AT, [&](size_t c) { return 2.f * (four(&market.crest[c]) - four(&Market::BASE[c])); });
  }

  void show_hold(float* out) const {
    Market::Row cargo{};
    std::copy_n(ship.cargo.data(), COMMODITIES, cargo.data());
    by_fours(Market::WIDTH, [&](size_t c) { put(out + AMOUNTS_AT + c, ln(1.f + four(&cargo[c])) / 4.f); });
    const float way = place.way_home * (1.f + 0.5f * ship.load() / HOLD);
    float* hold = out + HOLD_AT;
    hold[0] = ln(1.f + state.market.value(ship.cargo) / 100.f) / 5.f;
    hold[1] = std::min(1.f, way / FAR);
    hold[2] = std::clamp((ship.fuel - way) / FAR, -1.f, 1.f);
    hold[3] = state.here.hazard;
  }

  void show_ship(float* out, float ticks) const {
    const float load = ship.load();
    out[0] = ship.fuel / FUEL;
    out[1] = ship.hull / HULL;
    out[2] = ship.heat / HEAT;
    out[3] = ship.tool / TOOL;
    out[4] = std::min(1.f, load / HOLD);
    out[5] = ship.alert / ALERT;
    out[6] = std::max(0.f, ticks - float(state.tally.ticks)) / ticks;
    out[7] = std::min(1.f, ln(1.f + ship.credits) / LOG_MOST_CREDITS);
    for (size_t c = 0; c < COMMODITIES; ++c) out[CARGO_AT + c] = ship.cargo[c] / HOLD;
    for (size_t i = 0; i < SUPPLIES; ++i) out[SUPPLIES_AT + i] = float(ship.supplies[i]) / float(STOCK);
    float* here = out + NODE_AT;
    here[0] = state.is_home();
    here[1] = is_ready();
    for (int kind = STATION; kind <= HAZARD; ++kind) here[2 + kind] = place.kind == kind;
    here[5] = float(state.here.number) / float(NODES - 1);
    here[6] = float(place.hops) / float(NODES - 1);
  }

  void show_market(float* out) const {
    const Market& market = state.market;
    by_fours(Market::WIDTH, [&](size_t c) {
      put(out + PRICES_AT + c, at_most_one(four(&market.price[c]) / four(&Market::BASE[c])));
    });
    // What stands beyond six commodities is written over by what comes next.
    by_fours(Market::WIDTH, [&](size_t c) {
      const Float4 change = four(&market.change[c]) / 100.f, least = Float4{} - 1.f;
      put(out + CHANGES_AT + c, at_most_one(change < least ? least : change));
    });
    const auto& stock = market.inventory;
    const Float4 shown = {stock[IRON], stock[WATER_ICE], stock[PGE], stock[RARE_ISOTOPES]};
    put(out + INVENTORY_AT, at_most_one(shown / 500.f));
  }

  void mask_field(uint8_t* open) const {
    const bool ready = is_ready();
    open[WIDE_SCAN] = !state.is_home();
    open[FOCUSED_SCAN] = open[DEEP_SCAN] = ready;
    std::memcpy(open + SELECT, state.field.is_left.data(), ASTEROIDS);
    if (ship.selected >= 0) open[SELECT + ship.selected] = 0;
    for (size_t method = 0; method < 3; ++method) open[MINE + method] = ready;
    open[STABILIZE] = ready && ship.supplies[STABILIZERS] > 0;
  }

  void mask_care(uint8_t* open) const {
    open[REFINE] = ship.cargo[IRON] + ship.cargo[NICKEL] > 0;
    open[COOL] = ship.heat > 0;
    open[MAINTAIN] = ship.supplies[KITS] > 0 && ship.tool < TOOL;
    open[PATCH] = ship.supplies[KITS] > 0 && ship.hull < HULL;
    for (size_t c = 0; c < COMMODITIES; ++c) open[JETTISON + c] = ship.cargo[c] > 0;
  }

  void mask_trade(uint8_t* open) const {
    if (!state.is_home()) {
      std::memset(open + DOCK, 0, ACTIONS - DOCK);
      return;
    }
    open[DOCK] = ship.alert > 0;
    for (size_t c = 0; c < COMMODITIES; ++c)
      for (size_t part = 0; part < 3; ++part) open[SELL + c * 3 + part] = ship.cargo[c] > 0;
    for (size_t i = 0; i < 3; ++i)
      open[BUY_FUEL + i] = ship.fuel < FUEL && ship.credits >= FUEL_PRICES[i].credits;
    for (size_t i = 0; i < SUPPLIES; ++i)
      open[BUY_SUPPLY + i] = ship.supplies[i] < STOCK && ship.credits >= SUPPLY_PRICES[i];
    open[OVERHAUL] = ship.credits >= OVERHAUL_PRICE && (ship.hull < HULL || ship.tool < TOOL);
    open[CASH_OUT] = ship.credits > 0;
  }
};

}  // namespace coterie::prospector
