// How many numbers this processor multiplies at a time and in which form, and code that is compiled for it.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>

#include "lanes.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_WIDE 1
#define FOR_WIDE [[gnu::target("arch=x86-64-v4"), gnu::noinline]]
#endif

namespace coterie {

// Products take eight floats at a time, or sixteen, or sixteen pairs of halves.
enum class Reach { EIGHT = 8, SIXTEEN = 16, PAIRS = 32 };

inline Reach reach_of_processor() {
#ifdef HAS_WIDE
  const bool is_wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  if (is_wide) return __builtin_cpu_supports("avx512bf16") ? Reach::PAIRS : Reach::SIXTEEN;
#endif
  return Reach::EIGHT;
}

inline std::atomic<Reach> reach_now = reach_of_processor();
inline Reach reach() { return reach_now.load(std::memory_order_relaxed); }
// At most so far from now on; how far.
inline Reach reach_at_most(Reach most) {
  reach_now = std::min(most, reach_of_processor());
  return reach_now;
}

// A vector, and how many rows of sums of two such fit into registers.
struct Eight {
  using V = Lanes;
  static constexpr size_t STRIP = 6;
};
struct Sixteen {
  using V = Wide;
  static constexpr size_t STRIP = 8;
};

#ifdef HAS_WIDE
template <class F>
FOR_WIDE void on_wide(const F& f) {
  f(Sixteen{});
}
#endif

// f(Eight) or f(Sixteen), what is widest here; `f` is to be inlined.
template <class F>
INLINED void widest(const F& f) {
#ifdef HAS_WIDE
  if (reach() != Reach::EIGHT) return on_wide(f);
#endif
  f(Eight{});
}

#define INLINED_LAMBDA __attribute__((always_inline))

// Sums of products: of floats, or of pairs of halves, each pair in a float's place.
struct OfFloats {
  template <class V>
  INLINED static void add(V& sum, float x, const V& w) {
    sum += x * w;
  }
};
#ifdef HAS_WIDE
struct OfPairs {
  template <class V>
  INLINED static void add(V& sum, float x, const V& w) {
    const V both = (V)(WordsOf<V>{} + std::bit_cast<uint32_t>(x));
    V total = sum;  // what an asm writes itself stays in memory
    asm("vdpbf16ps %2, %1, %0" : "+v"(total) : "v"(both), "v"(w));
    sum = total;
  }
};
#endif

// How the numbers of a product stand: floats, floats rounded to bfloat16 (where the processor does not
// multiply that), or two of bfloat16 in a float's place.
enum class Form { FLOATS, ROUNDED, PAIRS };
inline Form form_of(bool is_half) {
  return !is_half ? Form::FLOATS : reach() == Reach::PAIRS ? Form::PAIRS : Form::ROUNDED;
}
// Places that so many numbers take.
inline size_t places(Form form, size_t numbers) { return form == Form::PAIRS ? (numbers + 1) / 2 : numbers; }

// The bits of floats rounded to bfloat16, to nearest and ties to even as torch does.
template <class Bits>
INLINED Bits rounded_bits(const Bits& bits) {
  return (bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u;
}
INLINED float rounded(float x) { return std::bit_cast<float>(rounded_bits(std::bit_cast<uint32_t>(x))); }
INLINED float pair_of(float low, float high) {
  return std::bit_cast<float>(rounded_bits(std::bit_cast<uint32_t>(low)) >> 16 |
                              rounded_bits(std::bit_cast<uint32_t>(high)));
}

}  // namespace coterie
