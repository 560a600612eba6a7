// A team that shares one map: who looks, who is served, who acts. Its strategy says who has which role.
#pragma once

#include "bots_roles.h"

namespace coterie::cogsguard {

// Kept apart from its users, for which a thread's own storage is slow to find again and again.
struct Scratch {
  Search search;
  std::vector<Self> selves;
  std::vector<Seen> things;
  std::vector<size_t> ends;  // of each member's things
  std::vector<Place> ours, hostile;
  std::vector<uint8_t> is_decided;
  std::vector<int> members;
  std::vector<std::pair<int, int>> order;  // rank, member
};

[[gnu::noinline]] inline Scratch& scratch_of_thread() {
  static thread_local Scratch scratch;
  return scratch;
}

// What a team's strategy is. A strategy is plain data, one for each side of a world.
template <class S>
concept Strategy = std::default_initializable<S> &&
                   requires(S strategy, Roles roles, Board board, const typename S::Options options) {
                     { S::name } -> std::convertible_to<const char*>;
                     strategy.begin(options, board);  // before the first step
                     strategy.revise(roles);          // each step: no Cog is left without a role
                     { strategy.wanted(roles, 0) } -> std::same_as<Intent>;  // of one Cog
                   };

// A world's Cogs; where they are of two teams, each has a board of its own.
template <Strategy S>
struct Team {
  static constexpr const char* name = S::name;
  using Options = typename S::Options;
  using Plan = PlanWith<Options>;

  Board boards[2];
  S strategies[2];
  std::vector<int32_t> side_of;  // by member

  template <class Use>
  void visit(Use use) {
    use(side_of);
    for (Board& board : boards) board.visit(use);
    for (S& strategy : strategies) strategy.visit(use);
  }

  static Plan plan(const Briefing& briefing, const Options& options) { return {plan_of(briefing), options}; }

  void act(const Plan& plan, const Turn& turn) {
    Scratch& scratch = scratch_of_thread();
    if (side_of.empty()) divide(plan, turn, scratch);
    for (int side = 0; side < 2; ++side) {
      scratch.members.clear();
      for (int i = 0; i < turn.members(); ++i)
        if (side_of[size_t(i)] == side) scratch.members.push_back(i);
      if (!scratch.members.empty()) act(plan, turn, side, scratch);
    }
  }

 private:
  void divide(const Plan& plan, const Turn& turn, Scratch& scratch) {
    for (int i = 0; i < turn.members(); ++i) {
      scratch.things.clear();
      const Self self = look(plan, turn.observation(i), scratch.things);
      const int side = boards[0].team < 0 || boards[0].team == self[TEAM] ? 0 : 1;
      Board& board = boards[side];
      board.team = self[TEAM];
      side_of.push_back(side);
      board.cogs.emplace_back().agent_id = int16_t(self[AGENT_ID]);
      board.cogs.back().spawn = {int16_t(-self.row), int16_t(-self.col)};
    }
    for (size_t side = 0; side < 2; ++side) {
      Board& board = boards[side];
      if (board.cogs.empty()) continue;
      strategies[side].begin(plan.options, board);
      board.make_room({}, 8), board.cogs[0].is_found = 1;
    }
  }

  void act(const Plan& plan, const Turn& turn, int side, Scratch& s) {
    Board& board = boards[side];
    S& strategy = strategies[side];
    observe(plan, turn, board, s);
    Roles roles{{plan, board, s.search, s.selves, s.ours, s.hostile, s.is_decided}, {}};
    roles.survey();
    strategy.revise(roles);
    serve(board, s);
    check_chest(board, s);
    s.is_decided.assign(s.members.size(), 0);
    for (size_t i = 0; i < s.members.size(); ++i) {
      *turn.action(s.members[i]) = action(plan, strategy, roles, int(i));
      s.is_decided[i] = 1;
      board.cogs[i].hearts_before = int8_t(s.selves[i][HEART]);
    }
    ++board.step;
  }

  static int action(const Plan& plan, S& strategy, Roles& roles, int i) {
    Cog& me = roles.cog(i);
    me.next = 0, me.bumped = -1;
    if (roles.self(i)[VIBE] != plan.shown[size_t(me.role)]) return plan.vibes[size_t(me.role)];
    if (!me.is_found) return plan.moves[0];
    return roles.action_of(i, strategy.wanted(roles, i));
  }

  // Every member looks; who has not yet found its place on the map tries to; then the map is kept up to date.
  static void observe(const Plan& plan, const Turn& turn, Board& board, Scratch& s) {
    s.selves.clear(), s.things.clear(), s.ends.clear();
    for (int member : s.members) {
      s.selves.push_back(look(plan, turn.observation(member), s.things));
      s.ends.push_back(s.things.size());
    }
    auto things = [&](size_t i) {
      const size_t from = i ? s.ends[i - 1] : 0;
      return std::span<const Seen>(s.things.data() + from, s.ends[i] - from);
    };
    auto place = [&](size_t i) {
      Cog& cog = board.cogs[i];
      cog.place = {int16_t(cog.spawn.row + s.selves[i].row), int16_t(cog.spawn.col + s.selves[i].col)};
      board.update(plan, cog.place, things(i));
    };
    for (size_t i = 0; i < s.members.size(); ++i)
      if (board.cogs[i].is_found) place(i);
    for (bool is_new = true; is_new;) {
      is_new = false;
      for (size_t i = 0; i < s.members.size(); ++i) {
        Cog& cog = board.cogs[i];
        if (cog.is_found || !board.find(cog, s.selves[i], things(i))) continue;
        cog.is_found = 1, is_new = true;
        place(i);
      }
    }
  }

  // Who lacks its gear is served in order, while the stock lasts: two miners, then in turn a miner, an
  // aligner and (from the third on) a scrambler; scouts last.
  static void serve(Board& board, Scratch& s) {
    constexpr int HANDICAP[] = {2, 4, 0, 9};  // by role
    std::array<int, GEARS> count{};
    std::array<int, 4> left{};
    for (size_t e = 0; e < 4; ++e) left[e] = s.selves[0][STOCK + int(e)];
    s.order.clear();
    for (size_t i = 0; i < board.cogs.size(); ++i) {
      const size_t role = size_t(board.cogs[i].role);
      board.cogs[i].is_served = 0;
      s.order.emplace_back(HANDICAP[role] + count[role]++, int(i));
    }
    std::sort(s.order.begin(), s.order.end());
    for (const auto& [rank, i] : s.order) {
      const int role = board.cogs[size_t(i)].role;
      if (s.selves[size_t(i)].gear() == role) continue;
      bool covers = true;
      for (size_t e = 0; e < 4; ++e) covers &= left[e] >= GEAR_COST[role][e];
      if (!covers) continue;
      board.cogs[size_t(i)].is_served = 1;
      for (size_t e = 0; e < 4; ++e) left[e] -= GEAR_COST[role][e];
    }
  }

  // A bump that brought no heart shows that the chest has none; a heart that cost nothing, that it has.
  static void check_chest(Board& board, const Scratch& s) {
    for (size_t i = 0; i < board.cogs.size(); ++i) {
      const Cog& cog = board.cogs[i];
      if (board.chest < 0 || cog.bumped != board.chest) continue;
      if (s.selves[i][HEART] > cog.hearts_before) board.is_chest_bare = 0;
      else if (s.selves[i][LAST_ACTION] == 0 && s.selves[i][ENERGY] >= 4) board.is_chest_bare = 1;
    }
  }
};

}  // namespace coterie::cogsguard
