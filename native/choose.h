// Drawing actions from logits: each head a categorical of its own, by its cumulative distribution.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
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

// Weights e^(logit - best) of one head, zero where forbidden; their sum. `weights` has room for whole lanes.
INLINED float weigh(const float* logits, const uint8_t* mask, size_t n, float best, float* weights) {
  const size_t whole = n / LANES * LANES;
  for (size_t i = 0; i < whole; i += LANES) store(weights + i, exponential(load(logits + i) - best));
  if (whole < n) {
    float rest[LANES] = {};
    std::memcpy(rest, logits + whole, (n - whole) * sizeof(float));
    store(weights + whole, exponential(load(rest) - best));
  }
  if (mask)
    for (size_t i = 0; i < n; ++i) weights[i] = mask[i] ? weights[i] : 0.f;
  float sum = 0.f;
  for (size_t i = 0; i < n; ++i) sum += weights[i];
  return sum;
}

// The place of the largest allowed logit, the first of several; -1 if nothing is allowed or it is no number.
INLINED int best_of(const float* logits, const uint8_t* mask, int n) {
  int best = -1;
  for (int i = 0; i < n; ++i) {
    if (mask && !mask[i]) continue;
    if (!(logits[i] - logits[i] == 0.f)) return -1;  // not finite
    if (best < 0 || logits[i] > logits[best]) best = i;
  }
  return best;
}

// Where the running sum of weights first exceeds `target`; rounding never ends on what has no weight.
INLINED int drawn(const float* weights, int n, float target) {
  int last = 0;
  float sum = 0.f;
  for (int i = 0; i < n; ++i) {
    if (!(weights[i] > 0.f)) continue;
    last = i;
    sum += weights[i];
    if (sum > target) break;
  }
  return last;
}

// The first row whose logits are not finite or that forbids everything, -1 if all are drawn.
CLONED inline ptrdiff_t choose(const Choosing& c, size_t rows, size_t width, float* weights) {
  const size_t heads = c.sizes.size();
  for (size_t r = 0; r < rows; ++r) {
    const uint64_t stream = Rng::derive(c.seed, c.counter, c.keys ? uint64_t(c.keys[r]) : r);
    float log_prob = 0.f;
    size_t at = r * width;
    for (size_t k = 0; k < heads; ++k) {
      const int n = c.sizes[k];
      const uint8_t* mask = c.masks ? c.masks + at : nullptr;
      const int best = best_of(c.logits + at, mask, n);
      if (best < 0) return ptrdiff_t(r);
      const float top = c.logits[at + size_t(best)],
                  sum = weigh(c.logits + at, mask, size_t(n), top, weights);
      const float u = float(Rng::mix(stream + k) >> 40) * 0x1.0p-24f;
      const int action = c.is_greedy ? best : drawn(weights, n, u * sum);
      c.actions[r * heads + k] = action;
      log_prob += c.logits[at + size_t(action)] - top - std::log(sum);
      at += size_t(n);
    }
    c.log_probs[r] = log_prob;
  }
  return -1;
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
};
constexpr float FORBIDDEN = -1e9f;  // the logit of what a mask forbids

// One head of one row.
struct HeadOf {
  const float* logits;
  const uint8_t* mask;
  size_t n, action;
  float* kept;
  bool allows(size_t i) const { return !mask || mask[i]; }
};

// Calls `use(row, place of the head's first logit, head)` for each head of each row.
template <class Use>
INLINED void each_head(const Likelihood& l, Use use) {
  const size_t heads = l.sizes.size();
  for (size_t r = 0; r < l.rows; ++r) {
    size_t at = r * l.width;
    for (size_t k = 0; k < heads; ++k) {
      const size_t n = size_t(l.sizes[k]), place = r * heads + k;
      use(r, at,
          HeadOf{l.logits + at, l.masks ? l.masks + at : nullptr, n, size_t(l.actions[place]),
                 l.kept + place * 2});
      at += n;
    }
  }
}

// Log-probabilities and entropies [R], summed over heads. A head that forbids everything is taken for even.
CLONED inline void likelihood(const Likelihood& l, float* log_probs, float* entropies) {
  std::vector<float> weights(l.width + LANES);
  std::fill_n(log_probs, l.rows, 0.f);
  std::fill_n(entropies, l.rows, 0.f);
  each_head(l, [&](size_t r, size_t, const HeadOf& head) __attribute__((always_inline)) {
    float top = -INFINITY;
    for (size_t i = 0; i < head.n; ++i) top = head.allows(i) && head.logits[i] > top ? head.logits[i] : top;
    const float sum = weigh(head.logits, head.mask, head.n, top, weights.data());
    float mean = 0;  // of the logits, less the largest
    for (size_t i = 0; i < head.n; ++i) mean += weights[i] * (head.logits[i] - top);
    const bool is_even = sum == 0;
    const float all = is_even ? INFINITY : top + std::log(sum);
    const float own = is_even ? std::log(float(head.n)) : std::log(sum) - mean / sum;
    log_probs[r] += is_even ? -own : (head.allows(head.action) ? head.logits[head.action] : FORBIDDEN) - all;
    entropies[r] += own;
    head.kept[0] = all;
    head.kept[1] = own;
  });
}

// d logits = d log π (1[a] − p) − d H · p (log p + H), 0 where forbidden.
CLONED inline void likelihood_backward(const Likelihood& l, const float* d_log_probs,
                                       const float* d_entropies, float* d_logits) {
  std::vector<float> weights(l.width + LANES);
  each_head(l, [&](size_t r, size_t at, const HeadOf& head) __attribute__((always_inline)) {
    float* out = d_logits + at;
    if (std::isinf(head.kept[0])) {
      std::memset(out, 0, head.n * sizeof(float));
      return;
    }
    weigh(head.logits, head.mask, head.n, head.kept[0], weights.data());
    const float even = -d_log_probs[r] - d_entropies[r] * (head.kept[1] - head.kept[0]);
    for (size_t i = 0; i < head.n; ++i) out[i] = weights[i] * (even - d_entropies[r] * head.logits[i]);
    if (head.allows(head.action)) out[head.action] += d_log_probs[r];
  });
}

}  // namespace coterie
