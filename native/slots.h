// Things in numbered slots: what a network sees of each with the same eyes, what that comes to, and how well
// each suits an action that points at it.
//
//   seen[n]  = relu(bias + sum over leaves of observation[column of n and leaf] · weight[leaf])
//   joined   = the rest of the observation, then of each kind sum over n of seen / sqrt(N), and its most
//   score[n] = score · relu(query + sum over u of seen[n][u] · key[u])
//
// Shapes: B rows, N slots of a kind, D leaves of a slot, U units, F families of actions, C logits. All things
// of a tile of rows stand below each other: to the products they are B · N rows.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "layer.h"

namespace coterie {

// One kind of things as a network keeps it; nothing points at it where there are no families.
struct KindOf {
  std::vector<int32_t> columns, pointers;  // [N, D] of an observation, [F, N] of the logits
  size_t slots, leaves, units, families;
  Panels weight, key, key_back;    // [D, U], [U, U] by what is seen, and transposed
  std::vector<float> bias, score;  // [U] in whole panels, [F, U]

  float even() const { return 1.f / std::sqrt(float(slots)); }
  size_t widest() const { return slots * std::max(leaves, units); }
};

INLINED Lanes positive(const Lanes& x) { return activated<Activation::RELU>(x); }

// Room for what the things of a tile are worked on with.
struct Workroom {
  Floats told, sought, answered;
  Floats outers;
  struct Place {
    size_t row, slot;
  };
  std::vector<Place> places;

  Workroom(const std::vector<KindOf>& kinds, size_t rows) : Workroom(rows * widest(kinds)) {}

 private:
  explicit Workroom(size_t size) : told(size), sought(size), answered(size) {}
  static size_t widest(const std::vector<KindOf>& kinds) {
    size_t most = 0;
    for (const KindOf& kind : kinds) most = std::max(most, kind.widest());
    return most;
  }
};

// What is seen of the things of some observations, [rows, N, U].
struct Glance {
  Tile observations;
  float* seen;
  Workroom& room;
};

// What one observation tells of its things, [N, D].
struct Told {
  const float* observation;
  const int32_t* columns;
  size_t leaves;
  Told from(size_t n) const { return {observation, columns + n * leaves, leaves}; }
  float at(size_t n, size_t leaf) const { return observation[columns[n * leaves + leaf]]; }
};

// The same of all observations, [rows · N, D].
INLINED void gather(const KindOf& kind, const Glance& g) {
  float* to = g.room.told.data();
  for (size_t row = 0; row < g.observations.count; ++row)
    for (int32_t column : kind.columns) *to++ = g.observations.rows.from(row).data[column];
}

// Writes what is seen, and its pools to `joined`.
INLINED void see(const KindOf& kind, const Glance& g, const Sink& joined) {
  const size_t U = kind.units, N = kind.slots;
  for (size_t row = 0; row < g.observations.count; ++row) {
    product<Activation::RELU>(Told{g.observations.rows.from(row).data, kind.columns.data(), kind.leaves},
                              kind.weight, kind.bias.data(), N, {g.seen + row * N * U, U, U});
    for (size_t u = 0; u < U; u += LANES) {
      Lanes sum{}, most{};
      for (size_t n = 0; n < N; ++n) {
        const Lanes seen = load(g.seen + (row * N + n) * U + u);
        sum += seen;
        most = seen > most ? seen : most;
      }
      store(joined.data + row * joined.stride + u, sum * kind.even());
      store(joined.data + row * joined.stride + U + u, most);
    }
  }
}

// What came of a kind: its pools in `joined` and the gradients of both; nobody points where d_seen is null.
struct SeenBack {
  Rows joined, d_joined;
  const float* d_seen;       // [rows, N, U]
  float *d_weight, *d_bias;  // [D, U], [U], to which is added
};

// A most goes back to the first thing that had it.
INLINED void see_back(const KindOf& kind, const Glance& g, const SeenBack& b) {
  const size_t U = kind.units, N = kind.slots;
  float* d_seen = g.room.sought.data();
  for (size_t u = 0; u < U; u += LANES) {
    Lanes bias{};
    for (size_t row = 0; row < g.observations.count; ++row) {
      const float* above = b.d_joined.data + row * b.d_joined.stride + u;
      const Lanes most = load(b.joined.data + row * b.joined.stride + U + u);
      const Lanes sum = load(above) * kind.even();
      Lanes left = load(above + U);
      for (size_t n = 0; n < N; ++n) {
        const size_t at = (row * N + n) * U + u;
        const Lanes seen = load(g.seen + at);
        const auto is_most = seen == most;
        Lanes grad = sum + (is_most ? left : Lanes{});
        if (b.d_seen) grad += load(b.d_seen + at);
        grad = seen > Lanes{} ? grad : Lanes{};
        left = is_most ? Lanes{} : left;
        bias += grad;
        store(d_seen + at, grad);
      }
    }
    store(b.d_bias + u, load(b.d_bias + u) + bias);
  }
  gather(kind, g);
  add_outers({{g.room.told.data(), kind.leaves}, kind.leaves, {d_seen, U}, U, g.observations.count * N},
             kind.weight.form, b.d_weight, g.room.outers);
}

// Adds to logits [rows, C] how well each thing suits what is sought, `query` [rows, U].
INLINED void point(const KindOf& kind, const Glance& g, const Rows& query, const Sink& logits) {
  const size_t U = kind.units, N = kind.slots;
  const float* hidden = g.room.sought.data();
  product<Activation::PLAIN>(Rows{g.seen, U}, kind.key, nullptr, g.observations.count * N,
                             {g.room.sought.data(), U, U});
  for (size_t row = 0; row < g.observations.count; ++row)
    for (size_t n = 0; n < N; ++n, hidden += U)
      for (size_t f = 0; f < kind.families; ++f) {
        Lanes sum{};
        for (size_t u = 0; u < U; u += LANES)
          sum += positive(load(hidden + u) + load(query.data + row * query.stride + u)) *
                 load(kind.score.data() + f * U + u);
        logits.data[row * logits.stride + size_t(kind.pointers[f * N + n])] += total(sum);
      }
}

struct PointBack {
  Rows d_logits;           // [rows, C]
  float* d_seen;           // [rows, N, U]
  Sink d_query;            // [rows, U]
  float *d_key, *d_score;  // [U, U], [F, U], to which is added
};

// Things at which no action points that could be taken have no gradient, and cost nothing.
INLINED void point_back(const KindOf& kind, const Glance& g, const Rows& query, const PointBack& b) {
  const size_t U = kind.units, N = kind.slots, F = kind.families;
  float *seen = g.room.told.data(), *hidden = g.room.sought.data(), *d_seen = g.room.answered.data();
  const auto d_logit = [&](size_t row, size_t n, size_t f) {
    return b.d_logits.from(row).data[kind.pointers[f * N + n]];
  };
  auto& places = g.room.places;
  places.clear();
  for (size_t row = 0; row < g.observations.count; ++row)
    for (size_t n = 0; n < N; ++n) {
      bool is_any = false;
      for (size_t f = 0; f < F; ++f) is_any |= d_logit(row, n, f) != 0;
      if (!is_any) continue;
      std::memcpy(seen + places.size() * U, g.seen + (row * N + n) * U, U * sizeof(float));
      places.push_back({row, n});
    }
  std::memset(b.d_seen, 0, g.observations.count * N * U * sizeof(float));
  for (size_t row = 0; row < g.observations.count; ++row)
    std::memset(b.d_query.data + row * b.d_query.stride, 0, U * sizeof(float));
  product<Activation::PLAIN>(Rows{seen, U}, kind.key, nullptr, places.size(), {hidden, U, U});
  for (size_t m = 0; m < places.size(); ++m)
    for (size_t u = 0; u < U; u += LANES) {
      const auto [row, n] = places[m];
      float *own = hidden + m * U + u, *d_query = b.d_query.data + row * b.d_query.stride + u;
      const Lanes x = positive(load(own) + load(query.data + row * query.stride + u));
      Lanes grad{};
      for (size_t f = 0; f < F; ++f) {
        const float above = d_logit(row, n, f);
        float* d_score = b.d_score + f * U + u;
        grad += above * load(kind.score.data() + f * U + u);
        store(d_score, load(d_score) + above * x);
      }
      grad = x > Lanes{} ? grad : Lanes{};
      store(own, grad);
      store(d_query, load(d_query) + grad);
    }
  product<Activation::PLAIN>(Rows{hidden, U}, kind.key_back, nullptr, places.size(), {d_seen, U, U});
  for (size_t m = 0; m < places.size(); ++m)
    std::memcpy(b.d_seen + (places[m].row * N + places[m].slot) * U, d_seen + m * U, U * sizeof(float));
  add_outers({{seen, U}, U, {hidden, U}, U, places.size()}, kind.key.form, b.d_key, g.room.outers);
}

}  // namespace coterie
