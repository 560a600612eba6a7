// Maps: scenes in scenes, drawn into one instance or several side by side.
#pragma once

#include <variant>

#include "grid_biomes.h"
#include "grid_connect.h"
#include "grid_layout.h"
#include "grid_mazes.h"
#include "grid_places.h"
#include "grid_scenes.h"
#include "grid_terrain.h"

namespace coterie::grid::maps {

struct Node;
struct Placement;
struct WeightedNode;

// One of several scenes, by weight.
struct RandomChoiceScene {
  static constexpr const char* kind = "random_scene";
  std::vector<WeightedNode> options;

  static constexpr auto fields() { return std::tuple{field("options", &RandomChoiceScene::options)}; }
  void draw(Pen& pen, const Area& area) const;
};

// One part is drawn, the rest mirrors it; agents too.
struct MirrorScene {
  static constexpr const char* kind = "mirror";
  enum Axis { HORIZONTAL, VERTICAL, BOTH };  // HORIZONTAL: left and right halves are alike
  int axis = HORIZONTAL;
  std::vector<Node> scene;  // exactly one

  static constexpr auto fields() {
    return std::tuple{field("axis", &MirrorScene::axis), field("scene", &MirrorScene::scene)};
  }
  void draw(Pen& pen, const Area& area) const;
};

struct Scene {
  std::variant<LayoutScene, BoundedLayoutScene, RoomGridScene, BspScene, BspLayoutScene, RandomScene,
               RandomObjectsScene, RandomChoiceScene, MirrorScene, AsciiScene, RemoveAgentsScene, SpiralScene,
               MeanDistanceScene, LeftAndRightScene, MazeScene, RadialMazeScene, ConnectScene, CavesScene,
               CityScene, DesertScene, ForestScene, PlainsScene, AsteroidScene, TerrainScene, HubScene,
               BuildingsScene, PerimeterScene>
      body;
};

// A scene, and what is then drawn into the areas it named.
struct Node {
  Scene scene;
  std::vector<Placement> children;

  static constexpr auto fields() {
    return std::tuple{field("scene", &Node::scene), field("children", &Node::children)};
  }
  void draw(Canvas& canvas, Rng rng, Cell wall, const Area& area) const;
};

struct WeightedNode {
  double weight = 1;
  Node node;

  static constexpr auto fields() {
    return std::tuple{field("weight", &WeightedNode::weight), field("node", &WeightedNode::node)};
  }
};

struct Placement {
  enum Order { RANDOM, FIRST, LAST };
  Node node;
  std::vector<int> tags;  // areas with one of these; none = the full area
  int limit = 0;          // so many areas at most; 0 = all
  int order_by = RANDOM;
  int lock = -1;          // 0..31: areas used are closed to later placements with the same; -1 = no lock

  static constexpr auto fields() {
    return std::tuple{field("node", &Placement::node), field("tags", &Placement::tags),
                      field("limit", &Placement::limit), field("order_by", &Placement::order_by),
                      field("lock", &Placement::lock)};
  }
  bool wants(const Area& area) const {
    if (lock >= 0 && (area.locks >> lock & 1u)) return false;
    return std::find(tags.begin(), tags.end(), area.tag) != tags.end();
  }
};

inline void RandomChoiceScene::draw(Pen& pen, const Area& area) const {
  const int chosen = choose_weighted(pen.rng, options, [](const WeightedNode& o) { return o.weight; });
  if (chosen >= 0) options[size_t(chosen)].node.draw(pen.canvas, pen.rng.split(), pen.wall, area);
}

inline void MirrorScene::draw(Pen& pen, const Area& area) const {
  const bool is_across = axis != VERTICAL, is_down = axis != HORIZONTAL;
  const Area part = area.part(0, 0, is_down ? (area.height + 1) / 2 : area.height,
                              is_across ? (area.width + 1) / 2 : area.width);
  for (const auto& one : scene) one.draw(pen.canvas, pen.rng.split(), pen.wall, part);
  for (int r = 0; r < area.height; ++r)
    for (int c = 0; c < area.width; ++c) {
      const int from_row = is_down ? std::min(r, area.height - 1 - r) : r;
      const int from_col = is_across ? std::min(c, area.width - 1 - c) : c;
      pen.canvas.at(area.row + r, area.col + c) = pen.canvas.at(area.row + from_row, area.col + from_col);
    }
}

// Draws a child into the areas it wants, among those named from `first` on.
inline void place(const Placement& child, Pen& pen, const Area& area, size_t first) {
  if (child.tags.empty()) return child.node.draw(pen.canvas, pen.rng.split(), pen.wall, area);
  auto& areas = pen.scratch.areas;
  std::vector<int> wanted;
  for (size_t i = first; i < areas.size(); ++i)
    if (child.wants(areas[i])) wanted.push_back(int(i));
  if (child.order_by == Placement::RANDOM) pen.rng.shuffle(wanted);
  if (child.order_by == Placement::LAST) std::reverse(wanted.begin(), wanted.end());
  if (child.limit > 0 && wanted.size() > size_t(child.limit)) wanted.resize(size_t(child.limit));
  for (const int i : wanted) {
    if (child.lock >= 0) areas[size_t(i)].locks |= 1u << child.lock;
    const Area own = areas[size_t(i)];  // a copy: the stack may move while the child draws
    child.node.draw(pen.canvas, pen.rng.split(), pen.wall, own);
  }
}

inline void Node::draw(Canvas& canvas, Rng rng, Cell wall, const Area& area) const {
  Pen pen{canvas, scratch_of_thread(), wall, rng};
  const size_t first = pen.scratch.areas.size();
  if (area.size() > 0) std::visit([&](const auto& own) { own.draw(pen, area); }, scene.body);
  for (const auto& child : children) place(child, pen, area, first);
  pen.scratch.areas.resize(first);
}

}  // namespace coterie::grid::maps

namespace coterie::grid {

struct MapConfig {
  int width = 1, height = 1;  // of one instance
  int border_width = 5, instances = 1, instance_border_width = 5, instance_border_clear_radius = 0;
  Cell wall = EMPTY;
  std::vector<Cell> teams;  // whose agents the instances hold, in turn; none = as drawn
  maps::Node instance;

  static constexpr auto fields() {
    return std::tuple{field("width", &MapConfig::width), field("height", &MapConfig::height),
                      field("border_width", &MapConfig::border_width),
                      field("instances", &MapConfig::instances),
                      field("instance_border_width", &MapConfig::instance_border_width),
                      field("instance_border_clear_radius", &MapConfig::instance_border_clear_radius),
                      field("wall", &MapConfig::wall), field("teams", &MapConfig::teams),
                      field("instance", &MapConfig::instance)};
  }

  // As near to a square of instances as they make.
  int columns() const {
    int n = 1;
    while (n * n < instances) ++n;
    return n;
  }
  int rows() const { return (instances + columns() - 1) / columns(); }
  int total_width() const { return total(columns(), width); }
  int total_height() const { return total(rows(), height); }

  maps::Area place_of(int i) const {
    return {border_width + i / columns() * (height + instance_border_width),
            border_width + i % columns() * (width + instance_border_width), height, width};
  }

 private:
  int total(int count, int size) const {
    return 2 * border_width + count * size + (count - 1) * instance_border_width;
  }
};

// Opens the borders between neighbouring instances, and the walls up to `radius` cells into each.
inline void open_borders(const MapConfig& c, maps::Pen& pen) {
  const int radius = c.instance_border_clear_radius, gap = c.instance_border_width;
  auto open = [&](const maps::Area& area) {
    for (int r = area.row; r < area.bottom(); ++r)
      for (int col = area.col; col < area.right(); ++col)
        if (Cell& cell = pen.canvas.at(r, col); cell == c.wall) cell = EMPTY;
  };
  for (int i = 0; i < c.instances; ++i) {
    const maps::Area own = c.place_of(i);
    const int down = std::min(radius, own.height), across = std::min(radius, own.width);
    if (i % c.columns() > 0) open({own.row, own.col - gap - across, own.height, gap + 2 * across});
    if (i >= c.columns()) open({own.row - gap - down, own.col, gap + 2 * down, own.width});
  }
}

// Draws a map of the config's size onto the canvas. The rng alone decides which.
inline void draw_map(const MapConfig& c, Rng& rng, Canvas& canvas) {
  canvas.reset(c.total_width(), c.total_height(), c.wall);
  maps::Pen pen{canvas, maps::scratch_of_thread(), c.wall, rng.split()};
  for (int i = 0; i < c.instances; ++i) {
    const maps::Area area = c.place_of(i);
    pen.fill(area, EMPTY);
    c.instance.draw(canvas, pen.rng.split(), c.wall, area);
    if (c.teams.empty()) continue;
    for (int r = area.row; r < area.bottom(); ++r)
      for (int col = area.col; col < area.right(); ++col)
        if (Cell& cell = canvas.at(r, col); cell >= SPAWN) cell = c.teams[size_t(i) % c.teams.size()];
  }
  if (c.instance_border_clear_radius > 0) open_borders(c, pen);
}

}  // namespace coterie::grid
