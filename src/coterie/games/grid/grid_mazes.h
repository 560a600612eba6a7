// Mazes: perfect ones on a lattice of rooms, and arms that lead away from a centre.
#pragma once

#include "grid_canvas.h"

namespace coterie::grid::maps {

// Rooms on a lattice with walls between; the last row and column take what does not divide.
struct Lattice {
  Area area;
  int room, wall, rows, cols;

  Lattice(const Area& area, int room, int wall)
      : area(area), room(room), wall(wall), rows((area.height + wall) / (room + wall)),
        cols((area.width + wall) / (room + wall)) {}

  int rooms() const { return rows * cols; }
  int top(int r) const { return r * (room + wall); }
  int height(int r) const { return r == rows - 1 ? area.height - top(r) : room; }
  int width(int c) const { return c == cols - 1 ? area.width - top(c) : room; }
  Area room_at(int i) const {
    const int r = i / cols, c = i % cols;
    return area.part(top(r), top(c), height(r), width(c));
  }
  // The wall between a room and its neighbour to the right or below.
  Area door_between(int a, int b) const {
    const int r = a / cols, c = a % cols;
    if (b == a + 1) return area.part(top(r), top(c) + room, height(r), wall);
    return area.part(top(r) + room, top(c), wall, width(c));
  }
};

struct MazeScene {
  static constexpr const char* kind = "maze";
  enum Algorithm { KRUSKAL, DFS };
  int algorithm = KRUSKAL;
  Range room_size{1, 1}, wall_size{1, 1};

  static constexpr auto fields() {
    return std::tuple{field("algorithm", &MazeScene::algorithm), field("room_size", &MazeScene::room_size),
                      field("wall_size", &MazeScene::wall_size)};
  }

  void draw(Pen& pen, const Area& area) const {
    const int room = std::max(1, room_size.draw(pen.rng)), wall = std::max(1, wall_size.draw(pen.rng));
    const Lattice lattice(area, room, wall);
    if (lattice.rooms() == 0) return pen.fill(area, EMPTY);
    pen.fill(area, pen.wall);
    for (int i = 0; i < lattice.rooms(); ++i) pen.fill(lattice.room_at(i), EMPTY);
    if (algorithm == KRUSKAL) join_by_chance(pen, lattice);
    else join_by_walk(pen, lattice);
  }

 private:
  static void open(Pen& pen, const Lattice& lattice, int a, int b) {
    pen.fill(lattice.door_between(std::min(a, b), std::max(a, b)), EMPTY);
  }

  // Kruskal: walls in random order, each opened if it still parts two regions.
  static void join_by_chance(Pen& pen, const Lattice& lattice) {
    auto& edges = pen.scratch.edges;
    auto& parents = pen.scratch.parents;
    edges.clear();
    parents.clear();
    for (int i = 0; i < lattice.rooms(); ++i) {
      parents.push_back(i);
      if (i % lattice.cols + 1 < lattice.cols) edges.push_back({i, i + 1});
      if (i / lattice.cols + 1 < lattice.rows) edges.push_back({i, i + lattice.cols});
    }
    pen.rng.shuffle(edges);
    for (const auto& [a, b] : edges) {
      const int root_a = find_root(parents, a), root_b = find_root(parents, b);
      if (root_a == root_b) continue;
      parents[size_t(root_a)] = root_b;
      open(pen, lattice, a, b);
    }
  }

  // Depth first: walk on to an unvisited neighbour, back up where there is none.
  static void join_by_walk(Pen& pen, const Lattice& lattice) {
    auto& visited = pen.scratch.marks;
    auto& path = pen.scratch.picks;
    visited.assign(size_t(lattice.rooms()), 0);
    path.assign(1, int(pen.rng.below(uint32_t(lattice.rooms()))));
    visited[size_t(path[0])] = 1;
    while (!path.empty()) {
      const int at = path.back(), r = at / lattice.cols, c = at % lattice.cols;
      int ways[4], count = 0;
      auto consider = [&](bool exists, int next) {
        if (exists && !visited[size_t(next)]) ways[count++] = next;
      };
      consider(r > 0, at - lattice.cols);
      consider(r + 1 < lattice.rows, at + lattice.cols);
      consider(c > 0, at - 1);
      consider(c + 1 < lattice.cols, at + 1);
      if (count == 0) {
        path.pop_back();
        continue;
      }
      const int next = ways[pen.rng.below(uint32_t(count))];
      visited[size_t(next)] = 1;
      open(pen, lattice, at, next);
      path.push_back(next);
    }
  }
};

// Arms from the centre, dead ends all; the ends and the centre are areas.
struct RadialMazeScene {
  static constexpr const char* kind = "radial_maze";
  int arms = 8, arm_width = 1, arm_length = 0;  // 0: as long as fits
  int end_tag = 0, centre_tag = 0;

  static constexpr auto fields() {
    return std::tuple{field("arms", &RadialMazeScene::arms), field("arm_width", &RadialMazeScene::arm_width),
                      field("arm_length", &RadialMazeScene::arm_length),
                      field("end_tag", &RadialMazeScene::end_tag),
                      field("centre_tag", &RadialMazeScene::centre_tag)};
  }

  void draw(Pen& pen, const Area& area) const {
    pen.fill(area, pen.wall);
    const int longest = std::max(0, std::min(area.height, area.width) / 2 - (arm_width + 1) / 2);
    const int length = arm_length > 0 ? std::min(arm_length, longest) : longest;
    for (int arm = 0; arm < arms; ++arm) {
      const double angle = 2 * 3.14159265358979323846 * arm / arms;
      pen.name_area(carve_arm(pen, area, std::sin(angle), std::cos(angle), length), end_tag);
    }
    pen.name_area(patch(area, area.middle_row(), area.middle_col()), centre_tag);
  }

 private:
  Area patch(const Area& area, int row, int col) const {
    const int half = (arm_width - 1) / 2;
    return area.part(row - area.row - half, col - area.col - half, arm_width, arm_width);
  }

  // Steps one cell at a time, never diagonally, so that an arm can be walked. Returns where it ends.
  Area carve_arm(Pen& pen, const Area& area, double down, double across, int length) const {
    int row = area.middle_row(), col = area.middle_col();
    pen.fill(patch(area, row, col), EMPTY);
    for (int step = 1; step <= length; ++step) {
      const int to_row = area.middle_row() + int(std::lround(down * step));
      const int to_col = area.middle_col() + int(std::lround(across * step));
      while (row != to_row || col != to_col) {
        if (row != to_row) row += to_row > row ? 1 : -1;
        else col += to_col > col ? 1 : -1;
        pen.fill(patch(area, row, col), EMPTY);
      }
    }
    return patch(area, row, col);
  }
};

}  // namespace coterie::grid::maps
