// Layouts: scenes that name areas for their children, with or without walls around them.
#pragma once

#include "grid_canvas.h"

namespace coterie::grid::maps {

struct NamedArea {
  int x = 0, y = 0, width = 0, height = 0, tag = 0;

  static constexpr auto fields() {
    return std::tuple{field("x", &NamedArea::x), field("y", &NamedArea::y), field("width", &NamedArea::width),
                      field("height", &NamedArea::height), field("tag", &NamedArea::tag)};
  }
};

// Named rectangles at fixed places.
struct LayoutScene {
  static constexpr const char* kind = "layout";
  std::vector<NamedArea> areas;

  static constexpr auto fields() { return std::tuple{field("areas", &LayoutScene::areas)}; }

  void draw(Pen& pen, const Area& area) const {
    for (const auto& own : areas) pen.name_area(area.part(own.y, own.x, own.height, own.width), own.tag);
  }
};

// One rectangle of random size within bounds, at a random place or in the middle.
struct BoundedLayoutScene {
  static constexpr const char* kind = "bounded_layout";
  Range width, height;
  bool is_centred = false;
  int tag = 0;

  static constexpr auto fields() {
    return std::tuple{field("width", &BoundedLayoutScene::width),
                      field("height", &BoundedLayoutScene::height),
                      field("is_centred", &BoundedLayoutScene::is_centred),
                      field("tag", &BoundedLayoutScene::tag)};
  }

  void draw(Pen& pen, const Area& area) const {
    const int h = std::min(height.draw(pen.rng), area.height), w = std::min(width.draw(pen.rng), area.width);
    Area own = area.centred(h, w);
    if (!is_centred)
      own = area.part(Range{0, area.height - h}.draw(pen.rng), Range{0, area.width - w}.draw(pen.rng), h, w);
    pen.name_area(own, tag);
  }
};

// Equal rooms in rows and columns with walls between; the last ones take what does not divide.
struct RoomGridScene {
  static constexpr const char* kind = "room_grid";
  int rows = 2, columns = 2, border_width = 1, tag = 0;

  static constexpr auto fields() {
    return std::tuple{field("rows", &RoomGridScene::rows), field("columns", &RoomGridScene::columns),
                      field("border_width", &RoomGridScene::border_width), field("tag", &RoomGridScene::tag)};
  }

  void draw(Pen& pen, const Area& area) const {
    each_room(area, [&](const Area& room) { pen.name_area(room, tag); });
    if (border_width == 0) return;
    pen.fill(area, pen.wall);
    each_room(area, [&](const Area& room) { pen.fill(room, EMPTY); });
  }

  template <class Use>
  void each_room(const Area& area, Use use) const {
    const int height = (area.height - (rows - 1) * border_width) / rows;
    const int width = (area.width - (columns - 1) * border_width) / columns;
    if (height < 1 || width < 1) return;
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) {
        const int top = r * (height + border_width), left = c * (width + border_width);
        const int tall = r + 1 == rows ? area.height : height, wide = c + 1 == columns ? area.width : width;
        use(area.part(top, left, tall, wide));
      }
  }
};

// Cuts an area into `count` parts (fewer if it is too small), the largest across its longer side each time.
// Each edge names a part and the one cut from it: together they are a tree over the parts.
inline void partition(Pen& pen, const Area& area, int count, int smallest, std::vector<Area>& parts) {
  auto& edges = pen.scratch.edges;
  edges.clear();
  parts.assign(1, area);
  while (int(parts.size()) < count) {
    int largest = -1;
    for (size_t i = 0; i < parts.size(); ++i)
      if (std::max(parts[i].height, parts[i].width) >= 2 * smallest &&
          (largest < 0 || parts[i].size() > parts[size_t(largest)].size()))
        largest = int(i);
    if (largest < 0) return;
    const Area whole = parts[size_t(largest)];
    const bool is_tall = whole.height > whole.width || (whole.height == whole.width && pen.rng.chance(0.5));
    const int length = is_tall ? whole.height : whole.width;
    const int low = std::max(smallest, length * 2 / 5);
    const int cut = Range{low, std::max(low, length - low)}.draw(pen.rng);
    const int h = whole.height, w = whole.width;
    parts[size_t(largest)] = is_tall ? whole.part(0, 0, cut, w) : whole.part(0, 0, h, cut);
    edges.push_back({largest, int(parts.size())});
    parts.push_back(is_tall ? whole.part(cut, 0, h, w) : whole.part(0, cut, h, w));
  }
}

// Binary space partition: only the areas.
struct BspLayoutScene {
  static constexpr const char* kind = "bsp_layout";
  int area_count = 4, smallest = 3, tag = 0;

  static constexpr auto fields() {
    return std::tuple{field("area_count", &BspLayoutScene::area_count),
                      field("smallest", &BspLayoutScene::smallest),
                      field("tag", &BspLayoutScene::tag)};
  }

  void draw(Pen& pen, const Area& area) const {
    auto& parts = pen.scratch.parts;
    partition(pen, area, area_count, std::max(1, smallest), parts);
    for (const Area& part : parts) pen.name_area(part, tag);
  }
};

// Binary space partition: a room in each part, and a corridor wherever two parts were cut from each other.
struct BspScene {
  static constexpr const char* kind = "bsp";
  int rooms = 6, min_room_size = 3, tag = 0;
  double min_room_ratio = 0.5, max_room_ratio = 0.9;

  static constexpr auto fields() {
    return std::tuple{field("rooms", &BspScene::rooms), field("min_room_size", &BspScene::min_room_size),
                      field("min_room_ratio", &BspScene::min_room_ratio),
                      field("max_room_ratio", &BspScene::max_room_ratio), field("tag", &BspScene::tag)};
  }

  void draw(Pen& pen, const Area& area) const {
    auto& parts = pen.scratch.parts;
    partition(pen, area, rooms, std::max(1, min_room_size + 1), parts);
    pen.fill(area, pen.wall);
    for (Area& part : parts) {
      part = room_in(pen, part);
      pen.fill(part, EMPTY);
      pen.name_area(part, tag);
    }
    for (const auto& [a, b] : pen.scratch.edges) dig_corridor(pen, parts[size_t(a)], parts[size_t(b)]);
  }

 private:
  int side(Pen& pen, int whole) const {
    const int low = std::max(min_room_size, int(whole * min_room_ratio));
    const int high = std::max(low, int(whole * max_room_ratio));
    return std::clamp(Range{low, high}.draw(pen.rng), 1, std::max(1, whole - 1));
  }

  Area room_in(Pen& pen, const Area& part) const {
    const int h = side(pen, part.height), w = side(pen, part.width);
    return part.part(Range{0, part.height - h}.draw(pen.rng), Range{0, part.width - w}.draw(pen.rng), h, w);
  }

  static void dig_corridor(Pen& pen, const Area& a, const Area& b) {
    if (a.size() == 0 || b.size() == 0) return;
    int row = a.middle_row(), col = a.middle_col();
    const bool is_row_first = pen.rng.chance(0.5);
    auto dig = [&](int& at, int to) {
      for (; at != to; at += to > at ? 1 : -1) pen.canvas.at(row, col) = EMPTY;
    };
    if (is_row_first) dig(row, b.middle_row());
    dig(col, b.middle_col());
    dig(row, b.middle_row());
  }
};

}  // namespace coterie::grid::maps
