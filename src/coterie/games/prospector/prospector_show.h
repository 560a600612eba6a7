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
  BEYOND_AT = 276,  // 4 numbers for each lane
  PRICE_LEVELS_AT = 300,
  TIMES_AT = 306,
  NUMBERS_WITH_NOTES = 312
};
constexpr float LOG_MOST_CREDITS = 16.118095750958319f;  // ln(1 + 1e7)
static_assert(LANES_AT + LANES * LANE_NUMBERS + 2 == ASTEROIDS_AT);
static_assert(ASTEROIDS_AT + sizeof(Field::known) / sizeof(float) == PRICES_AT);
static_assert(BEYOND_AT + LANES * BEYOND_NUMBERS == PRICE_LEVELS_AT);

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

  // What a pilot with a notebook knows: yields, where lanes lead and what was found there, clocks, full
  // prices.
  void show_notes(float* out) const {
    by_fours(ASTEROIDS,
             [&](size_t a) { put(out + ASSAYS_AT + a, at_most_one(four(&state.field.assay[a]) / 4.f)); });
    std::memcpy(out + BEYOND_AT, state.near.beyond.data(), sizeof state.near.beyond);
    by_fours(Market::WIDTH, [&](size_t c) {
      put(out + PRICE_LEVELS_AT + c, four(&state.market.price[c]) / four(&Market::MOST[c]));
    });
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
