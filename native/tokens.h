// The first layer of a policy that sees tokens: a sum of rows of a table, found through a code book.
//
//   out[n] = bias + sum over tokens (location, feature, value) of weight · table[row]
//
// The book says for a (scope of the location, feature, amount) which rows count and how much. An amount is
// put together from its digits, which stand side by side; from 256 on slots are on a scale of logarithms.
// Where the sum is negative, out is 0.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "reach.h"

namespace coterie {

constexpr int SLOTS = 512;    // amounts 0..255, then 32 slots for each doubling
constexpr size_t AHEAD = 8;   // entries between asking memory for a row and using it
constexpr size_t NEAR = 256;  // bytes of an observation that are asked for two observations ahead
constexpr size_t BLOCK = 64;  // columns that are summed at once, in registers; two such where they are wide

// Entries of codes are read four at a time.
using FourRows = int32_t __attribute__((vector_size(16)));

struct TokenBook {
  std::vector<int32_t> offset;  // [256] by location: what is added to its rows, -1 where nothing is read
  std::vector<uint8_t> scope;   // [256] by location
  std::vector<int32_t> digit;   // [256] by feature: the feature of its next digit, -1 if it has none
  std::vector<int32_t> first;   // [scopes * 256 * SLOTS + 1]: where the entries of each code begin
  std::vector<int32_t> row;     // of each entry, and some of no code behind them
  std::vector<int32_t> moved;   // -1 where the location's offset is added to the row, 0 where it is not
  std::vector<float> weight;
  uint32_t base = 256;
  int32_t rows = 0;  // of the table
  size_t most = 0;   // entries of the code that has most, in fours
};

// N observations of `length` tokens each.
struct Tokens {
  const uint8_t* data;
  size_t n, length;
  Tokens part(size_t first, size_t count) const { return {data + first * length * 3, count, length}; }
};

// The slot of an amount.
inline int slot_of(uint32_t amount) {
  if (amount < 256) return int(amount);
  return std::min(SLOTS - 1, 256 + int(32.f * std::log2(float(amount) / 256.f)));
}

// What is added up: rows of a table, each so often.
template <class Row, class Weight>
struct Pairs {
  Row* row;
  Weight* weight;
  Pairs from(size_t i) const { return {row + i, weight + i}; }
};
using Entries = Pairs<const int32_t, const float>;
using Room = Pairs<int32_t, float>;

// Writes what an observation adds up to, and up to `most` entries more that mean nothing; returns how many
// count. Of each token as many are written as any has: how many it has a processor cannot foresee.
INLINED size_t decode(const TokenBook& book, const uint8_t* token, size_t length, const Room& out) {
  const int32_t *offsets = book.offset.data(), *digits = book.digit.data(), *firsts = book.first.data();
  const int32_t *rows = book.row.data(), *moved = book.moved.data();
  const float* weights = book.weight.data();
  const uint8_t* scopes = book.scope.data();
  const size_t most = book.most;
  size_t count = 0;
  for (const uint8_t* end = token + 3 * length; token < end; token += 3) {
    const uint8_t location = token[0], feature = token[1];
    const int32_t offset = offsets[location];
    if (offset < 0) {
      if (location == 255) break;  // padding, and nothing comes after it
      continue;
    }
    uint32_t amount = token[2], unit = book.base;
    int32_t next = digits[feature];
    while (token + 3 < end && token[4] == next && token[3] == location) {
      token += 3;
      amount += token[2] * unit;
      unit *= book.base;
      next = digits[next];
    }
    const size_t code = (size_t(scopes[location]) * 256 + feature) * SLOTS + size_t(slot_of(amount));
    const size_t first = size_t(firsts[code]);
    for (size_t i = 0; i < most; i += 4) {
      const Room to = out.from(count + i);
      FourRows row, mask;
      std::memcpy(&row, rows + first + i, sizeof row);
      std::memcpy(&mask, moved + first + i, sizeof mask);
      row += mask & offset;
      std::memcpy(to.row, &row, sizeof row);
      std::memcpy(to.weight, weights + first + i, sizeof row);
    }
    count += size_t(firsts[code + 1]) - first;
  }
  return count;
}

// What some observations add up to, one behind the other.
class Found {
 public:
  Found() = default;
  Found(const TokenBook& book, const Tokens& tokens) {
    static thread_local std::vector<int32_t> rows;  // room for the most that there can be
    static thread_local std::vector<float> weights;
    const size_t most = tokens.n * tokens.length * book.most + book.most;
    if (rows.size() < most) rows.resize(most), weights.resize(most);
    const Room all{rows.data(), weights.data()};
    size_t count = 0;
    for (size_t i = 0; i < tokens.n; ++i) {
      const uint8_t* here = tokens.data + i * tokens.length * 3;
      for (size_t k = 0; k < NEAR; k += 64) __builtin_prefetch(here + 2 * tokens.length * 3 + k);
      ends_.push_back(count += decode(book, here, tokens.length, all.from(count)));
    }
    rows_.assign(rows.data(), rows.data() + count);
    weights_.assign(weights.data(), weights.data() + count);
    rows_.resize(count + AHEAD);
  }
  // Calls f(observation, its entries, how many): more stand behind them, to be fetched but not used.
  template <class F>
  INLINED void each(const F& f) const {
    for (size_t i = 0, first = 0; i < ends_.size(); first = ends_[i++])
      f(i, Entries{rows_.data() + first, weights_.data() + first}, ends_[i] - first);
  }

 private:
  std::vector<int32_t> rows_;
  std::vector<float> weights_;
  std::vector<size_t> ends_;  // of each observation
};

// Rows of so many columns, of which some are meant.
template <class Number>
struct Table {
  Number* data;
  size_t width;  // a multiple of BLOCK
  Number* at(int32_t row) const { return data + size_t(row) * width; }
  Table from(size_t column) const { return {data + column, width}; }
};

template <size_t COLUMNS>
INLINED void fetch(const float* row) {
  for (size_t k = 0; k < COLUMNS; k += 16) __builtin_prefetch(row + k);
}

// Calls f<columns>(first column) for all columns, as many at a time as registers hold in vectors of a kind.
template <class Kind, class F>
INLINED void each_block(size_t width, const F& f) {
  constexpr size_t MOST = BLOCK * WIDTH<typename Kind::V> / LANES;
  size_t column = 0;
  for (; column + MOST <= width; column += MOST) f.template operator()<MOST>(column);
  for (; column < width; column += BLOCK) f.template operator()<BLOCK>(column);
}

// Some columns of the sum of rows, added to `bias`; its positive part.
template <class V, size_t COLUMNS>
INLINED void gather(const Entries& e, size_t count, const Table<const float>& table, const float* bias,
                    float* out) {
  constexpr size_t N = WIDTH<V>, MANY = COLUMNS / N;
  V sum[MANY];
  for (size_t k = 0; k < MANY; ++k) sum[k] = load<V>(bias + k * N);
  for (size_t i = 0; i < count; ++i) {
    const float* row = table.at(e.row[i]);
    const float weight = e.weight[i];
    fetch<COLUMNS>(table.at(e.row[i + AHEAD]));
    for (size_t k = 0; k < MANY; ++k) sum[k] += weight * load<V>(row + k * N);
  }
  for (size_t k = 0; k < MANY; ++k) store(out + k * N, sum[k] < V{} ? V{} : sum[k]);
}

template <class V, size_t COLUMNS>
INLINED void scatter(const Entries& e, size_t count, const Table<float>& table, const float* in) {
  constexpr size_t N = WIDTH<V>, MANY = COLUMNS / N;
  V sum[MANY];
  for (size_t k = 0; k < MANY; ++k) sum[k] = load<V>(in + k * N);
  for (size_t i = 0; i < count; ++i) {
    float* row = table.at(e.row[i]);
    const float weight = e.weight[i];
    fetch<COLUMNS>(table.at(e.row[i + AHEAD]));
    for (size_t k = 0; k < MANY; ++k) store(row + k * N, load<V>(row + k * N) + weight * sum[k]);
  }
}

// out [N, width] = bias + the sum of the table's rows.
CLONED inline void token_sum(const Found& found, const Table<const float>& table, const float* bias,
                             float* out) {
  widest([&](auto kind) INLINED_LAMBDA {
    found.each([&](size_t n, const Entries& e, size_t count) INLINED_LAMBDA {
      each_block<decltype(kind)>(table.width, [&]<size_t COLUMNS>(size_t column) INLINED_LAMBDA {
        gather<typename decltype(kind)::V, COLUMNS>(e, count, table.from(column), bias + column,
                                                    out + n * table.width + column);
      });
    });
  });
}

// Adds to the table the gradient of its rows where `in`, [N, width] and so far apart, is that of the sum.
CLONED inline void token_sum_backward(const Found& found, const float* in, size_t stride,
                                      const Table<float>& table) {
  widest([&](auto kind) INLINED_LAMBDA {
    found.each([&](size_t n, const Entries& e, size_t count) INLINED_LAMBDA {
      each_block<decltype(kind)>(table.width, [&]<size_t COLUMNS>(size_t column) INLINED_LAMBDA {
        scatter<typename decltype(kind)::V, COLUMNS>(e, count, table.from(column), in + n * stride + column);
      });
    });
  });
}

}  // namespace coterie
