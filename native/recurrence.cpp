// The part of coterie.native that remembers (recurrence.h, lstm.h), on memory its caller owns.
#include "recurrence.h"

#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>

#include "arrays.h"
#include "hands.h"
#include "learner.h"
#include "lstm.h"

namespace coterie {
namespace {

std::unique_ptr<Layer> make_layer(Array<const float, 2> weight, Array<const float, 1> bias, bool is_half) {
  require(weight.shape(0) == bias.shape(0), "Layer: weight and bias are not [out, in] and [out]");
  return std::make_unique<Layer>(weight.data(), bias.data(), weight.shape(0), weight.shape(1),
                                 form_of(is_half));
}

// x [T, R, I], starts [T, R], joined [T, R, I + H], gates [T, R, 4H], cells [T + 1, R, H], out [T, R, H].
struct LstmArrays {
  Array<const float, 3> x;
  Array<const bool, 2> starts;
  Array<float, 3> joined, gates, cells, out;
};

LstmPass pass_of(const Layer& layer, const LstmArrays& a) {
  const size_t T = a.x.shape(0), R = a.x.shape(1), I = a.x.shape(2), H = a.out.shape(2);
  const auto is = [](const auto& array, size_t steps, size_t rows, size_t width) {
    return array.shape(0) == steps && array.shape(1) == rows && array.shape(2) == width;
  };
  require(H > 0 && H % LANES == 0 && layer.out() == 4 * H && layer.weights.depth == I + H,
          "lstm: the layer is not [4H, I + H]");
  require(is(a.out, T, R, H) && is(a.joined, T, R, I + H) && is(a.gates, T, R, 4 * H) &&
              is(a.cells, T + 1, R, H) && a.starts.shape(0) == T && a.starts.shape(1) == R,
          "lstm: the arrays do not fit each other");
  return {T,
          R,
          I,
          H,
          layer,
          a.x.data(),
          reinterpret_cast<const uint8_t*>(a.starts.data()),
          a.joined.data(),
          a.gates.data(),
          a.cells.data(),
          a.out.data()};
}

void bind_lstm(nb::module_& m) {
  nb::class_<Layer>(m, "Layer", "A dense layer's weights as native products read them; see layer.h.")
      .def_static("make", &make_layer, nb::arg("weight"), nb::arg("bias"), nb::arg("is_half"));
  m.def("lstm", [](const Layer& layer, Array<const float, 3> x, Array<const bool, 2> starts,
                   Array<float, 3> joined, Array<float, 3> gates, Array<float, 3> cells, Array<float, 3> out,
                   Array<const float, 2> hidden) {
    const LstmPass pass = pass_of(layer, {x, starts, joined, gates, cells, out});
    require(hidden.shape(0) == pass.rows && hidden.shape(1) == pass.units, "lstm: hidden is not [R, H]");
    Released released;
    share_rows(pass.rows, LSTM_ROWS,
               [&](size_t first, size_t count) { lstm(pass, hidden.data(), first, first + count); });
  });
  m.def(
      "lstm_backward",
      [](const Layer& layer, Array<const float, 3> x, Array<const bool, 2> starts, Array<float, 3> joined,
         Array<float, 3> gates, Array<float, 3> cells, Array<float, 3> out, Array<const float, 3> d_out,
         Array<float, 2> d_hidden, Array<float, 2> d_cell, nb::object d_x, Array<float, 2> d_weight,
         Array<float, 1> d_bias) {
        const LstmPass pass = pass_of(layer, {x, starts, joined, gates, cells, out});
        require(d_out.size() == out.size() && d_hidden.size() == pass.rows * pass.units &&
                    d_cell.size() == d_hidden.size() && d_bias.size() == layer.out() &&
                    d_weight.size() == layer.out() * pass.width(),
                "lstm: gradients are not shaped as what they are of");
        LstmBack back{d_out.data(), d_hidden.data(), d_cell.data(), nullptr};
        if (!d_x.is_none()) {
          const auto array = nb::cast<Array<float, 3>>(d_x);
          require(array.size() == x.size(), "lstm: d_x is not [T, R, I]");
          back.x = array.data();
        }
        Released released;
        share_sums(pass.rows, eighth(pass.rows, LSTM_ROWS),
                   {{d_weight.data(), d_weight.size()}, {d_bias.data(), d_bias.size()}},
                   [&](size_t first, size_t count, float* sums) {
                     lstm_backward(pass, back, {sums, sums + d_weight.size()}, first, first + count);
                   });
      },
      nb::arg("layer"), nb::arg("x"), nb::arg("starts"), nb::arg("joined"), nb::arg("gates"),
      nb::arg("cells"), nb::arg("out"), nb::arg("d_out"), nb::arg("d_hidden"), nb::arg("d_cell"),
      nb::arg("d_x").none(), nb::arg("d_weight"), nb::arg("d_bias"));
}

void bind_min_gru(nb::module_& m) {
  m.def("min_gru", [](Array<const float, 3> sums, Array<const float, 3> input, Array<const bool, 2> starts,
                      Array<const float, 2> memory, Array<float, 3> hidden, Array<float, 3> out) {
    const MinGru gru{input.shape(0), input.shape(1), input.shape(2),
                     sums.data(),    input.data(),   reinterpret_cast<const uint8_t*>(starts.data()),
                     memory.data(),  hidden.data(),  out.data()};
    Released released;
    min_gru(gru);
  });
  m.def("min_gru_backward",
        [](Array<const float, 3> sums, Array<const float, 3> input, Array<const bool, 2> starts,
           Array<const float, 2> memory, Array<float, 3> hidden, Array<const float, 3> out,
           Array<float, 2> carry, Array<float, 3> to_sums, Array<float, 3> to_input) {
          const MinGru gru{input.shape(0), input.shape(1), input.shape(2),
                           sums.data(),    input.data(),   reinterpret_cast<const uint8_t*>(starts.data()),
                           memory.data(),  hidden.data(),  nullptr};
          const MinGruBackward backward{gru, out.data(), carry.data(), to_sums.data(), to_input.data()};
          Released released;
          min_gru_backward(backward);
        });
}

}  // namespace

void bind_recurrence(nb::module_& m) {
  bind_lstm(m);
  bind_min_gru(m);
}

}  // namespace coterie
