// Varied terrain: free-standing obstacles of several shapes, so that a map is never cut in two.
#pragma once

#include "grid_mazes.h"

namespace coterie::grid::maps {

// Numbers of each obstacle on 60 x 60 cells; each stands free, with a ring of floor around it.
struct TerrainScene {
  static constexpr const char* kind = "varied_terrain";
  Range large_blobs, small_blobs, crosses, labyrinths, blocks, single_walls, cylinders;
  std::vector<Amount> objects;

  static constexpr auto fields() {
    return std::tuple{field("large_blobs", &TerrainScene::large_blobs),
                      field("small_blobs", &TerrainScene::small_blobs),
                      field("crosses", &TerrainScene::crosses),
                      field("labyrinths", &TerrainScene::labyrinths),
                      field("blocks", &TerrainScene::blocks),
                      field("single_walls", &TerrainScene::single_walls),
                      field("cylinders", &TerrainScene::cylinders),
                      field("objects", &TerrainScene::objects)};
  }

  void draw(Pen& pen, const Area& area) const {
    repeat(pen, area, labyrinths, [&] { labyrinth(pen, area); });
    repeat(pen, area, cylinders, [&] { cylinder(pen, area); });
    repeat(pen, area, large_blobs, [&] { blob(pen, area, {5, 9}); });
    repeat(pen, area, crosses, [&] { cross(pen, area); });
    repeat(pen, area, blocks, [&] { block(pen, area); });
    repeat(pen, area, small_blobs, [&] { blob(pen, area, {3, 4}); });
    repeat(pen, area, single_walls, [&] { pen.fill(find_free(pen, area, 1, 1), pen.wall); });
    pen.scatter(area, objects);
  }

 private:
  template <class Use>
  static void repeat(Pen& pen, const Area& area, const Range& count, Use use) {
    const int scaled = int(std::lround(count.draw(pen.rng) * area.size() / 3600.0));
    for (int i = 0; i < scaled; ++i) use();
  }

  // A random place of that size with empty cells all around; of size 0 if luck was against it.
  static Area find_free(Pen& pen, const Area& area, int height, int width) {
    const int rows = area.height - height - 2, cols = area.width - width - 2;
    if (rows < 0 || cols < 0) return {};
    for (int attempt = 0; attempt < 8; ++attempt) {
      const int down = pen.rng.between(0, rows), across = pen.rng.between(0, cols);
      const Area around = area.part(down, across, height + 2, width + 2);
      if (pen.is_all_empty(around)) return around.inset(1);
    }
    return {};
  }

  static void blob(Pen& pen, const Area& area, const Range& sides) {
    const Area own = find_free(pen, area, sides.draw(pen.rng), sides.draw(pen.rng));
    for (int r = 0; r < own.height; ++r)
      for (int c = 0; c < own.width; ++c) {
        const double y = (2 * r + 1.0 - own.height) / own.height, x = (2 * c + 1.0 - own.width) / own.width;
        if (y * y + x * x < pen.rng.unit() * 0.3 + 0.8) pen.canvas.at(own.row + r, own.col + c) = pen.wall;
      }
  }

  static void cross(Pen& pen, const Area& area) {
    const int reach = pen.rng.between(1, 4), size = 2 * reach + 1;
    const Area own = find_free(pen, area, size, size);
    pen.fill(own.part(reach, 0, 1, size), pen.wall);
    pen.fill(own.part(0, reach, size, 1), pen.wall);
  }

  static void block(Pen& pen, const Area& area) {
    pen.fill(find_free(pen, area, pen.rng.between(2, 7), pen.rng.between(2, 7)), pen.wall);
  }

  // Two parallel walls with a passage between.
  static void cylinder(Pen& pen, const Area& area) {
    const int length = pen.rng.between(4, 16);
    const bool is_flat = pen.rng.chance(0.5);
    const Area own = find_free(pen, area, is_flat ? 3 : length, is_flat ? length : 3);
    pen.fill(own, pen.wall);
    if (own.size() > 0) pen.fill(is_flat ? own.part(1, 0, 1, length) : own.part(0, 1, length, 1), EMPTY);
  }

  static void labyrinth(Pen& pen, const Area& area) {
    const int side = 2 * pen.rng.between(3, 5) + 1;
    const Area own = find_free(pen, area, side, side);
    if (own.size() == 0) return;
    MazeScene{MazeScene::DFS, {1, 1}, {1, 1}}.draw(pen, own.inset(1));
    pen.outline(own, pen.wall);
    for (int gate = 0; gate < 2; ++gate) {
      const int at = 1 + 2 * int(pen.rng.below(uint32_t(side / 2)));
      const int far = gate ? side - 1 : 0;
      pen.fill(pen.rng.chance(0.5) ? own.part(far, at, 1, 1) : own.part(at, far, 1, 1), EMPTY);
    }
  }
};

}  // namespace coterie::grid::maps
