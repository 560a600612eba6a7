// Drawing actions from logits: each head a categorical of its own, by its cumulative distribution.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "lanes.h"
#include "rng.h"

namespace coterie {

// What is drawn for R rows of C logits. Row r's numbers come from the stream (seed, counter, key of r).
struct Choosing {
  const float* logits;
  const uint8_t* masks;  // [R, C] or null: everything is allowed
  const int64_t* keys;   // [R] or null: a row's number
  std::span<const int> sizes;
  uint64_t seed, counter;
  bool is_greedy;
  int32_t* actions;  // [R, K]
  float* log_probs;  // [R], summed over heads
};

// In place of a logit that cannot be chosen: finite, so that it is not taken for one that is no number.
constexpr float CLOSED = -std::numeric_limits<float>::max();

// One head of one row: n logits, and what a mask allows of them, or null for all.
struct Head {
  const float* logits;
  const uint8_t* mask;
  size_t n;
  bool allows(size_t i) const { return !mask || mask[i]; }

  // Its logits from `i` on; what is forbidden, and what lies beyond its end, is closed.
  INLINED Lanes from(size_t i) const {
    const Lanes closed = Lanes{} + CLOSED;
    if (i + LANES <= n) {
      const Lanes x = load(logits + i);
      if (!mask) return x;
      ByteLanes flags;
      std::memcpy(&flags, mask + i, sizeof flags);
      return __builtin_convertvector(flags, Words) != 0 ? x : closed;
    }
    float rest[LANES];
    store(rest, closed);
    for (size_t k = 0; i + k < n; ++k)
      if (allows(i + k)) rest[k] = logits[i + k];
    return load(rest);
  }
  // Writes them to `x` in whole lanes; the largest, `CLOSED` if nothing is allowed, no number if one of them
  // is not finite.
  INLINED float put(float* x) const {
    Lanes top = Lanes{} + CLOSED, unsound{};
    for (size_t i = 0; i < n; i += LANES) {
      const Lanes here = from(i);
      store(x + i, here);
      top = here > top ? here : top;
      unsound += here - here;
    }
    float most = CLOSED;
    for (size_t k = 0; k < LANES; ++k) most = top[k] > most ? top[k] : most;
    return most + total(unsound);
  }
};

// Of one head the sum of its weights, and of how far below `base` its logits are, weighed.
struct Sums {
  float weights, below;
};

// Weights e^(logit - base) in place of n logits, zero where they are closed.
INLINED Sums weigh(float* x, size_t n, float base) {
  Lanes sum{}, below{};
  for (size_t i = 0; i < n; i += LANES) {
    const Lanes logit = load(x + i);
    const auto is_open = logit > Lanes{} + CLOSED;
    const Lanes far = is_open ? logit - base : Lanes{}, weight = is_open ? exponential(far) : Lanes{};
    store(x + i, weight);
    sum += weight;
    below += weight * far;
  }
  return {total(sum), total(below)};
}

// Where the running sum of weights first exceeds `target`; rounding never ends on what has no weight.
INLINED size_t drawn(const float* weights, size_t n, float target) {
  float sum = 0.f;
  size_t i = 0;
  for (; i + LANES < n; i += LANES) {  // whole lanes that lie below it
    const float more = sum + total(load(weights + i));
    if (more > target) break;
    sum = more;
  }
  for (; i < n; ++i) {
    sum += weights[i];
    if (weights[i] > 0.f && sum > target) return i;
  }
  while (!(weights[--i] > 0.f)) continue;
  return i;
}

// Some rows; the first whose logits are not finite or that forbids everything, SIZE_MAX if all are drawn.
CLONED inline size_t choose(const Choosing& c, size_t first, size_t rows, size_t width) {
  const size_t heads = c.sizes.size();
  std::vector<float> weights(width + LANES);
  for (size_t r = first; r < first + rows; ++r) {
    const uint64_t stream = Rng::derive(c.seed, c.counter, c.keys ? uint64_t(c.keys[r]) : r);
    float log_prob = 0.f;
    size_t at = r * width;
    for (size_t k = 0; k < heads; ++k) {
      const Head head{c.logits + at, c.masks ? c.masks + at : nullptr, size_t(c.sizes[k])};
      const float top = head.put(weights.data());
      if (!(top > CLOSED)) return r;
      const float sum = weigh(weights.data(), head.n, top).weights;
      size_t action = 0;
      if (c.is_greedy) {
        while (!(head.allows(action) && head.logits[action] == top)) ++action;
      } else {
        action = drawn(weights.data(), head.n, float(Rng::mix(stream + k) >> 40) * 0x1.0p-24f * sum);
      }
      c.actions[r * heads + k] = int32_t(action);
      log_prob += head.logits[action] - top - std::log(sum);
      at += head.n;
    }
    c.log_probs[r] = log_prob;
  }
  return SIZE_MAX;
}

// How likely R rows of K heads held their actions, and how open they were. Of each head what its logits
// add up to is kept for the way back: the logarithm of the sum of e^logit, and the entropy.
struct Likelihood {
  size_t rows, width;
  const float* logits;     // [R, C]
  const uint8_t* masks;    // [R, C] or null: everything is allowed
  const int32_t* actions;  // [R, K]
  std::span<const int> sizes;
  float* kept;  // [R, K, 2]

  Likelihood part(size_t first, size_t count) const {
    const size_t heads = first * sizes.size();
    return {count,           width, logits + first * width, masks ? masks + first * width : nullptr,
            actions + heads, sizes, kept + 2 * heads};
  }
};
constexpr float FORBIDDEN = -1e9f;  // the logit of what a mask forbids

// Calls `use(row, place among the logits, place among the heads, head)` for each head of each row.
template <class Use>
INLINED void each_head(const Likelihood& l, Use use) {
  const size_t heads = l.sizes.size();
  for (size_t r = 0; r < l.rows; ++r) {
    size_t at = r * l.width;
    for (size_t k = 0; k < heads; ++k) {
      const size_t n = size_t(l.sizes[k]);
      use(r, at, r * heads + k, Head{l.logits + at, l.masks ? l.masks + at : nullptr, n});
      at += n;
    }
  }
}

// Log-probabilities and entropies [R], summed over heads. A head that forbids everything is taken for even.
CLONED inline void likelihood(const Likelihood& l, float* log_probs, float* entropies) {
  std::vector<float> weights(l.width + LANES);
  std::fill_n(log_probs, l.rows, 0.f);
  std::fill_n(entropies, l.rows, 0.f);
  each_head(l, [&](size_t r, size_t, size_t place, const Head& head) __attribute__((always_inline)) {
    const float top = head.put(weights.data());
    const auto [sum, below] = weigh(weights.data(), head.n, top);
    const size_t action = size_t(l.actions[place]);
    const bool is_even = sum == 0;
    const float all = is_even ? INFINITY : top + std::log(sum);
    const float own = is_even ? std::log(float(head.n)) : std::log(sum) - below / sum;
    log_probs[r] += is_even ? -own : (head.allows(action) ? head.logits[action] : FORBIDDEN) - all;
    entropies[r] += own;
    l.kept[2 * place] = all;
    l.kept[2 * place + 1] = own;
  });
}

// d logits = d log π (1[a] − p) − d H · p (log p + H), 0 where forbidden.
CLONED inline void likelihood_backward(const Likelihood& l, const float* d_log_probs,
                                       const float* d_entropies, float* d_logits) {
  std::vector<float> weights(l.width + LANES);
  each_head(l, [&](size_t r, size_t at, size_t place, const Head& head) __attribute__((always_inline)) {
    float* out = d_logits + at;
    const float all = l.kept[2 * place], own = l.kept[2 * place + 1];
    if (std::isinf(all)) {
      std::memset(out, 0, head.n * sizeof(float));
      return;
    }
    head.put(weights.data());
    weigh(weights.data(), head.n, all);
    const float even = -d_log_probs[r] - d_entropies[r] * (own - all);
    for (size_t i = 0; i < head.n; ++i) out[i] = weights[i] * (even - d_entropies[r] * head.logits[i]);
    const size_t action = size_t(l.actions[place]);
    if (head.allows(action)) out[action] += d_log_probs[r];
  });
}

}  // namespace coterie
