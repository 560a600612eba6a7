// The end of a minibatch: how long its gradients are, then Adam, in one pass over each weight.
#pragma once

#include <cmath>
#include <cstddef>

#include "lanes.h"

namespace coterie {

// The sum of the squares of n numbers.
CLONED inline double squares(const float* data, size_t n) {
  Lanes lanes{};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const Lanes x = load(data + i);
    lanes += x * x;
  }
  float rest = total(lanes);
  for (; i < n; ++i) rest += data[i] * data[i];
  return rest;
}

// Adam (Kingma and Ba 2015) with decay in the gradient, or AdamW (Loshchilov and Hutter 2019), beside it.
struct Adam {
  float rate, beta1, beta2, eps, decay;
  bool is_decoupled;
};

// Some of a weight, its gradient and both moments, in their so manieth step.
struct Moved {
  float *weight, *grad, *mean, *square;
  double steps;
  size_t n;
};

CLONED inline void move(const Adam& a, const Moved& m) {
  float* __restrict weight = m.weight;
  float* __restrict mean = m.mean;
  float* __restrict square = m.square;
  const float* __restrict grad = m.grad;
  const float rate = float(a.rate / (1 - std::pow(double(a.beta1), m.steps))),
              root = float(std::sqrt(1 - std::pow(double(a.beta2), m.steps))),
              beside = a.is_decoupled ? 1 - a.rate * a.decay : 1.f, inside = a.is_decoupled ? 0.f : a.decay;
  for (size_t i = 0; i < m.n; ++i) {
    const float g = grad[i] + inside * weight[i];
    mean[i] += (1 - a.beta1) * (g - mean[i]);
    square[i] = a.beta2 * square[i] + (1 - a.beta2) * g * g;
    weight[i] = beside * weight[i] - rate * mean[i] / (std::sqrt(square[i]) / root + a.eps);
  }
}

}  // namespace coterie
