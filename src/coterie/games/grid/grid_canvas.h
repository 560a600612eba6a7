// The canvas maps are drawn on, the pen that draws, and the small values scenes are configured with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "fields.h"
#include "rng.h"

namespace coterie::grid {

// 0 is empty, 1 + i the object kind i, SPAWN + i the place where an agent of group i starts.
using Cell = uint8_t;
constexpr Cell EMPTY = 0, SPAWN = 224;
constexpr bool is_floor(Cell cell) { return cell == EMPTY || cell >= SPAWN; }

struct Canvas {
  int width = 0, height = 0;
  std::vector<Cell> cells;  // row by row

  void reset(int new_width, int new_height, Cell fill) {
    width = new_width;
    height = new_height;
    cells.assign(size_t(width) * size_t(height), fill);
  }
  int index(int row, int col) const { return row * width + col; }
  Cell& at(int row, int col) { return cells[size_t(index(row, col))]; }
  Cell at(int row, int col) const { return cells[size_t(index(row, col))]; }
};

namespace maps {

// A rectangle of the canvas. Those a scene names for its children carry a tag and the locks they are under.
struct Area {
  int row = 0, col = 0, height = 0, width = 0;
  int tag = 0;
  uint32_t locks = 0;

  int size() const { return height * width; }
  int bottom() const { return row + height; }  // first row below
  int right() const { return col + width; }    // first column to the right
  int middle_row() const { return row + height / 2; }
  int middle_col() const { return col + width / 2; }
  bool contains(int r, int c) const { return r >= row && r < bottom() && c >= col && c < right(); }

  Area inset(int rim) const { return part(rim, rim, height - 2 * rim, width - 2 * rim); }
  // The part that starts `down` and `across` from the top left corner, cut to what lies within.
  Area part(int down, int across, int part_height, int part_width) const {
    const int r0 = std::clamp(row + down, row, bottom()), c0 = std::clamp(col + across, col, right());
    const int r1 = std::clamp(row + down + std::max(0, part_height), r0, bottom());
    const int c1 = std::clamp(col + across + std::max(0, part_width), c0, right());
    return {r0, c0, r1 - r0, c1 - c0};
  }
  Area centred(int part_height, int part_width) const {
    const int h = std::clamp(part_height, 0, height), w = std::clamp(part_width, 0, width);
    return {row + (height - h) / 2, col + (width - w) / 2, h, w};
  }
};

// Whole numbers from low to high, both included.
struct Range {
  int low = 0, high = 0;

  static constexpr auto fields() {
    return std::tuple{field("low", &Range::low), field("high", &Range::high)};
  }
  int draw(Rng& rng) const { return high > low ? rng.between(low, high) : low; }
};

// How many, what share, or with what weight: so much of one cell.
struct Amount {
  Cell cell = EMPTY;
  double amount = 0;

  static constexpr auto fields() {
    return std::tuple{field("cell", &Amount::cell), field("amount", &Amount::amount)};
  }
};

// Storage that every map drawn on a thread shares, so that drawing allocates nothing once it is warm.
struct Scratch {
  std::vector<Area> areas;  // a stack: each scene pushes those it names, and they go when it is done
  std::vector<Area> parts;
  std::vector<int> order, picks;
  std::vector<uint8_t> marks, more_marks;
  std::vector<Cell> copy;
  std::vector<int> parents, weights, distance, back;
  std::vector<std::vector<int>> buckets;
  struct Run { int row, start, end; };
  std::vector<Run> runs;
  struct Edge { int a, b; };
  std::vector<Edge> edges;
};

inline Scratch& scratch_of_thread() {
  static thread_local Scratch scratch;
  return scratch;
}

struct Pen {
  Canvas& canvas;
  Scratch& scratch;
  Cell wall;
  Rng rng;

  void fill(const Area& area, Cell cell) {
    for (int r = area.row; r < area.bottom(); ++r)
      std::fill_n(canvas.cells.begin() + canvas.index(r, area.col), area.width, cell);
  }

  void outline(const Area& area, Cell cell) {
    fill(area.part(0, 0, 1, area.width), cell);
    fill(area.part(area.height - 1, 0, 1, area.width), cell);
    fill(area.part(0, 0, area.height, 1), cell);
    fill(area.part(0, area.width - 1, area.height, 1), cell);
  }

  void set_within(const Area& area, int row, int col, Cell cell) {
    if (area.contains(row, col)) canvas.at(row, col) = cell;
  }

  // The empty cells of an area: the first so many of scratch.order.
  size_t find_empty(const Area& area) {
    auto& order = scratch.order;
    if (order.size() < size_t(area.size())) order.resize(size_t(area.size()));
    size_t found = 0;
    for (int r = area.row; r < area.bottom(); ++r) {
      const int from = canvas.index(r, area.col);
      for (int i = from; i < from + area.width; ++i) {
        order[found] = i;
        found += canvas.cells[size_t(i)] == EMPTY;
      }
    }
    return found;
  }

  // So many of each cell on random empty cells of the area, in order, while there is room.
  void scatter(const Area& area, const std::vector<Amount>& amounts) {
    size_t left = find_empty(area);
    auto& order = scratch.order;
    for (const auto& [cell, amount] : amounts) {
      for (int i = 0; i < int(amount) && left > 0; ++i) {
        const size_t pick = rng.below(uint32_t(left));
        canvas.cells[size_t(order[pick])] = cell;
        order[pick] = order[--left];
      }
    }
  }

  // The wanted place if it is empty, else a random empty one of the area.
  void put_near(const Area& area, int row, int col, Cell cell) {
    if (area.contains(row, col) && canvas.at(row, col) == EMPTY) {
      canvas.at(row, col) = cell;
    } else if (const size_t free = find_empty(area); free > 0) {
      canvas.cells[size_t(scratch.order[rng.below(uint32_t(free))])] = cell;
    }
  }

  bool is_all_empty(const Area& area) const {
    for (int r = area.row; r < area.bottom(); ++r)
      for (int c = area.col; c < area.right(); ++c)
        if (canvas.at(r, c) != EMPTY) return false;
    return true;
  }

  void name_area(Area area, int tag) {
    area.tag = tag;
    if (area.size() > 0) scratch.areas.push_back(area);
  }
};

// The index of a weighted choice, or -1 if no weight is above 0.
template <class Items, class Weight>
int choose_weighted(Rng& rng, const Items& items, Weight weight) {
  double total = 0;
  for (const auto& item : items) total += std::max(0.0, double(weight(item)));
  if (!(total > 0)) return -1;
  double left = rng.unit() * total;
  int last = -1;
  for (size_t i = 0; i < items.size(); ++i) {
    const double own = std::max(0.0, double(weight(items[i])));
    if (own > 0) last = int(i);
    if ((left -= own) < 0) return int(i);
  }
  return last;  // rounding left a crumb
}

// Twelve uniforms add up to mean 6 and variance 1: a bell that is the same on every machine (no libm).
inline double draw_normal(Rng& rng) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += rng.unit();
  return sum;
}

inline int find_root(std::vector<int>& parents, int i) {
  while (parents[size_t(i)] != i) i = parents[size_t(i)] = parents[size_t(parents[size_t(i)])];
  return i;
}

}  // namespace maps
}  // namespace coterie::grid
