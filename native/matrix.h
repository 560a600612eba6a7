// Products of few hundred units and many rows, a tile of rows at a time: y = activation(x Wᵀ + b), and the
// way back. Each sum runs over its terms in order, whatever stands beside it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "dense.h"

namespace coterie {

constexpr size_t STRIP = 6;                  // rows whose sums fit into registers beside
constexpr size_t PANEL = 16;                 // so many columns
constexpr size_t TILE = 48, TILE_BACK = 96;  // rows at a time, there and back

inline size_t in_panels(size_t columns) { return (columns + PANEL - 1) / PANEL * PANEL; }

// A matrix [depth, columns] in panels of columns, each [depth, PANEL]; columns beyond are 0.
struct Panels {
  size_t depth = 0, columns = 0;
  std::vector<float> data;

  const float* panel(size_t column) const { return data.data() + column * depth; }

  // Of `matrix` [depth, columns].
  static Panels of(const float* matrix, size_t depth, size_t columns) {
    Panels panels{depth, columns, std::vector<float>(in_panels(columns) * depth)};
    for (size_t c = 0; c < columns; c += PANEL)
      for (size_t i = 0; i < depth; ++i)
        std::memcpy(panels.data.data() + c * depth + i * PANEL, matrix + i * columns + c,
                    std::min(PANEL, columns - c) * sizeof(float));
    return panels;
  }
  // Of its transpose, `matrix` [columns, depth].
  static Panels of_transposed(const float* matrix, size_t depth, size_t columns) {
    Panels panels{depth, columns, std::vector<float>(in_panels(columns) * depth)};
    for (size_t c = 0; c < columns; ++c) {
      float* to = panels.data.data() + c / PANEL * PANEL * depth + c % PANEL;
      for (size_t i = 0; i < depth; ++i) to[i * PANEL] = matrix[c * depth + i];
    }
    return panels;
  }
  Panels transposed() const {
    Panels panels{columns, depth, std::vector<float>(in_panels(depth) * columns)};
    for (size_t c = 0; c < columns; ++c)
      for (size_t i = 0; i < depth; ++i)
        panels.data[i / PANEL * PANEL * columns + c * PANEL + i % PANEL] =
            data[c / PANEL * PANEL * depth + i * PANEL + c % PANEL];
    return panels;
  }
};

struct Rows {
  const float* data;
  size_t stride;
  Rows from(size_t row) const { return {data + row * stride, stride}; }
};
struct Sink {
  float* data;
  size_t stride, columns;  // what would stand beyond the columns is not written
  Sink from(size_t row) const { return {data + row * stride, stride, columns}; }
};

// R rows of the panel that begins with a column.
template <size_t R, Activation KIND>
INLINED void strip(const Rows& x, const Panels& w, const float* bias, size_t column, const Sink& out) {
  Lanes sum[R][2];
  const Lanes left = bias ? load(bias + column) : Lanes{},
              right = bias ? load(bias + column + LANES) : Lanes{};
  for (size_t r = 0; r < R; ++r) sum[r][0] = left, sum[r][1] = right;
  const float* panel = w.panel(column);
  for (size_t i = 0; i < w.depth; ++i, panel += PANEL) {
    const Lanes one = load(panel), other = load(panel + LANES);
    for (size_t r = 0; r < R; ++r) {
      const float value = x.data[r * x.stride + i];
      sum[r][0] += value * one;
      sum[r][1] += value * other;
    }
  }
  const size_t room = std::min(PANEL, out.columns - column);
  for (size_t r = 0; r < R; ++r) {
    float* to = out.data + r * out.stride + column;
    if (room == PANEL) {
      store(to, activated<KIND>(sum[r][0]));
      store(to + LANES, activated<KIND>(sum[r][1]));
    } else {
      float all[PANEL];
      store(all, activated<KIND>(sum[r][0]));
      store(all + LANES, activated<KIND>(sum[r][1]));
      std::memcpy(to, all, room * sizeof(float));
    }
  }
}

// out [rows, columns] = activation(x [rows, depth] · w + bias); `bias` has whole panels, or is null.
template <Activation KIND>
INLINED void product(const Rows& x, const Panels& w, const float* bias, size_t rows, const Sink& out) {
  for (size_t column = 0; column < w.columns; column += PANEL) {
    size_t r = 0;
    for (; r + STRIP <= rows; r += STRIP) strip<STRIP, KIND>(x.from(r), w, bias, column, out.from(r));
    for (; r + 2 <= rows; r += 2) strip<2, KIND>(x.from(r), w, bias, column, out.from(r));
    if (r < rows) strip<1, KIND>(x.from(r), w, bias, column, out.from(r));
  }
}

// Two sides of a sum of outer products over some rows: g [rows, N] and x [rows, K].
struct Sides {
  Rows g;
  size_t N;
  Rows x;
  size_t K, rows;
};

// Adds a panel's part of gᵀ x to R rows of `to`, which has room for so many columns.
template <size_t R>
INLINED void add_outer(const Rows& g, const Rows& x, size_t rows, const Sink& to) {
  Lanes sum[R][2] = {};
  for (size_t row = 0; row < rows; ++row) {
    const float* from = x.data + row * x.stride;
    const Lanes one = load(from), other = load(from + LANES);
    for (size_t r = 0; r < R; ++r) {
      const float value = g.data[row * g.stride + r];
      sum[r][0] += value * one;
      sum[r][1] += value * other;
    }
  }
  for (size_t r = 0; r < R; ++r) {
    float all[PANEL];
    store(all, sum[r][0]);
    store(all + LANES, sum[r][1]);
    for (size_t i = 0; i < to.columns; ++i) to.data[r * to.stride + i] += all[i];
  }
}

// to [N, K] += gᵀ · x; `scratch` has room for a panel of all rows.
INLINED void add_outers(const Sides& s, float* to, float* scratch) {
  for (size_t k = 0; k < s.K; k += PANEL) {
    const size_t room = std::min(PANEL, s.K - k);
    Rows x{s.x.data + k, s.x.stride};
    if (room < PANEL) {  // the last columns alone, with zeros beside them
      for (size_t row = 0; row < s.rows; ++row) {
        std::memset(scratch + row * PANEL, 0, PANEL * sizeof(float));
        std::memcpy(scratch + row * PANEL, x.data + row * x.stride, room * sizeof(float));
      }
      x = {scratch, PANEL};
    }
    const auto part = [&](size_t n) { return Sink{to + n * s.K + k, s.K, room}; };
    const auto side = [&](size_t n) { return Rows{s.g.data + n, s.g.stride}; };
    size_t n = 0;
    for (; n + STRIP <= s.N; n += STRIP) add_outer<STRIP>(side(n), x, s.rows, part(n));
    for (; n + 2 <= s.N; n += 2) add_outer<2>(side(n), x, s.rows, part(n));
    if (n < s.N) add_outer<1>(side(n), x, s.rows, part(n));
  }
}

// Gradients of a layer's weights [N, K] and bias [N].
struct LayerGradients {
  float *weight, *bias;
};

// Some rows of a dense layer back: adds to its gradients; d_x [rows, K] where it is asked for.
INLINED void layer_back(const Sides& s, const Panels& weights, const LayerGradients& to, float* d_x,
                        float* scratch) {
  for (size_t row = 0; row < s.rows; ++row)
    for (size_t i = 0; i < s.N; ++i) to.bias[i] += s.g.data[row * s.g.stride + i];
  add_outers(s, to.weight, scratch);
  if (d_x) product<Activation::PLAIN>(s.g, weights, nullptr, s.rows, {d_x, s.K, s.K});
}

// A dense layer on B rows.
struct DenseLayer {
  size_t rows, in, out;
  Activation shape;
  const float *x, *weight, *bias;  // [B, in], [out, in], [out]
  float* y;                        // [B, out]
};

template <Activation KIND>
INLINED void forward_of(const DenseLayer& l) {
  const Panels w = Panels::of_transposed(l.weight, l.in, l.out);
  std::vector<float> bias(in_panels(l.out));
  std::copy_n(l.bias, l.out, bias.data());
  for (size_t row = 0; row < l.rows; row += TILE)
    product<KIND>({l.x + row * l.in, l.in}, w, bias.data(), std::min(TILE, l.rows - row),
                  {l.y + row * l.out, l.out, l.out});
}

CLONED inline void dense_forward(const DenseLayer& l) {
  if (l.shape == Activation::RELU) forward_of<Activation::RELU>(l);
  else if (l.shape == Activation::TANH) forward_of<Activation::TANH>(l);
  else forward_of<Activation::PLAIN>(l);
}

struct DenseBack {
  const float* d_y;                // [B, out]
  float *d_x, *d_weight, *d_bias;  // [B, in] or null, [out, in] and [out], to which is added
};

// Writes d_y · slope at y of some rows to `g`.
template <Activation KIND>
INLINED void slope_of(const DenseLayer& l, const DenseBack& back, size_t first, const Sink& g, size_t rows) {
  for (size_t row = 0; row < rows; ++row) {
    const size_t at = (first + row) * l.out;
    activate_backward<KIND, float>({l.y + at, l.out}, back.d_y + at, g.data + row * g.stride);
  }
}

CLONED inline void dense_backward(const DenseLayer& l, const DenseBack& back) {
  const size_t width = in_panels(l.out);
  const Panels w = back.d_x ? Panels::of(l.weight, l.out, l.in) : Panels{};
  std::vector<float> scaled(TILE_BACK * width), scratch(TILE_BACK * PANEL);
  const Sink g{scaled.data(), width, l.out};
  for (size_t first = 0; first < l.rows; first += TILE_BACK) {
    const size_t rows = std::min(TILE_BACK, l.rows - first);
    if (l.shape == Activation::RELU) slope_of<Activation::RELU>(l, back, first, g, rows);
    else if (l.shape == Activation::TANH) slope_of<Activation::TANH>(l, back, first, g, rows);
    else slope_of<Activation::PLAIN>(l, back, first, g, rows);
    const Sides sides{{g.data, width}, l.out, {l.x + first * l.in, l.in}, l.in, rows};
    layer_back(sides, w, {back.d_weight, back.d_bias}, back.d_x ? back.d_x + first * l.in : nullptr,
               scratch.data());
  }
}

}  // namespace coterie
