// Places with buildings: the team's hub, buildings over the land, a room with buildings along its walls.
#pragma once

#include <array>

#include "grid_connect.h"

namespace coterie::grid::maps {

// A walled compound in the middle of its area, drawn 15 wide here (x: corner extractors, s: stations):
//
//   #####.....#####
//   #.............#
//   #.x.........x.#
//   ...............
//   .......j.......   the junction three above the hub, the chest three below, the stations five below
//   .......@.......
//   ......@h@......   gates five wide in the middle of each side
struct HubScene {
  static constexpr const char* kind = "base_hub";
  int width = 21, height = 21, clearance = 3, pads = 0;
  Cell hub = EMPTY, junction = EMPTY, chest = EMPTY, pad = SPAWN;
  std::vector<Cell> stations, corners;  // corners: top left, top right, bottom left, bottom right

  static constexpr auto fields() {
    return std::tuple{field("width", &HubScene::width), field("height", &HubScene::height),
                      field("clearance", &HubScene::clearance), field("pads", &HubScene::pads),
                      field("hub", &HubScene::hub), field("junction", &HubScene::junction),
                      field("chest", &HubScene::chest), field("pad", &HubScene::pad),
                      field("stations", &HubScene::stations), field("corners", &HubScene::corners)};
  }

  void draw(Pen& pen, const Area& area) const {
    const Area block = area.centred(height, width);
    const Area cleared = area.part(block.row - area.row - clearance, block.col - area.col - clearance,
                                   block.height + 2 * clearance, block.width + 2 * clearance);
    const int row = block.middle_row(), col = block.middle_col();
    pen.fill(cleared, EMPTY);
    pen.outline(block, pen.wall);
    pen.fill(block.part(0, block.width / 2 - 2, block.height, 5), EMPTY);
    pen.fill(block.part(block.height / 2 - 2, 0, 5, block.width), EMPTY);
    place(pen, block, row, col, hub);
    place(pen, block, row - 3, col, junction);
    place(pen, block, row + 3, col, chest);
    for (int i = 0; i < int(stations.size()); ++i)
      place(pen, block, row + 5, col + 2 * i + 1 - int(stations.size()), stations[size_t(i)]);
    for (int i = 0; i < int(corners.size()) && i < 4; ++i)
      place(pen, block, i / 2 ? block.bottom() - 3 : block.row + 2, i % 2 ? block.right() - 3 : block.col + 2,
            corners[size_t(i)]);
    place_pads(pen, area, row, col);
  }

 private:
  static void place(Pen& pen, const Area& block, int row, int col, Cell cell) {
    if (cell != EMPTY) pen.set_within(block, row, col, cell);
  }

  void place_pads(Pen& pen, const Area& area, int row, int col) const {
    int left = pads;
    auto try_at = [&](int r, int c) {
      if (left == 0 || !area.contains(r, c) || pen.canvas.at(r, c) != EMPTY) return;
      pen.canvas.at(r, c) = pad;
      --left;
    };
    try_at(row - 2, col), try_at(row, col + 2), try_at(row + 2, col), try_at(row, col - 2);
    constexpr int rows[] = {0, 0, 1, -1, 1, -1, 1, -1}, cols[] = {1, -1, 0, 0, 1, 1, -1, -1};
    for (int ring = 3; left > 0 && ring <= std::max(area.height, area.width); ++ring)
      for (int i = 0; i < 8; ++i) try_at(row + ring * rows[i], col + ring * cols[i]);
    if (left > 0) pen.scatter(area, {{pad, double(left)}});
  }
};

// How likely a building stands where: fractions of the area's width (x) and height (y).
struct Density {
  enum Shape { UNIFORM, NORMAL, EXPONENTIAL, POISSON, BIMODAL };
  int shape = UNIFORM;
  double x = 0.5, y = 0.5, spread = 0.2, second_x = 0.5, second_y = 0.5;

  static constexpr auto fields() {
    return std::tuple{field("shape", &Density::shape), field("x", &Density::x), field("y", &Density::y),
                      field("spread", &Density::spread), field("second_x", &Density::second_x),
                      field("second_y", &Density::second_y)};
  }

  std::array<double, 2> draw(Rng& rng, double width, double height) const {
    switch (shape) {
      case NORMAL: return {x + spread * draw_normal(rng), y + spread * draw_normal(rng)};
      case EXPONENTIAL: return {away(rng, x), away(rng, y)};
      case POISSON: return {poisson(rng, x * width) / width, poisson(rng, y * height) / height};
      case BIMODAL: {
        const bool is_second = rng.chance(0.5);
        return {(is_second ? second_x : x) + spread * draw_normal(rng),
                (is_second ? second_y : y) + spread * draw_normal(rng)};
      }
      default: return {rng.unit(), rng.unit()};
    }
  }

 private:
  // Falls off from x towards the other side; from a middle origin, towards both.
  double away(Rng& rng, double origin) const {
    const double distance = -spread * std::log(1 - rng.unit());
    return rng.chance(origin) ? origin - distance : origin + distance;
  }

  static double poisson(Rng& rng, double mean) {
    if (mean > 60) return mean + std::sqrt(mean) * draw_normal(rng);
    const double least = std::exp(-mean);
    int count = 0;  // Knuth's product of uniforms
    for (double product = rng.unit(); product > least; product *= rng.unit()) ++count;
    return count;
  }
};

struct KindDensity {
  Cell cell = EMPTY;
  Density density;

  static constexpr auto fields() {
    return std::tuple{field("cell", &KindDensity::cell), field("density", &KindDensity::density)};
  }
};

// Buildings of weighted kinds, never side by side; each clears the cells around it.
struct BuildingsScene {
  static constexpr const char* kind = "building_distributions";
  std::vector<Amount> weights;
  double coverage = 0.1;
  int distance = 1;
  Density density;
  std::vector<KindDensity> density_by_kind;

  static constexpr auto fields() {
    return std::tuple{field("weights", &BuildingsScene::weights),
                      field("coverage", &BuildingsScene::coverage),
                      field("distance", &BuildingsScene::distance),
                      field("density", &BuildingsScene::density),
                      field("density_by_kind", &BuildingsScene::density_by_kind)};
  }

  void draw(Pen& pen, const Area& area) const {
    const Area inner = area.inset(1);
    if (inner.height < 1 || inner.width < 1) return;
    auto& taken = pen.scratch.marks;
    taken.assign(size_t(inner.size()), 0);
    const int count = int(coverage * inner.size());
    for (int i = 0; i < count; ++i) {
      const int chosen = choose_weighted(pen.rng, weights, [](const Amount& a) { return a.amount; });
      if (chosen < 0) return;
      const Cell cell = weights[size_t(chosen)].cell;
      const auto [x, y] = draw_place(pen.rng, density_of(cell), inner);
      const int r = int(y * inner.height), c = int(x * inner.width);
      if (taken[size_t(r * inner.width + c)]) continue;
      for (int near = std::max(0, r - distance); near <= std::min(inner.height - 1, r + distance); ++near) {
        const int from = std::max(0, c - distance), to = std::min(inner.width - 1, c + distance);
        std::fill_n(taken.begin() + near * inner.width + from, to - from + 1, uint8_t(1));
      }
      pen.fill(area.part(r, c, 3, 3), EMPTY);
      pen.canvas.at(inner.row + r, inner.col + c) = cell;
    }
  }

 private:
  const Density& density_of(Cell cell) const {
    for (const auto& own : density_by_kind)
      if (own.cell == cell) return own.density;
    return density;
  }

  // Draws that fall off the map are drawn again, a few times; then anywhere will do.
  static std::array<double, 2> draw_place(Rng& rng, const Density& density, const Area& inner) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      const auto place = density.draw(rng, inner.width, inner.height);
      if (place[0] >= 0 && place[0] < 1 && place[1] >= 0 && place[1] < 1) return place;
    }
    return {rng.unit(), rng.unit()};
  }
};

// A room of random size with one building of each kind along its walls and the agent in its centre.
struct PerimeterScene {
  static constexpr const char* kind = "perimeter_incontext";
  Range width{5, 10}, height{5, 10};
  std::vector<Cell> objects;
  Cell agent = SPAWN;
  double terrain = 0;  // share of the inner cells that are rock

  static constexpr auto fields() {
    return std::tuple{field("width", &PerimeterScene::width), field("height", &PerimeterScene::height),
                      field("objects", &PerimeterScene::objects), field("agent", &PerimeterScene::agent),
                      field("terrain", &PerimeterScene::terrain)};
  }

  void draw(Pen& pen, const Area& area) const {
    const int w = width.draw(pen.rng), h = height.draw(pen.rng);
    const Area room = area.centred(h, w);
    if (room.size() == 0) return;
    pen.fill(area, pen.wall);
    pen.fill(room, EMPTY);
    pen.canvas.at(room.middle_row(), room.middle_col()) = agent;
    const Area inner = room.inset(2);  // the ring before the buildings stays free
    for (int r = inner.row; r < inner.bottom(); ++r)
      for (int c = inner.col; c < inner.right(); ++c)
        if (terrain > 0 && pen.canvas.at(r, c) == EMPTY && pen.rng.chance(terrain))
          pen.canvas.at(r, c) = pen.wall;
    if (terrain > 0) connect(pen, room);
    place_along_walls(pen, room);
  }

 private:
  // Corners are left out: there a building could be walled in by its neighbours.
  void place_along_walls(Pen& pen, const Area& room) const {
    auto& places = pen.scratch.picks;
    places.clear();
    auto consider = [&](int r, int c) {
      if (pen.canvas.at(r, c) == EMPTY) places.push_back(pen.canvas.index(r, c));
    };
    for (int c = room.col + 1; c < room.right() - 1; ++c) {
      consider(room.row, c);
      if (room.height > 1) consider(room.bottom() - 1, c);
    }
    for (int r = room.row + 1; r < room.bottom() - 1; ++r) {
      consider(r, room.col);
      if (room.width > 1) consider(r, room.right() - 1);
    }
    pen.rng.shuffle(places);
    for (size_t i = 0; i < objects.size(); ++i) {
      if (i < places.size()) pen.canvas.cells[size_t(places[i])] = objects[i];
      else pen.scatter(room, {{objects[i], 1}});
    }
  }
};

}  // namespace coterie::grid::maps
