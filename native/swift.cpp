// The part of coterie.native that runs whole networks (swift.h), on memory its caller owns.
#include "swift.h"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <numeric>
#include <tuple>
#include <utility>

#include "arrays.h"
#include "hands.h"
#include "learner.h"

namespace coterie {
namespace {

template <class Numbers>
auto copied(const Numbers& array) {
  return std::vector<std::remove_cvref_t<decltype(*array.data())>>(array.data(), array.data() + array.size());
}

using WeightAndBias = std::pair<Array<const float, 2>, Array<const float, 1>>;

Layer layer_of(const WeightAndBias& parts, size_t in, Form form) {
  const auto& [weight, bias] = parts;
  require(weight.shape(1) == in && bias.shape(0) == weight.shape(0) && weight.shape(0) > 0,
          "Swift: a layer's weights and bias are not [out, in] and [out]");
  return {weight.data(), bias.data(), weight.shape(0), in, form};
}

// Columns [N, D], weight [D, U], bias [U], and of what points at them key [U, U], score [F, U], pointers
// [F, N].
using Slotted = std::tuple<Array<const int32_t, 2>, Array<const float, 2>, Array<const float, 1>,
                           Array<const float, 2>, Array<const float, 2>, Array<const int32_t, 2>>;

KindOf kind_of(const Slotted& parts, const Swift& net, Form form) {
  const auto& [columns, weight, bias, key, score, pointers] = parts;
  const size_t slots = columns.shape(0), leaves = columns.shape(1), units = weight.shape(1),
               families = score.shape(0);
  require(units > 0 && units % LANES == 0, "Swift: units are not a multiple of 8");
  require(weight.shape(0) == leaves && bias.shape(0) == units && key.size() == units * units &&
              score.shape(1) == units && pointers.size() == families * slots,
          "Swift: the parts of a kind do not fit each other");
  KindOf kind{copied(columns),
              copied(pointers),
              slots,
              leaves,
              units,
              families,
              Panels::of(weight.data(), leaves, units, form),
              Panels::of(key.data(), units, units, form),
              Panels::of_transposed(key.data(), units, units, form),
              copied(bias),
              copied(score)};
  kind.bias.resize(in_panels(units));
  for (int32_t column : kind.columns)
    require(column >= 0 && size_t(column) < net.inputs, "Swift: a column outside the observation");
  for (int32_t pointer : kind.pointers)
    require(pointer >= 0 && size_t(pointer) < net.choices, "Swift: a pointer outside the logits");
  return kind;
}

std::unique_ptr<Swift> make_swift(nb::dict parts) {
  auto net = std::make_unique<Swift>();
  const auto inputs = nb::cast<size_t>(parts["inputs"]), choices = nb::cast<size_t>(parts["choices"]);
  const auto kinds = nb::cast<std::vector<Slotted>>(parts["kinds"]);
  const auto layers = nb::cast<std::vector<WeightAndBias>>(parts["layers"]);
  const Form form = form_of(nb::cast<bool>(parts["is_half"]));
  net->inputs = inputs;
  net->choices = choices;
  if (!parts["levels"].is_none()) net->levels = copied(nb::cast<Array<const float, 1>>(parts["levels"]));
  require(net->levels.empty() || net->levels.size() == 256, "Swift: 256 levels");
  net->rest = copied(nb::cast<Array<const int32_t, 1>>(parts["rest"]));
  for (int32_t column : net->rest)
    require(column >= 0 && size_t(column) < inputs, "Swift: a column outside the observation");
  size_t said = choices + 1;
  for (const Slotted& parts : kinds) {
    net->kinds.push_back(kind_of(parts, *net, form));
    if (net->kinds.back().families) said += net->kinds.back().units;
  }
  size_t width = net->first_width();
  for (const WeightAndBias& parts : layers) {
    net->layers.push_back(layer_of(parts, width, form));
    width = net->layers.back().padded();
    require(width == net->layers.back().out(), "Swift: hidden units are not a multiple of 16");
  }
  net->heads = layer_of(nb::cast<WeightAndBias>(parts["heads"]), width, form);
  require(net->heads.out() == said, "Swift: heads are not the logits, a value and the queries");
  return net;
}

using Observed = nb::ndarray<nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// Every array that a pass over the rows reads or writes, as it comes from Python: joined [B, J] or None, seen
// and hidden [B, …] of each kind and layer, queries [B, Q].
struct KeptArrays {
  nb::object joined;
  std::vector<Array<float, 3>> seen;
  std::vector<Array<float, 2>> hidden;
  Array<float, 2> queries;
};

size_t rows_of(const Swift& net, const Observed& observations, size_t logits, size_t choices, size_t values) {
  const auto type = net.levels.empty() ? nb::dtype<float>() : nb::dtype<uint8_t>();
  require(observations.dtype() == type, "Swift: observations are not of the type it was made for");
  require(observations.shape(1) == net.inputs, "Swift: observations are not [B, inputs]");
  const size_t rows = observations.shape(0);
  require(logits == rows && choices == net.choices && values == rows,
          "Swift: logits and values are not [B, C], [B]");
  return rows;
}

Kept kept_of(const Swift& net, size_t rows, const KeptArrays& arrays) {
  Kept kept{nullptr, {}, {}, arrays.queries.data()};
  require(arrays.queries.shape(0) == rows && arrays.queries.shape(1) == net.queries(),
          "Swift: queries are not [B, Q]");
  if (!net.kinds.empty()) {
    const auto joined = nb::cast<Array<float, 2>>(arrays.joined);
    require(joined.shape(0) == rows && joined.shape(1) == net.first_width(), "Swift: joined is not [B, J]");
    kept.joined = joined.data();
  }
  require(arrays.seen.size() == net.kinds.size() && arrays.hidden.size() == net.layers.size(),
          "Swift: what is kept is not of each kind and layer");
  for (size_t k = 0; k < net.kinds.size(); ++k) {
    const auto& seen = arrays.seen[k];
    require(
        seen.shape(0) == rows && seen.shape(1) == net.kinds[k].slots && seen.shape(2) == net.kinds[k].units,
        "Swift: seen is not [B, N, U]");
    kept.seen.push_back(seen.data());
  }
  for (size_t i = 0; i < net.layers.size(); ++i) {
    require(arrays.hidden[i].shape(0) == rows && arrays.hidden[i].shape(1) == net.layers[i].out(),
            "Swift: hidden is not [B, units]");
    kept.hidden.push_back(arrays.hidden[i].data());
  }
  return kept;
}

// How many numbers the weights have: of each kind weight, bias, key and score; of each layer and the heads
// weight and bias.
std::vector<size_t> sizes_of(const Swift& net) {
  std::vector<size_t> sizes;
  for (const KindOf& kind : net.kinds)
    for (size_t width : {kind.leaves, size_t(1), kind.units, kind.families})
      sizes.push_back(width * kind.units);
  const auto add = [&](const Layer& layer) {
    sizes.push_back(layer.out() * layer.weights.depth);
    sizes.push_back(layer.out());
  };
  for (const Layer& layer : net.layers) add(layer);
  add(net.heads);
  return sizes;
}

// Gradients side by side from `at` on, in that order.
SwiftBack back_of(const Swift& net, const std::vector<size_t>& sizes, float* at) {
  SwiftBack back{};
  auto size = sizes.begin();
  const auto take = [&] { return std::exchange(at, at + *size++); };
  for (size_t k = 0; k < net.kinds.size(); ++k) back.kinds.push_back({take(), take(), take(), take()});
  for (size_t i = 0; i <= net.layers.size(); ++i) back.layers.push_back({take(), take()});
  return back;
}

const void* observation(const Swift& net, const Observed& observations, size_t row) {
  const size_t size = net.levels.empty() ? sizeof(float) : 1;
  return static_cast<const char*>(observations.data()) + row * net.inputs * size;
}

void run_shared(const Swift& net, const Observed& observations, const Answers& to, const Kept* kept) {
  share_rows(observations.shape(0), 4 * TILE_ROWS, [&](size_t first, size_t rows) {
    const Kept part = kept ? kept->from(net, first) : Kept{};
    const Answers answers{to.logits + first * net.choices, to.values + first};
    run(net, observation(net, observations, first), rows, answers, kept ? &part : nullptr);
  });
}

}  // namespace

void bind_swift(nb::module_& m) {
  nb::class_<Swift>(m, "Swift", "A network of dense layers, all of its work in one call; see swift.h.")
      .def_static("make", &make_swift, nb::arg("parts"))
      .def("sizes", &sizes_of)
      .def("queries", &Swift::queries)
      .def("first_width", &Swift::first_width)
      .def("run",
           [](const Swift& net, Observed observations, Array<float, 2> logits, Array<float, 1> values) {
             rows_of(net, observations, logits.shape(0), logits.shape(1), values.shape(0));
             Released released;
             run_shared(net, observations, {logits.data(), values.data()}, nullptr);
           })
      .def(
          "run_keeping",
          [](const Swift& net, Observed observations, Array<float, 2> logits, Array<float, 1> values,
             nb::object joined, std::vector<Array<float, 3>> seen, std::vector<Array<float, 2>> hidden,
             Array<float, 2> queries) {
            const size_t rows = rows_of(net, observations, logits.shape(0), logits.shape(1), values.shape(0));
            const Kept kept = kept_of(net, rows, {joined, seen, hidden, queries});
            Released released;
            run_shared(net, observations, {logits.data(), values.data()}, &kept);
          },
          nb::arg("observations"), nb::arg("logits"), nb::arg("values"), nb::arg("joined").none(),
          nb::arg("seen"), nb::arg("hidden"), nb::arg("queries"))
      .def(
          "back",
          [](const Swift& net, Observed observations, Array<const float, 2> d_logits,
             Array<const float, 1> d_values, nb::object joined, std::vector<Array<float, 3>> seen,
             std::vector<Array<float, 2>> hidden, Array<float, 2> queries, Array<float, 1> gradients) {
            const size_t rows =
                rows_of(net, observations, d_logits.shape(0), d_logits.shape(1), d_values.shape(0));
            const Kept kept = kept_of(net, rows, {joined, seen, hidden, queries});
            const std::vector<size_t> sizes = sizes_of(net);
            require(gradients.size() == std::accumulate(sizes.begin(), sizes.end(), size_t{0}),
                    "Swift: there are not as many gradients as weights");
            Released released;
            share_sums(rows, eighth(rows, 4 * TILE_ROWS_BACK), {{gradients.data(), gradients.size()}},
                       [&](size_t first, size_t count, float* sums) {
                         SwiftBack back = back_of(net, sizes, sums);
                         back.d_logits = d_logits.data() + first * net.choices;
                         back.d_values = d_values.data() + first;
                         run_back(net, observation(net, observations, first), count, kept.from(net, first),
                                  back);
                       });
          },
          nb::arg("observations"), nb::arg("d_logits"), nb::arg("d_values"), nb::arg("joined").none(),
          nb::arg("seen"), nb::arg("hidden"), nb::arg("queries"), nb::arg("gradients"));
}

}  // namespace coterie
