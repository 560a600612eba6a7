// Prospector: one ship scans and mines asteroids whose content is hidden, hauls ore to a station whose prices
// move, and minds fuel, hull, heat, its tool, pirates and the clock.
#pragma once

#include "game.h"
#include "prospector_reward.h"
#include "prospector_text.h"

namespace coterie {

struct Prospector {
  static constexpr const char* name = "prospector";
  static constexpr int version = 3;

  struct Config {
    int ticks;
    bool banked, masked, notes;
    float advance, loss, tick_discount, invalid_penalty;

    static constexpr auto fields() {
      return std::tuple{field("ticks", &Config::ticks),
                        field("banked", &Config::banked),
                        field("masked", &Config::masked),
                        field("notes", &Config::notes),
                        field("advance", &Config::advance),
                        field("loss", &Config::loss),
                        field("tick_discount", &Config::tick_discount),
                        field("invalid_penalty", &Config::invalid_penalty)};
    }
  };

  static Spec spec(const Config& config) {
    Spec spec;
    spec.observation_shape = {config.notes ? prospector::NUMBERS_WITH_NOTES : prospector::NUMBERS};
    spec.observation_is_float = true;
    spec.actions = {prospector::ACTIONS};
    spec.has_mask = config.masked;
    spec.max_steps = config.ticks;
    spec.usual_steps = std::min(config.ticks, prospector::USUAL_STEPS);
    spec.statistics = prospector::statistics(!config.banked);
    spec.action_names = {prospector::action_names()};
    return spec;
  }

  // The seed of the episode seeds the reference's generator, which draws everything in this game.
  void reset(const Config&, Rng& rng) {
    state = {};
    fields.clear();
    make_room();
    state.draws = prospector::Draws::seeded(rng.state);
    prospector::Ship& ship = state.ship;
    ship.fuel = prospector::FUEL;
    ship.hull = prospector::HULL;
    ship.tool = prospector::TOOL;
    ship.supplies = {3, 2, 1};
    ship.selected = -1;
    state.tally.discount = 1;
    state.chart.draw(state.draws);
    state.market.open(state.draws);
    state.here = state.chart.nodes[0];
    prospector::look_along_lanes(state);
  }

  bool step(const Config& config, Rng&, const Io& io) {
    using namespace prospector;
    Tally& tally = state.tally;
    const auto before = Holdings::of(state);
    const int encounters = tally.encounters;
    Pilot pilot{state, fields};
    Deed deed = pilot.act(io.actions[0]);
    if (!deed.is_valid) {
      deed.ticks = 1;
      pilot.drift();
      ++tally.invalid;
    }
    pass(deed.ticks);
    state.market.move(tally.ticks + deed.ticks, deed.ticks, state.draws);
    settle(deed.ticks);
    tally.has_met = tally.encounters > encounters;
    end(config);
    const auto after = Holdings::of(state);
    const Step step{io.actions[0], deed.ticks, deed.is_valid};
    io.rewards[0] =
        tally.discount * (config.banked ? banked(state, before, after, config.advance, config.loss)
                                        : shaped(state, before, after, step, config.invalid_penalty));
    if (config.tick_discount < 1)
      for (int tick = 0; tick < deed.ticks; ++tick) tally.discount *= config.tick_discount;
    return tally.end != UNDER_WAY && !(tally.end == TIMED_OUT && !config.banked);
  }

  // A voyage's clock counts ticks, of which a step takes 1 to 8. Whoever is paid for what is banked has lost
  // the rest when it runs out: there it is an end like another.
  bool is_out_of_time(const Config&) const { return state.tally.end == prospector::TIMED_OUT; }

  void observe(const Config& config, const Io& io) const {
    const prospector::Window window{state};
    float* out = io.floats().data();
    window.show(out, float(config.ticks));
    if (config.notes) window.show_notes(out);
  }

  void mask(const Config&, const Io& io) const { prospector::Window{state}.mask(io.masks.data()); }

  void stats(const Config&, std::span<float> all, std::span<float>) const { prospector::tell(state, all); }

  std::string text(const Config& config) const { return prospector::Words{state}.text(config.ticks); }
  std::string snapshot(const Config& config) const {
    return prospector::Picture{state, fields}.json(config.ticks);
  }

  // Fields are drawn in the order a ship finds them; those that nobody has seen are no part of the world yet.
  template <class Use>
  void visit(Use use) {
    use(state);
    use(fields);
    make_room();
  }

 private:
  void make_room() { fields.reserve(prospector::NODES - 1); }

  // Time passes: the ship cools, buffs run out, and away from the station there are hazards and pirates.
  void pass(int dt) {
    using namespace prospector;
    Ship& ship = state.ship;
    ship.heat = std::max(0.f, ship.heat - 2.5f * float(dt));
    ship.escape = std::max(0, ship.escape - dt);
    for (int32_t& ticks : ship.stabilized) ticks = std::max(0, ticks - dt);
    if (ship.heat > HEAT) {
      ship.hull -= 1.25f * (ship.heat - HEAT);
      ship.heat = HEAT;
      state.tally.overheat_ticks += dt;
    }
    if (state.is_home()) return;
    const Node& node = state.here;
    suffer(ship, float(dt) * node.hazard, state.draws.uniform(0.8f, 1.2f));
    meet_pirates(state, node.pirates, dt);
  }

  void settle(int dt) {
    using namespace prospector;
    Ship& ship = state.ship;
    ship.fuel = std::clamp(ship.fuel, 0.f, FUEL);
    ship.hull = std::clamp(ship.hull, 0.f, HULL);
    ship.heat = std::clamp(ship.heat, 0.f, HEAT);
    ship.tool = std::clamp(ship.tool, 0.f, TOOL);
    ship.alert = std::clamp(ship.alert, 0.f, ALERT);
    for (float& amount : ship.cargo) amount = std::clamp(amount, 0.f, HOLD);
    const float load = ship.load();
    if (load > HOLD)
      for (float& amount : ship.cargo) amount *= HOLD / load;
    state.tally.utilization += std::min(load, HOLD) / HOLD * float(dt);
    state.tally.ticks += dt;
    state.tally.last_dt = dt;
  }

  // A ship that breaks in the step in which it cashes out is lost.
  void end(const Config& config) {
    using namespace prospector;
    const Ship& ship = state.ship;
    int32_t& end = state.tally.end;
    if (ship.hull <= 0) end = DESTROYED;
    else if (ship.fuel <= 0 && !state.is_home()) end = STRANDED;
    else if (end == UNDER_WAY && state.tally.ticks >= config.ticks) end = TIMED_OUT;
  }

  prospector::State state{};
  prospector::Fields fields;
};

}  // namespace coterie
