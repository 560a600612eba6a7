// Memory that runs through an episode: what an LSTM and a MinGRU do beside their matrix products.
// T steps, R rows, H units
// (a multiple of LANES); a row's memory is zeroed before every step at which an episode of it starts.
#pragma once

#include <cstddef>

#include "lanes.h"

namespace coterie {

// One step of an LSTM (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000; torch's order
// of gates). `Real` is the type of what matrix products read and write; the cell is always float.
template <class Real>
struct LstmStep {
  size_t rows, units;
  Real* gates;            // [R, 4H] in: sums of the input, forget, candidate, output gate; out: activated
  const float* cell;      // [R, H] before the step
  const uint8_t* starts;  // [R] of this step
  const uint8_t* starts_next;  // [R] of the next step, null after the last
  float* new_cell;             // [R, H]
  Real* hidden;                // [R, H]
  Real* next_hidden;           // [R, H] what the next step sees of it: zero where an episode starts; or null
};

template <class Real>
INLINED void lstm_row(const LstmStep<Real>& s, size_t r) {
  const size_t units = s.units;
  Real* gate = s.gates + r * 4 * units;
  const float* cell = s.cell + r * units;
  float* new_cell = s.new_cell + r * units;
  Real* hidden = s.hidden + r * units;
  const float keep = s.starts[r] ? 0.f : 1.f;
  for (size_t j = 0; j < units; j += LANES, gate += LANES) {
    const Lanes i = sigmoid(load(gate)), f = sigmoid(load(gate + units));
    const Lanes g = hyperbolic_tangent(load(gate + 2 * units)), o = sigmoid(load(gate + 3 * units));
    const Lanes c = f * (keep * load(cell + j)) + i * g;
    store(gate, i), store(gate + units, f), store(gate + 2 * units, g), store(gate + 3 * units, o);
    store(new_cell + j, c);
    store(hidden + j, o * hyperbolic_tangent(c));
  }
  if (!s.next_hidden) return;
  Real* next = s.next_hidden + r * units;
  if (s.starts_next && s.starts_next[r]) std::memset(next, 0, units * sizeof(Real));
  else std::memcpy(next, hidden, units * sizeof(Real));
}

CLONED inline void lstm_step(const LstmStep<Half>& s) {
  for (size_t r = 0; r < s.rows; ++r) lstm_row(s, r);
}

// Its gradient. The gradient of the sums goes to `sums`; `hidden_carry` and `cell_carry` come from the next
// step and count where no episode starts at it.
template <class Real>
struct LstmStepBackward {
  size_t rows, units;
  const Real* gates;           // [R, 4H] activated
  const float* cell;           // [R, H] before the step
  const float* new_cell;       // [R, H]
  const uint8_t* starts;       // [R] of this step
  const uint8_t* starts_next;  // [R] of the next step, null after the last
  const Real* out;             // [R, H] gradient of what the step gave
  const Real* hidden_carry;    // [R, H]
  float* cell_carry;           // [R, H] in: from the next step; out: for the one before
  Real* sums;                  // [R, 4H]
};

template <class Real>
INLINED void lstm_row_backward(const LstmStepBackward<Real>& s, size_t r) {
  const size_t units = s.units;
  const Real* gate = s.gates + r * 4 * units;
  Real* sum = s.sums + r * 4 * units;
  const float keep = s.starts[r] ? 0.f : 1.f;
  const float is_carried = s.starts_next && s.starts_next[r] ? 0.f : 1.f;
  for (size_t j = 0; j < units; j += LANES, gate += LANES, sum += LANES) {
    const size_t at = r * units + j;
    const Lanes i = load(gate), f = load(gate + units), g = load(gate + 2 * units),
                o = load(gate + 3 * units);
    const Lanes t = hyperbolic_tangent(load(s.new_cell + at));
    const Lanes dh = load(s.out + at) + is_carried * load(s.hidden_carry + at);
    const Lanes dc = is_carried * load(s.cell_carry + at) + dh * o * (1.f - t * t);
    store(sum, dc * g * i * (1.f - i));
    store(sum + units, dc * (keep * load(s.cell + at)) * f * (1.f - f));
    store(sum + 2 * units, dc * i * (1.f - g * g));
    store(sum + 3 * units, dh * t * o * (1.f - o));
    store(s.cell_carry + at, dc * f);
  }
}

CLONED inline void lstm_step_backward(const LstmStepBackward<Half>& s) {
  for (size_t r = 0; r < s.rows; ++r) lstm_row_backward(s, r);
}

// All steps of a MinGRU layer (Feng et al. 2024, "Were RNNs all we needed?") with a highway around it:
//   z = sigmoid(gate), g = candidate + 0.5 where it is positive, else sigmoid(candidate)
//   h = (1 - z) h' + z g,  out = s h + (1 - s) x with s = sigmoid(way)
struct MinGru {
  size_t steps, rows, units;
  const float* sums;      // [T, R, 3H]: candidate, gate, way
  const float* input;     // [T, R, H]
  const uint8_t* starts;  // [T, R]
  const float* memory;    // [R, H] before the first step
  float* hidden;          // [T, R, H]
  float* out;             // [T, R, H]
};

INLINED Lanes candidate_of(const Lanes& x) { return x >= Lanes{} ? x + 0.5f : sigmoid(x); }

CLONED inline void min_gru(const MinGru& m) {
  const size_t units = m.units;
  for (size_t row = 0; row < m.steps * m.rows; ++row) {
    const float* sum = m.sums + row * 3 * units;
    const float* last = row < m.rows ? m.memory + row * units : m.hidden + (row - m.rows) * units;
    const float keep = m.starts[row] ? 0.f : 1.f;
    for (size_t j = 0; j < units; j += LANES) {
      const Lanes z = sigmoid(load(sum + units + j)), s = sigmoid(load(sum + 2 * units + j));
      const Lanes h = (1.f - z) * (keep * load(last + j)) + z * candidate_of(load(sum + j));
      store(m.hidden + row * units + j, h);
      store(m.out + row * units + j, s * h + (1.f - s) * load(m.input + row * units + j));
    }
  }
}

struct MinGruBackward {
  MinGru forward;
  const float* out;  // [T, R, H] gradient of what it gave
  float* carry;      // [R, H] in: gradient of the last hidden; out: of the memory
  float* sums;       // [T, R, 3H]
  float* input;      // [T, R, H]
};

CLONED inline void min_gru_backward(const MinGruBackward& b) {
  const MinGru& m = b.forward;
  const size_t units = m.units;
  for (size_t row = m.steps * m.rows; row-- > 0;) {
    const float* sum = m.sums + row * 3 * units;
    const float* last = row < m.rows ? m.memory + row * units : m.hidden + (row - m.rows) * units;
    float* carry = b.carry + row % m.rows * units;
    float* to = b.sums + row * 3 * units;
    const float keep = m.starts[row] ? 0.f : 1.f;
    for (size_t j = 0; j < units; j += LANES) {
      const size_t at = row * units + j;
      const Lanes candidate = load(sum + j), out = load(b.out + at);
      const Lanes z = sigmoid(load(sum + units + j)), s = sigmoid(load(sum + 2 * units + j));
      const Lanes g = candidate_of(candidate), dh = out * s + load(carry + j);
      store(to + j, dh * z * (candidate >= Lanes{} ? Lanes{} + 1.f : g * (1.f - g)));
      store(to + units + j, dh * (g - keep * load(last + j)) * z * (1.f - z));
      store(to + 2 * units + j, out * (load(m.hidden + at) - load(m.input + at)) * s * (1.f - s));
      store(b.input + at, out * (1.f - s));
      store(carry + j, keep * dh * (1.f - z));
    }
  }
}

}  // namespace coterie
