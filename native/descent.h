// The end of a minibatch: how long its gradients are, then Adam, in one pass over each weight.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "lanes.h"

namespace coterie {

struct Gradient {
  const float* data;
  size_t n;
};

// The Euclidean norm of all gradients side by side.
CLONED inline float length(const std::vector<Gradient>& gradients) {
  double sum = 0;
  for (const Gradient& gradient : gradients) {
    Lanes lanes{};
    size_t i = 0;
    for (; i + LANES <= gradient.n; i += LANES) {
      const Lanes x = load(gradient.data + i);
      lanes += x * x;
    }
    float rest = total(lanes);
    for (; i < gradient.n; ++i) rest += gradient.data[i] * gradient.data[i];
    sum += rest;
  }
  return float(std::sqrt(sum));
}

// Adam (Kingma and Ba 2015) with decay in the gradient, or AdamW (Loshchilov and Hutter 2019), beside it.
struct Adam {
  float rate, beta1, beta2, eps, decay;
  bool is_decoupled;
};

// A weight, its gradient, both moments, and how many steps it took.
struct Moved {
  float *weight, *grad, *mean, *square, *steps;
  size_t n;
};

CLONED inline void move(const Adam& a, const Moved& m) {
  float* __restrict weight = m.weight;
  float* __restrict mean = m.mean;
  float* __restrict square = m.square;
  const float* __restrict grad = m.grad;
  const double steps = double(*m.steps += 1);
  const float rate = float(a.rate / (1 - std::pow(double(a.beta1), steps))),
              root = float(std::sqrt(1 - std::pow(double(a.beta2), steps))),
              beside = a.is_decoupled ? 1 - a.rate * a.decay : 1.f, inside = a.is_decoupled ? 0.f : a.decay;
  for (size_t i = 0; i < m.n; ++i) {
    const float g = grad[i] + inside * weight[i];
    mean[i] += (1 - a.beta1) * (g - mean[i]);
    square[i] = a.beta2 * square[i] + (1 - a.beta2) * g * g;
    weight[i] = beside * weight[i] - rate * mean[i] / (std::sqrt(square[i]) / root + a.eps);
  }
}

}  // namespace coterie
