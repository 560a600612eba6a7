// What a dense layer does beside its matrix product: bytes to floats before it, an activation after it.
#pragma once

#include <algorithm>

#include "lanes.h"

namespace coterie {

enum class Activation { PLAIN, RELU, TANH };

template <Activation KIND, class V>
INLINED V activated(const V& x) {
  if constexpr (KIND == Activation::PLAIN) return x;
  else if constexpr (KIND == Activation::TANH) return hyperbolic_tangent(x);
  else return x < V{} ? V{} : x;  // what is no number stays seen
}

// The slope of an activation where it gave `y`.
template <Activation KIND, class V>
INLINED V slope(const V& y) {
  if constexpr (KIND == Activation::PLAIN) return V{} + 1.f;
  else if constexpr (KIND == Activation::TANH) return 1.f - y * y;
  else return y > V{} ? V{} + 1.f : V{};
}

template <class Number>
struct Stretch {
  Number* data;
  size_t n;
};

template <Activation KIND, class V>
INLINED void activate(const Stretch<float>& x) {
  constexpr size_t N = WIDTH<V>;
  size_t i = 0;
  for (; i + N <= x.n; i += N) store(x.data + i, activated<KIND>(load<V>(x.data + i)));
  if (i == x.n) return;
  float rest[N] = {};
  std::copy(x.data + i, x.data + x.n, rest);
  store(rest, activated<KIND>(load<V>(rest)));
  std::copy(rest, rest + (x.n - i), x.data + i);
}

// to = grad · slope at y.
template <Activation KIND>
INLINED void activate_backward(const Stretch<const float>& y, const float* grad, float* to) {
  size_t i = 0;
  for (; i + LANES <= y.n; i += LANES) store(to + i, load(grad + i) * slope<KIND>(load(y.data + i)));
  if (i == y.n) return;
  float rest[LANES] = {}, rest_of_grad[LANES] = {};
  std::copy(y.data + i, y.data + y.n, rest);
  std::copy(grad + i, grad + y.n, rest_of_grad);
  store(rest, load(rest_of_grad) * slope<KIND>(load(rest)));
  std::copy(rest, rest + (y.n - i), to + i);
}

CLONED inline void relu_backward(Stretch<const float> y, const float* grad, float* to) {
  activate_backward<Activation::RELU>(y, grad, to);
}

// Bytes as the floats that `level` [256] gives them.
CLONED inline void look_up(const uint8_t* bytes, size_t n, const float* level, float* out) {
  for (size_t i = 0; i < n; ++i) out[i] = level[bytes[i]];
}

}  // namespace coterie
