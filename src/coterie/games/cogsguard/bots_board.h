// What a team knows: one map that all its Cogs write, in a frame whose origin is the spawn cell of the first.
#pragma once

#include <bit>

#include "bots_sight.h"

namespace coterie::cogsguard {

inline constexpr int AREA = 10;  // radius of a hub's or junction's area
inline constexpr int NEUTRAL = -1;
inline constexpr int STEP_ROW[] = {0, -1, 1, 0, 0}, STEP_COL[] = {0, 0, 0, -1, 1};  // by move, 0 is none

struct Place {
  int16_t row = 0, col = 0;
  bool operator==(const Place&) const = default;
  Place moved(int move) const { return {int16_t(row + STEP_ROW[move]), int16_t(col + STEP_COL[move])}; }
};

constexpr int apart(Place a, Place b) {  // in rows or columns, whichever is more
  return std::max(std::abs(a.row - b.row), std::abs(a.col - b.col));
}
constexpr int walk(Place a, Place b) { return std::abs(a.row - b.row) + std::abs(a.col - b.col); }

// A building, as it was when last seen.
struct Site {
  Place place;
  uint8_t kind = GONE;
  std::array<uint8_t, 3> spare{};  // no byte of what is saved is left to chance
  int16_t team = NEUTRAL;
  int16_t amount = 0;
  int32_t seen = 0;     // step
  int32_t shunned = 0;  // the step until which it is left alone
};

enum Task : uint8_t { WAIT, USE, EXPLORE, RETREAT };

// A member of the team, as the team remembers it. Its path leads from `path_place` to where `task` is done.
struct Cog {
  Place spawn, place, path_place, goal;
  int16_t agent_id = 0, target = -1, bumped = -1;  // sites
  int8_t role = NO_GEAR, hearts_before = 0;
  uint8_t is_found = 0, task = WAIT, path_length = 0, path_at = 0, next = 0;
  uint8_t is_free = 0;    // its role is the team's choice
  uint8_t is_served = 0;  // the stock covers its gear, all before it served
  uint8_t spare = 0;      // no byte is left to chance: what is saved is the same whenever the memory is
  int32_t chose = -40;    // step of its last choice of a role
  std::array<uint8_t, 48> path{};
};
static_assert(std::has_unique_object_representations_v<Site>);
static_assert(std::has_unique_object_representations_v<Cog>);

constexpr uint16_t UNKNOWN = 0, FLOOR = 1, ROCK = 2, FIRST_SITE = 3;  // contents of a cell

struct Board {
  int32_t step = 0, side = 0, team = -1;
  int16_t hub = -1, chest = -1;
  std::array<int16_t, GEARS> stations{-1, -1, -1, -1};
  uint8_t is_chest_bare = 0;
  int32_t explored_until = 0;   // nobody need look for unknown cells before that step
  std::vector<uint16_t> cells;  // [side, side]
  std::vector<Site> sites;
  std::vector<Cog> cogs;

  template <class Use>
  void visit(Use use) {
    use(step), use(side), use(team), use(hub), use(chest), use(stations), use(is_chest_bare);
    use(explored_until), use(cells), use(sites), use(cogs);
  }

  int index(Place p) const { return (p.row + side / 2) * side + p.col + side / 2; }
  Place place(int i) const { return {int16_t(i / side - side / 2), int16_t(i % side - side / 2)}; }
  uint16_t& cell(Place p) { return cells[size_t(index(p))]; }
  bool is_site(uint16_t content) const { return content >= FIRST_SITE; }
  Site& site_in(uint16_t content) { return sites[content - FIRST_SITE]; }
  bool is_ours(const Site& s) const { return s.team == team && (s.kind == HUB || s.kind == JUNCTION); }
  bool is_hostile(const Site& s) const {
    return s.team != team && s.team != NEUTRAL && (s.kind == HUB || s.kind == JUNCTION);
  }

  // Keeps a window around every place on the map, whose edge is rock: no way leads over it.
  void make_room(Place p, int reach) {
    const int far = std::max(std::abs(p.row), std::abs(p.col)) + reach + 2;
    if (far < side / 2) return;
    const int before = side;
    std::vector<uint16_t> old = std::move(cells);
    side = std::max(side, 128);
    while (far >= side / 2) side *= 2;
    cells.assign(size_t(side) * size_t(side), UNKNOWN);
    const int shift = (side - before) / 2;
    for (int row = 1; row + 1 < before; ++row)
      std::copy_n(old.begin() + row * before + 1, before - 2,
                  cells.begin() + (row + shift) * side + shift + 1);
    for (int i = 0; i < side; ++i)
      for (int edge : {i, side * (side - 1) + i, side * i, side * i + side - 1}) cells[size_t(edge)] = ROCK;
  }

  // One Cog's window becomes part of the map.
  void update(const Plan& plan, Place from, std::span<const Seen> things) {
    make_room(from, std::max(plan.up, plan.left));
    const int width = 2 * plan.left + 1, corner = index(from) - plan.up * side - plan.left;
    uint32_t there[16] = {};  // bits of the window's cells that hold something
    for (const Seen& thing : things) there[thing.dr + plan.up] |= 1u << (thing.dc + plan.left);
    for (int r = 0; r <= 2 * plan.up; ++r) {
      uint16_t* row = cells.data() + corner + r * side;
      uint32_t other = 0;  // cells that are not known to be floor; mostly none, so no branch for each of them
      for (int c = 0; c < 16; ++c) other |= uint32_t(row[c] != FLOOR) << c;
      for (other &= ((1u << width) - 1) & ~there[r]; other; other &= other - 1) {
        uint16_t& content = row[std::countr_zero(other)];
        if (is_site(content)) site_in(content).kind = GONE;
        content = FLOOR;
      }
    }
    for (const Seen& thing : things) {
      uint16_t& content = cells[size_t(corner + (thing.dr + plan.up) * side + thing.dc + plan.left)];
      if (thing.kind == COG) content = FLOOR;
      else if (thing.kind == SOLID) content = ROCK;
      else note(thing, content, {int16_t(from.row + thing.dr), int16_t(from.col + thing.dc)});
    }
  }

  void note(const Seen& thing, uint16_t& content, Place at) {
    if (!is_site(content) || site_in(content).kind != thing.kind) {
      content = uint16_t(FIRST_SITE + sites.size());
      sites.push_back({.place = at, .kind = thing.kind, .team = thing.team});
      enrol(int16_t(sites.size() - 1));
    }
    Site& site = site_in(content);
    site.team = thing.team;
    site.amount = int16_t(std::min(thing.amount, 32767));
    site.seen = step;
  }

  void enrol(int16_t s) {
    const Site& site = sites[size_t(s)];
    if (site.team != team) return;
    if (site.kind == HUB) hub = s;
    if (site.kind == CHEST) chest = s;
    if (is_station(site.kind)) stations[size_t(site.kind - STATION)] = s;
  }

  // Where a Cog stands, if something there is but one of, or a mate whose place is known, is in sight.
  bool find(Cog& cog, const Self& self, std::span<const Seen> things) {
    for (const Seen& thing : things) {
      const Place* known = nullptr;
      if (thing.kind == COG) {
        for (const Cog& mate : cogs)
          if (mate.is_found && mate.agent_id == thing.amount) known = &mate.place;
      } else if (thing.team == team) {
        const int s = thing.kind == HUB        ? hub
                      : thing.kind == CHEST    ? chest
                      : is_station(thing.kind) ? stations[size_t(thing.kind - STATION)]
                                               : -1;
        if (s >= 0) known = &sites[size_t(s)].place;
      }
      if (!known) continue;
      cog.place = {int16_t(known->row - thing.dr), int16_t(known->col - thing.dc)};
      cog.spawn = {int16_t(cog.place.row - self.row), int16_t(cog.place.col - self.col)};
      return true;
    }
    return false;
  }
};

// The first Cogs get the roles that were asked for, the others are free to get any. Returns how many were.
inline size_t pin(const Counts& counts, Board& board) {
  const int asked[] = {counts.scrambler, counts.aligner, counts.miner, counts.scout};
  std::vector<Gear> roles;
  for (size_t k = 0; k < 4; ++k) roles.insert(roles.end(), size_t(std::clamp(asked[k], 0, 64)), ORDER[k]);
  for (size_t i = 0; i < board.cogs.size(); ++i) {
    board.cogs[i].is_free = i >= roles.size();
    board.cogs[i].role = i < roles.size() ? roles[i] : NO_GEAR;
  }
  return roles.size();
}

// The ways of a thread: breadth first over what is not known to be blocked, north, south, west, east.
struct Search {
  std::vector<uint16_t> marks;  // number of the search that reached a cell × 8 + the move by which it did
  std::vector<int32_t> queue;
  uint16_t stamp = 0;  // number of this search × 8

  void begin(const Board& board) {
    if (marks.size() < board.cells.size()) {
      marks.assign(board.cells.size(), 0);
      queue.resize(board.cells.size());
      stamp = 0;
    }
    stamp = uint16_t(stamp + 8);
    if (stamp == 0) std::fill(marks.begin(), marks.end(), uint16_t(0)), stamp = 8;
  }
  void block(const Board& board, Place p) { marks[size_t(board.index(p))] = stamp; }
  int move_to(int cell) const { return marks[size_t(cell)] & 7; }

  // The nearest cell that `is_goal(content, cell)`, -1 if none is reached within `limit` cells searched.
  template <class IsGoal>
  int find(const Board& board, Place from, int limit, IsGoal is_goal) {
    const int delta[] = {0, -board.side, board.side, -1, 1};
    const int start = board.index(from);
    int32_t *head = queue.data(), *tail = head;
    const int32_t* const last = head + std::min<int64_t>(limit, int64_t(queue.size()));
    const uint16_t* const cells = board.cells.data();
    uint16_t* const mark = marks.data();
    const uint16_t own = stamp;
    *tail++ = start;
    mark[start] = own;
    while (head < tail && head < last) {
      const int here = *head++;
#pragma GCC unroll 4
      for (int move = 1; move <= 4; ++move) {
        const int next = here + delta[move];
        if ((mark[next] & ~7) == own) continue;
        const uint16_t content = cells[next];
        if (content == ROCK) continue;
        mark[next] = uint16_t(own | move);
        if (is_goal(content, next)) return next;
        if (content < ROCK) *tail++ = next;
      }
    }
    return -1;
  }

  // The moves from the start to a cell that was found; as many as fit. Returns the true length.
  int trace(const Board& board, int start, int found, Cog& cog) const {
    const int delta[] = {0, -board.side, board.side, -1, 1};
    int length = 0;
    for (int at = found; at != start; at -= delta[move_to(at)]) ++length;
    cog.path_length = uint8_t(std::min<int>(length, int(cog.path.size())));
    cog.path_at = 0;
    for (int at = found, i = length - 1; at != start; at -= delta[move_to(at)], --i)
      if (i < cog.path_length) cog.path[size_t(i)] = uint8_t(move_to(at));
    return length;
  }
};

}  // namespace coterie::cogsguard
