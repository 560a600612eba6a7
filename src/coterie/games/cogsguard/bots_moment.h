// One step of a team: where everybody stands and means to go, and how a Cog gets where it wants.
#pragma once

#include <cmath>

#include "bots_board.h"

namespace coterie::cogsguard {

struct Intent {
  Task task = WAIT;
  int16_t target = -1;  // a site, for USE
};

// What lives for one step only. Its lists belong to the thread and are used again.
struct Moment {
  const Plan& plan;
  Board& board;
  Search& search;
  std::vector<Self>& selves;    // by member
  std::vector<Place>& ours;     // sources of areas, in row-major order
  std::vector<Place>& hostile;  // the same, of other teams
  std::vector<uint8_t>& is_decided;

  Cog& cog(int i) { return board.cogs[size_t(i)]; }
  const Self& self(int i) const { return selves[size_t(i)]; }
  int members() const { return int(board.cogs.size()); }
  Site& site(int s) { return board.sites[size_t(s)]; }

  // -- ground ---------------------------------------------------------------------------------------------

  void survey() {
    ours.clear(), hostile.clear();
    for (const Site& s : board.sites) {
      if (board.is_ours(s)) ours.push_back(s.place);
      else if (board.is_hostile(s)) hostile.push_back(s.place);
    }
  }

  // Rows and columns to the nearest ground that refills; 0 on it.
  int way_home(Place p) const {
    int least = 1000;
    for (Place source : ours) least = std::min(least, std::max(0, apart(p, source) - AREA));
    return least;
  }
  bool is_home(Place p) const { return way_home(p) == 0; }

  int hostile_areas(Place p) const {
    int count = 0;
    for (Place source : hostile) count += apart(p, source) <= AREA;
    return count;
  }

  // Whether influence lasts at a place: areas act one after the other, in row-major order of their sources.
  bool has_influence(Place p) const {
    auto before = [](Place a, Place b) { return a.row != b.row ? a.row < b.row : a.col < b.col; };
    const Place* last = nullptr;
    bool is_good = true;
    for (const auto* sources : {&ours, &hostile})
      for (const Place& source : *sources)
        if (apart(p, source) <= AREA && (!last || before(*last, source)))
          last = &source, is_good = sources == &ours;
    return is_good;
  }

  // Steps that so many moves take with the energy there is.
  static int steps_for(const Self& me, int moves) {
    const int lacking = 4 * moves - me[ENERGY];
    return std::max(moves, lacking <= 0 ? 0 : (lacking + me[SOLAR] - 1) / std::max(1, me[SOLAR]));
  }

  bool must_retreat(int i) {
    if (ours.empty()) return false;
    const int moves = way_home(cog(i).place);
    if (moves == 0) return false;
    const int drain = 1 + hostile_areas(cog(i).place);
    return self(i)[HP] <= steps_for(self(i), moves + moves / 2 + 2) * drain + 8;
  }

  // -- ways -----------------------------------------------------------------------------------------------

  int action_of(int i, Intent want) {
    Cog& me = cog(i);
    const int move = want.task == WAIT ? 0 : next_move(i, want);
    me.next = uint8_t(move);
    me.bumped = -1;
    if (move && want.task == USE && me.place.moved(move) == site(want.target).place) me.bumped = want.target;
    if (move && self(i)[ENERGY] < 4) return plan.moves[0];
    return plan.moves[size_t(move)];
  }

  int next_move(int i, Intent want) {
    Cog& me = cog(i);
    if (!keeps_path(me, want)) {
      me.task = want.task, me.target = want.target;
      if (!route(i, false)) return 0;
    }
    int move = me.path[me.path_at];
    Place next = me.place.moved(move);
    if (is_blocked(me, next)) {
      if (!route(i, false)) return 0;
      move = me.path[me.path_at], next = me.place.moved(move);
    }
    if (is_free(i, next)) return move;
    const int length = me.path_length - me.path_at;
    if (!route(i, true) || me.path_length > length + 8) {
      route(i, false);
      return 0;
    }
    move = me.path[0];
    return is_free(i, me.place.moved(move)) ? move : 0;
  }

  // Whether the path leads on from here to what is wanted; what really happened is where the Cog stands.
  bool keeps_path(Cog& me, Intent want) {
    if (me.task != want.task || me.target != want.target || me.path_at >= me.path_length) return false;
    if (me.place != me.path_place) {
      me.path_place = me.path_place.moved(me.path[me.path_at]);
      if (++me.path_at >= me.path_length || me.place != me.path_place) return false;
    }
    return want.task != EXPLORE || board.cell(me.goal) == UNKNOWN;
  }

  bool is_blocked(const Cog& me, Place next) {
    const uint16_t content = board.cell(next);
    if (!board.is_site(content)) return content == ROCK;
    return me.task != USE || content != FIRST_SITE + me.target;
  }

  // Whether no mate stands or is about to step there. Who is about to leave makes room.
  bool is_free(int i, Place next) {
    for (int j = 0; j < members(); ++j) {
      const Cog& mate = cog(j);
      if (j == i || !mate.is_found) continue;
      const bool moves = is_decided[size_t(j)] && mate.next;
      const Place then = moves ? mate.place.moved(mate.next) : mate.place;
      if (moves && then == next) return false;
      if (mate.place == next && (!moves || mate.bumped >= 0 || then == cog(i).place)) return false;
    }
    return true;
  }

  bool route(int i, bool around_mates) {
    Cog& me = cog(i);
    search.begin(board);
    if (around_mates)
      for (int j = 0; j < members(); ++j)
        if (j != i && cog(j).is_found && walk(cog(j).place, me.place) <= 4) search.block(board, cog(j).place);
    const int found = destination(i, around_mates && walk(me.place, me.goal) <= 4 ? 150 : 1 << 30);
    me.path_length = me.path_at = 0;
    if (found < 0) return false;
    me.goal = board.place(found);
    search.trace(board, board.index(me.place), found, me);
    me.path_place = me.place;
    return me.path_length > 0;
  }

  int destination(int i, int limit) {
    const Cog& me = cog(i);
    if (me.task == USE) {
      const uint16_t wanted = uint16_t(FIRST_SITE + me.target);
      return search.find(board, me.place, limit, [=](uint16_t content, int) { return content == wanted; });
    }
    if (me.task == RETREAT)
      return search.find(board, me.place, limit, [this](uint16_t content, int at) {
        return content == FLOOR && is_home(board.place(at));
      });
    return frontier(i);
  }

  // The nearest unknown cell no farther from home than a Cog may roam: in its own sector around the hub if
  // there is one, else anywhere.
  int frontier(int i) {
    if (board.explored_until > board.step) return -1;
    const Cog& me = cog(i);
    const Place centre = board.hub >= 0 ? site(board.hub).place : Place{};
    const double angle = 2 * M_PI * (me.agent_id + 0.5) / std::max(1, members());
    const double row = -std::sin(angle), col = std::cos(angle);
    const int reach = roams(i);
    auto is_near = [&](uint16_t content, int at) {
      if (content != UNKNOWN) return false;
      const Place p = board.place(at);
      for (int j = 0; j < members(); ++j)
        if (j != i && cog(j).task == EXPLORE && cog(j).path_length && apart(cog(j).goal, p) <= 7)
          return false;
      return reach >= 99 || way_home(p) <= reach;
    };
    auto is_mine = [&](uint16_t content, int at) {
      if (content != UNKNOWN) return false;
      const Place p = board.place(at);
      const double dr = p.row - centre.row, dc = p.col - centre.col;
      return dr * row + dc * col >= 0.6 * std::sqrt(dr * dr + dc * dc) && is_near(content, at);
    };
    search.begin(board);
    int found = search.find(board, me.place, 1200, is_mine);
    if (found >= 0) return found;
    search.begin(board);
    found = search.find(board, me.place, 1 << 30, is_near);
    if (found < 0) board.explored_until = board.step + 20;
    return found;
  }

  // Whether a Cog has a heart, but neither gear to use it with nor a stock that could ever pay for some: all
  // that is left to do with it is to bring it to the chest.
  bool is_bearer(int i) const {
    const Self& me = self(i);
    return me[HEART] > 0 && me.gear() == NO_GEAR &&
           me[STOCK] + me[STOCK + 1] + me[STOCK + 2] + me[STOCK + 3] == 0;
  }

  // How far from home a Cog may go to see more: a night makes each move four steps long.
  int roams(int i) const {
    const Self& me = self(i);
    if (me.gear() == SCOUT || ours.empty() || is_bearer(i)) return 100;
    const int far = me[SOLAR] >= 3 ? 14 : 5;
    if (me.gear() == NO_GEAR) return 14;
    return me[HEART] == 0 && me.gear() == ALIGNER ? 7 : far;
  }

  // The site nearest by foot of those that are wanted, -1 if none can be reached.
  template <class IsWanted>
  int16_t nearest(int i, IsWanted is_wanted) {
    bool is_any = false;
    for (int s = 0; s < int(board.sites.size()) && !is_any; ++s) is_any = is_wanted(s);
    if (!is_any) return -1;
    search.begin(board);
    const int found = search.find(board, cog(i).place, 1 << 30, [&](uint16_t content, int) {
      return board.is_site(content) && is_wanted(content - FIRST_SITE);
    });
    return found < 0 ? int16_t(-1) : int16_t(board.cells[size_t(found)] - FIRST_SITE);
  }
};

}  // namespace coterie::cogsguard
