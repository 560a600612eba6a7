// The part of coterie.native that moves weights (descent.h), on memory its caller owns.
#include "descent.h"

#include <nanobind/stl/array.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <vector>

#include "arrays.h"
#include "hands.h"
#include "learner.h"

namespace coterie {
namespace {

constexpr size_t STRETCH = 1 << 15;  // numbers that a thread takes at once

// Some numbers of one of several tensors.
struct Stretch {
  size_t tensor, first, n;
};

// Of tensors whose sizes come last.
template <class Tensors>
std::vector<Stretch> stretches(const Tensors& tensors) {
  std::vector<Stretch> all;
  for (size_t i = 0; i < tensors.size(); ++i)
    for (size_t first = 0; first < tensors[i].back(); first += STRETCH)
      all.push_back({i, first, std::min(STRETCH, tensors[i].back() - first)});
  return all;
}

// Of all gradients side by side.
float length(const std::vector<std::array<size_t, 2>>& gradients) {
  const auto parts = stretches(gradients);
  std::vector<double> sums(parts.size());
  Hands::each(int(parts.size()), [&](int i) {
    const auto [tensor, first, n] = parts[size_t(i)];
    sums[size_t(i)] = squares(at<float>(gradients[tensor][0]) + first, n);
  });
  double sum = 0;
  for (double part : sums) sum += part;
  return float(std::sqrt(sum));
}

// Weights, their gradients, both moments, and how many steps they took.
void adam(const std::vector<std::array<size_t, 6>>& moved, const std::array<float, 5>& numbers,
          bool is_decoupled) {
  const auto [rate, beta1, beta2, eps, decay] = numbers;
  const Adam how{rate, beta1, beta2, eps, decay, is_decoupled};
  for (const auto& part : moved) *at<float>(part[4]) += 1;
  const auto parts = stretches(moved);
  Hands::each(int(parts.size()), [&](int i) {
    const auto [tensor, first, n] = parts[size_t(i)];
    const auto [weight, grad, mean, square, steps, all] = moved[tensor];
    move(how, {at<float>(weight) + first, at<float>(grad) + first, at<float>(mean) + first,
               at<float>(square) + first, *at<float>(steps), n});
  });
}

}  // namespace

void bind_descent(nb::module_& m) {
  using Guard = nb::call_guard<Released>;
  m.def("length", &length, nb::arg("gradients"), Guard());
  m.def("adam", &adam, nb::arg("moved"), nb::arg("numbers"), nb::arg("is_decoupled"), Guard());
}

}  // namespace coterie
