// Floats side by side, eight at a time or as many as a vector has, and the functions that gates and choices
// are made of. One source is compiled for several kinds of processor; the machine takes the best that it has
// (`CLONED`, and `widest` in reach.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define CLONED [[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]]
#else
#define CLONED
#endif
#define INLINED [[gnu::always_inline]] inline

namespace coterie {

constexpr size_t LANES = 8;

// So many floats, and so many words and halves of words beside them.
template <size_t N>
struct Vector;
template <>
struct Vector<8> {
  using Floats = float __attribute__((vector_size(32)));
  using Words = uint32_t __attribute__((vector_size(32)));
  using Halves = uint16_t __attribute__((vector_size(16)));
};
template <>
struct Vector<16> {
  using Floats = float __attribute__((vector_size(64)));
  using Words = uint32_t __attribute__((vector_size(64)));
  using Halves = uint16_t __attribute__((vector_size(32)));
};
template <class V>
constexpr size_t WIDTH = sizeof(V) / sizeof(float);
template <class V>
using WordsOf = typename Vector<WIDTH<V>>::Words;
template <class V>
using HalvesOf = typename Vector<WIDTH<V>>::Halves;

using Lanes = Vector<LANES>::Floats;
using Words = Vector<LANES>::Words;
using Wide = Vector<2 * LANES>::Floats;
using ByteLanes = uint8_t __attribute__((vector_size(8)));

template <class V = Lanes>
INLINED V load(const float* from) {
  V x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
template <class V>
INLINED void store(float* to, const V& x) {
  std::memcpy(to, &x, sizeof x);
}

INLINED float total(const Lanes& x) {
  const Lanes four = x + __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3);
  const Lanes two = four + __builtin_shufflevector(four, four, 2, 3, 0, 1, 6, 7, 4, 5);
  return two[0] + two[1];
}

// e^x to 2e-7 of its value, for x clamped to ±87: 2^n · e^r with |r| ≤ ln 2 / 2 (polynomial of Cephes' expf).
template <class V>
INLINED V exponential(V x) {
  const V top = V{} + 87.f;
  x = x < top ? x : top;
  x = x > -top ? x : -top;
  const V shifted = x * 1.44269504f + 12582912.f;  // 1.5 · 2^23: the whole part stands in the low bits
  const V n = shifted - 12582912.f;
  const V r = x - n * 0.693359375f + n * 2.12194440e-4f;
  V p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.f;
  return p * (V)(((WordsOf<V>)shifted + 127u) << 23);
}

template <class V>
INLINED V sigmoid(const V& x) {
  return 1.f / (1.f + exponential(-x));
}
template <class V>
INLINED V hyperbolic_tangent(const V& x) {
  return 1.f - 2.f / (1.f + exponential(2.f * x));
}

}  // namespace coterie
