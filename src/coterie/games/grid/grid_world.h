// World: the state of one gridworld as flat arrays, and the verbs that keep it consistent.
#pragma once

#include "grid_tables.h"

namespace coterie::grid {

// A holder of stock is a team (0 .. teams - 1) or a thing (teams + thing). Things are the agents, by seat,
// then everything on the map that is not plain, in row-major order. A cell holds 0, 1 + a plain kind, or 1 +
// kinds + a thing. Rows and columns are padded by PAD so that windows never need clipping.
constexpr int PAD = 8;

struct Thing {
  int32_t row = 0, col = 0;
  uint8_t kind = 0, vibe = 0;
  int8_t team = -1;
  uint8_t is_alive = 0;
  int32_t ready_at = 0;     // a building works again from this step on
  int32_t cooled_from = 0;  // the step its cooldown began
  uint16_t uses = 0, frozen = 0;
  std::array<uint64_t, 4> tags{};

  bool has_tag(int tag) const { return tags[size_t(tag) >> 6] >> (tag & 63) & 1; }
  void set_tag(int tag, bool on) {
    const uint64_t bit = 1ull << (tag & 63);
    tags[size_t(tag) >> 6] = on ? tags[size_t(tag) >> 6] | bit : tags[size_t(tag) >> 6] & ~bit;
  }
};

struct Agent {
  int32_t spawn_row = 0, spawn_col = 0;
  int32_t last_row = 0, last_col = 0;  // where it stood after its previous action
  int32_t still = 0;                   // actions in a row without having moved
  int32_t last_action = 0;             // 0 if it failed
  int32_t action = 0, is_success = 0;
  float reward = 0;
  int32_t holds_other = 1;  // than when its reward was last worked out
  double reward_sum = 0;
};

struct Source {
  int16_t row = 0, col = 0, reach = 0;  // reach: of its widest area, no bound where leaving counts too
  uint16_t thing = 0;
};

struct Slot {
  uint32_t at = 0;                // a cell content's tokens: from this byte
  uint16_t count = 0, place = 0;  // so many of three bytes each; bytes there are for them
};

struct World {
  int32_t step = 0, height = 0, width = 0, stride = 0, bit_stride = 0, areas_are_stale = 0;
  std::vector<uint16_t> cells;
  std::vector<uint8_t> occupied;  // a bit per padded cell, rows of bit_stride bytes
  std::vector<Thing> things;
  std::vector<Agent> agents;
  std::vector<uint8_t> inventory_of;    // by holder: number of its inventory rules
  std::vector<uint16_t> stock;          // [holder, resource]
  std::vector<int64_t> limit_sums;      // [holder, limit]: before its bounds
  std::vector<int32_t> capacity, used;  // [holder, limit]
  std::vector<float> seat_stats, team_stats, game_stats;
  std::vector<uint8_t> inside;  // [seat, thing]: a bit per area whose presence applies
  std::vector<Source> sources;  // things whose areas can work now: objects row by row, then agents
  std::vector<uint16_t> cooling;
  std::vector<uint16_t> order;    // seats, shuffled each step
  std::vector<uint8_t> is_dirty;  // by thing: its tokens are out of date
  std::vector<uint16_t> dirty;    // things that are
  std::vector<uint8_t> tokens;
  std::vector<Slot> slots;  // by cell content
  uint32_t tokens_end = 0, pad = 0;
  int64_t written = 0, dropped = 0;  // tokens of the observations shown last, not yet in the statistics

  template <class Use>
  void visit(Use use) {
    use(step), use(height), use(width), use(stride), use(bit_stride), use(areas_are_stale), use(cells),
        use(occupied);
    use(things), use(agents), use(inventory_of), use(stock), use(limit_sums), use(capacity), use(used),
        use(seat_stats), use(team_stats), use(game_stats);
    use(inside), use(sources), use(cooling), use(order), use(is_dirty), use(dirty), use(tokens), use(slots);
    use(tokens_end), use(written), use(dropped);
  }

  // -- cells ------------------------------------------------------------------------------------------------

  int cell_index(int row, int col) const { return (row + PAD) * stride + col + PAD; }
  int thing_at(const Config& c, int row, int col) const {  // -1: none
    const int content = cells[size_t(cell_index(row, col))];
    return content - 1 - int(c.kinds.size());
  }

  void put(int row, int col, uint16_t content) {
    cells[size_t(cell_index(row, col))] = content;
    const int bit = col + PAD;
    uint8_t& byte = occupied[size_t((row + PAD) * bit_stride + (bit >> 3))];
    byte = uint8_t(content ? byte | 1 << (bit & 7) : byte & ~(1 << (bit & 7)));
  }

  void move(const Config& c, int thing, int row, int col) {
    Thing& t = things[size_t(thing)];
    put(t.row, t.col, 0);
    t.row = row, t.col = col;
    put(row, col, uint16_t(1 + c.kinds.size() + size_t(thing)));
  }

  void swap_cells(const Config& c, int a, int b) {
    Thing &x = things[size_t(a)], &y = things[size_t(b)];
    std::swap(x.row, y.row), std::swap(x.col, y.col);
    put(x.row, x.col, uint16_t(1 + c.kinds.size() + size_t(a)));
    put(y.row, y.col, uint16_t(1 + c.kinds.size() + size_t(b)));
  }

  void remove(int thing) {
    Thing& t = things[size_t(thing)];
    t.is_alive = 0;
    put(t.row, t.col, 0);
    areas_are_stale = 1;
  }

  void touch(int thing) {
    if (is_dirty[size_t(thing)]) return;
    is_dirty[size_t(thing)] = 1;
    dirty.push_back(uint16_t(thing));
  }

  // -- inventories ------------------------------------------------------------------------------------------

  int holder(const Config& c, int thing) const { return c.team_count() + thing; }
  uint16_t& held(const Config& c, int h, int resource) {
    return stock[size_t(h * c.resource_count() + resource)];
  }
  int held(const Config& c, int h, int resource) const {
    return stock[size_t(h * c.resource_count() + resource)];
  }

  int room(const Config& c, int h, int resource) const {
    const size_t limit = size_t(h * c.limit_groups + c.limit_entry(inventory_of[size_t(h)], resource).limit);
    return std::max(0, capacity[limit] - used[limit]);
  }

  // Adds `delta` as far as the limit allows (what is over a limit is cut to it) and returns the change made.
  int change(const Config& c, int h, int resource, int delta) {
    const LimitEntry entry = c.limit_entry(inventory_of[size_t(h)], resource);
    const size_t limit = size_t(h * c.limit_groups + entry.limit);
    const int old = held(c, h, resource);
    const int now = std::clamp(old + delta, 0, std::max(0, capacity[limit] - (used[limit] - old)));
    if (now == old) return 0;
    set(c, h, resource, now, limit);
    if (entry.modified) limits_changed(c, h, entry, now - old);
    return now - old;
  }

  // Starting stock comes without limits and counts as gained.
  void hold_initially(const Config& c, int h) {
    for (const auto& [resource, amount] : c.inventories[inventory_of[size_t(h)]].initial)
      set(c, h, resource, amount,
          size_t(h * c.limit_groups + c.limit_entry(inventory_of[size_t(h)], resource).limit));
    const auto& limits = c.inventories[inventory_of[size_t(h)]].limits;
    for (size_t g = 0, at = size_t(h * c.limit_groups); g < limits.size(); ++g, ++at) {
      limit_sums[at] = limits[g].base;
      for (const auto& [resource, factor] : limits[g].modifiers)
        limit_sums[at] += int64_t(factor) * held(c, h, resource);
      capacity[at] = int(std::clamp<int64_t>(limit_sums[at], limits[g].minimum, limits[g].maximum));
    }
  }

  // -- teams ------------------------------------------------------------------------------------------------

  void align(const Config& c, int thing, int team) {
    Thing& t = things[size_t(thing)];
    if (t.team == team) return;
    const int row = c.kinds[t.kind].aligned_row;
    if (t.team >= 0) {
      team_stat(c, t.team, c.aligned(row)) -= 1;
      team_stat(c, t.team, c.aligned_lost(row)) += 1;
    }
    if (team >= 0) {
      team_stat(c, team, c.aligned(row)) += 1;
      team_stat(c, team, c.aligned_gained(row)) += 1;
    }
    t.team = int8_t(team);
    areas_are_stale = 1;
    touch(thing);
  }

  void hold_aligned(const Config& c) {  // `.held` grows by the number owned, each step
    for (int team = 0; team < c.team_count(); ++team) {
      float* stats = team_stats.data() + size_t(team) * c.team_names.size();
      const float* now = stats + c.aligned(0);
      float* held = stats + c.aligned_held(0);
      for (int row = 0; row < c.aligned_rows; ++row) held[row] += now[row];
    }
  }

  // -- statistics -------------------------------------------------------------------------------------------

  float& seat_stat(const Config& c, int seat, int index) {
    return seat_stats[size_t(seat) * c.seat_names.size() + size_t(index)];
  }
  float& team_stat(const Config& c, int team, int index) {
    return team_stats[size_t(team) * c.team_names.size() + size_t(index)];
  }

  double value(const Config& c, const Value& v, int thing) const {
    const int team = thing >= 0 ? things[size_t(thing)].team : -1;
    if (v.of == int(Of::CONSTANT)) return v.constant;
    if (v.of == int(Of::TAG_COUNT))
      return double(std::count_if(things.begin(), things.end(),
                                  [&](const Thing& t) { return t.is_alive && t.has_tag(v.index); }));
    if (v.of == int(Of::INVENTORY)) {
      if (v.scope == int(Scope::AGENT)) return thing < 0 ? 0 : held(c, holder(c, thing), v.index);
      return team < 0 ? 0 : held(c, team, v.index);
    }
    if (v.scope == int(Scope::GAME)) return game_stats[size_t(v.index)];
    if (v.scope == int(Scope::TEAM))
      return team < 0 ? 0 : team_stats[size_t(team) * c.team_names.size() + size_t(v.index)];
    return thing < 0 || thing >= c.seats ? 0
                                         : seat_stats[size_t(thing) * c.seat_names.size() + size_t(v.index)];
  }

 private:
  void set(const Config& c, int h, int resource, int now, size_t limit) {
    uint16_t& have = held(c, h, resource);
    const int delta = now - have;
    have = uint16_t(now);
    used[limit] += delta;
    const int teams = c.team_count();
    if (h < teams) {
      team_stat(c, h, delta > 0 ? c.deposited(resource) : c.withdrawn(resource)) += float(std::abs(delta));
      team_stat(c, h, c.stocked(resource)) = float(now);
      return;
    }
    touch(h - teams);
    if (h < teams + c.seats) {
      agents[size_t(h - teams)].holds_other = 1;
      seat_stat(c, h - teams, delta > 0 ? c.gained(resource) : c.lost(resource)) += float(std::abs(delta));
      seat_stat(c, h - teams, c.amount(resource)) = float(now);
    }
  }

  // Moves the limits a resource modifies; after a loss, whatever is over any limit is destroyed, a limit's
  // last resources first.
  void limits_changed(const Config& c, int h, LimitEntry entry, int delta) {
    const size_t first = size_t(h * c.limit_groups);
    for (uint32_t i = 0; i < entry.modified; ++i) {
      const Modified& limit = c.modified[entry.first + i];
      int64_t& sum = limit_sums[first + size_t(limit.limit)];
      sum += int64_t(limit.factor) * delta;
      capacity[first + size_t(limit.limit)] = int(std::clamp<int64_t>(sum, limit.minimum, limit.maximum));
    }
    if (delta > 0) return;
    const size_t groups = size_t(c.limit_groups);
    for (size_t g = 0; g < groups; ++g)
      if (used[first + g] > capacity[first + g]) drop_excess(c, h, g);
  }

  void drop_excess(const Config& c, int h, size_t g) {
    const auto& resources = c.inventories[inventory_of[size_t(h)]].limits[g].resources;
    const size_t at = size_t(h * c.limit_groups) + g;
    for (size_t i = resources.size(); i-- > 0 && used[at] > capacity[at];) {
      const int have = held(c, h, resources[i]);
      if (have > 0) change(c, h, resources[i], -std::min(have, used[at] - capacity[at]));
    }
  }
};

}  // namespace coterie::grid
