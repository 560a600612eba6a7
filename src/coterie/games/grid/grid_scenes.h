// Contents: scenes that put objects and agents, or a fixed drawing, into their area.
#pragma once

#include "grid_layout.h"

namespace coterie::grid::maps {

// So many of each on random empty cells.
struct RandomScene {
  static constexpr const char* kind = "random";
  std::vector<Amount> objects;  // agents among them, in the order they claim cells

  static constexpr auto fields() { return std::tuple{field("objects", &RandomScene::objects)}; }

  void draw(Pen& pen, const Area& area) const { pen.scatter(area, objects); }
};

// A share of the area for each kind, on random empty cells.
struct RandomObjectsScene {
  static constexpr const char* kind = "random_objects";
  std::vector<Amount> fractions;

  static constexpr auto fields() { return std::tuple{field("fractions", &RandomObjectsScene::fractions)}; }

  void draw(Pen& pen, const Area& area) const {
    for (const auto& [cell, fraction] : fractions)
      pen.scatter(area, {{cell, std::round(fraction * area.size())}});
  }
};

// A fixed drawing, centred; what does not fit is cut off, and its blanks leave what was there.
struct AsciiScene {
  static constexpr const char* kind = "ascii";
  int width = 0, height = 0;
  std::vector<Cell> cells;

  static constexpr auto fields() {
    return std::tuple{field("width", &AsciiScene::width), field("height", &AsciiScene::height),
                      field("cells", &AsciiScene::cells)};
  }

  void draw(Pen& pen, const Area& area) const {
    const int top = area.row + (area.height - height) / 2, left = area.col + (area.width - width) / 2;
    for (int r = 0; r < height; ++r)
      for (int c = 0; c < width; ++c)
        if (const Cell cell = cells[size_t(r * width + c)]; cell != EMPTY)
          pen.set_within(area, top + r, left + c, cell);
  }
};

struct RemoveAgentsScene {
  static constexpr const char* kind = "remove_agents";
  static constexpr auto fields() { return std::tuple{}; }

  void draw(Pen& pen, const Area& area) const {
    for (int r = area.row; r < area.bottom(); ++r)
      for (int c = area.col; c < area.right(); ++c)
        if (pen.canvas.at(r, c) >= SPAWN) pen.canvas.at(r, c) = EMPTY;
  }
};

// Objects in random order along a spiral around the agents.
struct SpiralScene {
  static constexpr const char* kind = "spiral";
  std::vector<Amount> objects, agents;
  double spacing = 4, turn = 3;  // cells from object to object, cells from turn to turn

  static constexpr auto fields() {
    return std::tuple{field("objects", &SpiralScene::objects), field("agents", &SpiralScene::agents),
                      field("spacing", &SpiralScene::spacing), field("turn", &SpiralScene::turn)};
  }

  void draw(Pen& pen, const Area& area) const {
    for (const auto& [cell, count] : agents)
      for (int i = 0; i < int(count); ++i) pen.put_near(area, area.middle_row(), area.middle_col(), cell);
    auto& order = pen.scratch.picks;
    order.clear();
    for (const auto& [cell, count] : objects) order.insert(order.end(), size_t(count), int(cell));
    pen.rng.shuffle(order);
    double angle = 0;
    for (const int cell : order) {
      const double radius = turn * (1 + angle / 6.283185307179586);
      angle += spacing / radius;
      pen.put_near(area, area.middle_row() + int(std::lround(radius * std::sin(angle))),
                   area.middle_col() + int(std::lround(radius * std::cos(angle))), Cell(cell));
    }
  }
};

// Objects in random directions at distances from half to one and a half times the mean.
struct MeanDistanceScene {
  static constexpr const char* kind = "mean_distance";
  double mean_distance = 30;
  std::vector<Amount> objects, agents;

  static constexpr auto fields() {
    return std::tuple{field("mean_distance", &MeanDistanceScene::mean_distance),
                      field("objects", &MeanDistanceScene::objects),
                      field("agents", &MeanDistanceScene::agents)};
  }

  void draw(Pen& pen, const Area& area) const {
    for (const auto& [cell, count] : agents)
      for (int i = 0; i < int(count); ++i) pen.put_near(area, area.middle_row(), area.middle_col(), cell);
    for (const auto& [cell, count] : objects)
      for (int i = 0; i < int(count); ++i) place(pen, area, cell);
  }

 private:
  void place(Pen& pen, const Area& area, Cell cell) const {
    for (int attempt = 0; attempt < 50; ++attempt) {
      const double distance = mean_distance * (0.5 + pen.rng.unit());
      const double angle = 6.283185307179586 * pen.rng.unit();
      const int r = area.middle_row() + int(std::lround(distance * std::sin(angle)));
      const int c = area.middle_col() + int(std::lround(distance * std::cos(angle)));
      if (!area.contains(r, c) || pen.canvas.at(r, c) != EMPTY) continue;
      pen.canvas.at(r, c) = cell;
      return;
    }
    pen.scatter(area, {{cell, 1}});
  }
};

// Rooms with an agent in the middle and objects left and right of it, more on one side: the same side in all.
struct LeftAndRightScene {
  static constexpr const char* kind = "multi_left_and_right";
  int rows = 2, columns = 2, total = 8;
  double ratio = 0.75;  // share of the objects on the richer side
  Cell object = EMPTY, agent = SPAWN;

  static constexpr auto fields() {
    return std::tuple{field("rows", &LeftAndRightScene::rows), field("columns", &LeftAndRightScene::columns),
                      field("total", &LeftAndRightScene::total), field("ratio", &LeftAndRightScene::ratio),
                      field("object", &LeftAndRightScene::object), field("agent", &LeftAndRightScene::agent)};
  }

  void draw(Pen& pen, const Area& area) const {
    const int many = int(std::lround(total * ratio));
    const int on_left = pen.rng.chance(0.5) ? many : total - many;
    pen.fill(area, pen.wall);
    RoomGridScene{rows, columns, 1, 0}.each_room(area, [&](const Area& room) {
      const int third = std::max(1, room.width / 3);
      pen.fill(room, EMPTY);
      pen.put_near(room, room.middle_row(), room.middle_col(), agent);
      pen.scatter(room.part(0, 0, room.height, third), {{object, double(on_left)}});
      pen.scatter(room.part(0, room.width - third, room.height, third), {{object, double(total - on_left)}});
    });
  }
};

}  // namespace coterie::grid::maps
