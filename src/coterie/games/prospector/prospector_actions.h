// The 69 actions: what each does at once, how long it takes, and whether it could be done at all.
#pragma once

#include "prospector_dangers.h"
#include "prospector_work.h"

namespace coterie::prospector {

using Fields = std::vector<Field>;  // those that were visited, with room for all

// Credits that a tick's mining brings, from 0 to 1: on a scale of logarithms, for a poor asteroid is worth a
// hundredth of a rich one.
template <class F>
F show_worth(F credits) {
  return ln(1.f + credits / 20.f) / 4.5f;
}
constexpr float USUAL_ASTEROIDS = 10.5f;  // of a field nobody has been to
constexpr float FAR = 500;                // fuel: a way home that is as long or longer is shown as 1

// The most that lies one lane behind `next`, as seen from there: asteroids, and the best one's worth.
inline void look_further(const Chart& chart, const Node& here, size_t next, float* out) {
  out[0] = out[1] = 0;
  if (!chart.is_seen(next)) return;
  for (size_t lane = 0; lane < LANES && chart.nodes[next].ticks[lane]; ++lane) {
    const size_t to = size_t(chart.nodes[next].neighbor[lane]);
    if (to == 0 || int32_t(to) == here.number) continue;
    const Place& place = chart.places[to];
    out[0] = std::max(out[0], place.field >= 0 ? place.left : USUAL_ASTEROIDS / float(ASTEROIDS));
    out[1] = std::max(out[1], place.best);
  }
  out[1] = show_worth(out[1]);
}

// What an observation shows of the lanes from here.
inline void look_along_lanes(State& state) {
  const Node& here = state.here;
  state.near = {};
  size_t homeward = 0;
  float shortest = NO_WAY;
  for (size_t lane = 0; lane < LANES && here.ticks[lane]; ++lane) {
    const Place& next = state.chart.places[size_t(here.neighbor[lane])];
    float* out = &state.near.lanes[lane * LANE_NUMBERS];
    out[0] = 1;
    out[1 + next.kind] = 1;
    out[4] = float(here.ticks[lane]) / 8.f;
    out[5] = here.fuel[lane] / 160.f;
    out[6] = here.estimate[lane];
    float* beyond = &state.near.beyond[lane * BEYOND_NUMBERS];
    if (const float way = here.fuel[lane] + next.way_home; way < shortest) shortest = way, homeward = lane;
    const bool is_known = next.kind == STATION || next.field >= 0;
    beyond[1] = is_known;
    beyond[2] = next.left;
    beyond[3] = show_worth(next.best);
    beyond[4] = next.untried;
    beyond[5] = std::min(1.f, next.way_home / FAR);
    beyond[6] = is_known ? state.chart.nodes[size_t(here.neighbor[lane])].hazard : 0;
    look_further(state.chart, here, size_t(here.neighbor[lane]), beyond + 7);
  }
  if (!state.is_home()) state.near.beyond[homeward * BEYOND_NUMBERS] = 1;
}

struct Deed {
  int ticks = 1;
  bool is_valid = true;
};

// A state and the fields drawn so far, as a pilot acts on them.
struct Pilot {
  State& state;
  Fields& fields;
  Ship& ship = state.ship;

  Deed act(int action) {
    if (action < DRIFT) return travel(size_t(action));
    if (action < SELECT) return look_around(action);
    if (action < MINE) return select(action - SELECT);
    if (action < STABILIZE) return dig(METHODS[action - MINE]);
    if (action < JETTISON) return tend(action);
    if (action < DOCK) return jettison(size_t(action - JETTISON));
    return trade(action);
  }

  void drift() {
    ship.alert = std::max(0.f, ship.alert - 3);
    ship.heat = std::max(0.f, ship.heat - 2.5f);
  }

  // A slot that holds an asteroid with something left.
  bool can_select(int slot) const { return slot >= 0 && state.field.is_left[size_t(slot)]; }

 private:
  static constexpr Deed INVALID{1, false};

  Deed travel(size_t lane) {
    const int ticks = state.here.ticks[lane];
    if (ticks == 0) return INVALID;
    const float threat = state.here.threat[lane];
    ship.fuel -= state.here.fuel[lane] * (1.f + 0.5f * ship.load() / HOLD);
    const size_t to = size_t(state.here.neighbor[lane]);
    forget_selection();
    leave();
    arrive(to);
    suffer(ship, float(ticks) * threat, state.draws.uniform(0.85f, 1.15f));
    meet_pirates(state, threat, ticks);
    return {ticks};
  }

  // The chart and the list of fields take over what became of this node.
  void leave() {
    const size_t from = size_t(state.here.number);
    state.chart.nodes[from] = state.here;
    if (from == 0) return;
    Place& place = state.chart.places[from];
    place.left = place.best = place.untried = 0;
    for (size_t a = 0; a < size_t(place.asteroids); ++a) {
      const float left = 1.f - state.field.known[a].depletion;
      place.left += left / float(ASTEROIDS);
      if (state.field.assay[a] <= 0) place.untried += left / float(ASTEROIDS);
      float worth = 0;
      for (size_t c = 0; c < COMMODITIES; ++c) worth += state.field.found[c][a] * state.market.price[c];
      place.best = std::max(place.best, worth * left);
    }
    fields[size_t(place.field)] = state.field;
  }

  // What is known of a node's asteroids is drawn when the ship first comes.
  void arrive(size_t to) {
    state.here = state.chart.nodes[to];
    Place& place = state.chart.places[to];
    if (to == 0) {
      state.field = {};
    } else if (place.field >= 0) {
      state.field = fields[size_t(place.field)];
    } else {
      place.field = int8_t(fields.size());
      draw_field(state.here, place.asteroids, state.field);
      fields.push_back(state.field);
      state.chart.see_lanes(to);
    }
    look_along_lanes(state);
  }

  void forget_selection() {
    if (ship.selected >= 0) state.field.known[size_t(ship.selected)].is_selected = 0;
    ship.selected = -1;
  }

  Deed look_around(int action) {
    if (action == LISTEN) return listen();
    if (action >= WIDE_SCAN) return use(SCANS[action - WIDE_SCAN], action == WIDE_SCAN);
    if (action == BURN) {
      ship.fuel -= 18;
      ship.alert += 10;
      ship.escape = std::max(ship.escape, 4);
    } else {
      drift();
    }
    return {};
  }

  // Scans of an asteroid that cannot be scanned cost their fuel and noise all the same.
  Deed use(const Scan& mode, bool is_wide) {
    ship.fuel -= mode.fuel;
    ship.alert += mode.alert;
    if (!is_wide && !can_select(ship.selected)) return INVALID;
    ++state.tally.scans;
    Field& field = state.field;
    if (!is_wide) {
      scan(mode, state.selected, field.known[size_t(ship.selected)], state.draws);
    } else if (!state.is_home()) {
      for (size_t a = 0; a < size_t(state.place().asteroids); ++a)
        scan(mode, draw_asteroid<false>(state.here, a), field.known[a], state.draws);
    }
    return {mode.ticks};
  }

  Deed listen() {
    Node& node = state.here;
    for (size_t lane = 0; lane < LANES && node.ticks[lane]; ++lane) {
      const float heard = clamp01(node.threat[lane] + 0.08f * state.draws.normal());
      node.estimate[lane] = 0.25f * node.estimate[lane] + 0.75f * heard;
    }
    look_along_lanes(state);
    return {2};
  }

  Deed select(int slot) {
    if (!can_select(slot)) return INVALID;
    forget_selection();
    ship.selected = slot;
    state.selected = draw_asteroid(state.here, size_t(slot));
    state.field.known[size_t(slot)].is_selected = 1;
    return {};
  }

  Deed dig(const Method& method) {
    if (!can_select(ship.selected)) return INVALID;
    mine(method, state);
    return {};
  }

  Deed tend(int action) {
    if (action == STABILIZE) {
      if (!can_select(ship.selected) || ship.supplies[STABILIZERS] <= 0) return INVALID;
      --ship.supplies[STABILIZERS];
      ship.stabilized[size_t(ship.selected)] = 6;
    } else if (action == REFINE) {
      refine();
    } else if (action == COOL) {
      ship.fuel -= 2;
      ship.heat = std::max(0.f, ship.heat - 20);
      ship.alert += 1;
    } else {
      if (ship.supplies[KITS] <= 0) return INVALID;
      --ship.supplies[KITS];
      if (action == MAINTAIN) fill(ship.tool, TOOL, 25, state.tally.tool_mended);
      else fill(ship.hull, HULL, 20, state.tally.hull_mended);
    }
    return {2};
  }

  // Adds up to so much, and says in a sum how much it was.
  static void fill(float& level, float most, float amount, float& sum) {
    const float added = std::min(amount, most - level);
    level = std::min(most, level + amount);
    sum += added;
  }

  void refine() {
    ship.fuel -= 4;
    ship.heat += 6;
    ship.alert += 3;
    float taken = 0;
    for (size_t c : {IRON, NICKEL}) {
      taken += 0.15f * ship.cargo[c];
      ship.cargo[c] -= 0.15f * ship.cargo[c];
    }
    ship.cargo[RARE_ISOTOPES] += 0.65f * taken;
  }

  Deed jettison(size_t commodity) {
    ship.cargo[commodity] = 0;
    ship.alert = std::max(0.f, ship.alert - 8);
    return {};
  }

  Deed trade(int action) {
    if (action == CASH_OUT) {
      state.tally.end = CASHED_OUT;
      return {};
    }
    if (!state.is_home()) return INVALID;
    if (action == DOCK) ship.alert = std::max(0.f, ship.alert - 20);
    else if (action < BUY_FUEL) sell(size_t(action - SELL));
    else return buy(action);
    return {};
  }

  void sell(size_t choice) {
    constexpr float FRACTIONS[] = {0.25f, 0.5f, 1.f};
    const size_t commodity = choice / 3;
    const float amount = ship.cargo[commodity] * FRACTIONS[choice % 3];
    if (amount <= 0) return;
    ship.credits += state.market.sell(commodity, amount);
    ship.cargo[commodity] -= amount;
  }

  bool pay(float price) {
    if (ship.credits < price) return false;
    ship.credits -= price;
    state.tally.spending += price;
    return true;
  }

  Deed buy(int action) {
    if (action < BUY_SUPPLY) {
      const Price& tank = FUEL_PRICES[action - BUY_FUEL];
      if (!pay(tank.credits)) return INVALID;
      fill(ship.fuel, FUEL, tank.amount, state.tally.fuel_bought);
    } else if (action < OVERHAUL) {
      const size_t supply = size_t(action - BUY_SUPPLY);
      if (ship.supplies[supply] >= STOCK || !pay(SUPPLY_PRICES[supply])) return INVALID;
      ++ship.supplies[supply];
    } else {
      if (!pay(OVERHAUL_PRICE)) return INVALID;
      fill(ship.hull, HULL, HULL, state.tally.hull_mended);
      fill(ship.tool, TOOL, TOOL, state.tally.tool_mended);
      return {3};
    }
    return {};
  }
};

}  // namespace coterie::prospector
