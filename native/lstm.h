// An LSTM over all steps of some rows in one call: a tile of rows goes through all of them, so that what it
// remembers stays in the nearest memory. Both products of a step are one, over x and hidden side by side.
// T steps, R rows, I inputs, H units.
#pragma once

#include "layer.h"

namespace coterie {

constexpr size_t LSTM_ROWS = 32;  // of a tile

// One step of some rows (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000; torch's
// order of gates); a row's memory is zeroed before a step at which an episode of it starts.
struct LstmStep {
  size_t rows, units;
  float* gates;           // [R, 4H] in: sums of the input, forget, candidate, output gate; out: activated
  const float* cell;      // [R, H] before the step
  const uint8_t* starts;  // [R]
  float *new_cell, *out;  // [R, H]
};

// As many units of a row as V takes, from `j` on.
template <class V>
INLINED void lstm_units(const LstmStep& s, size_t r, size_t j) {
  const size_t H = s.units, at = r * H + j;
  float* gate = s.gates + 4 * r * H + j;
  const float keep = s.starts[r] ? 0.f : 1.f;
  const V i = sigmoid(load<V>(gate)), f = sigmoid(load<V>(gate + H));
  const V g = hyperbolic_tangent(load<V>(gate + 2 * H)), o = sigmoid(load<V>(gate + 3 * H));
  const V c = f * (keep * load<V>(s.cell + at)) + i * g;
  store(gate, i), store(gate + H, f), store(gate + 2 * H, g), store(gate + 3 * H, o);
  store(s.new_cell + at, c);
  store(s.out + at, o * hyperbolic_tangent(c));
}

// Its gradient: of the sums to `sums`; `hidden` and `cell` come from the next step and count where no episode
// starts at it.
struct LstmStepBack {
  LstmStep step;
  const uint8_t* starts_next;  // [R] of the next step, null after the last
  const float *out, *hidden;   // [R, H]
  float* cell;                 // [R, H] in: from the next step; out: for the one before
  float* sums;                 // [R, 4H]
};

template <class V>
INLINED void lstm_units_back(const LstmStepBack& b, size_t r, size_t j) {
  const LstmStep& s = b.step;
  const size_t H = s.units, at = r * H + j;
  const float* gate = s.gates + 4 * r * H + j;
  float* sum = b.sums + 4 * r * H + j;
  const float keep = s.starts[r] ? 0.f : 1.f, is_carried = b.starts_next && b.starts_next[r] ? 0.f : 1.f;
  const V i = load<V>(gate), f = load<V>(gate + H), g = load<V>(gate + 2 * H), o = load<V>(gate + 3 * H);
  const V t = hyperbolic_tangent(load<V>(s.new_cell + at));
  const V dh = load<V>(b.out + at) + is_carried * load<V>(b.hidden + at);
  const V dc = is_carried * load<V>(b.cell + at) + dh * o * (1.f - t * t);
  store(sum, dc * g * i * (1.f - i));
  store(sum + H, dc * (keep * load<V>(s.cell + at)) * f * (1.f - f));
  store(sum + 2 * H, dc * i * (1.f - g * g));
  store(sum + 3 * H, dh * t * o * (1.f - o));
  store(b.cell + at, dc * f);
}

// f(vector, row, unit) for all units of all rows, as many units at a time as the vector takes.
template <class F>
INLINED void each_units(size_t rows, size_t units, const F& f) {
  widest([&](auto kind) INLINED_LAMBDA {
    constexpr size_t N = WIDTH<typename decltype(kind)::V>;
    for (size_t r = 0; r < rows; ++r) {
      size_t j = 0;
      for (; j + N <= units; j += N) f(kind, r, j);
      if (j < units) f(Eight{}, r, j);
    }
  });
}

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
  LstmStep step(size_t t, size_t first, size_t count) const {
    const size_t at = t * rows + first;
    return {count,
            units,
            gates + at * 4 * units,
            cells + at * units,
            starts + at,
            cells + (at + rows) * units,
            out + at * units};
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
      const LstmStep step = p.step(t, first, count);
      each_units(count, H, [&](auto kind, size_t r, size_t j) INLINED_LAMBDA {
        lstm_units<typename decltype(kind)::V>(step, r, j);
      });
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
  Floats scratch;
  size_t gathered = 0;  // rows whose outer products are still to be added
  const auto settle = [&]() INLINED_LAMBDA {
    layer_back({{sums.data(), 4 * H}, 4 * H, {joined.data(), width}, width, gathered}, p.layer.back, to,
               nullptr, scratch);
    gathered = 0;
  };
  for (size_t first = begin; first < end; first += LSTM_ROWS) {
    const size_t count = std::min(LSTM_ROWS, end - first);
    for (size_t t = p.steps; t-- > 0;) {
      const size_t at = t * p.rows + first;
      const LstmStep step = p.step(t, first, count);
      float* here = sums.data() + gathered * 4 * H;
      const LstmStepBack step_back{step,
                                   t + 1 < p.steps ? step.starts + p.rows : nullptr,
                                   back.out + at * H,
                                   back.hidden + first * H,
                                   back.cell + first * H,
                                   here};
      each_units(count, H, [&](auto kind, size_t r, size_t j) INLINED_LAMBDA {
        lstm_units_back<typename decltype(kind)::V>(step_back, r, j);
      });
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
