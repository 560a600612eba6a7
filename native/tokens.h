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

#include "lanes.h"

namespace coterie {

constexpr int SLOTS = 512;    // amounts 0..255, then 32 slots for each doubling
constexpr size_t AHEAD = 8;   // entries between asking memory for a row and using it
constexpr size_t BLOCK = 64;  // columns that are summed at once, in registers

struct Entry {
  int32_t row;
  float weight;
};

struct TokenBook {
  std::vector<int32_t> offset;  // [256] by location: what is added to its rows, -1 where nothing is read
  std::vector<uint8_t> scope;   // [256] by location
  std::vector<int32_t> digit;   // [256] by feature: the feature of its next digit, -1 if it has none
  std::vector<int32_t> first;   // [scopes * 256 * SLOTS + 1]: where the rows of each code begin
  std::vector<int32_t> row;     // < 0: ~row, whatever the location
  std::vector<float> weight;
  uint32_t base = 256;
  int32_t rows = 0;  // of the table
  size_t most = 0;   // rows of the code that has most
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

// Writes what an observation adds up to; returns how many entries.
INLINED size_t decode(const TokenBook& book, const uint8_t* token, size_t length, Entry* out) {
  const Entry* begin = out;
  for (const uint8_t* end = token + 3 * length; token < end; token += 3) {
    const uint8_t location = token[0];
    const int32_t offset = book.offset[location];
    if (offset < 0) {
      if (location == 255) break;  // padding, and nothing comes after it
      continue;
    }
    const uint8_t feature = token[1];
    uint32_t amount = token[2], unit = book.base;
    for (int32_t next = book.digit[feature]; next >= 0; next = book.digit[size_t(next)]) {
      if (token + 3 >= end || token[3] != location || token[4] != next) break;
      token += 3;
      amount += token[2] * unit;
      unit *= book.base;
    }
    const size_t code = (size_t(book.scope[location]) * 256 + feature) * SLOTS + size_t(slot_of(amount));
    for (int32_t i = book.first[code]; i < book.first[code + 1]; ++i) {
      const int32_t row = book.row[size_t(i)];
      *out++ = {row < 0 ? ~row : row + offset, book.weight[size_t(i)]};
    }
  }
  return size_t(out - begin);
}

INLINED void fetch(const float* row) {
  for (size_t k = 0; k < BLOCK; k += 16) __builtin_prefetch(row + k);
}

// One block of columns of the sum of `entries` rows, `width` apart, added to `out`; its positive part.
INLINED void gather(const Entry* entry, size_t entries, const float* table, size_t width, float* out) {
  Lanes sum[BLOCK / LANES];
  for (size_t k = 0; k < BLOCK / LANES; ++k) sum[k] = load(out + k * LANES);
  for (const Entry* end = entry + entries; entry < end; ++entry) {
    const float* row = table + size_t(entry->row) * width;
    fetch(table + size_t(entry[AHEAD].row) * width);
    for (size_t k = 0; k < BLOCK / LANES; ++k) sum[k] += entry->weight * load(row + k * LANES);
  }
  for (size_t k = 0; k < BLOCK / LANES; ++k) store(out + k * LANES, sum[k] < Lanes{} ? Lanes{} : sum[k]);
}

INLINED void scatter(const Entry* entry, size_t entries, float* table, size_t width, const float* in) {
  Lanes sum[BLOCK / LANES];
  for (size_t k = 0; k < BLOCK / LANES; ++k) sum[k] = load(in + k * LANES);
  for (const Entry* end = entry + entries; entry < end; ++entry) {
    float* row = table + size_t(entry->row) * width;
    fetch(table + size_t(entry[AHEAD].row) * width);
    for (size_t k = 0; k < BLOCK / LANES; ++k)
      store(row + k * LANES, load(row + k * LANES) + entry->weight * sum[k]);
  }
}

struct Table {
  float* data;   // [rows, width]
  size_t width;  // a multiple of BLOCK
};

// out [N, width] = bias + the sum of the table's rows.
CLONED inline void token_sum(const TokenBook& book, Tokens tokens, Table table, const float* bias,
                             float* out) {
  std::vector<Entry> scratch(tokens.length * book.most + AHEAD);
  for (size_t i = 0; i < tokens.n; ++i, out += table.width) {
    const size_t entries = decode(book, tokens.data + i * tokens.length * 3, tokens.length, scratch.data());
    std::memcpy(out, bias, table.width * sizeof(float));
    for (size_t block = 0; block < table.width; block += BLOCK)
      gather(scratch.data(), entries, table.data + block, table.width, out + block);
  }
}

// Adds to the table the gradient of its rows where `in`, [N, width] and so far apart, is that of the sum.
CLONED inline void token_sum_backward(const TokenBook& book, Tokens tokens, const float* in, size_t stride,
                                      Table table) {
  std::vector<Entry> scratch(tokens.length * book.most + AHEAD);
  for (size_t i = 0; i < tokens.n; ++i, in += stride) {
    const size_t entries = decode(book, tokens.data + i * tokens.length * 3, tokens.length, scratch.data());
    for (size_t block = 0; block < table.width; block += BLOCK)
      scatter(scratch.data(), entries, table.data + block, table.width, in + block);
  }
}

}  // namespace coterie
