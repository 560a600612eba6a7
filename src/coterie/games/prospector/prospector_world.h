// The world of Prospector: a station and the fields around it, joined by lanes; asteroids are drawn when a
// ship first comes near them.
#pragma once

#include <utility>

#include "prospector_draws.h"

namespace coterie::prospector {

constexpr int COMMODITIES = 6, NODES = 32, LANES = 6, ASTEROIDS = 16;
enum Commodity { IRON, NICKEL, WATER_ICE, PGE, RARE_ISOTOPES, VOLATILES };
enum Kind { STATION, CLUSTER, HAZARD };

using Mix = std::array<float, COMMODITIES>;  // shares that add up to 1

// What an asteroid is.
struct Asteroid {
  Mix mix;
  float richness, stability, noise;
};

// What is known of an asteroid, as an observation shows it.
struct Known {
  float is_there;
  Mix mix;
  float stability, depletion, confidence, is_selected;
};
static_assert(sizeof(Known) == 11 * sizeof(float));

// What is known of the asteroids of a node.
struct Field {
  std::array<Known, ASTEROIDS> known;
  std::array<float, ASTEROIDS> assay;  // richness as the last yield let it seem, 0 before the first
  std::array<std::array<float, ASTEROIDS>, COMMODITIES> found;  // the same by commodity: assay times mix
  std::array<uint8_t, ASTEROIDS> is_left;                       // whether there is something to mine
};

struct Node {
  uint64_t draws;  // where the generator stood before this node's asteroids
  float hazard, pirates;
  std::array<float, LANES> fuel, threat, estimate;
  std::array<int8_t, LANES> neighbor, ticks;  // ticks 0: no lane here
  int32_t number;                             // of the node itself; 0 is the station
};
static_assert(sizeof(Node) == 104);

// Of a node what one sees from its neighbours.
struct Place {
  float left, best, untried;            // asteroids left and those nobody mined, shares; the best one's worth
  float way_home;                       // fuel of an empty ship by lanes seen so far
  int8_t kind, hops, asteroids, field;  // field: of those visited, -1 while nobody has been here
};
static_assert(sizeof(Place) == 20);
constexpr float NO_WAY = 1e6f;

// Draws of one asteroid: mix 6, richness 2, stability 5, noise 1, and the first estimate 6.
constexpr int HIDDEN_DRAWS = 14, ASTEROID_DRAWS = 20, FEWEST = 5;
constexpr auto LEAPS = [] {
  std::array<Leap, ASTEROIDS + 1> leaps;
  for (int n = 0; n <= ASTEROIDS; ++n) leaps[size_t(n)] = Leap::over(n * ASTEROID_DRAWS);
  return leaps;
}();
constexpr Leap HIDDEN = Leap::over(HIDDEN_DRAWS);

inline float clamp01(float x) { return std::min(std::max(x, 0.f), 1.f); }

struct Chart {
  std::array<Place, NODES> places;
  std::array<Node, NODES> nodes;
  int64_t size;  // nodes of this world

  void draw(Draws& draws) {
    *this = {};
    size = 8 + draws.below(25);
    for (size_t n = 0; n < NODES; ++n)
      nodes[n].number = int32_t(n), places[n].hops = NODES - 1, places[n].field = -1,
      places[n].way_home = NO_WAY;
    for (size_t n = 1; n < size_t(size); ++n) {
      Node& node = nodes[n];
      places[n].kind = draws.unit() < 0.25f ? HAZARD : CLUSTER;
      node.hazard = draws.uniform(0.05f, 0.35f);
      node.pirates = draws.uniform(0.05f, 0.30f);
      if (places[n].kind == HAZARD) node.hazard += 0.25f, node.pirates += 0.12f;
    }
    Threats threats;
    for (int n = 1; n < size; ++n) join(n, draws.below(uint32_t(n)), threats, draws);
    for (int i = 0; i < size; ++i) {
      const int u = draws.below(uint32_t(size)), v = draws.below(uint32_t(size));
      if (u != v) join(u, v, threats, draws);
    }
    lay(threats);
    for (size_t n = 1; n < size_t(size); ++n) {
      places[n].asteroids = int8_t(FEWEST + draws.below(12));
      nodes[n].draws = draws.state;
      draws.leap(LEAPS[size_t(places[n].asteroids)]);
    }
    measure_hops();
    places[0].way_home = 0;
    see_lanes(0);
  }

  bool is_seen(size_t node) const { return node == 0 || places[node].field >= 0; }

  // A ship came here first: the lanes from here may be part of a way home. It tells the news to all nodes
  // whose lanes it knows, for as long as there is any.
  void see_lanes(size_t from) {
    const size_t most = size_t(size);
    for (bool is_news = meet_neighbors(from); is_news;) {
      is_news = false;
      for (size_t n = 0; n < most; ++n)
        if (is_seen(n)) is_news |= meet_neighbors(n);
    }
  }

 private:
  // Both ends of each lane from here learn of the other's way home.
  bool meet_neighbors(size_t n) {
    bool is_news = false;
    float& way = places[n].way_home;
    for (size_t lane = 0; lane < LANES && nodes[n].ticks[lane]; ++lane) {
      float& other = places[size_t(nodes[n].neighbor[lane])].way_home;
      const float fuel = nodes[n].fuel[lane];
      if (other + fuel < way) way = other + fuel, is_news = true;
      if (way + fuel < other) other = way + fuel, is_news = true;
    }
    return is_news;
  }

  // What is needed for the threat of each lane, so that all are computed at once.
  struct Threats {
    static constexpr size_t MOST = 2 * NODES;
    size_t size = 0;
    std::array<int8_t, NODES> lanes{};  // of each node so far
    std::array<float, MOST> mean, first, second;
    std::array<std::pair<float*, float*>, MOST> ends;
  };

  // A lane between two nodes, if both have room for one and none joins them yet.
  void join(int a, int b, Threats& threats, Draws& draws) {
    Node &one = nodes[size_t(a)], &other = nodes[size_t(b)];
    const size_t here = size_t(threats.lanes[size_t(a)]), there = size_t(threats.lanes[size_t(b)]);
    for (size_t lane = 0; lane < here; ++lane)
      if (one.neighbor[lane] == b) return;
    if (here == LANES || there == LANES) return;
    ++threats.lanes[size_t(a)], ++threats.lanes[size_t(b)];
    const int ticks = 1 + draws.below(8);
    const float fuel = draws.uniform(20.f, 112.f);
    one.neighbor[here] = int8_t(b), other.neighbor[there] = int8_t(a);
    one.ticks[here] = other.ticks[there] = int8_t(ticks);
    one.fuel[here] = other.fuel[there] = fuel;
    one.estimate[here] = other.estimate[there] = 0.5f;
    threats.mean[threats.size] = 0.5f * (one.hazard + other.hazard) + 0.5f * (one.pirates + other.pirates);
    threats.first[threats.size] = draws.positive();
    threats.second[threats.size] = draws.unit();
    threats.ends[threats.size++] = {&one.threat[here], &other.threat[there]};
  }

  static void lay(Threats& threats) {
    for (size_t i = threats.size; i % FOUR; ++i) threats.first[i] = threats.second[i] = 0.5f;
    by_fours(threats.size, [&](size_t i) {
      put(&threats.first[i], bell(four(&threats.first[i]), four(&threats.second[i])));
    });
    for (size_t i = 0; i < threats.size; ++i)
      *threats.ends[i].first = *threats.ends[i].second = clamp01(threats.mean[i] + 0.05f * threats.first[i]);
  }

  void measure_hops() {
    std::array<int8_t, NODES> queue{};
    places[0].hops = 0;
    for (size_t first = 0, last = 1; first < last; ++first) {
      const size_t at = size_t(queue[first]);
      for (size_t lane = 0; lane < LANES && nodes[at].ticks[lane]; ++lane) {
        const int8_t to = nodes[at].neighbor[lane];
        Place& next = places[size_t(to)];
        if (next.hops < NODES - 1) continue;
        next.hops = int8_t(places[at].hops + 1);
        queue[last++] = to;
      }
    }
  }
};

// Shares from exponential draws (Dirichlet with all parameters 1).
inline Mix shares(const float* draws) {
  float sum = 0;
  for (size_t c = 0; c < COMMODITIES; ++c) sum += draws[c];
  Mix mix;
  for (size_t c = 0; c < COMMODITIES; ++c) mix[c] = draws[c] / sum;
  return mix;
}

// An asteroid as the world was drawn, whenever one looks: nothing keeps it meanwhile. Whoever only scans it
// needs no richness.
template <bool HAS_RICHNESS = true>
inline Asteroid draw_asteroid(const Node& node, size_t slot) {
  Draws draws{node.draws};
  draws.leap(LEAPS[slot]);
  std::array<float, 16> unit, exponent;
  unit[14] = unit[15] = 1;
  for (size_t i = 0; i < HIDDEN_DRAWS; ++i) unit[i] = draws.unit();
  by_fours(16, [&](size_t i) { put(&exponent[i], exponents(four(&unit[i]))); });
  Asteroid asteroid{};
  asteroid.mix = shares(&exponent[0]);
  if constexpr (HAS_RICHNESS) {
    const float normal = root(2.f * exponent[6]) * cosine_of_turn(unit[7]);
    asteroid.richness = std::clamp(exponential(-0.2f + 0.65f * normal), 0.2f, 4.f);
  }
  const float three = exponent[8] + exponent[9] + exponent[10], two = exponent[11] + exponent[12];
  asteroid.stability = three / (three + two);
  asteroid.noise = 0.04f + (0.22f - 0.04f) * unit[13];
  return asteroid;
}

// What is known of a node's asteroids before the first scan.
inline void draw_field(const Node& node, int asteroids, Field& field) {
  field = {};
  Draws draws{node.draws};
  for (size_t a = 0; a < size_t(asteroids); ++a) {
    draws.leap(HIDDEN);
    std::array<float, 8> exponent;
    exponent[6] = exponent[7] = 1;
    for (size_t c = 0; c < COMMODITIES; ++c) exponent[c] = draws.unit();
    by_fours(8, [&](size_t i) { put(&exponent[i], exponents(four(&exponent[i]))); });
    field.known[a] = {1, shares(exponent.data()), 0.5f, 0, 0.1f, 0};
    field.is_left[a] = 1;
  }
}

}  // namespace coterie::prospector
