// Grid: a gridworld whose rules are data. Agents move on a map of objects, use them by moving into them, and
// are rewarded as the rule book says.
#pragma once

#include "game.h"
#include "grid_actions.h"
#include "grid_observe.h"
#include "grid_text.h"

namespace coterie {

struct Grid {
  static constexpr const char* name = "grid";
  static constexpr int version = 1;

  using Config = grid::Config;

  static Spec spec(const Config& c) {
    Spec spec;
    const auto& o = c.observation;
    spec.seats = c.seats;
    if (o.view == int(grid::View::TOKENS)) spec.observation_shape = {o.num_tokens, 3};
    if (o.view == int(grid::View::BOX))
      spec.observation_shape = {o.features + int(c.tags.size()), o.height, o.width};
    if (o.view == int(grid::View::TILES)) spec.observation_shape = {o.height, o.width};
    spec.actions = {c.actions_count()};
    spec.action_names = {action_names(c)};
    spec.max_steps = c.truncates ? c.max_steps : 0;
    spec.usual_steps = c.max_steps;
    spec.statistics = c.game_names;
    for (const auto& team : c.teams)
      for (const auto& stat : c.team_names) spec.statistics.push_back(team.name + "/" + stat);
    spec.seat_statistics = c.seat_names;
    return spec;
  }

  static std::vector<std::string> action_names(const Config& c) {
    static constexpr const char* MOVES[] = {"north",     "south",     "west",      "east",
                                            "northwest", "northeast", "southwest", "southeast"};
    std::vector<std::string> names{"noop"};
    for (int direction : c.actions.moves) names.push_back(std::string("move_") + MOVES[direction]);
    for (const auto& vibe : c.vibes)
      if (c.actions.change_vibe) names.push_back("change_vibe_" + vibe);
    return names;
  }

  void reset(const Config& c, Rng& rng) {
    static thread_local grid::Canvas canvas;
    Rng own = rng.split();
    Rng fixed{uint64_t(c.map_seed)};
    Rng& map_rng = c.map_seed >= 0 ? fixed : own;
    grid::draw_map(c.map, map_rng, canvas);
    lay_out(c, canvas, map_rng);
    grid::find_sources(c, world);
    if (c.observation.view != int(grid::View::TILES)) refresh_all(c);
  }

  bool step(const Config& c, Rng& rng, const Io& io) {
    count_tokens(c, world.game_stats);
    ++world.step;
    grid::run_events(c, world, rng);
    rng.shuffle(world.order);
    for (uint16_t seat : world.order) grid::act(c, world, rng, seat, io.actions[seat]);
    for (int seat = 0; seat < c.seats; ++seat) grid::tick(c, world, rng, seat);
    if (world.areas_are_stale) grid::find_sources(c, world);
    if (!world.sources.empty())
      for (int seat = 0; seat < c.seats; ++seat) grid::suffer_areas(c, world, rng, seat);
    world.hold_aligned(c);
    for (int seat = 0; seat < c.seats; ++seat) io.rewards[size_t(seat)] = reward(c, seat);
    if (c.observation.view != int(grid::View::TILES)) grid::refresh_tokens(c, world);
    return !c.truncates && c.max_steps > 0 && world.step >= c.max_steps;
  }

  void observe(const Config& c, const Io& io) {
    const grid::Window& window = grid::window_of_thread(c.observation, world.stride);
    world.written = world.dropped = 0;
    const size_t bytes = io.observations.size() / size_t(c.seats);
    for (int seat = 0; seat < c.seats; ++seat) {
      uint8_t* row = io.observations.data() + size_t(seat) * bytes;
      switch (grid::View(c.observation.view)) {
        case grid::View::TOKENS: grid::observe_tokens(c, world, window, seat, row); break;
        case grid::View::BOX: grid::observe_box(c, world, window, seat, row); break;
        case grid::View::TILES: grid::observe_tiles(c, world, window, seat, row); break;
      }
    }
  }

  void stats(const Config& c, std::span<float> all, std::span<float> seats) const {
    std::copy(world.game_stats.begin(), world.game_stats.end(), all.begin());
    std::copy(world.team_stats.begin(), world.team_stats.end(), all.begin() + int(world.game_stats.size()));
    std::copy(world.seat_stats.begin(), world.seat_stats.end(), seats.begin());
    count_tokens(c, all);
  }

  std::string text(const Config& c) const { return grid::draw(c, world); }

  std::string snapshot(const Config& c) const {
    std::vector<double> returns;
    for (const auto& agent : world.agents) returns.push_back(agent.reward_sum);
    return grid::world_json(c, world, action_names(c), returns);
  }

  template <class Use>
  void visit(Use use) {
    world.visit(use);
  }

  // -- the parts of reset and step, in the order they come --------------------------------------------------

  void lay_out(const Config& c, const grid::Canvas& canvas, Rng& rng) {
    auto& w = world;
    w.step = 0, w.written = w.dropped = 0;
    w.height = canvas.height, w.width = canvas.width;
    w.stride = w.width + 2 * grid::PAD;
    w.bit_stride = w.stride / 8 + 8;
    w.cells.assign(size_t((w.height + 2 * grid::PAD) * w.stride), 0);
    w.occupied.assign(size_t((w.height + 2 * grid::PAD) * w.bit_stride), 0);
    w.things.assign(size_t(c.seats), {});
    w.agents.assign(size_t(c.seats), {});
    w.cooling.clear(), w.dirty.clear();
    w.order.resize(size_t(c.seats));
    for (size_t i = 0; i < w.order.size(); ++i) w.order[i] = uint16_t(i);
    w.game_stats.assign(c.game_names.size(), 0);
    w.team_stats.assign(c.team_names.size() * c.teams.size(), 0);
    w.seat_stats.assign(c.seat_names.size() * size_t(c.seats), 0);
    seat_agents(c, canvas, rng);
    for (int row = 0; row < w.height; ++row)
      for (int col = 0; col < w.width; ++col) {
        const grid::Cell cell = canvas.cells[size_t(row * w.width + col)];
        if (cell == grid::EMPTY || cell >= grid::SPAWN) continue;
        const auto& kind = c.kinds[cell - 1u];
        w.game_stats[size_t(kind.object_stat)] += 1;
        if (kind.is_plain) w.put(row, col, cell);
        else add(c, row, col, cell - 1);
      }
    fill_stocks(c);
  }

  // Each group takes its spawn cells; of too many, a random choice; seats follow the cells' row-major order.
  void seat_agents(const Config& c, const grid::Canvas& canvas, Rng& rng) {
    static thread_local std::vector<int32_t> cells;
    int seat = 0;
    for (int g = 0; g < c.groups; ++g) {
      const int kind = c.objects + g, count = c.kinds[size_t(kind)].count;
      cells.clear();
      for (size_t i = 0; i < canvas.cells.size(); ++i)
        if (canvas.cells[i] == grid::SPAWN + g) cells.push_back(int32_t(i));
      if (int(cells.size()) < count)
        throw std::invalid_argument("the map has " + std::to_string(cells.size()) + " spawn cells for the " +
                                    std::to_string(count) + " agents of '" + c.kinds[size_t(kind)].cell_name +
                                    "'");
      if (int(cells.size()) > count && !c.fixed_spawn_order) rng.shuffle(cells);
      std::sort(cells.begin(), cells.begin() + count);
      for (int i = 0; i < count; ++i, ++seat) {
        const int row = cells[size_t(i)] / canvas.width, col = cells[size_t(i)] % canvas.width;
        set_thing(c, seat, row, col, kind);
        world.agents[size_t(seat)] = {row, col, row, col};
        world.game_stats[size_t(c.kinds[size_t(kind)].object_stat)] += 1;
      }
    }
  }

  void add(const Config& c, int row, int col, int kind) {
    world.things.emplace_back();
    set_thing(c, int(world.things.size()) - 1, row, col, kind);
  }

  void set_thing(const Config& c, int thing, int row, int col, int kind) {
    grid::Thing& t = world.things[size_t(thing)];
    t.row = row, t.col = col, t.kind = uint8_t(kind), t.vibe = uint8_t(c.kinds[size_t(kind)].vibe),
    t.is_alive = 1;
    for (int tag : c.kinds[size_t(kind)].tags) t.set_tag(tag, true);
    world.put(row, col, uint16_t(1 + c.kinds.size() + size_t(thing)));
  }

  void fill_stocks(const Config& c) {
    auto& w = world;
    const size_t things = w.things.size(), holders = size_t(c.team_count()) + things,
                 resources = c.resources.size();
    if (1 + c.kinds.size() + things > 65535)
      throw std::invalid_argument("the map has " + std::to_string(things) +
                                  " objects; a world holds at most 65000");
    w.stock.assign(holders * resources, 0);
    w.limit_sums.assign(holders * size_t(c.limit_groups), 0);
    w.capacity.assign(holders * size_t(c.limit_groups), 0);
    w.used.assign(holders * size_t(c.limit_groups), 0);
    w.is_dirty.assign(things, 0);
    w.inside.assign(c.has_presence ? size_t(c.seats) * things : 0, 0);
    w.inventory_of.resize(holders);
    for (int h = 0; h < int(holders); ++h)
      w.inventory_of[size_t(h)] =
          uint8_t(h < c.team_count() ? h : c.team_count() + w.things[size_t(h - c.team_count())].kind);
    for (int h = 0; h < int(holders); ++h) w.hold_initially(c, h);
    for (int t = 0; t < int(things); ++t) w.align(c, t, c.kinds[w.things[size_t(t)].kind].team);
    place_tokens(c);
  }

  void place_tokens(const Config& c) {
    auto& w = world;
    const size_t kinds = c.kinds.size();
    w.slots.assign(1 + kinds + w.things.size(), {});
    w.tokens_end = 0;
    const uint32_t place = uint32_t(c.kinds.back().max_tokens + 7) / 8 * 24;  // the same for all kinds
    w.tokens.assign(kinds * (c.tags.size() + 16) * 3 + w.things.size() * 48 + size_t(c.seats) * place, 0);
    for (size_t k = 0; k < kinds; ++k) {
      grid::TokenWriter to(w.tokens.data() + w.tokens_end);
      for (int tag : c.kinds[k].tags) to.put_if(c.observation.ids.tag, tag);
      w.slots[1 + k] = {w.tokens_end, uint16_t(to.count()), uint16_t((to.count() + 7) / 8 * 24)};
      w.tokens_end += w.slots[1 + k].place;
    }
    for (size_t seat = 0; seat < size_t(c.seats); ++seat, w.tokens_end += place)
      w.slots[1 + kinds + seat] = {w.tokens_end, 0, uint16_t(place)};
  }

  void refresh_all(const Config& c) {
    for (int t = 0; t < int(world.things.size()); ++t) grid::write_tokens(c, world, t);
    world.dirty.clear();
    std::fill(world.is_dirty.begin(), world.is_dirty.end(), uint8_t(0));
  }

  // Adds the tokens of the observations shown last; they are known only after the step they belong to.
  void count_tokens(const Config& c, std::span<float> game_stats) const {
    if (c.observation.view != int(grid::View::TOKENS)) return;
    game_stats[grid::TOKENS_WRITTEN] += float(world.written);
    game_stats[grid::TOKENS_DROPPED] += float(world.dropped);
    game_stats[grid::TOKENS_FREE] += float(int64_t(c.seats) * c.observation.num_tokens - world.written);
  }

  // The change since the last step of Σ numerators × weight ÷ denominators, each entry held within its cap.
  float reward(const Config& c, int seat) {
    grid::Agent& agent = world.agents[size_t(seat)];
    const grid::Kind& kind = c.kinds[world.things[size_t(seat)].kind];
    if (kind.rewards_are_own && !agent.holds_other) return agent.reward = 0;
    agent.holds_other = 0;
    double sum = 0;
    for (const auto& entry : kind.rewards) {
      double value = 0;
      for (const auto& v : entry.numerators) value += world.value(c, v, seat);
      value *= entry.weight;
      for (const auto& v : entry.denominators)
        if (const double by = world.value(c, v, seat); by > 0) value /= by;
      sum += entry.maximum < 0 ? value : std::clamp(value, -entry.maximum, entry.maximum);
    }
    agent.reward = float(sum - agent.reward_sum);
    agent.reward_sum = sum;
    return agent.reward;
  }

  grid::World world;
};

}  // namespace coterie
