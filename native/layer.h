// Dense layers of few hundred units, a tile of rows at a time: y = activation(x Wᵀ + b), and the way back.
#pragma once

#include "products.h"

namespace coterie {

// Gradients of a layer's weights [N, K] and bias [N].
struct LayerGradients {
  float *weight, *bias;
};

// Some rows of a dense layer back: adds to its gradients; d_x [rows, K] where it is asked for.
INLINED void layer_back(const Sides& s, const Panels& weights, const LayerGradients& to, float* d_x,
                        Floats& scratch) {
  for (size_t row = 0; row < s.rows; ++row)
    for (size_t i = 0; i < s.N; ++i) to.bias[i] += s.g.data[row * s.g.stride + i];
  add_outers(s, weights.form, to.weight, scratch);
  if (d_x) product<Activation::PLAIN>(s.g, weights, nullptr, s.rows, {d_x, s.K, s.K});
}

// A dense layer's weights as products read them: columns beyond `out` are 0.
struct Layer {
  Panels weights, back;  // and transposed
  std::vector<float> bias;

  Layer() = default;
  // `weight` [out, in] as torch has it.
  Layer(const float* weight, const float* offsets, size_t out, size_t in, Form form)
      : weights(Panels::of_transposed(weight, in, out, form)),
        back(Panels::of(weight, out, in, form)),
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
    if (KIND != WITHIN)
      widest([&](auto kind)
                 INLINED_LAMBDA { activate<KIND, typename decltype(kind)::V>({y, rows * l.out}); });
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
    activate_backward<KIND>({l.y + at, l.out}, back.d_y + at, g.data + row * g.stride);
  }
}

CLONED inline void dense_backward(const DenseLayer& l, const Panels& weights, const DenseBack& back) {
  const size_t width = in_panels(l.out);
  const Floats scaled(TILE_ROWS_BACK * width);
  Floats scratch;
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
