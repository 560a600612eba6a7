// A voyage in words: names of actions and statistics, a drawing for people, the whole world as JSON.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "prospector_show.h"

namespace coterie::prospector {

constexpr const char* COMMODITY_NAMES[] = {"iron", "nickel",        "water_ice",
                                           "pge",  "rare_isotopes", "volatiles"};
constexpr const char* KIND_NAMES[] = {"station", "cluster", "hazard"};
constexpr const char* END_NAMES[] = {"under_way", "destroyed", "stranded", "cashed_out", "timed_out"};

inline std::vector<std::string> action_names() {
  std::vector<std::string> names;
  auto each = [&](const std::string& stem, int count) {
    for (int i = 0; i < count; ++i) names.push_back(stem + std::to_string(i));
  };
  auto add = [&](std::initializer_list<const char*> more) {
    names.insert(names.end(), more.begin(), more.end());
  };
  each("travel_", LANES);
  add({"hold_drift", "emergency_burn", "wide_scan", "focused_scan", "deep_scan", "passive_threat_listen"});
  each("select_", ASTEROIDS);
  add({"mine_conservative", "mine_standard", "mine_aggressive", "stabilize", "refine", "active_cooldown",
       "tool_maintenance", "hull_patch"});
  for (const char* what : COMMODITY_NAMES) names.push_back(std::string("jettison_") + what);
  add({"dock"});
  for (const char* what : COMMODITY_NAMES)
    for (const char* part : {"_25", "_50", "_100"}) names.push_back(std::string("sell_") + what + part);
  add({"buy_fuel_small", "buy_fuel_medium", "buy_fuel_large", "buy_repair_kit", "buy_stabilizer", "buy_decoy",
       "full_overhaul", "cash_out"});
  return names;
}

// `twice`: also the reference's figure, from which spending was subtracted a second time.
inline std::vector<std::string> statistics(bool twice) {
  std::vector<std::string> names = {"profit",
                                    "survival",
                                    "profit_per_tick",
                                    "credits",
                                    "spending",
                                    "decision_ticks",
                                    "destroyed",
                                    "stranded",
                                    "cashed_out",
                                    "timed_out",
                                    "fuel_used",
                                    "hull_damage",
                                    "tool_wear",
                                    "ore_mined",
                                    "mining_ticks",
                                    "fractures",
                                    "scan_count",
                                    "overheat_ticks",
                                    "pirate_encounters",
                                    "value_lost_to_pirates",
                                    "cargo_utilization_avg",
                                    "invalid_actions",
                                    "refused_actions"};
  if (twice) names.push_back("net_profit");
  return names;
}

// In the order of `statistics`.
inline void tell(const State& state, std::span<float> all) {
  const Ship& ship = state.ship;
  const Tally& tally = state.tally;
  const float ticks = float(std::max(1, tally.ticks));
  const float told[] = {ship.credits,
                        float(!is_dead(tally.end)),
                        ship.credits / ticks,
                        ship.credits,
                        tally.spending,
                        float(tally.ticks),
                        float(tally.end == DESTROYED),
                        float(tally.end == STRANDED),
                        float(tally.end == CASHED_OUT),
                        float(tally.end == TIMED_OUT),
                        FUEL + tally.fuel_bought - ship.fuel,
                        HULL + tally.hull_mended - ship.hull,
                        TOOL + tally.tool_mended - ship.tool,
                        tally.ore_mined,
                        float(tally.mining_ticks),
                        float(tally.fractures),
                        float(tally.scans),
                        float(tally.overheat_ticks),
                        float(tally.encounters),
                        tally.lost_to_pirates,
                        tally.utilization / ticks,
                        float(tally.invalid),
                        0,  // the batch counts what it refuses
                        ship.credits - tally.spending};
  std::copy_n(told, all.size(), all.begin());
}

template <class... Values>
std::string printed(const char* format, Values... values) {
  char line[256];
  std::snprintf(line, sizeof line, format, values...);
  return line;
}

struct Words {
  const State& state;
  const Fields& fields;
  const Ship& ship = state.ship;
  const Node& node = state.here;

  std::string text(int ticks) const {
    std::string out =
        printed("tick %d of %d, node %d (%s, %d hops), %s", state.tally.ticks, ticks, node.number,
                KIND_NAMES[state.place().kind], state.place().hops, END_NAMES[state.tally.end]);
    out += printed("\nfuel %.1f, hull %.1f, heat %.1f, tool %.1f, alert %.1f, credits %.1f", ship.fuel,
                   ship.hull, ship.heat, ship.tool, ship.alert, ship.credits);
    out += printed("\nkits %d, stabilizers %d, decoys %d, escape %d", ship.supplies[KITS],
                   ship.supplies[STABILIZERS], ship.supplies[DECOYS], ship.escape);
    for (size_t c = 0; c < COMMODITIES; ++c)
      out += printed("%s%s %.1f at %.1f", c ? ", " : "\n", COMMODITY_NAMES[c], ship.cargo[c],
                     state.market.price[c]);
    out += "\nlanes";
    for (size_t lane = 0; lane < LANES && node.ticks[lane]; ++lane)
      out += printed(" %zu:node %d in %d, fuel %.0f, threat %.2f;", lane, node.neighbor[lane],
                     node.ticks[lane], node.fuel[lane], node.estimate[lane]);
    if (ship.selected >= 0) out += selected();
    return out;
  }

  std::string json(int ticks) const {
    std::string out = printed("{\"tick\":%d,\"ticks\":%d,\"end\":\"%s\",", state.tally.ticks, ticks,
                              END_NAMES[state.tally.end]);
    out += printed("\"ship\":{\"node\":%d,\"selected\":%d,\"escape\":%d,\"last_dt\":%d,", node.number,
                   ship.selected, ship.escape, state.tally.last_dt);
    out += printed("\"fuel\":%.9g,\"hull\":%.9g,\"heat\":%.9g,\"tool\":%.9g,\"alert\":%.9g,\"credits\":%.9g,",
                   ship.fuel, ship.hull, ship.heat, ship.tool, ship.alert, ship.credits);
    out += "\"cargo\":" + list(ship.cargo) + ",\"supplies\":" + list(ship.supplies) +
           ",\"stabilized\":" + list(ship.stabilized) + "},";
    out += market() + ",\"nodes\":[";
    for (int64_t n = 0; n < state.chart.size; ++n) out.append(n ? "," : "").append(place(size_t(n)));
    return out + "]}";
  }

 private:
  template <class Items>
  static std::string list(const Items& items, size_t count = std::tuple_size_v<Items>) {
    std::string out = "[";
    for (size_t i = 0; i < count; ++i) out += printed(i ? ",%.9g" : "%.9g", double(items[i]));
    return out + "]";
  }

  std::string selected() const {
    const Known& known = state.field.known[size_t(ship.selected)];
    std::string out = printed("\nasteroid %d: depletion %.2f, stability %.2f, confidence %.2f;",
                              ship.selected, known.depletion, known.stability, known.confidence);
    for (size_t c = 0; c < COMMODITIES; ++c) out += printed(" %s %.2f", COMMODITY_NAMES[c], known.mix[c]);
    return out;
  }

  std::string market() const {
    const Market& market = state.market;
    return "\"market\":{\"price\":" + list(market.price, COMMODITIES) +
           ",\"change\":" + list(market.change, COMMODITIES) +
           ",\"inventory\":" + list(market.inventory, COMMODITIES) +
           ",\"sales\":" + list(market.sales, COMMODITIES) + ",\"phase\":" + list(market.phase, COMMODITIES) +
           ",\"period\":" + list(market.period, COMMODITIES) +
           ",\"amplitude\":" + list(market.amplitude, COMMODITIES) + "}";
  }

  // Asteroids that nobody has seen are drawn for the occasion.
  std::string place(size_t number) const {
    const Place& place = state.chart.places[number];
    const bool is_here = int32_t(number) == node.number;
    const Node& there = is_here ? node : state.chart.nodes[number];
    const bool was_visited = place.field >= 0 || place.kind == STATION;
    std::string out = printed(
        "{\"kind\":\"%s\",\"hops\":%d,\"visited\":%s,\"hazard\":%.9g,\"pirates\":%.9g,\"lanes\":[",
        KIND_NAMES[place.kind], place.hops, was_visited ? "true" : "false", there.hazard, there.pirates);
    for (size_t lane = 0; lane < LANES && there.ticks[lane]; ++lane)
      out += printed("%s{\"node\":%d,\"ticks\":%d,\"fuel\":%.9g,\"threat\":%.9g,\"estimate\":%.9g}",
                     lane ? "," : "", there.neighbor[lane], there.ticks[lane], there.fuel[lane],
                     there.threat[lane], there.estimate[lane]);
    out += "],\"asteroids\":[";
    Field field = state.field;
    if (place.field < 0) draw_field(there, place.asteroids, field);
    else if (!is_here) field = fields[size_t(place.field)];
    for (size_t a = 0; a < size_t(place.asteroids); ++a)
      out.append(a ? "," : "").append(rock(field, a, draw_asteroid(there, a)));
    return out + "]}";
  }

  static std::string rock(const Field& field, size_t a, const Asteroid& asteroid) {
    const Known& known = field.known[a];
    return "{\"estimate\":" + list(known.mix) + ",\"mix\":" + list(asteroid.mix) +
           printed(",\"stability_estimate\":%.9g,\"depletion\":%.9g,\"confidence\":%.9g,\"assay\":%.9g,",
                   known.stability, known.depletion, known.confidence, field.assay[a]) +
           printed("\"richness\":%.9g,\"stability\":%.9g,\"noise\":%.9g}", asteroid.richness,
                   asteroid.stability, asteroid.noise);
  }
};

}  // namespace coterie::prospector
