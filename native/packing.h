// Packing: choices as numbers in base n, their bits one after the other: what dice need, and no more.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace coterie {

// Each `count` choices of 0 … n - 1 are one number of so many `bits` (at most 62), the first choice its
// lowest digit and its lowest bit the first. The last number is filled up with zeros, the last byte with
// zero bits.
inline std::vector<uint8_t> digits(std::span<const int32_t> choices, uint64_t n, size_t count, int bits) {
  const size_t numbers = (choices.size() + count - 1) / count;
  std::vector<uint8_t> bytes((numbers * size_t(bits) + 7) / 8, 0);
  size_t at = 0;
  for (size_t first = 0; first < choices.size(); first += count) {
    uint64_t number = 0;
    for (size_t i = std::min(first + count, choices.size()); i-- > first;)
      number = number * n + uint64_t(choices[i]);
    for (int bit = 0; bit < bits; ++bit, ++at) bytes[at / 8] |= uint8_t((number >> bit & 1) << (7 - at % 8));
  }
  return bytes;
}

}  // namespace coterie
