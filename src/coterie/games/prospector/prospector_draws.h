// The reference's random numbers, and the few functions of one number the rules need. These are made of
// additions, products, quotients and square roots alone, which every machine rounds alike; the C library's
// differ from machine to machine. Over the ranges used they are within 2 units in the last place, and
// they come for one number or for four at once, bit for bit alike.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace coterie::prospector {

constexpr float TAU = 6.28318530717958647692f;

// Four numbers side by side, as every machine of today computes them at once.
using Float4 = float __attribute__((vector_size(16)));
using Int4 = int32_t __attribute__((vector_size(16)));
constexpr size_t FOUR = 4;

inline int32_t whole(float x) { return int32_t(x); }
inline Int4 whole(Float4 x) { return __builtin_convertvector(x, Int4); }
inline float real(int32_t n) { return float(n); }
inline Float4 real(Int4 n) { return __builtin_convertvector(n, Float4); }
inline int32_t bits(float x) { return std::bit_cast<int32_t>(x); }
inline Int4 bits(Float4 x) { return std::bit_cast<Int4>(x); }
inline float from_bits(int32_t n) { return std::bit_cast<float>(n); }
inline Float4 from_bits(Int4 n) { return std::bit_cast<Float4>(n); }
inline float root(float x) { return std::sqrt(x); }
inline Float4 root(Float4 x) {
  return Float4{std::sqrt(x[0]), std::sqrt(x[1]), std::sqrt(x[2]), std::sqrt(x[3])};
}

// Natural logarithm of a positive normal number (polynomial: Moshier, Cephes, logf). One or four.
template <class F>
[[gnu::always_inline]] inline F ln(F x) {
  const auto above = bits(x) - 0x3f3504f3;  // of sqrt(1/2): the mantissa then lies in [sqrt(1/2), sqrt(2))
  const F e = real(above >> 23);
  const F m = from_bits((above & 0x7fffff) + 0x3f3504f3) - 1.f;
  const F z = m * m;
  F p = 7.0376836292e-2f * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  return (m + (p * m * z - 2.12194440e-4f * e - 0.5f * z)) + 0.693359375f * e;
}

// e to the x, for |x| < 80 (polynomial: Cephes, expf).
[[gnu::always_inline]] inline float exponential(float x) {
  const int32_t n = int32_t(x * 1.44269504088896341f + (x < 0 ? -0.5f : 0.5f));
  const float r = (x - float(n) * 0.693359375f) + float(n) * 2.12194440e-4f;
  float p = 1.9875691500e-4f * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return (p * r * r + r + 1.f) * from_bits((n + 127) << 23);
}

// Sine of so many quarter turns plus `r`, |r| <= pi / 4 (polynomials: Cephes, sinf and cosf).
template <class F, class I>
[[gnu::always_inline]] inline F sine_of(I quarters, F r) {
  const F z = r * r;
  const F sine = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
  const F cosine = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z -
                   0.5f * z + 1.f;
  const auto is_odd = -(quarters & 1);
  const auto sign = (quarters & 2) << 30;
  return from_bits(((bits(cosine) & is_odd) | (bits(sine) & ~is_odd)) ^ sign);
}

// Of an angle from 0 up to some thousands.
template <class F>
[[gnu::always_inline]] inline F sine(F angle) {
  const auto quarters = whole(angle * 0.63661977236758134308f + 0.5f);
  const F q = real(quarters);
  return sine_of(quarters,
                 ((angle - q * 1.5703125f) - q * 4.837512969970703125e-4f) - q * 7.54978995489188e-8f);
}

template <class F>
[[gnu::always_inline]] inline F cosine_of_turn(F turn) {
  const auto quarters = whole(turn * 4.f + 0.5f);
  return sine_of(quarters + 1, (turn - real(quarters) * 0.25f) * TAU);
}

// A normal number from two uniform ones, the first positive (Box & Muller 1958); its twin is thrown away.
template <class F>
[[gnu::always_inline]] inline F bell(F first, F second) {
  return root(-2.f * ln(first)) * cosine_of_turn(second);
}

// Exponential numbers from uniform ones.
[[gnu::always_inline]] inline Float4 exponents(Float4 unit) {
  const Float4 least = Float4{} + 1e-8f;
  return -ln(unit < least ? least : unit);
}

// Calls `use(i)` for i = 0, 4, 8, … below `count`.
template <class Use>
inline void by_fours(size_t count, Use use) {
  for (size_t i = 0; i < count; i += FOUR) use(i);
}
inline Float4 four(const float* from) {
  Float4 values;
  std::memcpy(&values, from, sizeof values);
  return values;
}
inline void put(float* to, Float4 values) { std::memcpy(to, &values, sizeof values); }

inline float sigmoid(float x) { return 1.f / (1.f + exponential(-x)); }

// What `draws` steps of the generator do to its state at once: state * factor + increment.
struct Leap {
  static constexpr uint64_t FACTOR = 6364136223846793005ull, INCREMENT = 2 * 54 + 1;  // of one
  uint64_t factor = 1, increment = 0;

  static constexpr Leap over(int draws) {
    Leap leap;
    for (int i = 0; i < draws; ++i) leap = {leap.factor * FACTOR, leap.increment * FACTOR + INCREMENT};
    return leap;
  }
};

// PCG32, XSH-RR (O'Neill 2014), stream 54: the reference's numbers for the same seed.
struct Draws {
  uint64_t state = 0;

  static constexpr Draws seeded(uint64_t seed) {
    return {(Leap::INCREMENT + seed) * Leap::FACTOR + Leap::INCREMENT};
  }
  void leap(const Leap& leap) { state = state * leap.factor + leap.increment; }

  uint32_t next() {
    const uint64_t old = state;
    state = old * Leap::FACTOR + Leap::INCREMENT;
    return std::rotr(uint32_t(((old >> 18) ^ old) >> 27), int(old >> 59));
  }
  // In [0, n), by remainder as the reference has it.
  int below(uint32_t n) { return int(next() % n); }
  float unit() { return float(next()) * 0x1.0p-32f; }  // [0, 1]: a draw can round up to 1
  float positive() { return std::max(unit(), 1e-8f); }
  float uniform(float low, float high) { return low + (high - low) * unit(); }
  float normal() {
    const float first = positive();
    return bell(first, unit());
  }
};

}  // namespace coterie::prospector
