// A voyage in words: names of actions and statistics, and a drawing for people.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "prospector_scene.h"
#include "prospector_show.h"

namespace coterie::prospector {

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

 private:
  std::string selected() const {
    const Known& known = state.field.known[size_t(ship.selected)];
    std::string out = printed("\nasteroid %d: depletion %.2f, stability %.2f, confidence %.2f;",
                              ship.selected, known.depletion, known.stability, known.confidence);
    for (size_t c = 0; c < COMMODITIES; ++c) out += printed(" %s %.2f", COMMODITY_NAMES[c], known.mix[c]);
    return out;
  }
};

}  // namespace coterie::prospector
