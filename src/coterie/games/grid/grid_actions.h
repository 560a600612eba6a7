// What an agent does in its turn: wait, move, use, attack, show a vibe; and buildings with recipes.
#pragma once

#include "grid_effects.h"

namespace coterie::grid {

inline constexpr int STEP_ROW[] = {-1, 1, 0, 0, -1, -1, 1, 1};
inline constexpr int STEP_COL[] = {0, 0, -1, 1, -1, 1, -1, 1};

inline bool can_pay(const Config& c, const World& w, int h, const Cost& cost) {
  for (const auto& [resource, amount] : cost.required)
    if (w.held(c, h, resource) < amount) return false;
  return true;
}

inline void pay(const Config& c, World& w, int h, const Cost& cost) {
  for (const auto& [resource, amount] : cost.consumed) w.change(c, h, resource, -amount);
}

// -- buildings ----------------------------------------------------------------------------------------------

// The first `count` values stay in ascending order.
inline void insert_sorted(std::array<int, 8>& values, int& count, int from, int value) {
  int at = count++;
  for (; at > from && values[size_t(at) - 1] > value; --at) values[size_t(at)] = values[size_t(at) - 1];
  values[size_t(at)] = value;
}

// The agents in the eight cells around a building, its user first; the others by seat.
struct Crew {
  std::array<int, 8> seats{};
  int size = 0;
};

inline Crew crew_around(const Config& c, const World& w, const Thing& building, int user) {
  Crew crew;
  crew.seats[size_t(crew.size++)] = user;
  for (int row = building.row - 1; row <= building.row + 1; ++row)
    for (int col = building.col - 1; col <= building.col + 1; ++col) {
      const int t = w.thing_at(c, row, col);
      if (t >= 0 && t < c.seats && t != user && crew.size < 8) insert_sorted(crew.seats, crew.size, 1, t);
    }
  return crew;
}

// The recipe for exactly the vibes shown around (other than the first), else the one for none; of several,
// the one that asks for most agents of those there are.
inline const Recipe* recipe_for(const std::vector<Recipe>& recipes, const World& w, const Crew& crew) {
  std::array<int, 8> shown{};
  int count = 0;
  for (int i = 0; i < crew.size; ++i)
    if (const int vibe = w.things[size_t(crew.seats[size_t(i)])].vibe) insert_sorted(shown, count, 0, vibe);
  const Recipe* best = nullptr;
  for (const auto& recipe : recipes) {
    const bool is_exact =
        std::equal(recipe.vibes.begin(), recipe.vibes.end(), shown.begin(), shown.begin() + count);
    if ((!is_exact && !recipe.vibes.empty()) || recipe.min_agents > crew.size) continue;
    auto rank = [](const Recipe& r) { return std::pair(!r.vibes.empty(), r.min_agents); };
    if (!best || rank(recipe) > rank(*best)) best = &recipe;
  }
  return best;
}

// Takes `amount` from the crew in even shares, the earlier ones (first the user) paying the odd units.
// Another input may have carried the limit of this one: what was dropped with it is not asked for again.
inline void take_shared(const Config& c, World& w, const Crew& crew, int resource, int amount) {
  for (int before = -1; amount > 0 && amount != before;) {
    before = amount;
    for (int i = 0; i < crew.size && amount > 0; ++i) {
      const int h = w.holder(c, crew.seats[size_t(i)]);
      int left = 0;
      for (int j = i; j < crew.size; ++j) left += w.held(c, w.holder(c, crew.seats[size_t(j)]), resource) > 0;
      if (left == 0 || w.held(c, h, resource) == 0) continue;
      const int share = std::min<int>((amount + left - 1) / left, w.held(c, h, resource));
      w.change(c, h, resource, -share);
      amount -= share;
    }
  }
}

// Gives `amount` to the takers in even shares, the earlier ones taking the odd units; what one has no room
// for goes to the first that has.
inline void give_shared(const Config& c, World& w, const Crew& takers, int resource, int amount) {
  auto give = [&](int i, int share) {
    const int h = w.holder(c, takers.seats[size_t(i)]), fits = std::min(share, w.room(c, h, resource));
    if (fits > 0) amount -= w.change(c, h, resource, fits);
  };
  for (int i = 0; i < takers.size; ++i) give(i, (amount + takers.size - i - 1) / (takers.size - i));
  for (int i = 0; i < takers.size; ++i) give(i, amount);
}

inline bool use_building(const Config& c, World& w, int seat, int thing) {
  Thing& building = w.things[size_t(thing)];
  const Kind& kind = c.kinds[building.kind];
  if (kind.max_uses > 0 && building.uses >= kind.max_uses) return false;
  const bool is_cooling = w.step < building.ready_at;
  if (is_cooling && !kind.partial_use) return false;
  const Crew crew = crew_around(c, w, building, seat);
  const Recipe* recipe = recipe_for(kind.recipes, w, crew);
  if (!recipe) return false;
  // While cooling, inputs are scaled up-rounded and outputs down-rounded by the time passed.
  const int passed = is_cooling ? w.step - building.cooled_from : 1,
            whole = is_cooling ? building.ready_at - building.cooled_from : 1;
  auto input = [&](const Amount& a) { return int((int64_t(a.amount) * passed + whole - 1) / whole); };
  auto output = [&](const Amount& a) { return int(int64_t(a.amount) * passed / whole); };
  const auto& outputs = recipe->outputs;
  if (!outputs.empty() &&
      std::all_of(outputs.begin(), outputs.end(), [&](auto& a) { return output(a) == 0; }))
    return false;
  for (const auto& a : recipe->inputs) {
    int pooled = 0;
    for (int i = 0; i < crew.size; ++i) pooled += w.held(c, w.holder(c, crew.seats[size_t(i)]), a.resource);
    if (pooled < input(a)) return false;
  }
  Crew takers{{seat}, 1};
  if (recipe->vibes.size() > 1) {
    takers.size = 0;
    for (int i = 0; i < crew.size; ++i)
      if (w.things[size_t(crew.seats[size_t(i)])].vibe)
        takers.seats[size_t(takers.size++)] = crew.seats[size_t(i)];
  }
  for (const auto& a : recipe->outputs) {
    int room = 0;
    for (int i = 0; i < takers.size; ++i) room += w.room(c, w.holder(c, takers.seats[size_t(i)]), a.resource);
    if (room < output(a)) return false;
  }
  for (const auto& a : recipe->inputs) take_shared(c, w, crew, a.resource, input(a));
  for (const auto& a : recipe->outputs) {
    w.game_stats[size_t(c.created(a.resource))] += float(output(a));
    give_shared(c, w, takers, a.resource, output(a));
  }
  ++building.uses;
  building.cooled_from = w.step;
  building.ready_at = w.step + recipe->cooldown;
  if (recipe->cooldown > 0 && std::find(w.cooling.begin(), w.cooling.end(), thing) == w.cooling.end())
    w.cooling.push_back(uint16_t(thing));
  w.touch(thing);
  return true;
}

// -- actions ------------------------------------------------------------------------------------------------

// An armed agent that moves into another one; false where it is not armed or cannot pay.
inline bool attack(const Config& c, World& w, Rng& rng, int seat, int other) {
  if (c.actions.attack.empty()) return false;
  const Assault& assault = c.actions.attack[0];
  const int h = w.holder(c, seat), vibe = w.things[size_t(seat)].vibe;
  if (std::find(assault.vibes.begin(), assault.vibes.end(), vibe) == assault.vibes.end()) return false;
  if (w.things[size_t(other)].frozen > 0) return false;
  if (!can_pay(c, w, h, assault.cost)) {
    w.seat_stat(c, seat, ATTACK_FAILED) += 1;
    return false;
  }
  std::visit(Mutates{{c, w, rng, seat, other}}, assault.effect.body);
  pay(c, w, h, assault.cost);
  w.seat_stat(c, seat, ATTACK_SUCCESS) += 1;
  return true;
}

inline bool use(const Config& c, World& w, Rng& rng, int seat, int thing) {
  const Kind& kind = c.kinds[w.things[size_t(thing)].kind];
  const Scene s{c, w, rng, seat, thing};
  for (const auto& handler : kind.on_use) {
    if (!passes(s, handler.filters)) continue;
    mutate(s, handler.mutations);
    return true;
  }
  return !kind.recipes.empty() && use_building(c, w, seat, thing);
}

inline bool move(const Config& c, World& w, Rng& rng, int seat, int direction) {
  const Thing& agent = w.things[size_t(seat)];
  const int row = agent.row + STEP_ROW[direction], col = agent.col + STEP_COL[direction];
  if (row < 0 || col < 0 || row >= w.height || col >= w.width) return false;
  const int content = w.cells[size_t(w.cell_index(row, col))];
  if (content == 0) {
    w.move(c, seat, row, col);
    return true;
  }
  const int other = w.thing_at(c, row, col);
  if (other < 0) return false;  // plain
  if (other < c.seats) {
    if (attack(c, w, rng, seat, other)) return true;
    if (w.things[size_t(other)].frozen > 0) {
      w.swap_cells(c, seat, other);
      w.seat_stat(c, seat, SWAPS) += 1;
      return true;
    }
  }
  return use(c, w, rng, seat, other);
}

inline bool perform(const Config& c, World& w, Rng& rng, int seat, int action) {
  if (action == 0) return true;
  const int moves = int(c.actions.moves.size());
  if (action <= moves) return move(c, w, rng, seat, c.actions.moves[size_t(action - 1)]);
  w.things[size_t(seat)].vibe = uint8_t(action - 1 - moves);
  w.touch(seat);
  return true;
}

inline void act(const Config& c, World& w, Rng& rng, int seat, int action) {
  Thing& thing = w.things[size_t(seat)];
  Agent& agent = w.agents[size_t(seat)];
  agent.action = action;
  agent.is_success = 0;
  agent.last_action = 0;
  if (thing.frozen > 0) {
    --thing.frozen;
    w.touch(seat);
    w.seat_stat(c, seat, FROZEN_TICKS) += 1;
    return;
  }
  const int type = action == 0 ? 0 : action <= int(c.actions.moves.size()) ? 1 : 2;
  const Cost& cost = type == 0   ? c.actions.noop_cost
                     : type == 1 ? c.actions.move_cost
                                 : c.actions.change_vibe_cost;
  const int h = w.holder(c, seat);
  if (can_pay(c, w, h, cost) && perform(c, w, rng, seat, action)) {
    pay(c, w, h, cost);
    agent.is_success = 1;
    agent.last_action = action;
    w.seat_stat(c, seat, NOOP_SUCCESS + 2 * type) += 1;
  } else {
    w.seat_stat(c, seat, NOOP_FAILED + 2 * type) += 1;
    w.seat_stat(c, seat, FAILED) += 1;
  }
  agent.still = thing.row == agent.last_row && thing.col == agent.last_col ? agent.still + 1 : 0;
  agent.last_row = thing.row, agent.last_col = thing.col;
  float& most = w.seat_stat(c, seat, MAX_STILL);
  most = std::max(most, float(agent.still));
}

}  // namespace coterie::grid
