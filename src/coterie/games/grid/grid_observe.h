// What each agent sees. Every thing's tokens stand ready in memory and are rewritten only when it changed; a
// window is found by its rows' occupancy bits, put in ring order by small tables, and copied eight tokens at
// a time.
#pragma once

#include <bit>
#include <cmath>

#include "grid_world.h"

namespace coterie::grid {

constexpr int MOST_TOKENS_OF_THING = 1024;

// A location byte where the first, second and third word of eight tokens have it.
using Places = std::array<uint64_t, 3>;

// The window's cells in the order they are told: by Manhattan distance, then row offset, then the left of
// two.
struct Window {
  int rows = 0, cols = 0, words = 0;  // words of 64 positions: 2, or 4 for more than 128 cells
  std::vector<uint8_t> index_of;      // by position in that order: row * cols + col
  std::vector<Places> places;         // row * 16 + col where eight tokens in a row have it
  std::vector<int32_t> cell_of;       // relative to the centre, in a map of `stride`
  std::vector<uint64_t>
      spread;  // [row, nibble of its bits (4), value (16), word]: the positions of those cells
  int stride = -1;

  void build(const Observation& o, int map_stride) {
    if (stride == map_stride && rows == o.height && cols == o.width && is_round == o.is_round) return;
    rows = o.height, cols = o.width, stride = map_stride, is_round = o.is_round;
    index_of.clear(), places.clear(), cell_of.clear();
    const int up = rows / 2, left = cols / 2;
    std::vector<int> position(size_t(rows * cols), -1);
    for (int distance = 0; distance <= up + left; ++distance)
      for (int dr = -distance; dr <= distance; ++dr) {
        const int dc = distance - std::abs(dr);
        for (int side = -dc; side <= dc; side += std::max(1, 2 * dc)) {
          if (std::abs(dr) > up || std::abs(side) > left || !is_visible(dr, side, up, left)) continue;
          position[size_t((dr + up) * cols + side + left)] = int(places.size());
          index_of.push_back(uint8_t((dr + up) * cols + side + left));
          const uint64_t here = uint64_t((dr + up) * 16 + side + left);
          places.push_back({here * 0x0001000001000001, here * 0x0100000100000100, here * 0x0000010000010000});
          cell_of.push_back(dr * stride + side);
        }
      }
    words = places.size() <= 128 ? 2 : 4;
    spread.assign(size_t(rows * 64 * words), 0);
    for (int row = 0; row < rows; ++row)
      for (int nibble = 0; nibble < 4; ++nibble)
        for (int value = 0; value < 16; ++value)
          for (int bit = 0; bit < 4; ++bit) {
            const int col = nibble * 4 + bit;
            if (!(value >> bit & 1) || col >= cols || position[size_t(row * cols + col)] < 0) continue;
            const int p = position[size_t(row * cols + col)];
            spread[size_t(((row * 4 + nibble) * 16 + value) * words + (p >> 6))] |= 1ull << (p & 63);
          }
  }

 private:
  bool is_round = false;
  // A disc; from radius 2 on its four tips are three cells wide. Windows that are not square see an ellipse.
  bool is_visible(int dr, int dc, int up, int left) const {
    if (!is_round) return true;
    if (up != left)
      return double(dr * dr) / std::max(1, up * up) + double(dc * dc) / std::max(1, left * left) <= 1.0;
    const int sum = dr * dr + dc * dc;
    return sum <= up * up || (up >= 2 && sum == up * up + 1 && (std::abs(dr) == up || std::abs(dc) == up));
  }
};

// Kept apart from its users, for which a thread's own storage is slow to find again and again.
[[gnu::noinline]] inline const Window& window_of_thread(const Observation& o, int map_stride) {
  static thread_local Window window;
  window.build(o, map_stride);
  return window;
}

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
  void number(int feature, uint32_t value, uint32_t base) {
    if (base == 256) {  // the usual one needs no division
      put(feature, int(value & 255));
      if (value > 255) put(feature + 1, int(value >> 8));
      return;
    }
    put(feature, int(value % base));
    for (int digit = 1; (value /= base) > 0; ++digit) put(feature + digit, int(value % base));
  }
  uint32_t count() const { return uint32_t(out - begin) / 3; }
};

// Writes a thing's tokens at byte `at`, which has room for as many as it can have; its number of tokens.
inline uint32_t tokens_of(const Config& c, World& w, int thing, uint32_t at) {
  const Thing& t = w.things[size_t(thing)];
  const Kind& kind = c.kinds[t.kind];
  const auto& ids = c.observation.ids;
  TokenWriter to(w.tokens.data() + at);
  if (t.team >= 0) to.put_if(ids.collective, t.team);
  for (int word = 0; word < 4; ++word)
    for (uint64_t bits = t.tags[size_t(word)]; bits; bits &= bits - 1)
      to.put_if(ids.tag, word * 64 + std::countr_zero(bits));
  if (t.vibe) to.put_if(ids.vibe, t.vibe);
  const int digits = c.digits;
  const uint16_t* stock = w.stock.data() + size_t(w.holder(c, thing)) * c.resources.size();
  for (int r = 0; r < c.resource_count(); ++r)
    if (stock[r] > 0) to.number(ids.inventory + r * digits, stock[r], uint32_t(c.observation.base));
  if (thing < c.seats) {
    to.put_if(ids.group, t.kind - c.objects);
    to.put_if(ids.frozen, t.frozen > 0);
    to.put_if(ids.agent_id, thing);
  }
  if (t.ready_at > w.step) to.put_if(ids.cooldown_remaining, std::min(255, t.ready_at - w.step));
  if (kind.max_uses > 0) to.put_if(ids.remaining_uses, std::min(255, kind.max_uses - t.uses));
  if (c.observation.shows_recipes && !kind.recipes.empty()) {
    const Recipe* shown = &kind.recipes[0];
    for (const auto& recipe : kind.recipes)
      if (recipe.vibes.empty()) {
        shown = &recipe;
        break;
      }
    for (const auto& [resource, amount] : shown->inputs)
      to.put(ids.protocol_input + resource, std::min(255, amount));
    for (const auto& [resource, amount] : shown->outputs)
      to.put(ids.protocol_output + resource, std::min(255, amount));
  }
  return to.count();
}

// Tokens lie close together, each object's in a place of whole copies (eight tokens); what outgrows it moves
// to the end. Agents, rewritten every step, have places for as many as there can be.
inline void write_tokens(const Config& c, World& w, int thing) {
  Slot& slot = w.slots[1 + c.kinds.size() + size_t(thing)];
  if (thing < c.seats) {
    slot.count = uint16_t(tokens_of(c, w, thing, slot.at));
    return;
  }
  const uint32_t most = uint32_t(c.kinds[w.things[size_t(thing)].kind].max_tokens) * 3;
  if (w.tokens.size() < w.tokens_end + most + 48) w.tokens.resize(2 * (w.tokens_end + most) + 48);
  const uint32_t count = tokens_of(c, w, thing, w.tokens_end), place = (count + 7) / 8 * 24;
  if (place > slot.place) {
    slot.at = w.tokens_end, slot.place = uint16_t(place);
    w.tokens_end += place;
  } else {
    std::memcpy(w.tokens.data() + slot.at, w.tokens.data() + w.tokens_end, count * 3);
  }
  slot.count = uint16_t(count);
}

// Everything that changed since tokens were last written.
inline void refresh_tokens(const Config& c, World& w) {
  for (size_t i = 0; i < w.cooling.size();) {
    const uint16_t thing = w.cooling[i];
    w.touch(thing);
    if (w.things[thing].ready_at > w.step) ++i;
    else w.cooling[i] = w.cooling.back(), w.cooling.pop_back();
  }
  for (uint16_t thing : w.dirty) {
    write_tokens(c, w, thing);
    w.is_dirty[thing] = 0;
  }
  w.dirty.clear();
}

// Tokens that belong to no cell: time, the last action and reward, the way back to the spawn cell, the team's
// stock.
inline int write_globals(const Config& c, const World& w, int seat, uint8_t* at) {
  const auto& ids = c.observation.ids;
  const Agent& agent = w.agents[size_t(seat)];
  const Thing& t = w.things[size_t(seat)];
  TokenWriter to(at);
  to.put_if(ids.episode_completion_pct,
            c.max_steps == 0 ? 0 : std::min(255, int(256ll * w.step / c.max_steps)));
  to.put_if(ids.last_action, agent.last_action);
  to.put_if(ids.last_reward, int(std::lround(std::clamp(100.f * agent.reward, -128.f, 127.f))));
  const int east = t.col - agent.spawn_col, south = t.row - agent.spawn_row;
  if (east) to.put_if(east > 0 ? ids.lp_east : ids.lp_west, std::min(255, std::abs(east)));
  if (south) to.put_if(south > 0 ? ids.lp_south : ids.lp_north, std::min(255, std::abs(south)));
  if (t.team >= 0 && ids.team_stock >= 0) {
    const int digits = c.digits;
    for (size_t i = 0; i < c.observation.team_stock.size(); ++i)
      to.number(ids.team_stock + int(i) * digits, uint32_t(w.held(c, t.team, c.observation.team_stock[i])),
                c.observation.base);
  }
  const int location = c.observation.global_location >= 0
                           ? c.observation.global_location
                           : c.observation.height / 2 * 16 + c.observation.width / 2;
  for (uint8_t* token = at; token < to.out; token += 3) token[0] = uint8_t(location);
  return int(to.count());
}

// The occupied cells of a window in ring order: position in that order, and content.
struct Seen {
  int count = 0;
  uint8_t position[256];
  uint16_t content[256];
};

using Words = uint64_t __attribute__((vector_size(16), aligned(8)));  // two words at once

// N: words of 64 positions; NIBBLES: of a row. What is read over and over is in locals: stores of bytes could
// change anything else. Empty rows are not skipped, for that is a coin the processor would have to guess.
template <int N, int NIBBLES>
void look(const World& w, const Window& window, int row, int col, Seen& seen) {
  const int start = col - window.cols / 2 + PAD, rows = window.rows, bit_stride = w.bit_stride;
  const uint8_t* bits = w.occupied.data() + size_t((row - rows / 2 + PAD) * bit_stride + (start >> 3));
  const Words* spread = reinterpret_cast<const Words*>(window.spread.data());
  const uint32_t inside = (1u << window.cols) - 1;
  Words mask[N / 2] = {};
  for (int r = 0; r < rows; ++r, bits += bit_stride, spread += 64 * (N / 2)) {
    uint32_t word;
    std::memcpy(&word, bits, 4);
    word = word >> (start & 7) & inside;
#pragma GCC unroll 4
    for (int nibble = 0; nibble < NIBBLES; ++nibble)
      for (int i = 0; i < N / 2; ++i)
        mask[i] |= spread[(nibble * 16 + (word >> 4 * nibble & 15)) * (N / 2) + i];
  }
  const uint16_t* centre = w.cells.data() + w.cell_index(row, col);
  const int32_t* cell_of = window.cell_of.data();
  int count = 0;
  for (int i = 0; i < N; ++i)
    for (uint64_t left = mask[i / 2][i % 2]; left; left &= left - 1, ++count) {
      const int p = i * 64 + std::countr_zero(left);
      seen.position[count] = uint8_t(p);
      seen.content[count] = centre[cell_of[p]];
    }
  seen.count = count;
}

inline void look(const World& w, const Window& window, int row, int col, Seen& seen) {
  if (window.words == 2 && window.cols <= 12) look<2, 3>(w, window, row, col, seen);
  else if (window.words == 2) look<2, 4>(w, window, row, col, seen);
  else look<4, 4>(w, window, row, col, seen);
}

// Copies a slot's tokens with their location bytes filled in. May write up to 24 bytes past the last one.
inline void copy_tokens(uint8_t* to, const uint8_t* from, uint32_t count, const Places& places) {
  if (count == 1) {  // most things, walls above all, have only a tag
    uint32_t token;
    std::memcpy(&token, from, 4);
    token |= uint8_t(places[0]);
    std::memcpy(to, &token, 4);
    return;
  }
  // Word by word: one array of three would be stored in halves and read back whole, which stalls the store
  // buffer.
  auto word = [&](size_t at, uint64_t locations) {
    uint64_t value;
    std::memcpy(&value, from + at, 8);
    value |= locations;
    std::memcpy(to + at, &value, 8);
  };
  for (uint32_t done = 0; done < count; done += 8, to += 24, from += 24) {
    word(0, places[0]);
    word(8, places[1]);
    word(16, places[2]);
  }
}

inline void observe_tokens(const Config& c, World& w, const Window& window, int seat, uint8_t* row) {
  const uint32_t bytes = uint32_t(c.observation.num_tokens) * 3;
  uint8_t scratch[MOST_TOKENS_OF_THING * 3];  // for what may not fit any more
  const Thing& t = w.things[size_t(seat)];
  Seen seen;
  look(w, window, t.row, t.col, seen);
  const bool has_room = bytes >= uint32_t(c.most_globals) * 3;
  uint32_t at = 3 * uint32_t(write_globals(c, w, seat, has_room ? row : scratch));
  if (!has_room) std::memcpy(row, scratch, std::min(at, bytes));
  const Slot* slots = w.slots.data();
  const uint8_t* tokens = w.tokens.data();
  const Places* places = window.places.data();
  for (int i = 0; i < seen.count; ++i) {
    const Slot slot = slots[seen.content[i]];
    if (at + slot.place <= bytes) {
      copy_tokens(row + at, tokens + slot.at, slot.count, places[seen.position[i]]);
    } else if (at < bytes) {
      copy_tokens(scratch, tokens + slot.at, slot.count, places[seen.position[i]]);
      std::memcpy(row + at, scratch, std::min(3u * slot.count, bytes - at));
    }
    at += 3 * slot.count;
  }
  const uint32_t kept = std::min(at, bytes);
  w.written += kept / 3;
  w.dropped += (at - kept) / 3;
  std::memset(row + kept, 0xff, bytes - kept);
}

// Planes [feature, then tag; row; col]: the value of the token there; tokens of no cell stand at the centre.
inline void observe_box(const Config& c, World& w, const Window& window, int seat, uint8_t* planes) {
  const size_t area = size_t(window.rows * window.cols), centre = area / 2;
  std::memset(planes, 0, area * (size_t(c.observation.features) + c.tags.size()));
  uint8_t globals[3 * 512];
  const int count = write_globals(c, w, seat, globals);
  for (int i = 0; i < count; ++i) planes[globals[3 * i + 1] * area + centre] = globals[3 * i + 2];
  const Thing& t = w.things[size_t(seat)];
  Seen seen;
  look(w, window, t.row, t.col, seen);
  for (int i = 0; i < seen.count; ++i) {
    const Slot slot = w.slots[seen.content[i]];
    uint8_t* cell = planes + window.index_of[seen.position[i]];
    const uint8_t* token = w.tokens.data() + slot.at;
    for (uint32_t k = 0; k < slot.count; ++k, token += 3) {
      const bool is_tag = token[1] == c.observation.ids.tag;
      cell[(is_tag ? size_t(c.observation.features) + token[2] : token[1]) * area] = is_tag ? 1 : token[2];
    }
  }
}

// One byte a cell: 0 empty, else 1 + the kind of what stands there.
inline void observe_tiles(const Config& c, const World& w, const Window& window, int seat, uint8_t* tiles) {
  std::memset(tiles, 0, size_t(window.rows * window.cols));
  const Thing& t = w.things[size_t(seat)];
  const size_t kinds = c.kinds.size();
  Seen seen;
  look(w, window, t.row, t.col, seen);
  for (int i = 0; i < seen.count; ++i) {
    const size_t content = seen.content[i];
    tiles[window.index_of[seen.position[i]]] =
        uint8_t(1 + (content <= kinds ? content - 1 : w.things[content - 1 - kinds].kind));
  }
}

}  // namespace coterie::grid
