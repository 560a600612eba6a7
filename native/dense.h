// What a dense layer does beside its matrix product: bytes to floats before it, an activation after it.
#pragma once

#include <algorithm>

#include "lanes.h"

namespace coterie {

enum class Activation { PLAIN, RELU, TANH };

template <Activation KIND>
INLINED Lanes activated(const Lanes& x) {
  if constexpr (KIND == Activation::PLAIN) return x;
  else if constexpr (KIND == Activation::TANH) return hyperbolic_tangent(x);
  else return x < Lanes{} ? Lanes{} : x;  // what is no number stays seen
}

// The slope of an activation where it gave `y`.
template <Activation KIND>
INLINED Lanes slope(const Lanes& y) {
  if constexpr (KIND == Activation::PLAIN) return Lanes{} + 1.f;
  else if constexpr (KIND == Activation::TANH) return 1.f - y * y;
  else return y > Lanes{} ? Lanes{} + 1.f : Lanes{};
}

template <class Real>
struct Stretch {
  Real* data;
  size_t n;
};

template <Activation KIND, class Real>
INLINED void activate(const Stretch<Real>& x) {
  size_t i = 0;
  for (; i + LANES <= x.n; i += LANES) store(x.data + i, activated<KIND>(load(x.data + i)));
  if (i == x.n) return;
  Real rest[LANES] = {};
  std::copy(x.data + i, x.data + x.n, rest);
  store(rest, activated<KIND>(load(rest)));
  std::copy(rest, rest + (x.n - i), x.data + i);
}

// to = grad · slope at y.
template <Activation KIND, class Real>
INLINED void activate_backward(const Stretch<const Real>& y, const Real* grad, Real* to) {
  size_t i = 0;
  for (; i + LANES <= y.n; i += LANES) store(to + i, load(grad + i) * slope<KIND>(load(y.data + i)));
  if (i == y.n) return;
  Real rest[LANES] = {}, rest_of_grad[LANES] = {};
  std::copy(y.data + i, y.data + y.n, rest);
  std::copy(grad + i, grad + y.n, rest_of_grad);
  store(rest, load(rest_of_grad) * slope<KIND>(load(rest)));
  std::copy(rest, rest + (y.n - i), to + i);
}

CLONED inline void relu(Stretch<Half> x) { activate<Activation::RELU>(x); }
CLONED inline void tanh(Stretch<Half> x) { activate<Activation::TANH>(x); }
CLONED inline void relu_backward(Stretch<const float> y, const float* grad, float* to) {
  activate_backward<Activation::RELU>(y, grad, to);
}
CLONED inline void relu_backward(Stretch<const Half> y, const Half* grad, Half* to) {
  activate_backward<Activation::RELU>(y, grad, to);
}
CLONED inline void tanh_backward(Stretch<const float> y, const float* grad, float* to) {
  activate_backward<Activation::TANH>(y, grad, to);
}
CLONED inline void tanh_backward(Stretch<const Half> y, const Half* grad, Half* to) {
  activate_backward<Activation::TANH>(y, grad, to);
}

// Bytes as the floats that `level` [256] gives them.
CLONED inline void look_up(const uint8_t* bytes, size_t n, const float* level, float* out) {
  for (size_t i = 0; i < n; ++i) out[i] = level[bytes[i]];
}

}  // namespace coterie
