// Randomness: one 64-bit counter per stream (SplitMix64; Steele, Lea & Flood 2014), so a world's
// whole random state is eight bytes that can be copied, hashed and saved.
#pragma once

#include <cstdint>
#include <utility>

namespace coterie {

struct Rng {
  uint64_t state = 0;

  static constexpr uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }

  // The stream that belongs to (seed, a, b): streams of different worlds or episodes share nothing.
  static constexpr uint64_t derive(uint64_t seed, uint64_t a, uint64_t b = 0) {
    return mix(mix(mix(seed + 0x9e3779b97f4a7c15ull) + a + 0x632be59bd9b4e019ull) + b +
               0xd1342543de82ef95ull);
  }

  constexpr uint64_t next() { return mix(state += 0x9e3779b97f4a7c15ull); }
  // Uniform in [0, n); n in [1, 2^32): the high half of a 32 x 32 bit product (Lemire 2019).
  constexpr uint32_t below(uint32_t n) { return uint32_t(((next() >> 32) * n) >> 32); }
  // Uniform in [low, high], both included.
  constexpr int between(int low, int high) { return low + int(below(uint32_t(high - low + 1))); }
  constexpr double unit() { return double(next() >> 11) * 0x1.0p-53; }  // [0, 1)
  constexpr bool chance(double p) { return unit() < p; }
  // A stream of its own for one part of the game, so that drawing there never shifts draws elsewhere.
  constexpr Rng split() { return Rng{next()}; }

  template <class Items>
  constexpr void shuffle(Items& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(uint32_t(i))]);
  }
};

}  // namespace coterie
