// Hash: 64 bits of many bytes, to tell two states of a world apart; nothing here keeps an adversary out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "rng.h"

namespace coterie {

// Both halves of the product of two words: every bit of either counts (after wyhash, W. Yi 2019).
inline uint64_t fold(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide(a) * b;
  return uint64_t(product) ^ uint64_t(product >> 64);
}

// Eight words at a time on four lanes, for one waits for itself at every word.
inline uint64_t hash_bytes(const uint8_t* bytes, size_t n, uint64_t h) {
  constexpr uint64_t SALT = 0x9e3779b97f4a7c15ull;
  auto word = [&](size_t at, size_t size = 8) {
    uint64_t value = 0;
    std::memcpy(&value, bytes + at, size);
    return value;
  };
  uint64_t lanes[4] = {h, ~h, h << 1, h >> 1};
  size_t at = 0;
  for (; at + 64 <= n; at += 64)
    for (size_t lane = 0; lane < 4; ++lane) {
      const size_t own = at + 16 * lane;
      lanes[lane] = fold(word(own) ^ SALT, word(own + 8) ^ lanes[lane] ^ (SALT << (lane + 1)));
    }
  if (at)
    for (uint64_t lane : lanes) h = Rng::mix((h ^ lane) + SALT);
  for (; at < n; at += 8) h = Rng::mix((h ^ word(at, std::min<size_t>(n - at, 8))) + SALT);
  return h;
}

}  // namespace coterie
