// What each agent sees. Every thing's tokens stand ready in memory and are rewritten only when it changed; a window is
// found by its rows' occupancy bits, put in ring order by small tables, and copied eight tokens at a time.
#pragma once

#include <bit>
#include <cmath>

#include "grid_world.h"

namespace coterie::grid {

// The window's cells in the order they are told: by Manhattan distance, then row offset, then the left of two.
struct Window {
  static constexpr int WORDS = 4;   // 15 x 15 cells fit in 256 bits
  using Mask = std::array<uint64_t, WORDS>;

  int rows = 0, cols = 0, words = 0;
  std::vector<int32_t> row_of, col_of;   // by position in that order, relative to the top left of the window
  std::vector<uint8_t> location;         // row * 16 + col
  std::vector<int32_t> cell_of;          // relative to the centre, in a map of `stride`
  std::vector<Mask> spread;              // [row, nibble of its bits (4), value (16)]: which positions those cells have
  int stride = -1;

  void build(const Observation& o, int map_stride) {
    if (stride == map_stride && rows == o.height && cols == o.width && is_round == o.is_round) return;
    rows = o.height, cols = o.width, stride = map_stride, is_round = o.is_round;
    row_of.clear(), col_of.clear(), location.clear(), cell_of.clear();
    const int up = rows / 2, left = cols / 2;
    std::vector<int> position(size_t(rows * cols), -1);
    for (int distance = 0; distance <= up + left; ++distance)
      for (int dr = -distance; dr <= distance; ++dr) {
        const int dc = distance - std::abs(dr);
        for (int side = -dc; side <= dc; side += std::max(1, 2 * dc)) {
          if (std::abs(dr) > up || std::abs(side) > left || !is_visible(dr, side, up, left)) continue;
          position[size_t((dr + up) * cols + side + left)] = int(row_of.size());
          row_of.push_back(dr + up), col_of.push_back(side + left);
          location.push_back(uint8_t((dr + up) * 16 + side + left));
          cell_of.push_back(dr * stride + side);
        }
      }
    words = (int(row_of.size()) + 63) / 64;
    spread.assign(size_t(rows) * 64, Mask{});
    for (int row = 0; row < rows; ++row)
      for (int nibble = 0; nibble < 4; ++nibble)
        for (int value = 0; value < 16; ++value)
          for (int bit = 0; bit < 4; ++bit) {
            const int col = nibble * 4 + bit;
            if (!(value >> bit & 1) || col >= cols || position[size_t(row * cols + col)] < 0) continue;
            const int p = position[size_t(row * cols + col)];
            spread[size_t((row * 4 + nibble) * 16 + value)][size_t(p >> 6)] |= 1ull << (p & 63);
          }
  }

 private:
  bool is_round = false;
  // A disc; from radius 2 on its four tips are three cells wide. Windows that are not square see an ellipse.
  bool is_visible(int dr, int dc, int up, int left) const {
    if (!is_round) return true;
    if (up != left) return double(dr * dr) / std::max(1, up * up) + double(dc * dc) / std::max(1, left * left) <= 1.0;
    const int sum = dr * dr + dc * dc;
    return sum <= up * up || (up >= 2 && sum == up * up + 1 && (std::abs(dr) == up || std::abs(dc) == up));
  }
};

struct TokenWriter {
  uint8_t* out;
  uint8_t* begin;
  explicit TokenWriter(uint8_t* at) : out(at), begin(at) {}
  void put(int feature, int value) {
    out[0] = 0, out[1] = uint8_t(feature), out[2] = uint8_t(value);
    out += 3;
  }
  void put_if(int feature, int value) {
    if (feature >= 0) put(feature, value);
  }
  // `value` in digits of `base`; the first digit always, the others as far as needed.
  void number(int feature, int value, int base) {
    put(feature, value % base);
    for (int digit = 1; (value /= base) > 0; ++digit) put(feature + digit, value % base);
  }
  uint32_t count() const { return uint32_t(out - begin) / 3; }
};

inline void write_tokens(const Config& c, World& w, int thing) {
  const Thing& t = w.things[size_t(thing)];
  const Kind& kind = c.kinds[t.kind];
  const auto& ids = c.observation.ids;
  Slot& slot = w.slots[1 + c.kinds.size() + size_t(thing)];
  TokenWriter to(w.tokens.data() + slot.at);
  if (t.team >= 0) to.put_if(ids.collective, t.team);
  for (int word = 0; word < 4; ++word)
    for (uint64_t bits = t.tags[size_t(word)]; bits; bits &= bits - 1) to.put_if(ids.tag, word * 64 + std::countr_zero(bits));
  if (t.vibe) to.put_if(ids.vibe, t.vibe);
  const int digits = c.digits();
  const uint16_t* stock = w.stock.data() + size_t(w.holder(c, thing)) * c.resources.size();
  for (int r = 0; r < c.resource_count(); ++r)
    if (stock[r] > 0) to.number(ids.inventory + r * digits, stock[r], c.observation.base);
  if (thing < c.seats) {
    to.put_if(ids.group, t.kind - c.objects);
    to.put_if(ids.frozen, t.frozen > 0);
    to.put_if(ids.agent_id, thing);
  }
  if (t.ready_at > w.step) to.put_if(ids.cooldown_remaining, std::min(255, t.ready_at - w.step));
  if (kind.max_uses > 0) to.put_if(ids.remaining_uses, std::min(255, kind.max_uses - t.uses));
  if (!kind.recipes.empty()) {
    const Recipe* shown = &kind.recipes[0];
    for (const auto& recipe : kind.recipes)
      if (recipe.vibes.empty()) { shown = &recipe; break; }
    for (const auto& [resource, amount] : shown->inputs) to.put(ids.protocol_input + resource, std::min(255, amount));
    for (const auto& [resource, amount] : shown->outputs) to.put(ids.protocol_output + resource, std::min(255, amount));
  }
  slot.count = to.count();
}

// Everything that changed since tokens were last written.
inline void refresh_tokens(const Config& c, World& w) {
  for (int seat = 0; seat < c.seats; ++seat) write_tokens(c, w, seat);
  for (size_t i = 0; i < w.cooling.size();) {
    const uint16_t thing = w.cooling[i];
    w.touch(c, thing);
    if (w.things[thing].ready_at > w.step) ++i;
    else w.cooling[i] = w.cooling.back(), w.cooling.pop_back();
  }
  for (uint16_t thing : w.dirty) {
    write_tokens(c, w, thing);
    w.is_dirty[thing] = 0;
  }
  w.dirty.clear();
}

// Tokens that belong to no cell: time, the last action and reward, the way back to the spawn cell, the team's stock.
inline int write_globals(const Config& c, const World& w, int seat, uint8_t* at) {
  const auto& ids = c.observation.ids;
  const Agent& agent = w.agents[size_t(seat)];
  const Thing& t = w.things[size_t(seat)];
  TokenWriter to(at);
  to.put_if(ids.episode_completion_pct, c.max_steps == 0 ? 0 : std::min(255, int(256ll * w.step / c.max_steps)));
  to.put_if(ids.last_action, agent.last_action);
  to.put_if(ids.last_reward, std::clamp(int(std::lround(100.f * agent.reward)), -128, 127));
  const int east = t.col - agent.spawn_col, south = t.row - agent.spawn_row;
  if (east) to.put_if(east > 0 ? ids.lp_east : ids.lp_west, std::min(255, std::abs(east)));
  if (south) to.put_if(south > 0 ? ids.lp_south : ids.lp_north, std::min(255, std::abs(south)));
  if (t.team >= 0 && ids.team_stock >= 0) {
    const int digits = c.digits();
    for (size_t i = 0; i < c.observation.team_stock.size(); ++i)
      to.number(ids.team_stock + int(i) * digits, w.held(c, t.team, c.observation.team_stock[i]), c.observation.base);
  }
  const int location = c.observation.global_location >= 0 ? c.observation.global_location
                                                          : c.observation.height / 2 * 16 + c.observation.width / 2;
  for (uint8_t* token = at; token < to.out; token += 3) token[0] = uint8_t(location);
  return int(to.count());
}

// Which cells of the window around (row, col) hold something, as bits in ring order.
inline Window::Mask occupied_in(const World& w, const Window& window, int row, int col) {
  Window::Mask mask{};
  const int start = col - window.cols / 2 + PAD;
  const uint8_t* bits = w.occupied.data() + size_t((row - window.rows / 2 + PAD) * w.bit_stride + (start >> 3));
  const auto* spread = window.spread.data();
  auto gather = [&]<int N>() {
    for (int r = 0; r < window.rows; ++r, bits += w.bit_stride, spread += 64) {
      uint32_t word;
      std::memcpy(&word, bits, 4);
      word = word >> (start & 7) & ((1u << window.cols) - 1);
      if (!word) continue;
      const auto &a = spread[word & 15], &b = spread[16 + (word >> 4 & 15)], &d = spread[32 + (word >> 8 & 15)],
                 &e = spread[48 + (word >> 12 & 15)];
      for (size_t i = 0; i < N; ++i) mask[i] |= a[i] | b[i] | d[i] | e[i];
    }
  };
  if (window.words <= 2) gather.template operator()<2>();
  else gather.template operator()<4>();
  return mask;
}

template <class See>
inline void for_each_seen(const World& w, const Window& window, int row, int col, See see) {
  const Window::Mask mask = occupied_in(w, window, row, col);
  const uint16_t* centre = w.cells.data() + w.cell_index(row, col);
  for (int word = 0; word < window.words; ++word)
    for (uint64_t bits = mask[size_t(word)]; bits; bits &= bits - 1) {
      const int p = word * 64 + std::countr_zero(bits);
      see(p, centre[window.cell_of[size_t(p)]]);
    }
}

// Copies a slot's tokens with their location byte filled in. May write up to 24 bytes past the last one.
inline void copy_tokens(uint8_t* to, const uint8_t* from, uint32_t count, uint64_t location) {
  const uint64_t a = location * 0x0001000001000001ull, b = location * 0x0100000100000100ull, d = location * 0x0000010000010000ull;
  for (uint32_t done = 0; done < count; done += 8, to += 24, from += 24) {
    uint64_t words[3];
    std::memcpy(words, from, 24);
    words[0] |= a, words[1] |= b, words[2] |= d;
    std::memcpy(to, words, 24);
  }
}

inline void observe_tokens(const Config& c, World& w, const Window& window, int seat, uint8_t* row) {
  static thread_local std::vector<uint8_t> scratch;
  const uint32_t limit = uint32_t(c.observation.num_tokens);
  scratch.resize(size_t(limit) * 3 + 3 * 1024 + 48);
  uint8_t* const begin = scratch.data();
  const Thing& t = w.things[size_t(seat)];
  uint32_t count = uint32_t(write_globals(c, w, seat, begin));
  for_each_seen(w, window, t.row, t.col, [&](int p, uint16_t content) {
    const Slot slot = w.slots[content];
    if (count < limit) copy_tokens(begin + 3 * count, w.tokens.data() + slot.at, slot.count, window.location[size_t(p)]);
    count += slot.count;
  });
  const uint32_t kept = std::min(count, limit);
  w.written += kept;
  w.dropped += count - kept;
  std::memcpy(row, begin, size_t(kept) * 3);
  std::memset(row + size_t(kept) * 3, 0xff, size_t(limit - kept) * 3);
}

// Planes [feature, then tag; row; col]: the value of the token there; tokens of no cell stand at the centre.
inline void observe_box(const Config& c, World& w, const Window& window, int seat, uint8_t* planes) {
  const size_t area = size_t(window.rows * window.cols), centre = area / 2;
  std::memset(planes, 0, area * (size_t(c.observation.features) + c.tags.size()));
  uint8_t globals[3 * 512];
  const int count = write_globals(c, w, seat, globals);
  for (int i = 0; i < count; ++i) planes[globals[3 * i + 1] * area + centre] = globals[3 * i + 2];
  const Thing& t = w.things[size_t(seat)];
  for_each_seen(w, window, t.row, t.col, [&](int p, uint16_t content) {
    const Slot slot = w.slots[content];
    const size_t cell = size_t(window.row_of[size_t(p)] * window.cols + window.col_of[size_t(p)]);
    const uint8_t* token = w.tokens.data() + slot.at;
    for (uint32_t i = 0; i < slot.count; ++i, token += 3) {
      const bool is_tag = token[1] == c.observation.ids.tag;
      planes[(is_tag ? size_t(c.observation.features) + token[2] : token[1]) * area + cell] = is_tag ? 1 : token[2];
    }
  });
}

// One byte a cell: 0 empty, else 1 + the kind of what stands there.
inline void observe_tiles(const Config& c, const World& w, const Window& window, int seat, uint8_t* tiles) {
  std::memset(tiles, 0, size_t(window.rows * window.cols));
  const Thing& t = w.things[size_t(seat)];
  const size_t kinds = c.kinds.size();
  for_each_seen(w, window, t.row, t.col, [&](int p, uint16_t content) {
    const size_t kind = content <= kinds ? content - 1u : w.things[content - 1 - kinds].kind;
    tiles[window.row_of[size_t(p)] * window.cols + window.col_of[size_t(p)]] = uint8_t(1 + kind);
  });
}

}  // namespace coterie::grid
