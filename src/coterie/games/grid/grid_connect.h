// Connecting: tunnels, so that all floor can be walked to from everywhere; and fair ways to the corners.
#pragma once

#include <array>

#include "grid_canvas.h"

namespace coterie::grid::maps {

// What a step into each cell costs, with a rim of one that cannot be entered: a price, or 0 = never.
struct Ground {
  std::vector<uint8_t>& price;
  const Area area;
  int stride;

  Ground(Pen& pen, const Area& area, int floor_price, int wall_price)
      : price(pen.scratch.marks), area(area), stride(area.width + 2) {
    price.assign(size_t(stride) * size_t(area.height + 2), 0);
    for (int r = 0; r < area.height; ++r) {
      const Cell* cells = pen.canvas.cells.data() + pen.canvas.index(area.row + r, area.col);
      uint8_t* out = price.data() + (r + 1) * stride + 1;
      for (int c = 0; c < area.width; ++c)
        out[c] = is_floor(cells[c]) ? uint8_t(floor_price) : cells[c] == pen.wall ? uint8_t(wall_price) : 0;
    }
  }
  int index(int row, int col) const { return (row - area.row + 1) * stride + col - area.col + 1; }
  std::array<int, 4> steps() const { return {-stride, stride, -1, 1}; }
  Cell& cell(Pen& pen, int i) const {
    return pen.canvas.at(area.row + i / stride - 1, area.col + i % stride - 1);
  }
};

// Regions of floor, found by joining the runs of each row with those above; a region's root run names it.
struct Regions {
  std::vector<Scratch::Run>& runs;
  std::vector<int>&parents, &sizes;
  int count = 0, largest = -1;

  Regions(Pen& pen, const Area& area)
      : runs(pen.scratch.runs), parents(pen.scratch.parents), sizes(pen.scratch.weights) {
    runs.clear();
    parents.clear();
    size_t above = 0, above_end = 0;
    for (int r = area.row; r < area.bottom(); ++r) {
      const size_t first = runs.size();
      find_runs(pen, area, r);
      for (size_t i = first; i < runs.size(); ++i) parents.push_back(int(i));
      for (size_t i = first, j = above; i < runs.size() && j < above_end;) {
        if (runs[j].start < runs[i].end && runs[i].start < runs[j].end)
          parents[size_t(find_root(parents, int(i)))] = find_root(parents, int(j));
        if (runs[j].end < runs[i].end) ++j;
        else ++i;
      }
      above = first;
      above_end = runs.size();
    }
    measure();
  }

 private:
  void find_runs(Pen& pen, const Area& area, int r) {
    const Cell* cells = pen.canvas.cells.data() + pen.canvas.index(r, 0);
    for (int c = area.col; c < area.right();) {
      while (c < area.right() && !is_floor(cells[c])) ++c;
      const int start = c;
      while (c < area.right() && is_floor(cells[c])) ++c;
      if (c > start) runs.push_back({r, start, c});
    }
  }

  void measure() {
    sizes.assign(runs.size(), 0);
    for (size_t i = 0; i < runs.size(); ++i)
      sizes[size_t(find_root(parents, int(i)))] += runs[i].end - runs[i].start;
    for (size_t i = 0; i < runs.size(); ++i) {
      if (sizes[i] == 0) continue;
      ++count;
      if (largest < 0 || sizes[i] > sizes[size_t(largest)]) largest = int(i);
    }
  }
};

// Joins every region to the largest by its cheapest tunnel: Dijkstra from the largest with a bucket per price
// (Dial 1969), dug backwards from the first cell reached of each region. Regions shut in by objects stay.
struct Tunnels {
  Pen& pen;
  Regions regions;
  Ground ground;
  size_t wheel;  // as many buckets as there are prices within one step
  std::vector<int>&label, &distance, &back;
  std::vector<std::vector<int>>& buckets;

  Tunnels(Pen& pen, const Area& area, int floor_price, int wall_price)
      : pen(pen), regions(pen, area), ground(pen, area, floor_price, wall_price),
        wheel(size_t(std::max(floor_price, wall_price)) + 1),
        label(pen.scratch.picks), distance(pen.scratch.distance), back(pen.scratch.back),
        buckets(pen.scratch.buckets) {}

  void dig() {
    if (regions.count < 2) return;
    const size_t cells = ground.price.size();
    label.assign(cells, -1);
    distance.assign(cells, INT32_MAX);
    if (back.size() < cells) back.resize(cells);
    if (buckets.size() < wheel) buckets.resize(wheel);
    for (auto& bucket : buckets) bucket.clear();
    mark_regions();
    int to_join = regions.count - 1, empty_in_a_row = 0;
    for (int price = 0; to_join > 0 && empty_in_a_row <= int(wheel); ++price) {
      auto& bucket = buckets[size_t(price) % wheel];
      empty_in_a_row = bucket.empty() ? empty_in_a_row + 1 : 0;
      for (size_t k = 0; k < bucket.size(); ++k) {  // no price is 0, so none is added here
        const int at = bucket[k];
        if (distance[size_t(at)] != price) continue;
        if (const int own = label[size_t(at)]; own >= 0 && regions.sizes[size_t(own)] > 0) {
          regions.sizes[size_t(own)] = 0;
          --to_join;
          dig_back(at);
        }
        step_from(at, price);
      }
      bucket.clear();
    }
  }

 private:
  void mark_regions() {
    for (size_t i = 0; i < regions.runs.size(); ++i) {
      const auto& run = regions.runs[i];
      const int own = find_root(regions.parents, int(i)), from = ground.index(run.row, run.start);
      const int to = from + run.end - run.start;
      if (own == regions.largest) std::fill(distance.begin() + from, distance.begin() + to, 0);
      else std::fill(label.begin() + from, label.begin() + to, own);
    }
    for (size_t i = 0; i < regions.runs.size(); ++i) {
      const auto& run = regions.runs[i];
      if (find_root(regions.parents, int(i)) != regions.largest) continue;
      const int from = ground.index(run.row, run.start);
      for (int at = from; at < from + run.end - run.start; ++at) step_from(at, 0);
    }
  }

  void step_from(int at, int price) {
    for (const int step : ground.steps()) {
      const int next = at + step, own = ground.price[size_t(next)];
      if (own == 0 || price + own >= distance[size_t(next)]) continue;
      distance[size_t(next)] = price + own;
      back[size_t(next)] = at;
      buckets[size_t(price + own) % wheel].push_back(next);
    }
  }

  void dig_back(int at) {
    for (; distance[size_t(at)] > 0; at = back[size_t(at)])
      if (Cell& cell = ground.cell(pen, at); cell == pen.wall) cell = EMPTY;
  }
};

inline void connect(Pen& pen, const Area& area, int floor_price = 1, int wall_price = 10) {
  if (area.size() > 0) Tunnels(pen, area, floor_price, wall_price).dig();
}

// Shortcuts through thin walls, until the ways from the centre to the four corners are about equally long.
struct CornerBalance {
  Pen& pen;
  const Area& area;
  static constexpr int thickest = 3;  // of a wall that a shortcut pierces

  void dig(double tolerance, int most) {
    for (int i = 0; i < most; ++i) {
      Ground ground(pen, area, 1, 0);
      auto &from_centre = pen.scratch.distance, &from_corner = pen.scratch.back;
      const int centre = nearest_floor(ground, area.middle_row(), area.middle_col());
      if (centre < 0) return;
      walk(ground, centre, from_centre);
      int nearest = INT32_MAX, farthest = -1, target = -1;
      for (int corner = 0; corner < 4; ++corner) {
        const int at = nearest_floor(ground, corner / 2 ? area.bottom() - 1 : area.row,
                                     corner % 2 ? area.right() - 1 : area.col);
        const int far = from_centre[size_t(at)];
        nearest = std::min(nearest, far);
        if (far > farthest) farthest = far, target = at;
      }
      if (farthest <= tolerance * std::max(1, nearest) || farthest == INT32_MAX) return;
      walk(ground, target, from_corner);
      if (!pierce(ground, farthest)) cut_through(ground, target);
    }
  }

 private:
  int nearest_floor(const Ground& ground, int row, int col) const {
    int best = -1, least = INT32_MAX;
    for (int r = area.row; r < area.bottom(); ++r)
      for (int c = area.col; c < area.right(); ++c) {
        const int away = std::abs(r - row) + std::abs(c - col);
        if (away < least && ground.price[size_t(ground.index(r, c))]) least = away, best = ground.index(r, c);
      }
    return best;
  }

  void walk(const Ground& ground, int start, std::vector<int>& distance) {
    distance.assign(ground.price.size(), INT32_MAX);
    auto& queue = pen.scratch.order;
    queue.assign(1, start);
    distance[size_t(start)] = 0;
    for (size_t k = 0; k < queue.size(); ++k)
      for (const int step : ground.steps()) {
        const int next = queue[k] + step;
        if (!ground.price[size_t(next)] || distance[size_t(next)] != INT32_MAX) continue;
        distance[size_t(next)] = distance[size_t(queue[k])] + 1;
        queue.push_back(next);
      }
  }

  // The straight hole that shortens the way the most; false if none does.
  bool pierce(const Ground& ground, int present) {
    int best = present, best_at = -1, best_step = 0, best_length = 0;
    for (int at = 0; at < int(ground.price.size()); ++at) {
      if (pen.scratch.distance[size_t(at)] == INT32_MAX) continue;
      for (const int step : ground.steps()) {
        int length = 0, next = at + step;
        while (length < thickest && is_wall(ground, next)) ++length, next += step;
        if (length == 0 || pen.scratch.back[size_t(next)] == INT32_MAX) continue;
        const int way = pen.scratch.distance[size_t(at)] + length + 1 + pen.scratch.back[size_t(next)];
        if (way < best) best = way, best_at = at, best_step = step, best_length = length;
      }
    }
    for (int i = 1; i <= best_length; ++i) ground.cell(pen, best_at + i * best_step) = EMPTY;
    return best_length > 0;
  }

  // Where no single hole helps: straight from the corner towards the centre, by turns along both axes.
  void cut_through(const Ground& ground, int from) {
    int r = area.row + from / ground.stride - 1, c = area.col + from % ground.stride - 1;
    while (r != area.middle_row() || c != area.middle_col()) {
      const int down = area.middle_row() - r, across = area.middle_col() - c;
      if (std::abs(down) > std::abs(across)) r += down > 0 ? 1 : -1;
      else c += across > 0 ? 1 : -1;
      Cell& cell = pen.canvas.at(r, c);
      if (cell == pen.wall) cell = EMPTY;
      else if (!is_floor(cell)) return;
    }
  }

  bool is_wall(const Ground& ground, int i) const {
    const int r = i / ground.stride - 1, c = i % ground.stride - 1;
    return area.contains(area.row + r, area.col + c) && pen.canvas.at(area.row + r, area.col + c) == pen.wall;
  }
};

struct ConnectScene {
  static constexpr const char* kind = "make_connected";
  int floor_cost = 1, wall_cost = 10;
  double corner_tolerance = 0;  // 0: corners are left as they are
  int max_shortcuts = 10;

  static constexpr auto fields() {
    return std::tuple{field("floor_cost", &ConnectScene::floor_cost),
                      field("wall_cost", &ConnectScene::wall_cost),
                      field("corner_tolerance", &ConnectScene::corner_tolerance),
                      field("max_shortcuts", &ConnectScene::max_shortcuts)};
  }

  void draw(Pen& pen, const Area& area) const {
    connect(pen, area, floor_cost, wall_cost);
    if (corner_tolerance > 0) CornerBalance{pen, area}.dig(corner_tolerance, max_shortcuts);
  }
};

}  // namespace coterie::grid::maps
