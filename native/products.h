// Products of tiles of rows with a matrix of some hundred columns, and sums of outer products: in float32, or
// in bfloat16 added up in float32. Each sum runs over its terms in order, whatever stands beside it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "dense.h"
#include "floats.h"
#include "reach.h"

namespace coterie {

constexpr size_t PANEL = 16;                           // columns that stand together
constexpr size_t TILE_ROWS = 48, TILE_ROWS_BACK = 96;  // rows at a time, there and back

inline size_t in_panels(size_t columns) { return (columns + PANEL - 1) / PANEL * PANEL; }

// A matrix [depth, columns] in panels of columns, each [places, PANEL]; columns beyond are 0.
struct Panels {
  size_t depth = 0, columns = 0;
  Form form = Form::FLOATS;
  Floats data;

  size_t places() const { return coterie::places(form, depth); }
  const float* panel(size_t column) const { return data.data() + column * places(); }

  // Of `matrix` [depth, columns].
  static Panels of(const float* matrix, size_t depth, size_t columns, Form form) {
    return make(depth, columns, form, [=](size_t i, size_t c) { return matrix[i * columns + c]; });
  }
  // Of its transpose, `matrix` [columns, depth].
  static Panels of_transposed(const float* matrix, size_t depth, size_t columns, Form form) {
    return make(depth, columns, form, [=](size_t i, size_t c) { return matrix[c * depth + i]; });
  }

 private:
  template <class At>
  static Panels make(size_t depth, size_t columns, Form form, const At& at) {
    const size_t places = coterie::places(form, depth);
    Panels panels{depth, columns, form, Floats(in_panels(columns) * places)};
    float* to = panels.data.data();
    for (size_t column = 0; column < columns; column += PANEL) {
      const size_t room = std::min(PANEL, columns - column);
      for (size_t i = 0; i < places; ++i, to += PANEL) {
        for (size_t c = 0; c < room; ++c)
          to[c] = form == Form::FLOATS ? at(i, column + c)
                  : form == Form::ROUNDED
                      ? rounded(at(i, column + c))
                      : pair_of(at(2 * i, column + c), 2 * i + 1 < depth ? at(2 * i + 1, column + c) : 0.f);
        std::fill(to + room, to + PANEL, 0.f);
      }
    }
    return panels;
  }
};

struct Rows {
  const float* data;
  size_t stride;
  Rows from(size_t row) const { return {data + row * stride, stride}; }
  float at(size_t row, size_t i) const { return data[row * stride + i]; }
};
struct Tile {
  Rows rows;
  size_t count;
};
struct Sink {
  float* data;
  size_t stride, columns;  // what would stand beyond the columns is not written
  Sink from(size_t row) const { return {data + row * stride, stride, columns}; }
};

// A matrix from a column on; `bias` has whole panels, or is null.
struct Columns {
  const Panels& w;
  const float* bias;
  size_t first;
  template <class V>
  INLINED V offset(size_t i) const {
    return bias ? load<V>(bias + first + i) : V{};
  }
};

// R rows of as many columns as two vectors take; what `x` has `at` a row and a place of it.
template <class V, class Sum, size_t R, Activation KIND, class Source>
INLINED void strip(const Source& x, const Columns& by, const Sink& out) {
  constexpr size_t N = WIDTH<V>;
  const float* left = by.w.panel(by.first);
  const float* right = N < PANEL ? left + N : by.w.panel(by.first + PANEL);
  V sum[R][2];
  const V one = by.offset<V>(0), other = by.offset<V>(N);
  for (size_t r = 0; r < R; ++r) sum[r][0] = one, sum[r][1] = other;
  const size_t depth = by.w.places();
  for (size_t i = 0; i < depth; ++i, left += PANEL, right += PANEL) {
    const V a = load<V>(left), b = load<V>(right);
    for (size_t r = 0; r < R; ++r) {
      const float value = x.at(r, i);
      Sum::add(sum[r][0], value, a);
      Sum::add(sum[r][1], value, b);
    }
  }
  const size_t room = std::min(2 * N, out.columns - by.first);
  for (size_t r = 0; r < R; ++r) {
    float* to = out.data + r * out.stride + by.first;
    if (room == 2 * N) {
      store(to, activated<KIND>(sum[r][0]));
      store(to + N, activated<KIND>(sum[r][1]));
    } else {
      float all[2 * N];
      store(all, activated<KIND>(sum[r][0]));
      store(all + N, activated<KIND>(sum[r][1]));
      std::memcpy(to, all, room * sizeof(float));
    }
  }
}

template <class V, class Sum, size_t STRIP, Activation KIND, class Source>
INLINED void strips(const Source& x, const Columns& by, size_t rows, const Sink& out) {
  size_t r = 0;
  for (; r + STRIP <= rows; r += STRIP) strip<V, Sum, STRIP, KIND>(x.from(r), by, out.from(r));
  for (; r + 2 <= rows; r += 2) strip<V, Sum, 2, KIND>(x.from(r), by, out.from(r));
  if (r < rows) strip<V, Sum, 1, KIND>(x.from(r), by, out.from(r));
}

template <class Kind, class Sum, Activation KIND, class Source>
INLINED void all_strips(const Source& x, Columns by, size_t rows, const Sink& out) {
  constexpr size_t TWO = 2 * WIDTH<typename Kind::V>;
  for (; by.first + TWO <= in_panels(by.w.columns); by.first += TWO)
    strips<typename Kind::V, Sum, Kind::STRIP, KIND>(x, by, rows, out);
  if (by.first < by.w.columns) strips<Lanes, Sum, Kind::STRIP, KIND>(x, by, rows, out);
}

// Rows as products in such a form read them, [rows, places].
template <class V, class Source>
INLINED void put(const Source& x, size_t rows, size_t depth, Form form, float* to) {
  constexpr size_t N = WIDTH<V>;
  const size_t stride = places(form, depth);
  const auto some = [&](size_t r, size_t i, size_t count) INLINED_LAMBDA {
    float all[N] = {};
    for (size_t k = 0; k < count; ++k) all[k] = x.at(r, i + k);
    const auto bits = rounded_bits((WordsOf<V>)load<V>(all));
    float* at = to + r * stride + places(form, i);
    if (form == Form::PAIRS) {
      const auto halves = __builtin_convertvector(bits >> 16, HalvesOf<V>);
      std::memcpy(at, &halves, places(form, count) * sizeof(float));
    } else {
      std::memcpy(at, &bits, count * sizeof(float));
    }
  };
  for (size_t r = 0; r < rows; ++r) {
    size_t i = 0;
    for (; i + N <= depth; i += N) some(r, i, N);
    if (i < depth) some(r, i, depth - i);
  }
}

// Where a thread keeps the rows of the product it is at.
inline float* rounding_room(size_t size) {
  static thread_local Floats room;
  return room.room(size);
}

// out [rows, columns] = activation(x [rows, depth] · w + bias); `bias` has whole panels, or is null.
template <Activation KIND, class Source>
INLINED void product(const Source& x, const Panels& w, const float* bias, size_t rows, const Sink& out) {
  if (w.form == Form::FLOATS)
    return widest([&](auto kind) INLINED_LAMBDA {
      all_strips<decltype(kind), OfFloats, KIND>(x, {w, bias, 0}, rows, out);
    });
  float* here = rounding_room(rows * w.places());
  const Rows told{here, w.places()};
  if (w.form == Form::ROUNDED)
    return widest([&](auto kind) INLINED_LAMBDA {
      put<typename decltype(kind)::V>(x, rows, w.depth, w.form, here);
      all_strips<decltype(kind), OfFloats, KIND>(told, {w, bias, 0}, rows, out);
    });
#ifdef HAS_WIDE
  on_wide([&](auto kind) INLINED_LAMBDA {
    put<typename decltype(kind)::V>(x, rows, w.depth, w.form, here);
    all_strips<decltype(kind), OfPairs, KIND>(told, {w, bias, 0}, rows, out);
  });
#endif
}

// Two sides of a sum of outer products over some rows: g [rows, N] and x [rows, K].
struct Sides {
  Rows g;
  size_t N;
  Rows x;
  size_t K, rows;
};

// Adds gᵀ x to the first rows of `to`, which has room for so many columns; g [places, STRIP], x [places, two
// vectors].
template <class Kind, class Sum>
INLINED void add_outer(const float* g, const float* x, size_t places, size_t count, const Sink& to) {
  using V = Kind::V;
  constexpr size_t STRIP = Kind::STRIP, N = WIDTH<V>;
  for (size_t r = 0; r < std::min(STRIP, count); ++r) __builtin_prefetch(to.data + r * to.stride, 1);
  V sum[STRIP][2] = {};
  for (size_t place = 0; place < places; ++place, g += STRIP, x += 2 * N) {
    const V one = load<V>(x), other = load<V>(x + N);
    for (size_t r = 0; r < STRIP; ++r) {
      Sum::add(sum[r][0], g[r], one);
      Sum::add(sum[r][1], g[r], other);
    }
  }
  for (size_t r = 0; r < STRIP; ++r) {
    if (r >= count) break;
    float* at = to.data + r * to.stride;
    if (to.columns == 2 * N) {
      store(at, load<V>(at) + sum[r][0]);
      store(at + N, load<V>(at + N) + sum[r][1]);
    } else {
      float all[2 * N];
      store(all, sum[r][0]);
      store(all + N, sum[r][1]);
      for (size_t i = 0; i < to.columns; ++i) at[i] += all[i];
    }
  }
}

// The columns of a side, so many at a time, each part [places, COLUMNS] without gaps; beyond are zeros.
template <size_t COLUMNS>
INLINED void pack(const Rows& side, size_t rows, size_t columns, Form form, float* to) {
  static constexpr float NOTHING[COLUMNS] = {};
  const size_t step = form == Form::PAIRS ? 2 : 1;
  for (size_t c = 0; c < columns; c += COLUMNS)
    for (size_t row = 0; row < rows; row += step, to += COLUMNS) {
      const float *one = side.data + row * side.stride + c,
                  *other = row + step - 1 < rows ? one + (step - 1) * side.stride : NOTHING;
      float ends[2][COLUMNS];
      if (columns - c < COLUMNS) {
        std::memset(ends, 0, sizeof ends);
        std::copy_n(one, columns - c, ends[0]);
        if (other != NOTHING) std::copy_n(other, columns - c, ends[1]);
        one = ends[0], other = ends[1];
      }
      if (form == Form::FLOATS) {
        std::memcpy(to, one, COLUMNS * sizeof(float));
      } else if (form == Form::ROUNDED) {
        for (size_t i = 0; i < COLUMNS; ++i) to[i] = rounded(one[i]);
      } else {
        for (size_t i = 0; i < COLUMNS; ++i) to[i] = pair_of(one[i], other[i]);
      }
    }
}

template <class Kind, class Sum>
INLINED void all_outers(const Sides& s, Form form, float* to, Floats& scratch) {
  constexpr size_t COLUMNS = 2 * WIDTH<typename Kind::V>, STRIP = Kind::STRIP;
  const size_t strips = (s.N + STRIP - 1) / STRIP * STRIP;
  float *x = scratch.room(TILE_ROWS_BACK * (COLUMNS + strips)), *g = x + TILE_ROWS_BACK * COLUMNS;
  for (size_t first = 0; first < s.rows; first += TILE_ROWS_BACK) {
    const size_t rows = std::min(TILE_ROWS_BACK, s.rows - first), places = coterie::places(form, rows);
    pack<STRIP>(s.g.from(first), rows, s.N, form, g);
    for (size_t k = 0; k < s.K; k += COLUMNS) {
      const size_t room = std::min(COLUMNS, s.K - k);
      pack<COLUMNS>({s.x.data + first * s.x.stride + k, s.x.stride}, rows, room, form, x);
      for (size_t n = 0; n < s.N; n += STRIP)
        add_outer<Kind, Sum>(g + n * places, x, places, s.N - n, {to + n * s.K + k, s.K, room});
    }
  }
}

// to [N, K] += gᵀ · x, so many rows at a time that a strip and a panel stay in the nearest memory.
INLINED void add_outers(const Sides& s, Form form, float* to, Floats& scratch) {
#ifdef HAS_WIDE
  if (form == Form::PAIRS)
    return on_wide([&](auto kind)
                       INLINED_LAMBDA { all_outers<decltype(kind), OfPairs>(s, form, to, scratch); });
#endif
  widest([&](auto kind) INLINED_LAMBDA { all_outers<decltype(kind), OfFloats>(s, form, to, scratch); });
}

}  // namespace coterie
