// Eight floats at a time, and the functions that gates and choices are made of. One source is compiled for
// several kinds of processor; the machine takes the best that it has (`CLONED`).
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
using Lanes = float __attribute__((vector_size(32)));
using Words = uint32_t __attribute__((vector_size(32)));
using ByteLanes = uint8_t __attribute__((vector_size(8)));
using HalfWords = uint16_t __attribute__((vector_size(16)));

// A float kept in its upper half, as torch.bfloat16 does.
struct Half {
  uint16_t bits;
};

INLINED Lanes load(const float* from) {
  Lanes x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
INLINED Lanes load(const Half* from) {
  HalfWords x;
  std::memcpy(&x, from, sizeof x);
  return (Lanes)(__builtin_convertvector(x, Words) << 16);
}
INLINED void store(float* to, const Lanes& x) { std::memcpy(to, &x, sizeof x); }
INLINED void store(Half* to, const Lanes& x) {  // rounded to nearest, ties to even
  const Words bits = (Words)x;
  const HalfWords halves = __builtin_convertvector((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16, HalfWords);
  std::memcpy(to, &halves, sizeof halves);
}

INLINED float total(const Lanes& x) {
  const Lanes four = x + __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3);
  const Lanes two = four + __builtin_shufflevector(four, four, 2, 3, 0, 1, 6, 7, 4, 5);
  return two[0] + two[1];
}

// e^x to 2e-7 of its value, for x clamped to ±87: 2^n · e^r with |r| ≤ ln 2 / 2 (polynomial of Cephes' expf).
INLINED Lanes exponential(Lanes x) {
  const Lanes top = Lanes{} + 87.f;
  x = x < top ? x : top;
  x = x > -top ? x : -top;
  const Lanes shifted = x * 1.44269504f + 12582912.f;  // 1.5 · 2^23: the whole part stands in the low bits
  const Lanes n = shifted - 12582912.f;
  const Lanes r = x - n * 0.693359375f + n * 2.12194440e-4f;
  Lanes p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.f;
  return p * (Lanes)(((Words)shifted + 127u) << 23);
}

INLINED Lanes sigmoid(const Lanes& x) { return 1.f / (1.f + exponential(-x)); }
INLINED Lanes hyperbolic_tangent(const Lanes& x) { return 1.f - 2.f / (1.f + exponential(2.f * x)); }

}  // namespace coterie
