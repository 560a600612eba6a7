// What a MinGRU does beside its matrix products. T steps, R rows, H units (a multiple of LANES); a row's
// memory is zeroed before every step at which an episode of it starts.
#pragma once

#include <cstddef>

#include "lanes.h"

namespace coterie {

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
