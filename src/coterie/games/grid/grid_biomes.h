// Biomes: natural textures of wall and floor over a whole area; and the ragged rim of an asteroid.
#pragma once

#include "grid_canvas.h"

namespace coterie::grid::maps {

// Near the edge of its area a biome lets some of what was there show through, so that zones blend.
struct Dither {
  double probability = 0;
  int depth = 0;

  static constexpr auto fields() {
    return std::tuple{field("probability", &Dither::probability), field("depth", &Dither::depth)};
  }

  void set(Pen& pen, const Area& area, int row, int col, Cell cell) const {
    if (probability > 0) {
      const int edge = std::min(std::min(row - area.row, area.bottom() - 1 - row),
                                std::min(col - area.col, area.right() - 1 - col));
      if (edge < depth && pen.rng.chance(probability)) return;
    }
    pen.canvas.at(row, col) = cell;
  }
};

// Bytes of an area with a rim of one around them, for rules about neighbours.
struct Plane {
  std::vector<uint8_t>& bytes;
  int stride;

  Plane(std::vector<uint8_t>& storage, const Area& area) : bytes(storage), stride(area.width + 2) {
    bytes.assign(size_t(stride) * size_t(area.height + 2), 0);
  }
  uint8_t& at(int row, int col) { return bytes[size_t((row + 1) * stride + col + 1)]; }
  int around(int row, int col) const {
    const uint8_t* p = bytes.data() + row * stride + col;
    const uint8_t* q = p + stride;
    const uint8_t* s = q + stride;
    return p[0] + p[1] + p[2] + q[0] + q[2] + s[0] + s[1] + s[2];
  }
};

inline void stamp(Pen& pen, const Area& area, const Dither& dither, Plane& plane) {
  for (int r = 0; r < area.height; ++r)
    for (int c = 0; c < area.width; ++c)
      dither.set(pen, area, area.row + r, area.col + c, plane.at(r, c) ? pen.wall : EMPTY);
}

// Caves by cellular automaton: noise that grows together where walls are many and melts where they are few.
struct CavesScene {
  static constexpr const char* kind = "biome_caves";
  double fill = 0.4;
  int steps = 3, birth = 5, death = 3;
  Dither dither;

  static constexpr auto fields() {
    return std::tuple{field("fill", &CavesScene::fill), field("steps", &CavesScene::steps),
                      field("birth", &CavesScene::birth), field("death", &CavesScene::death),
                      field("dither", &CavesScene::dither)};
  }

  void draw(Pen& pen, const Area& area) const {
    Plane now(pen.scratch.marks, area);
    for (int r = 0; r < area.height; ++r)
      for (int c = 0; c < area.width; ++c) now.at(r, c) = pen.rng.chance(fill);
    for (int step = 0; step < steps; ++step) {
      Plane next(pen.scratch.more_marks, area);
      for (int r = 0; r < area.height; ++r)
        for (int c = 0; c < area.width; ++c) {
          const int walls = now.around(r, c);
          next.at(r, c) = now.at(r, c) ? walls >= death : walls >= birth;
        }
      std::swap(pen.scratch.marks, pen.scratch.more_marks);
    }
    stamp(pen, area, dither, now);
  }
};

// City blocks between roads.
struct CityScene {
  static constexpr const char* kind = "biome_city";
  int pitch = 10, road = 3, jitter = 1;
  double probability = 0.9, block_fill = 0.5;
  Dither dither;

  static constexpr auto fields() {
    return std::tuple{field("pitch", &CityScene::pitch), field("road", &CityScene::road),
                      field("jitter", &CityScene::jitter), field("probability", &CityScene::probability),
                      field("block_fill", &CityScene::block_fill), field("dither", &CityScene::dither)};
  }

  void draw(Pen& pen, const Area& area) const {
    Plane plane(pen.scratch.marks, area);
    const int lot = std::max(1, pitch - road), step = std::max(1, pitch);
    const Range sides{std::clamp(int(lot * block_fill), 1, lot), lot}, shift{-jitter, jitter};
    for (int r = road / 2; r < area.height; r += step)
      for (int c = road / 2; c < area.width; c += step) {
        if (!pen.rng.chance(probability)) continue;
        const int height = sides.draw(pen.rng), width = sides.draw(pen.rng);
        const int top = r + (lot - height) / 2 + shift.draw(pen.rng);
        const int left = c + (lot - width) / 2 + shift.draw(pen.rng);
        for (int y = std::max(0, top); y < std::min(area.height, top + height); ++y)
          for (int x = std::max(0, left); x < std::min(area.width, left + width); ++x) plane.at(y, x) = 1;
      }
    stamp(pen, area, dither, plane);
  }
};

// Dunes: parallel ridges with gaps.
struct DesertScene {
  static constexpr const char* kind = "biome_desert";
  double period = 8, ridge_width = 1, angle = 45, noise = 0.1;
  Dither dither;

  static constexpr auto fields() {
    return std::tuple{field("period", &DesertScene::period), field("ridge_width", &DesertScene::ridge_width),
                      field("angle", &DesertScene::angle), field("noise", &DesertScene::noise),
                      field("dither", &DesertScene::dither)};
  }

  void draw(Pen& pen, const Area& area) const {
    const double radians = angle * 3.14159265358979323846 / 180;
    const double along = std::cos(radians) / period, down = std::sin(radians) / period;
    const double start = pen.rng.unit(), share = ridge_width / period;
    for (int r = 0; r < area.height; ++r)
      for (int c = 0; c < area.width; ++c) {
        const double phase = start + c * along + r * down;
        const bool is_ridge = phase - std::floor(phase) < share && !pen.rng.chance(noise);
        dither.set(pen, area, area.row + r, area.col + c, is_ridge ? pen.wall : EMPTY);
      }
  }
};

// Woods: seeds that grow for some passes; stems with too few neighbours die again.
struct ForestScene {
  static constexpr const char* kind = "biome_forest";
  double seeds = 0.03, growth = 0.5;
  int passes = 2, threshold = 3;
  Dither dither;

  static constexpr auto fields() {
    return std::tuple{field("seeds", &ForestScene::seeds), field("growth", &ForestScene::growth),
                      field("passes", &ForestScene::passes), field("threshold", &ForestScene::threshold),
                      field("dither", &ForestScene::dither)};
  }

  void draw(Pen& pen, const Area& area) const {
    Plane now(pen.scratch.marks, area);
    for (int r = 0; r < area.height; ++r)
      for (int c = 0; c < area.width; ++c) now.at(r, c) = pen.rng.chance(seeds);
    for (int pass = 0; pass <= passes; ++pass) {
      Plane next(pen.scratch.more_marks, area);
      for (int r = 0; r < area.height; ++r)
        for (int c = 0; c < area.width; ++c) {
          const int trees = now.around(r, c), is_tree = now.at(r, c);
          if (pass == passes) next.at(r, c) = is_tree && trees >= threshold;
          else next.at(r, c) = is_tree || (trees > 0 && pen.rng.chance(growth));
        }
      std::swap(pen.scratch.marks, pen.scratch.more_marks);
    }
    stamp(pen, area, dither, now);
  }
};

// Open country with a cluster of rocks here and there.
struct PlainsScene {
  static constexpr const char* kind = "biome_plains";
  int period = 7, jitter = 2;
  Range radius{0, 2};
  double fill = 0.7, probability = 0.8;
  Dither dither;

  static constexpr auto fields() {
    return std::tuple{field("period", &PlainsScene::period), field("jitter", &PlainsScene::jitter),
                      field("radius", &PlainsScene::radius), field("fill", &PlainsScene::fill),
                      field("probability", &PlainsScene::probability), field("dither", &PlainsScene::dither)};
  }

  void draw(Pen& pen, const Area& area) const {
    Plane plane(pen.scratch.marks, area);
    const Range shift{-jitter, jitter};
    const int step = std::max(1, period);
    for (int r = step / 2; r < area.height; r += step)
      for (int c = step / 2; c < area.width; c += step) {
        if (!pen.rng.chance(probability)) continue;
        const int row = r + shift.draw(pen.rng), col = c + shift.draw(pen.rng), reach = radius.draw(pen.rng);
        for (int y = std::max(0, row - reach); y <= std::min(area.height - 1, row + reach); ++y)
          for (int x = std::max(0, col - reach); x <= std::min(area.width - 1, col + reach); ++x) {
            const int dy = y - row, dx = x - col;
            if (dy * dy + dx * dx <= reach * reach && pen.rng.chance(fill)) plane.at(y, x) = 1;
          }
      }
    stamp(pen, area, dither, plane);
  }
};

// A jagged rim: triangles of rock point inwards from all four sides.
struct AsteroidScene {
  static constexpr const char* kind = "asteroid_mask";
  int spacing = 3;
  Range depth{2, 8}, reach{2, 6};  // reach: to each side, at the rim
  double probability = 0.6;

  static constexpr auto fields() {
    return std::tuple{field("spacing", &AsteroidScene::spacing), field("depth", &AsteroidScene::depth),
                      field("reach", &AsteroidScene::reach),
                      field("probability", &AsteroidScene::probability)};
  }

  void draw(Pen& pen, const Area& area) const {
    for (int side = 0; side < 4; ++side) {
      const int length = side < 2 ? area.width : area.height;
      for (int at = 0; at < length; at += std::max(1, spacing))
        if (pen.rng.chance(probability)) cut(pen, area, side, at);
    }
  }

  void cut(Pen& pen, const Area& area, int side, int at) const {
    const int deep = std::max(1, depth.draw(pen.rng)), wide = std::max(1, reach.draw(pen.rng));
    for (int d = 0; d < deep; ++d) {
      const int half = wide * (deep - d) / deep;
      for (int along = at - half; along <= at + half; ++along) {
        const int across = side % 2 ? (side < 2 ? area.height : area.width) - 1 - d : d;
        if (side < 2) pen.set_within(area, area.row + across, area.col + along, pen.wall);
        else pen.set_within(area, area.row + along, area.col + across, pen.wall);
      }
    }
  }
};

}  // namespace coterie::grid::maps
