// A team without memory: each Cog acts by what it sees now, so that a network that sees it can learn it.
#pragma once

#include <cstdlib>

#include "bots_board.h"

namespace coterie::cogsguard {

constexpr int MOST_SIDE = 15;  // of a window
constexpr int FAR = 1 << 20;

// The cells of one window: what stands there, how far they are by foot, and by which move.
struct Ground {
  int rows = 0, cols = 0;
  std::array<uint8_t, MOST_SIDE * MOST_SIDE> is_blocked, first;
  std::array<int16_t, MOST_SIDE * MOST_SIDE> steps;  // -1 where nobody gets

  int up() const { return rows / 2; }
  int left() const { return cols / 2; }
  bool holds(int dr, int dc) const { return std::abs(dr) <= up() && std::abs(dc) <= left(); }
  size_t index(int dr, int dc) const { return size_t((dr + up()) * cols + dc + left()); }

  void survey(const Plan& plan, std::span<const Seen> things) {
    rows = 2 * plan.up + 1, cols = 2 * plan.left + 1;
    is_blocked.fill(0);
    for (const Seen& thing : things) is_blocked[index(thing.dr, thing.dc)] = 1;
    steps.fill(-1);
    std::array<std::pair<int8_t, int8_t>, MOST_SIDE * MOST_SIDE> queue;
    size_t head = 0, tail = 0;
    steps[index(0, 0)] = 0, first[index(0, 0)] = 0;
    queue[tail++] = {0, 0};
    while (head < tail) {
      const auto [dr, dc] = queue[head++];
      for (int move = 1; move <= 4; ++move) {
        const int r = dr + STEP_ROW[move], c = dc + STEP_COL[move];
        if (!holds(r, c) || steps[index(r, c)] >= 0) continue;
        steps[index(r, c)] = int16_t(steps[index(dr, dc)] + 1);
        first[index(r, c)] = uint8_t(dr || dc ? first[index(dr, dc)] : move);
        if (!is_blocked[index(r, c)]) queue[tail++] = {int8_t(r), int8_t(c)};
      }
    }
  }

  int steps_to(const Seen& thing) const {
    const int found = steps[index(thing.dr, thing.dc)];
    return found < 0 ? FAR : found;
  }
};

// One Cog in one step.
struct Glance {
  const Plan& plan;
  const Self& me;
  std::span<const Seen> things;
  Ground& ground;

  bool is_ours(const Seen& s) const { return s.team == me[TEAM] && (s.kind == HUB || s.kind == JUNCTION); }
  bool is_hostile(const Seen& s) const {
    return s.kind == JUNCTION && s.team != NEUTRAL && s.team != me[TEAM];
  }

  // The thing that is wanted most, by steps and what `dearer` adds to them.
  template <class IsWanted, class Dearer>
  const Seen* best(IsWanted is_wanted, Dearer dearer) const {
    const Seen* found = nullptr;
    int least = FAR;
    for (const Seen& thing : things) {
      if (!is_wanted(thing)) continue;
      const int cost = ground.steps_to(thing) + dearer(thing);
      if (cost < least) least = cost, found = &thing;
    }
    return found;
  }
  template <class IsWanted>
  const Seen* nearest(IsWanted is_wanted) const {
    return best(is_wanted, [](const Seen&) { return 0; });
  }

  int to(const Seen& thing) const { return ground.first[ground.index(thing.dr, thing.dc)]; }

  // Towards a place out of sight: to the cell of the window from which it is least far, not back at once.
  int towards(int row, int col) const {
    const int back = reverse();
    int best_move = 0, least = std::abs(row) + std::abs(col), fallback = 0, fallback_least = FAR;
    if (least == 0) return 0;
    least = FAR;
    for (int dr = -ground.up(); dr <= ground.up(); ++dr)
      for (int dc = -ground.left(); dc <= ground.left(); ++dc) {
        const size_t i = ground.index(dr, dc);
        if (ground.steps[i] <= 0 || ground.is_blocked[i]) continue;
        const int cost = ground.steps[i] + 2 * (std::abs(row - dr) + std::abs(col - dc));
        if (ground.first[i] == back) {
          if (cost < fallback_least) fallback_least = cost, fallback = ground.first[i];
        } else if (cost < least) {
          least = cost, best_move = ground.first[i];
        }
      }
    return best_move ? best_move : fallback;
  }

  // The move that would undo the last one.
  int reverse() const {
    constexpr int OPPOSITE[] = {0, 2, 1, 4, 3};
    for (int move = 1; move <= 4; ++move)
      if (me[LAST_ACTION] == plan.moves[size_t(move)]) return OPPOSITE[move];
    return 0;
  }

  // -- where to -------------------------------------------------------------------------------------------

  int home() const { return towards(-me.row, -me.col); }

  // Round and round the spawn cell, ever wider, by the clock; out of the compound by the gate on that side.
  int sweep(int inner, int outer) const {
    const int eighth = me[AGENT_ID] * 3 + me[COMPLETION] / HOUR;
    constexpr int ROW[] = {0, -7, -10, -7, 0, 7, 10, 7}, COL[] = {10, 7, 0, -7, -10, -7, 0, 7};
    const int radius = inner + (outer - inner) * std::min(me[COMPLETION], 80) / 80;
    int row = ROW[eighth % 8] * radius / 10, col = COL[eighth % 8] * radius / 10;
    if (std::max(std::abs(me.row), std::abs(me.col)) <= GATE && radius > GATE) {
      if (std::abs(row) > std::abs(col)) row = row > 0 ? GATE + 3 : -GATE - 3, col = 0;
      else col = col > 0 ? GATE + 3 : -GATE - 3, row = 0;
    }
    return towards(row - me.row, col - me.col);
  }

  // What stands in the compound, south of the hub.
  int compound(int kind) const {
    const Seen* found = nearest([=](const Seen& s) { return s.kind == kind; });
    if (found) return to(*found);
    const Seen* hub = nearest([](const Seen& s) { return s.kind == HUB; });
    return hub ? towards(hub->dr + 4, hub->dc + 1) : home();
  }

  // Steps until ground that refills, as far as can be seen or remembered of the way from the spawn cell.
  int way_home() const {
    int least = std::max(0, std::max(std::abs(me.row), std::abs(me.col)) - AREA + 3);
    for (const Seen& s : things)
      if (is_ours(s)) least = 0;
    return least;
  }

  int retreat() const {
    const Seen* ours = nearest([this](const Seen& s) { return is_ours(s); });
    return ours ? to(*ours) : home();
  }

  // -- what to do -----------------------------------------------------------------------------------------

  int move(Gear role) const {
    if (me[HP] <= (me[SOLAR] >= 3 ? 2 : 5) * way_home() + 10 && way_home() > 0) return home();
    if (me.gear() != role) return me.covers(role) ? compound(STATION + int(role)) : mine();
    return role == MINER ? mine() : role == ALIGNER ? align() : role == SCRAMBLER ? scramble() : sweep(9, 24);
  }

  int mine() const {
    const int room = (me.gear() == MINER ? 40 : 4) - me.cargo();
    if (room <= 0) return deposit();
    const Seen* extractor = best([](const Seen& s) { return is_extractor(s.kind) && s.amount > 0; },
                                 [&](const Seen& s) { return me[STOCK + s.kind - EXTRACTOR] >= 30 ? 5 : 0; });
    if (extractor) return to(*extractor);
    const Seen* depot = nearest([this](const Seen& s) { return is_ours(s); });
    if (depot && me.cargo() >= 12) return to(*depot);
    return sweep(8, 20);
  }

  int deposit() const {
    const Seen* depot = nearest([this](const Seen& s) { return is_ours(s); });
    return depot ? to(*depot) : home();
  }

  bool has_hearts() const { return me.scarcest() >= 10 || me[COMPLETION] < 20; }

  // To the chest for hearts; at a bare one, wait for the miners.
  int fetch() const {
    const Seen* chest = nearest([](const Seen& s) { return s.kind == CHEST; });
    if (chest && !has_hearts() && ground.steps_to(*chest) <= 2) return 0;
    return compound(CHEST);
  }

  int align() const {
    if (me[HEART] == 0) return fetch();
    const Seen* chest = nearest([](const Seen& s) { return s.kind == CHEST; });
    if (chest && me[HEART] < 10 && has_hearts() && ground.steps_to(*chest) <= 3) return to(*chest);
    if (me[INFLUENCE] == 0) return retreat();
    const Seen* junction = nearest([](const Seen& s) { return s.kind == JUNCTION && s.team == NEUTRAL; });
    return junction ? to(*junction) : sweep(9, 22);
  }

  int scramble() const {
    if (me[HEART] == 0) return has_hearts() ? fetch() : sweep(9, 24);
    const Seen* junction = nearest([this](const Seen& s) { return is_hostile(s); });
    return junction ? to(*junction) : sweep(9, 24);
  }

  static constexpr int HOUR = 7;  // of 255 in an episode
  static constexpr int GATE = 9;  // rows or columns from the spawn cell to the compound's walls, about
};

// A world's Cogs, each by itself; its role follows from its number.
struct Reflex {
  static constexpr const char* name = "cogsguard_reflex";
  using Options = cogsguard::Options;
  using Plan = PlanWith<Options>;

  uint8_t nothing = 0;  // is remembered

  static Plan plan(const Briefing& briefing, const Options& options) {
    need(briefing.height <= MOST_SIDE && briefing.width <= MOST_SIDE, "windows of 15 by 15 cells at most");
    return {plan_of(briefing), options};
  }

  void act(const Plan& plan, const Turn& turn) {
    std::vector<Seen> things;
    Ground ground;
    for (int i = 0; i < turn.members(); ++i) {
      things.clear();
      const Self me = look(plan, turn.observation(i), things);
      *turn.action(i) = action(plan, me, things, ground);
    }
  }

 private:
  static int action(const Plan& plan, const Self& me, std::span<const Seen> things, Ground& ground) {
    const Gear role = role_of(plan.options, me[AGENT_ID]);
    if (me[VIBE] != plan.shown[size_t(role)]) return plan.vibes[size_t(role)];
    if (me[ENERGY] < 4) return plan.moves[0];
    ground.survey(plan, things);
    return plan.moves[size_t(Glance{plan, me, things, ground}.move(role))];
  }

  // By number: those the options ask for first, then what a team needs.
  static Gear role_of(const Options& options, int agent_id) {
    constexpr Gear NEEDED[] = {MINER, ALIGNER, MINER, ALIGNER, MINER, SCRAMBLER, MINER, ALIGNER};
    if (options.cycle >= 0) return ORDER[(options.cycle + agent_id) % 4];
    const int counts[] = {options.scrambler, options.aligner, options.miner, options.scout};
    for (size_t k = 0; k < 4; ++k) {
      if (agent_id < counts[k]) return ORDER[k];
      agent_id -= counts[k];
    }
    return NEEDED[agent_id % 8];
  }
};

}  // namespace coterie::cogsguard
