// Products of few hundred units and many rows, a tile of rows at a time: y = activation(x Wᵀ + b), and the
// way back. Each sum runs over its terms in order, whatever stands beside it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

#include "dense.h"

namespace coterie {

constexpr size_t STRIP = 6;                            // rows whose sums fit into registers beside
constexpr size_t PANEL = 16;                           // so many columns
constexpr size_t TILE_ROWS = 48, TILE_ROWS_BACK = 96;  // rows at a time, there and back

inline size_t in_panels(size_t columns) { return (columns + PANEL - 1) / PANEL * PANEL; }

// Room for so many numbers, whatever they are at first.
struct Floats {
  std::unique_ptr<float[]> numbers;
  explicit Floats(size_t size) : numbers(std::make_unique_for_overwrite<float[]>(size)) {}
  float* data() const { return numbers.get(); }
};

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
};

struct Rows {
  const float* data;
  size_t stride;
  Rows from(size_t row) const { return {data + row * stride, stride}; }
  float at(size_t row, size_t i) const { return data[row * stride + i]; }
};
struct Tile {
  Rows rows;
  size_t count;
};
struct Sink {
  float* data;
  size_t stride, columns;  // what would stand beyond the columns is not written
  Sink from(size_t row) const { return {data + row * stride, stride, columns}; }
};

// R rows of the panel that begins with a column; what `x` has `at` a row and a place of it.
template <size_t R, Activation KIND, class Source>
INLINED void strip(const Source& x, const Panels& w, const float* bias, size_t column, const Sink& out) {
  Lanes sum[R][2];
  const Lanes left = bias ? load(bias + column) : Lanes{},
              right = bias ? load(bias + column + LANES) : Lanes{};
  for (size_t r = 0; r < R; ++r) sum[r][0] = left, sum[r][1] = right;
  const float* panel = w.panel(column);
  for (size_t i = 0; i < w.depth; ++i, panel += PANEL) {
    const Lanes one = load(panel), other = load(panel + LANES);
    for (size_t r = 0; r < R; ++r) {
      const float value = x.at(r, i);
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
template <Activation KIND, class Source>
INLINED void product(const Source& x, const Panels& w, const float* bias, size_t rows, const Sink& out) {
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

// Adds gᵀ x to the first rows of `to`, which has room for so many columns; g [rows, STRIP], x [rows, PANEL].
INLINED void add_outer(const float* g, const float* x, size_t rows, size_t count, const Sink& to) {
  for (size_t r = 0; r < std::min(STRIP, count); ++r) __builtin_prefetch(to.data + r * to.stride, 1);
  Lanes sum[STRIP][2] = {};
  for (size_t row = 0; row < rows; ++row, g += STRIP, x += PANEL) {
    const Lanes one = load(x), other = load(x + LANES);
    for (size_t r = 0; r < STRIP; ++r) {
      sum[r][0] += g[r] * one;
      sum[r][1] += g[r] * other;
    }
  }
  for (size_t r = 0; r < STRIP; ++r) {
    if (r >= count) break;
    float* at = to.data + r * to.stride;
    if (to.columns == PANEL) {
      store(at, load(at) + sum[r][0]);
      store(at + LANES, load(at + LANES) + sum[r][1]);
    } else {
      float all[PANEL];
      store(all, sum[r][0]);
      store(all + LANES, sum[r][1]);
      for (size_t i = 0; i < to.columns; ++i) at[i] += all[i];
    }
  }
}

// The columns of a side, so many at a time, each part [rows, WIDTH] without gaps; beyond are zeros.
template <size_t WIDTH>
INLINED void pack(const Rows& side, size_t rows, size_t columns, float* to) {
  for (size_t c = 0; c < columns; c += WIDTH)
    for (size_t row = 0; row < rows; ++row, to += WIDTH) {
      const float* from = side.data + row * side.stride + c;
      if (columns - c >= WIDTH) {
        std::memcpy(to, from, WIDTH * sizeof(float));
      } else {
        for (size_t i = 0; i < WIDTH; ++i) to[i] = i < columns - c ? from[i] : 0;
      }
    }
}

// to [N, K] += gᵀ · x, so many rows at a time that a strip and a panel stay in the nearest memory.
INLINED void add_outers(const Sides& s, float* to, std::vector<float>& scratch) {
  const size_t strips = (s.N + STRIP - 1) / STRIP * STRIP;
  if (const size_t room = TILE_ROWS_BACK * (strips + PANEL); scratch.size() < room) scratch.resize(room);
  float *g = scratch.data(), *x = g + TILE_ROWS_BACK * strips;
  for (size_t first = 0; first < s.rows; first += TILE_ROWS_BACK) {
    const size_t rows = std::min(TILE_ROWS_BACK, s.rows - first);
    pack<STRIP>(s.g.from(first), rows, s.N, g);
    for (size_t k = 0; k < s.K; k += PANEL) {
      const size_t room = std::min(PANEL, s.K - k);
      pack<PANEL>({s.x.data + first * s.x.stride + k, s.x.stride}, rows, room, x);
      for (size_t n = 0; n < s.N; n += STRIP)
        add_outer(g + n * rows, x, rows, s.N - n, {to + n * s.K + k, s.K, room});
    }
  }
}

// Gradients of a layer's weights [N, K] and bias [N].
struct LayerGradients {
  float *weight, *bias;
};

// Some rows of a dense layer back: adds to its gradients; d_x [rows, K] where it is asked for.
INLINED void layer_back(const Sides& s, const Panels& weights, const LayerGradients& to, float* d_x,
                        std::vector<float>& scratch) {
  for (size_t row = 0; row < s.rows; ++row)
    for (size_t i = 0; i < s.N; ++i) to.bias[i] += s.g.data[row * s.g.stride + i];
  add_outers(s, to.weight, scratch);
  if (d_x) product<Activation::PLAIN>(s.g, weights, nullptr, s.rows, {d_x, s.K, s.K});
}

// A dense layer's weights as products read them: columns beyond `out` are 0.
struct Layer {
  Panels weights, back;  // and transposed
  std::vector<float> bias;

  Layer() = default;
  // `weight` [out, in] as torch has it.
  Layer(const float* weight, const float* offsets, size_t out, size_t in)
      : weights(Panels::of_transposed(weight, in, out)),
        back(Panels::of(weight, out, in)),
        bias(in_panels(out)) {
    std::copy_n(offsets, out, bias.data());
  }
  size_t out() const { return weights.columns; }
  size_t padded() const { return in_panels(weights.columns); }
};

// What a dense layer makes of B rows.
struct DenseLayer {
  size_t rows, in, out;
  Activation shape;
  const float* x;  // [B, in]
  float* y;        // [B, out]
  DenseLayer part(size_t first, size_t count) const {
    return {count, in, out, shape, x + first * in, y + first * out};
  }
};

template <Activation KIND>
INLINED void forward_of(const DenseLayer& l, const Layer& layer) {
  // A tanh takes registers that the sums need: it comes after them.
  constexpr Activation WITHIN = KIND == Activation::TANH ? Activation::PLAIN : KIND;
  for (size_t row = 0; row < l.rows; row += TILE_ROWS) {
    const size_t rows = std::min(TILE_ROWS, l.rows - row);
    float* y = l.y + row * l.out;
    product<WITHIN>(Rows{l.x + row * l.in, l.in}, layer.weights, layer.bias.data(), rows, {y, l.out, l.out});
    if (KIND != WITHIN) activate<KIND, float>({y, rows * l.out});
  }
}

CLONED inline void dense_forward(const DenseLayer& l, const Layer& layer) {
  if (l.shape == Activation::RELU) forward_of<Activation::RELU>(l, layer);
  else if (l.shape == Activation::TANH) forward_of<Activation::TANH>(l, layer);
  else forward_of<Activation::PLAIN>(l, layer);
}

struct DenseBack {
  const float* d_y;   // [B, out]
  float* d_x;         // [B, in] or null
  LayerGradients to;  // to which is added
};

// Writes d_y · slope at y of some rows to `g`.
template <Activation KIND>
INLINED void slope_of(const DenseLayer& l, const DenseBack& back, size_t first, const Sink& g, size_t rows) {
  for (size_t row = 0; row < rows; ++row) {
    const size_t at = (first + row) * l.out;
    activate_backward<KIND, float>({l.y + at, l.out}, back.d_y + at, g.data + row * g.stride);
  }
}

CLONED inline void dense_backward(const DenseLayer& l, const Panels& weights, const DenseBack& back) {
  const size_t width = in_panels(l.out);
  std::vector<float> scaled(TILE_ROWS_BACK * width), scratch;
  const Sink g{scaled.data(), width, l.out};
  for (size_t first = 0; first < l.rows; first += TILE_ROWS_BACK) {
    const size_t rows = std::min(TILE_ROWS_BACK, l.rows - first);
    if (l.shape == Activation::RELU) slope_of<Activation::RELU>(l, back, first, g, rows);
    else if (l.shape == Activation::TANH) slope_of<Activation::TANH>(l, back, first, g, rows);
    else slope_of<Activation::PLAIN>(l, back, first, g, rows);
    const Sides sides{{g.data, width}, l.out, {l.x + first * l.in, l.in}, l.in, rows};
    layer_back(sides, weights, back.to, back.d_x ? back.d_x + first * l.in : nullptr, scratch);
  }
}

}  // namespace coterie
