// A whole network, from observations to logits and values and back, a tile of rows at a time: what one layer
// writes is still in the nearest memory when the next reads it, and nothing waits for Python.
//
// Numbers in, or bytes on a scale of levels; or things in slots (slots.h) and the rest. Then dense layers
// with relu, then the heads in one product: logits [C], a value, and the queries of pointers.
#pragma once

#include <cstring>
#include <vector>

#include "layer.h"
#include "slots.h"

namespace coterie {

struct Swift {
  size_t inputs = 0, choices = 0;
  std::vector<float> levels;  // of bytes; none where observations are numbers
  std::vector<int32_t> rest;  // where there are kinds
  std::vector<KindOf> kinds;
  std::vector<Layer> layers;  // relu after each
  Layer heads;

  size_t first_width() const {
    size_t width = rest.size();
    for (const KindOf& kind : kinds) width += 2 * kind.units;
    return kinds.empty() ? inputs : width;
  }
  size_t widest() const {
    size_t width = std::max(first_width(), heads.padded());
    for (const Layer& layer : layers) width = std::max(width, layer.padded());
    return width;
  }
  size_t queries() const {
    size_t width = 0;
    for (const KindOf& kind : kinds) width += kind.families ? kind.units : 0;
    return width;
  }
  // Room for the numbers that so many rows of bytes stand for.
  size_t bytes(size_t rows) const { return levels.empty() ? 0 : rows * inputs; }
  // Some rows of observations as numbers: as they are, or what bytes stand for, written to `to`.
  Rows numbers(const void* observations, size_t first, size_t rows, float* to) const {
    if (levels.empty()) return {static_cast<const float*>(observations) + first * inputs, inputs};
    const uint8_t* from = static_cast<const uint8_t*>(observations) + first * inputs;
    for (size_t i = 0; i < rows * inputs; ++i) to[i] = levels[from[i]];
    return {to, inputs};
  }
};

struct Answers {
  float *logits, *values;  // [B, C], [B]
};

// What the way back needs of B rows; a rollout keeps a tile of it.
struct Kept {
  float* joined;                     // [B, J], null where there are no kinds
  std::vector<float*> seen, hidden;  // [B, N, U] of each kind, [B, out] of each layer
  float* queries;                    // [B, Q] of all pointers, side by side
  Kept from(const Swift& net, size_t row) const {
    Kept part = *this;
    if (joined) part.joined += row * net.first_width();
    for (size_t k = 0; k < seen.size(); ++k) part.seen[k] += row * net.kinds[k].slots * net.kinds[k].units;
    for (size_t i = 0; i < hidden.size(); ++i) part.hidden[i] += row * net.layers[i].out();
    part.queries += row * net.queries();
    return part;
  }
};

// Room for so many rows, as `Kept` has it.
struct Room {
  std::vector<Floats> all;
  Kept kept;

  Room(const Swift& net, size_t rows) {
    const auto make = [&](size_t width) { return all.emplace_back(rows * width).data(); };
    kept.joined = net.kinds.empty() ? nullptr : make(net.first_width());
    for (const KindOf& kind : net.kinds) kept.seen.push_back(make(kind.slots * kind.units));
    for (const Layer& layer : net.layers) kept.hidden.push_back(make(layer.out()));
    kept.queries = make(net.queries());
  }
};

// What one tile of the way there writes on.
struct Desk {
  Floats said, numbers;
  Workroom things;

  explicit Desk(const Swift& net)
      : said(TILE_ROWS * net.heads.padded()), numbers(net.bytes(TILE_ROWS)), things(net.kinds, TILE_ROWS) {}
};

// A tile of numbers.
INLINED void run_tile(const Swift& net, const Tile& x, const Kept& kept, const Answers& to, Desk& desk) {
  const size_t joined = net.first_width(), rows = x.count;
  for (size_t row = 0; !net.kinds.empty() && row < rows; ++row)
    for (size_t i = 0; i < net.rest.size(); ++i)
      kept.joined[row * joined + i] = x.rows.from(row).data[net.rest[i]];
  float* pools = kept.joined + net.rest.size();
  for (size_t k = 0; k < net.kinds.size(); pools += 2 * net.kinds[k++].units)
    see(net.kinds[k], {x, kept.seen[k], desk.things}, {pools, joined, 2 * net.kinds[k].units});
  Rows below = net.kinds.empty() ? x.rows : Rows{kept.joined, joined};
  for (size_t i = 0; i < net.layers.size(); ++i) {
    const Layer& layer = net.layers[i];
    product<Activation::RELU>(below, layer.weights, layer.bias.data(), rows,
                              {kept.hidden[i], layer.out(), layer.out()});
    below = {kept.hidden[i], layer.out()};
  }
  const size_t width = net.heads.padded(), C = net.choices, Q = net.queries();
  product<Activation::PLAIN>(below, net.heads.weights, net.heads.bias.data(), rows,
                             {desk.said.data(), width, width});
  for (size_t row = 0; row < rows; ++row) {
    const float* said = desk.said.data() + row * width;
    std::memcpy(to.logits + row * C, said, C * sizeof(float));
    to.values[row] = said[C];
    std::memcpy(kept.queries + row * Q, said + C + 1, Q * sizeof(float));
  }
  const float* query = kept.queries;
  for (size_t k = 0; k < net.kinds.size(); ++k) {
    const KindOf& kind = net.kinds[k];
    if (kind.families == 0) continue;
    point(kind, {x, kept.seen[k], desk.things}, {query, Q}, {to.logits, C, C});
    query += kind.units;
  }
}

// Observations [B, inputs] of numbers, or of bytes where the network has levels. What `kept` has room for is
// kept of all rows; without it of a tile at a time.
CLONED inline void run(const Swift& net, const void* observations, size_t count, const Answers& to,
                       const Kept* kept) {
  Desk desk(net);
  const Room room(net, kept ? 0 : TILE_ROWS);
  for (size_t first = 0; first < count; first += TILE_ROWS) {
    const size_t rows = std::min(TILE_ROWS, count - first);
    const Tile x{net.numbers(observations, first, rows, desk.numbers.data()), rows};
    run_tile(net, x, kept ? kept->from(net, first) : room.kept,
             {to.logits + first * net.choices, to.values + first}, desk);
  }
}

// Gradients, to which is added: of each kind weight [D, U], bias [U], key [U, U] and score [F, U]; of each
// layer and of the heads weight [out, in] and bias [out].
struct SwiftBack {
  const float *d_logits, *d_values;  // [B, C], [B]
  struct OfKind {
    float *weight, *bias, *key, *score;
  };
  std::vector<OfKind> kinds;
  std::vector<LayerGradients> layers;  // the heads come last
};

// What one tile of the way back writes on.
struct Bench {
  Floats d_said, d_one, d_other, numbers;
  Floats scratch;
  std::vector<Floats> d_seen;
  Workroom things;
  SwiftBack back;  // whose gradients from above begin with the tile

  Bench(const Swift& net, const SwiftBack& all)
      : d_said(TILE_ROWS_BACK * net.heads.padded()),
        d_one(TILE_ROWS_BACK * net.widest()),
        d_other(TILE_ROWS_BACK * net.widest()),
        numbers(net.bytes(TILE_ROWS_BACK)),
        things(net.kinds, TILE_ROWS_BACK),
        back(all) {
    for (const KindOf& kind : net.kinds) d_seen.emplace_back(TILE_ROWS_BACK * kind.slots * kind.units);
  }
};

INLINED void back_tile(const Swift& net, const Tile& x, const Kept& kept, Bench& bench) {
  const SwiftBack& back = bench.back;
  const size_t C = net.choices, Q = net.queries(), width = net.heads.padded(), depth = net.layers.size(),
               rows = x.count, joined = net.first_width();
  float* d_said = bench.d_said.data();
  for (size_t row = 0; row < rows; ++row) {
    std::memcpy(d_said + row * width, back.d_logits + row * C, C * sizeof(float));
    d_said[row * width + C] = back.d_values[row];
  }
  size_t at = 0;
  for (size_t k = 0; k < net.kinds.size(); ++k) {
    const KindOf& kind = net.kinds[k];
    if (kind.families == 0) continue;
    point_back(kind, {x, kept.seen[k], bench.things}, {kept.queries + at, Q},
               {{back.d_logits, C},
                bench.d_seen[k].data(),
                {d_said + C + 1 + at, width, kind.units},
                back.kinds[k].key,
                back.kinds[k].score});
    at += kind.units;
  }
  const Rows first = net.kinds.empty() ? x.rows : Rows{kept.joined, joined};
  const auto input = [&](size_t i) {
    return i == 0 ? first : Rows{kept.hidden[i - 1], net.layers[i - 1].out()};
  };
  const auto inputs = [&](size_t i) { return i == 0 ? joined : net.layers[i - 1].out(); };
  float *d_here = bench.d_one.data(), *d_below = bench.d_other.data();
  const auto below = [&](size_t i, float* d_x) { return i > 0 || !net.kinds.empty() ? d_x : nullptr; };
  layer_back({{d_said, width}, net.heads.out(), input(depth), inputs(depth), rows}, net.heads.back,
             back.layers[depth], below(depth, d_here), bench.scratch);
  for (size_t i = depth; i-- > 0;) {
    const size_t out = net.layers[i].out();
    activate_backward<Activation::RELU>({kept.hidden[i], rows * out}, d_here, d_here);
    layer_back({{d_here, out}, out, input(i), inputs(i), rows}, net.layers[i].back, back.layers[i],
               below(i, d_below), bench.scratch);
    std::swap(d_here, d_below);
  }
  size_t pool = net.rest.size();
  for (size_t k = 0; k < net.kinds.size(); ++k) {
    const KindOf& kind = net.kinds[k];
    see_back(kind, {x, kept.seen[k], bench.things},
             {{kept.joined + pool, joined},
              {d_here + pool, joined},
              kind.families ? bench.d_seen[k].data() : nullptr,
              back.kinds[k].weight,
              back.kinds[k].bias});
    pool += 2 * kind.units;
  }
}

CLONED inline void run_back(const Swift& net, const void* observations, size_t count, const Kept& kept,
                            const SwiftBack& back) {
  Bench bench(net, back);
  for (size_t first = 0; first < count; first += TILE_ROWS_BACK) {
    const size_t rows = std::min(TILE_ROWS_BACK, count - first);
    bench.back.d_logits = back.d_logits + first * net.choices;
    bench.back.d_values = back.d_values + first;
    const Tile x{net.numbers(observations, first, rows, bench.numbers.data()), rows};
    back_tile(net, x, kept.from(net, first), bench);
  }
}

}  // namespace coterie
