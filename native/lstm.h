// An LSTM over all steps of some rows in one call: a tile of rows goes through all of them, so that what it
// remembers stays in the nearest memory. Both products of a step are one, over x and hidden side by side.
// T steps, R rows, I inputs, H units.
#pragma once

#include "matrix.h"
#include "recurrence.h"

namespace coterie {

constexpr size_t LSTM_ROWS = 32;  // of a tile

// What both ways read and write; what the way there writes is kept for the way back.
struct LstmPass {
  size_t steps, rows, inputs, units;
  const Layer& layer;     // [4H, I + H]
  const float* x;         // [T, R, I]
  const uint8_t* starts;  // [T, R]
  float* joined;          // [T, R, I + H]: x and hidden before the step
  float* gates;           // [T, R, 4H] activated
  float* cells;           // [T + 1, R, H], the first as it was before
  float* out;             // [T, R, H]

  size_t width() const { return inputs + units; }
  LstmStep<float> step(size_t t, size_t first, size_t count) const {
    const size_t at = t * rows + first;
    return {count,       units,   gates + at * 4 * units,      cells + at * units,
            starts + at, nullptr, cells + (at + rows) * units, out + at * units,
            nullptr};
  }
};

// Some rows; `hidden` [R, H] is what they had in mind before the first step.
CLONED inline void lstm(const LstmPass& p, const float* hidden, size_t begin, size_t end) {
  const size_t I = p.inputs, H = p.units, width = p.width();
  for (size_t first = begin; first < end; first += LSTM_ROWS) {
    const size_t count = std::min(LSTM_ROWS, end - first);
    for (size_t t = 0; t < p.steps; ++t) {
      const size_t at = t * p.rows + first;
      for (size_t r = 0; r < count; ++r) {
        float* to = p.joined + (at + r) * width;
        const float* before = t ? p.out + (at - p.rows + r) * H : hidden + (first + r) * H;
        std::memcpy(to, p.x + (at + r) * I, I * sizeof(float));
        if (p.starts[at + r]) std::memset(to + I, 0, H * sizeof(float));
        else std::memcpy(to + I, before, H * sizeof(float));
      }
      product<Activation::PLAIN>(Rows{p.joined + at * width, width}, p.layer.weights, p.layer.bias.data(),
                                 count, {p.gates + at * 4 * H, 4 * H, 4 * H});
      const LstmStep<float> step = p.step(t, first, count);
      for (size_t r = 0; r < count; ++r) lstm_row(step, r);
    }
  }
}

// Gradients: `out` of what the layer gave; `hidden` and `cell` in: of what is in mind after the last step,
// out: before the first.
struct LstmBack {
  const float* out;      // [T, R, H]
  float *hidden, *cell;  // [R, H]
  float* x;              // [T, R, I], null where nobody asks
};

// Some rows; adds to the layer's gradients.
CLONED inline void lstm_backward(const LstmPass& p, const LstmBack& back, const LayerGradients& to,
                                 size_t begin, size_t end) {
  const size_t I = p.inputs, H = p.units, width = p.width();
  const Floats sums(TILE_ROWS_BACK * 4 * H), joined(TILE_ROWS_BACK * width), d_joined(LSTM_ROWS * width);
  std::vector<float> scratch;
  size_t gathered = 0;  // rows whose outer products are still to be added
  const auto settle = [&]() __attribute__((always_inline)) {
    layer_back({{sums.data(), 4 * H}, 4 * H, {joined.data(), width}, width, gathered}, p.layer.back, to,
               nullptr, scratch);
    gathered = 0;
  };
  for (size_t first = begin; first < end; first += LSTM_ROWS) {
    const size_t count = std::min(LSTM_ROWS, end - first);
    for (size_t t = p.steps; t-- > 0;) {
      const size_t at = t * p.rows + first;
      const LstmStep<float> step = p.step(t, first, count);
      float* here = sums.data() + gathered * 4 * H;
      const LstmStepBackward<float> row_back{count,
                                             H,
                                             step.gates,
                                             step.cell,
                                             step.new_cell,
                                             step.starts,
                                             t + 1 < p.steps ? step.starts + p.rows : nullptr,
                                             back.out + at * H,
                                             back.hidden + first * H,
                                             back.cell + first * H,
                                             here};
      for (size_t r = 0; r < count; ++r) lstm_row_backward(row_back, r);
      std::memcpy(joined.data() + gathered * width, p.joined + at * width, count * width * sizeof(float));
      product<Activation::PLAIN>(Rows{here, 4 * H}, p.layer.back, nullptr, count,
                                 {d_joined.data(), width, width});
      for (size_t r = 0; r < count; ++r) {
        const float* from = d_joined.data() + r * width;
        if (back.x) std::memcpy(back.x + (at + r) * I, from, I * sizeof(float));
        std::memcpy(back.hidden + (first + r) * H, from + I, H * sizeof(float));
      }
      gathered += count;
      if (gathered + LSTM_ROWS > TILE_ROWS_BACK) settle();
    }
  }
  settle();
}

}  // namespace coterie
