// A voyage as JSON for viewers and tests: `scene` is what changes, `scenery` what stays as it was drawn.
#pragma once

#include <cmath>
#include <string>
#include <string_view>

#include "prospector_actions.h"

namespace coterie::prospector {

constexpr const char* COMMODITY_NAMES[] = {"iron", "nickel",        "water_ice",
                                           "pge",  "rare_isotopes", "volatiles"};
constexpr const char* KIND_NAMES[] = {"station", "cluster", "hazard"};
constexpr const char* END_NAMES[] = {"under_way", "destroyed", "stranded", "cashed_out", "timed_out"};
constexpr const char* SUPPLY_NAMES[] = {"repair_kits", "stabilizers", "decoys"};

// JSON as it is written; amounts are rounded to hundredths, shares to thousandths.
class Json {
 public:
  std::string out;

  Json& open(char bracket) {
    out += bracket;
    is_first_ = true;
    return *this;
  }
  Json& close(char bracket) {
    out += bracket;
    is_first_ = false;
    return *this;
  }
  Json& key(std::string_view name) {
    next();
    out.append(1, '"').append(name).append("\":");
    is_first_ = true;  // the value follows without a comma
    return *this;
  }
  Json& text(std::string_view value) {
    next();
    out.append(1, '"').append(value).append(1, '"');
    return *this;
  }
  Json& count(int64_t value) {
    next();
    out += std::to_string(value);
    return *this;
  }
  Json& amount(float value) { return rounded(value, 100); }
  Json& share(float value) { return rounded(value, 1000); }
  Json& item() {
    next();
    is_first_ = true;
    return *this;
  }
  template <class Values, size_t N>
  Json& amounts(std::string_view name, const Values& values, const char* const (&names)[N]) {
    key(name).open('{');
    for (size_t i = 0; i < N; ++i) key(names[i]).amount(float(values[i]));
    return close('}');
  }
  template <class Values>
  Json& shares(std::string_view name, const Values& values, size_t count) {
    key(name).open('[');
    for (size_t i = 0; i < count; ++i) share(values[i]);
    return close(']');
  }

 private:
  bool is_first_ = true;

  void next() {
    if (!is_first_) out += ',';
    is_first_ = false;
  }

  Json& rounded(float value, int64_t scale) {
    next();
    const int64_t whole = std::llround(double(value) * double(scale));
    if (whole < 0) out += '-';
    const int64_t size = std::abs(whole);
    out += std::to_string(size / scale);
    int64_t rest = size % scale;
    if (rest) out += '.';
    for (int64_t place = scale / 10; rest; place /= 10) {
      out += char('0' + rest / place);
      rest %= place;
    }
    return *this;
  }
};

struct Picture {
  const State& state;
  const Fields& fields;
  const Ship& ship = state.ship;

  std::string json(int ticks) const {
    Json json;
    json.open('{').key("scene");
    scene(json);
    json.key("scenery");
    scenery(json, ticks);
    return json.close('}').out;
  }

 private:
  void scene(Json& json) const {
    const Tally& tally = state.tally;
    json.open('{').key("tick").count(tally.ticks).key("end").text(END_NAMES[tally.end]);
    json.key("node").count(state.here.number).key("selected").count(ship.selected);
    json.key("escape").count(ship.escape).key("last_ticks").count(tally.last_dt);
    json.key("ship").open('{');
    json.key("fuel").amount(ship.fuel).key("hull").amount(ship.hull).key("heat").amount(ship.heat);
    json.key("tool").amount(ship.tool).key("alert").amount(ship.alert).key("load").amount(ship.load());
    json.close('}').key("worth").open('{').key("credits").amount(ship.credits);
    json.key("hold").amount(state.market.value(ship.cargo)).close('}');
    json.amounts("cargo", ship.cargo, COMMODITY_NAMES).amounts("supplies", ship.supplies, SUPPLY_NAMES);
    json.amounts("price", state.market.price, COMMODITY_NAMES);
    json.amounts("inventory", state.market.inventory, COMMODITY_NAMES);
    json.key("counts").open('{').key("pirates").count(tally.encounters);
    json.key("fractures").count(tally.fractures).key("overheated").count(tally.overheat_ticks);
    json.key("earned").amount(ship.credits + tally.spending).key("spent").amount(tally.spending);
    for (int end = DESTROYED; end <= TIMED_OUT; ++end) json.key(END_NAMES[end]).count(tally.end == end);
    json.close('}');
    json.key("known").open('{');
    for (size_t n = 0; n < size_t(state.chart.size); ++n)
      if (is_known(n)) known(json, n);
    json.close('}').key("asteroids").open('[');
    for (size_t a = 0; a < size_t(state.place().asteroids); ++a) estimate(json, a);
    json.close(']').close('}');
  }

  bool is_known(size_t n) const {
    const Place& place = state.chart.places[n];
    return place.kind == STATION || place.field >= 0;
  }

  // Of a node that was visited what can have changed: hazard, estimated threats of its lanes, what is left.
  void known(Json& json, size_t n) const {
    const bool is_here = int32_t(n) == state.here.number;
    const Node& node = is_here ? state.here : state.chart.nodes[n];
    const Place& place = state.chart.places[n];
    json.key(std::to_string(n)).open('{').key("hazard").share(node.hazard);
    json.shares("threat", node.estimate, lanes_of(node));
    if (place.field >= 0) {
      const Field& field = is_here ? state.field : fields[size_t(place.field)];
      float left = 0, best = 0;
      for (size_t a = 0; a < size_t(place.asteroids); ++a) {
        left += 1.f - field.known[a].depletion;
        best = std::max(best, field.assay[a] * (1.f - field.known[a].depletion));
      }
      json.key("left").share(left / float(place.asteroids)).key("best").share(best);
    }
    json.close('}');
  }

  static size_t lanes_of(const Node& node) {
    size_t lanes = 0;
    while (lanes < LANES && node.ticks[lanes]) ++lanes;
    return lanes;
  }

  // What the pilot believes of an asteroid here.
  void estimate(Json& json, size_t a) const {
    const Known& known = state.field.known[a];
    json.item().open('{').shares("mix", known.mix, COMMODITIES);
    json.key("stability").share(known.stability).key("depletion").share(known.depletion);
    json.key("confidence").share(known.confidence).key("assay").share(state.field.assay[a]);
    json.key("stabilized").count(ship.stabilized[a]).close('}');
  }

  void scenery(Json& json, int ticks) const {
    json.open('{').key("ticks").count(ticks);
    json.key("curves").open('[').text("price").text("worth").text("ship").close(']');
    json.amounts("base", Market::BASE, COMMODITY_NAMES);
    json.key("most").open('{').key("fuel").amount(FUEL).key("hull").amount(HULL).key("heat").amount(HEAT);
    json.key("tool").amount(TOOL).key("alert").amount(ALERT).key("load").amount(HOLD).close('}');
    json.key("nodes").open('[');
    for (size_t n = 0; n < size_t(state.chart.size); ++n) node(json, n);
    json.close(']').close('}');
  }

  // A node and its asteroids as they are, which no pilot is told.
  void node(Json& json, size_t n) const {
    const Node& node = state.chart.nodes[n];
    const Place& place = state.chart.places[n];
    json.item().open('{').key("kind").text(KIND_NAMES[place.kind]).key("hops").count(place.hops);
    json.key("pirates").share(node.pirates).key("lanes").open('[');
    for (size_t lane = 0; lane < lanes_of(node); ++lane) {
      json.item().open('{').key("node").count(node.neighbor[lane]).key("ticks").count(node.ticks[lane]);
      json.key("fuel").amount(node.fuel[lane]).key("threat").share(node.threat[lane]).close('}');
    }
    json.close(']').key("asteroids").open('[');
    for (size_t a = 0; a < size_t(place.asteroids); ++a) {
      const Asteroid asteroid = draw_asteroid(node, a);
      json.item().open('{').shares("mix", asteroid.mix, COMMODITIES);
      json.key("richness").share(asteroid.richness).key("stability").share(asteroid.stability).close('}');
    }
    json.close(']').close('}');
  }
};

}  // namespace coterie::prospector
