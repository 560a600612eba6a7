// Things in numbered slots: what a network sees of each with the same eyes, what that comes to, and how well
// each suits an action that points at it.
//
//   seen[n]  = relu(bias + sum over leaves of observation[column of n and leaf] · weight[leaf])
//   joined   = the rest of the observation, then of each kind sum over n of seen / sqrt(N), and its most
//   score[n] = score · relu(query + sum over u of seen[n][u] · key[u])
//
// Shapes: B rows, N slots of a kind, D leaves of a slot, U units, C logits.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "lanes.h"

namespace coterie {

// W vectors of lanes, U = W * LANES.
template <size_t W>
struct Units {
  Lanes lane[W]{};

  INLINED static Units at(const float* from) {
    Units units;
    for (size_t k = 0; k < W; ++k) units.lane[k] = load(from + k * LANES);
    return units;
  }
  INLINED void put(float* to) const {
    for (size_t k = 0; k < W; ++k) store(to + k * LANES, lane[k]);
  }
  INLINED void add(float factor, const float* from) {
    for (size_t k = 0; k < W; ++k) lane[k] += factor * load(from + k * LANES);
  }
  INLINED void keep_positive() {  // what is no number stays seen
    for (size_t k = 0; k < W; ++k) lane[k] = lane[k] < Lanes{} ? Lanes{} : lane[k];
  }
  // What is added where `to` stands.
  INLINED void add_to(float* to, float factor) const {
    for (size_t k = 0; k < W; ++k) store(to + k * LANES, load(to + k * LANES) + factor * lane[k]);
  }
  INLINED bool is_zero() const {
    Words any{};
    for (size_t k = 0; k < W; ++k) any |= (Words)lane[k] << 1;  // −0 is none, either
    uint32_t sum = 0;
    for (size_t i = 0; i < LANES; ++i) sum |= any[i];
    return sum == 0;
  }
};

// Things of one kind. Gradients are those of the pass back, else null.
struct Things {
  const int32_t* columns;  // [N, D] of an observation
  size_t slots, leaves, units;
  const float *weight, *bias;  // [D, U], [U]
  float *d_weight, *d_bias;    // [D, U], [U]
  float even() const { return 1.f / std::sqrt(float(slots)); }
};

template <size_t W>
INLINED void see_one(const Things& t, const float* observation, float* seen, float* joined) {
  constexpr size_t U = W * LANES;
  Units<W> sum, most;
  const int32_t* column = t.columns;
  for (size_t n = 0; n < t.slots; ++n, seen += U) {
    auto x = Units<W>::at(t.bias);
    for (size_t leaf = 0; leaf < t.leaves; ++leaf) x.add(observation[*column++], t.weight + leaf * U);
    x.keep_positive();
    x.put(seen);
    for (size_t k = 0; k < W; ++k) {
      sum.lane[k] += x.lane[k];
      most.lane[k] = x.lane[k] > most.lane[k] ? x.lane[k] : most.lane[k];
    }
  }
  const float even = t.even();
  for (size_t k = 0; k < W; ++k) sum.lane[k] *= even;
  sum.put(joined);
  most.put(joined + U);
}

// What was seen of one row's things and made of it, and the gradients of both; d_seen may be null.
struct SeenBack {
  const float *seen, *d_seen, *joined, *d_joined;
};

// A most goes back to the first thing that had it.
template <size_t W>
INLINED void see_back_one(const Things& t, const float* observation, const SeenBack& b) {
  constexpr size_t U = W * LANES;
  const auto most = Units<W>::at(b.joined + U);
  auto sum = Units<W>::at(b.d_joined), left = Units<W>::at(b.d_joined + U);
  const float even = t.even();
  for (size_t k = 0; k < W; ++k) sum.lane[k] *= even;
  Units<W> bias;
  const int32_t* column = t.columns;
  const float* seen = b.seen;
  for (size_t n = 0; n < t.slots; ++n, seen += U, column += t.leaves) {
    Units<W> grad;
    if (b.d_seen) grad = Units<W>::at(b.d_seen + n * U);
    for (size_t k = 0; k < W; ++k) {
      const Lanes x = load(seen + k * LANES);
      const auto is_most = x == most.lane[k];
      grad.lane[k] += sum.lane[k] + (is_most ? left.lane[k] : Lanes{});
      left.lane[k] = is_most ? Lanes{} : left.lane[k];
      grad.lane[k] = x > Lanes{} ? grad.lane[k] : Lanes{};
      bias.lane[k] += grad.lane[k];
    }
    if (grad.is_zero()) continue;
    for (size_t leaf = 0; leaf < t.leaves; ++leaf)
      if (const float value = observation[column[leaf]]; value != 0)
        grad.add_to(t.d_weight + leaf * U, value);
  }
  bias.add_to(t.d_bias, 1);
}

// Calls `use` with a constant that is how many vectors the units are: 1, 2 or 4.
template <class Use>
INLINED void by_width(size_t units, Use use) {
  if (units == LANES) use(std::integral_constant<size_t, 1>{});
  else if (units == 2 * LANES) use(std::integral_constant<size_t, 2>{});
  else use(std::integral_constant<size_t, 4>{});
}

// Scores of F families of actions that point at things of one kind.
struct Pointing {
  size_t rows, slots, units, families, choices;
  const float *seen, *query;  // [B, N, U], [B, U]
  size_t stride;              // from one row's query to the next
  const float *key, *score;   // [U, U] by what is seen, [F, U]
  const int32_t* pointers;    // [F, N] of the logits
};

template <size_t W>
INLINED Units<W> suit(const Pointing& p, const float* seen, const float* query) {
  constexpr size_t U = W * LANES;
  auto hidden = Units<W>::at(query);
  for (size_t u = 0; u < U; ++u) hidden.add(seen[u], p.key + u * U);
  hidden.keep_positive();
  return hidden;
}

template <size_t W>
INLINED void point_of(const Pointing& p, float* logits) {
  constexpr size_t U = W * LANES;
  const float* seen = p.seen;
  for (size_t row = 0; row < p.rows; ++row, logits += p.choices)
    for (size_t n = 0; n < p.slots; ++n, seen += U) {
      const auto hidden = suit<W>(p, seen, p.query + row * p.stride);
      for (size_t f = 0; f < p.families; ++f) {
        Lanes sum{};
        for (size_t k = 0; k < W; ++k) sum += hidden.lane[k] * load(p.score + f * U + k * LANES);
        float score = 0;
        for (size_t i = 0; i < LANES; ++i) score += sum[i];
        logits[p.pointers[f * p.slots + n]] += score;
      }
    }
}

struct PointingBack {
  const float* d_logits;  // [B, C]
  float *d_seen, *d_query;
  size_t stride;  // from one row's d_query to the next
  float *d_key, *d_score;
};

// Writes d_seen and d_query; adds to d_key and d_score. Actions nobody could take have no gradient, and the
// things they point at cost nothing.
template <size_t W>
INLINED void point_back_of(const Pointing& p, const PointingBack& back) {
  constexpr size_t U = W * LANES;
  alignas(32) float transposed[U * U];
  for (size_t i = 0; i < U * U; ++i) transposed[i % U * U + i / U] = p.key[i];
  for (size_t row = 0; row < p.rows; ++row) {
    const float* d_logits = back.d_logits + row * p.choices;
    Units<W> d_query;
    for (size_t n = 0; n < p.slots; ++n) {
      const size_t at = (row * p.slots + n) * U;
      Units<W> grad, d_seen;
      bool is_none = true;
      for (size_t f = 0; f < p.families; ++f) is_none &= d_logits[p.pointers[f * p.slots + n]] == 0;
      if (!is_none) {
        const auto hidden = suit<W>(p, p.seen + at, p.query + row * p.stride);
        for (size_t f = 0; f < p.families; ++f) {
          const float d_score = d_logits[p.pointers[f * p.slots + n]];
          grad.add(d_score, p.score + f * U);
          hidden.add_to(back.d_score + f * U, d_score);
        }
        for (size_t k = 0; k < W; ++k) {
          grad.lane[k] = hidden.lane[k] > Lanes{} ? grad.lane[k] : Lanes{};
          d_query.lane[k] += grad.lane[k];
        }
        alignas(32) float each[U];
        grad.put(each);
        for (size_t u = 0; u < U; ++u) {
          d_seen.add(each[u], transposed + u * U);
          if (const float value = p.seen[at + u]; value != 0) grad.add_to(back.d_key + u * U, value);
        }
      }
      d_seen.put(back.d_seen + at);
    }
    d_query.put(back.d_query + row * back.stride);
  }
}

}  // namespace coterie
