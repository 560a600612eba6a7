// Config: the rule book with everything derived that the step would otherwise compute again.
#pragma once

#include "game.h"
#include "grid_map.h"
#include "grid_rules.h"

namespace coterie::grid {

// Seat statistics that every grid game has, in this order; the names are below.
enum SeatStat {
  NOOP_SUCCESS,
  NOOP_FAILED,
  MOVE_SUCCESS,
  MOVE_FAILED,
  VIBE_SUCCESS,
  VIBE_FAILED,
  ATTACK_SUCCESS,
  ATTACK_FAILED,
  FAILED,
  MAX_STILL,
  FROZEN_TICKS,
  SWAPS,
  FIRST_RESOURCE_STAT
};
enum GameStat { TOKENS_WRITTEN, TOKENS_DROPPED, TOKENS_FREE };

// Of a resource in an inventory: the limit it falls under, and where the limits it modifies are listed.
struct LimitEntry {
  uint16_t limit, modified;
  uint32_t first;
};
struct Modified {
  int limit, factor, minimum, maximum;
};

struct Config {
  MapConfig map;
  std::vector<std::string> resources, vibes, tags;
  std::vector<Kind> kinds;  // object kinds, then groups of agents
  std::vector<Team> teams;
  Actions actions;
  std::vector<Event> events;
  Observation observation;
  int max_steps;
  bool truncates;
  int64_t map_seed;  // < 0: a map of its own for every episode
  bool fixed_spawn_order;

  static constexpr auto fields() {
    using C = Config;
    return std::tuple{field("map", &C::map),
                      field("resources", &C::resources),
                      field("vibes", &C::vibes),
                      field("tags", &C::tags),
                      field("kinds", &C::kinds),
                      field("teams", &C::teams),
                      field("actions", &C::actions),
                      field("events", &C::events),
                      field("observation", &C::observation),
                      field("max_steps", &C::max_steps),
                      field("truncates", &C::truncates),
                      field("map_seed", &C::map_seed),
                      field("fixed_spawn_order", &C::fixed_spawn_order)};
  }

  // -- derived ----------------------------------------------------------------------------------------------
  int seats = 0, objects = 0, groups = 0;  // kinds = objects + groups
  int aligned_rows = 0;  // kinds the teams' statistics count: not plain ones; agents together
  int limit_groups = 0;  // most limits of any inventory
  int digits = 1;        // of a number in tokens
  int most_globals = 0;  // tokens of no cell
  bool has_presence = false;
  std::vector<Inventory> inventories;     // of the teams, then of the kinds
  std::vector<LimitEntry> limit_entries;  // [inventory, resource]
  std::vector<Modified> modified;
  std::vector<int> kind_of_seat;
  std::vector<std::string> seat_names, team_names, game_names, aligned_names;
  int attack_stats = 0,
      created_stats = 0;  // where the seat statistics of attacks, the game's of products, begin

  int resource_count() const { return int(resources.size()); }
  int team_count() const { return int(teams.size()); }
  int gained(int r) const { return FIRST_RESOURCE_STAT + r; }
  int lost(int r) const { return FIRST_RESOURCE_STAT + resource_count() + r; }
  int amount(int r) const { return FIRST_RESOURCE_STAT + 2 * resource_count() + r; }
  int deposited(int r) const { return r; }
  int withdrawn(int r) const { return resource_count() + r; }
  int stocked(int r) const { return 2 * resource_count() + r; }
  int aligned(int row) const { return 3 * resource_count() + row; }
  int aligned_gained(int row) const { return aligned(row) + aligned_rows; }
  int aligned_lost(int row) const { return aligned(row) + 2 * aligned_rows; }
  int aligned_held(int row) const { return aligned(row) + 3 * aligned_rows; }
  int created(int r) const { return created_stats + r; }
  // hit, hit_by, blocked_by, friendly_fire between groups a and b
  int attack_stat(int which, int a, int b) const { return attack_stats + (which * groups + a) * groups + b; }
  LimitEntry limit_entry(int inventory, int r) const {
    return limit_entries[size_t(inventory * resource_count() + r)];
  }

  void prepare() {
    count_kinds();
    for (auto& team : teams) prepare_inventory(team.inventory);
    for (auto& kind : kinds) prepare_inventory(kind.inventory);
    for (int64_t top = observation.base; top <= 65535; top *= observation.base) ++digits;
    most_globals = 7 + int(observation.team_stock.size()) * digits;
    find_plain_kinds();
    name_statistics();
    resolve_statistics();
    for (auto& kind : kinds) {
      kind.rewards_are_own = rewards_are_own(kind.rewards);
      for (auto& area : kind.areas) {
        area.needs_team = std::any_of(area.filters.begin(), area.filters.end(), [](const Filter& f) {
          const auto* alignment = std::get_if<AlignmentFilter>(&f.body);
          return alignment && (alignment->target_is == int(TargetIs::SAME_TEAM) ||
                               alignment->target_is == int(TargetIs::OTHER_TEAM));
        });
        has_presence |= !area.presence.empty();
      }
      kind.max_tokens = 8 + int(tags.size()) + resource_count() * (2 + digits);
    }
    for (const auto& event : events)
      if (event.fallback >= 0 && events[size_t(event.fallback)].fallback >= 0)
        throw std::invalid_argument("an event that is a fallback cannot have one of its own");
  }

  int actions_count() const {
    return 1 + int(actions.moves.size()) + (actions.change_vibe ? int(vibes.size()) : 0);
  }

  // Calls `use` on every filter and mutation of the rule book, inner filters included.
  template <class Use>
  void for_each_rule(Use use) {
    for (auto& kind : kinds) for_each_rule_of(kind, use);
    each_handler(events, use);
    for (auto& attack : actions.attack) std::visit(use, attack.effect.body);
  }

 private:
  template <class Use>
  static void for_each_rule_of(Kind& kind, Use& use) {
    each_handler(kind.on_use, use);
    each_handler(kind.on_tick, use);
    each_handler(kind.areas, use);
  }
  template <class Handlers, class Use>
  static void each_handler(Handlers& handlers, Use& use) {
    for (auto& handler : handlers) each_filter(handler.filters, use), each_mutation(handler.mutations, use);
  }
  template <class Use>
  static void each_filter(Filters& filters, Use& use) {
    for (auto& filter : filters) {
      std::visit(use, filter.body);
      std::visit(
          [&](auto& rule) {
            if constexpr (requires { rule.filters; }) each_filter(rule.filters, use);
          },
          filter.body);
    }
  }
  template <class Use>
  static void each_mutation(Mutations& mutations, Use& use) {
    for (auto& mutation : mutations) std::visit(use, mutation.body);
  }

  static bool rewards_are_own(const std::vector<Reward>& rewards) {
    auto is_own = [](const Value& v) {
      return v.of == int(Of::CONSTANT) || (v.of == int(Of::INVENTORY) && v.scope == int(Scope::AGENT));
    };
    return std::all_of(rewards.begin(), rewards.end(), [&](const Reward& r) {
      return std::all_of(r.numerators.begin(), r.numerators.end(), is_own) &&
             std::all_of(r.denominators.begin(), r.denominators.end(), is_own);
    });
  }

  void count_kinds() {
    for (size_t k = 0; k < kinds.size(); ++k) {
      (kinds[k].count > 0 ? groups : objects) += 1;
      for (int i = 0; i < kinds[k].count; ++i) kind_of_seat.push_back(int(k));
    }
    seats = int(kind_of_seat.size());
  }

  // Every resource falls under exactly one limit: those in none get one of their own.
  void prepare_inventory(Inventory& inventory) {
    std::vector<int> limit_of(resources.size(), -1);
    for (size_t g = 0; g < inventory.limits.size(); ++g)
      for (int r : inventory.limits[g].resources) {
        if (limit_of[size_t(r)] >= 0)
          throw std::invalid_argument("resource '" + resources[size_t(r)] + "' is in two limits");
        limit_of[size_t(r)] = int(g);
      }
    for (int r = 0; r < resource_count(); ++r) {
      if (limit_of[size_t(r)] >= 0) continue;
      limit_of[size_t(r)] = int(inventory.limits.size());
      inventory.limits.push_back({{r}, inventory.default_limit, 0, inventory.default_limit, {}});
    }
    for (int r = 0; r < resource_count(); ++r) {
      const size_t first = modified.size();
      for (size_t g = 0; g < inventory.limits.size(); ++g)
        for (const auto& modifier : inventory.limits[g].modifiers)
          if (modifier.resource == r)
            modified.push_back(
                {int(g), modifier.amount, inventory.limits[g].minimum, inventory.limits[g].maximum});
      limit_entries.push_back(
          {uint16_t(limit_of[size_t(r)]), uint16_t(modified.size() - first), uint32_t(first)});
    }
    limit_groups = std::max(limit_groups, int(inventory.limits.size()));
    inventories.push_back(inventory);
  }

  void find_plain_kinds() {
    std::vector<uint8_t> is_sought(tags.size(), 0);  // tags whose bearers rules may change or look for
    for (const auto& event : events) is_sought[size_t(event.tag)] = 1;
    auto look_at = [&](const Value& value) {
      if (value.of == int(Of::TAG_COUNT)) is_sought[size_t(value.index)] = 1;
    };
    for_each_rule([&](auto& rule) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(rule)>, NearFilter>)
        is_sought[size_t(rule.tag)] = 1;
      if constexpr (requires { rule.value; }) look_at(rule.value);
    });
    for (const auto& kind : kinds)
      for (const auto& reward : kind.rewards) {
        std::for_each(reward.numerators.begin(), reward.numerators.end(), look_at);
        std::for_each(reward.denominators.begin(), reward.denominators.end(), look_at);
      }
    for (auto& kind : kinds) {
      kind.is_plain = kind.count == 0 && kind.vibe == 0 && kind.team < 0 && kind.inventory.initial.empty() &&
                      kind.on_use.empty() && kind.areas.empty() && kind.recipes.empty();
      for (int tag : kind.tags) kind.is_plain &= !is_sought[size_t(tag)];
      if (kind.is_plain) continue;
      kind.aligned_row = add_name(aligned_names, kind.name);
    }
    aligned_rows = int(aligned_names.size());
  }

  void name_statistics() {
    seat_names = {"action.noop.success",
                  "action.noop.failed",
                  "action.move.success",
                  "action.move.failed",
                  "action.change_vibe.success",
                  "action.change_vibe.failed",
                  "action.attack.success",
                  "action.attack.failed",
                  "action.failed",
                  "status.max_steps_without_motion",
                  "status.frozen.ticks",
                  "actions.swap"};
    for (const char* what : {".gained", ".lost", ".amount"})
      for (const auto& r : resources) seat_names.push_back(r + what);
    for (auto& kind : kinds) {
      bool is_alignable = false;
      for (auto& handler : kind.on_use)
        for (auto& mutation : handler.mutations)
          is_alignable |= std::holds_alternative<Alignment>(mutation.body);
      if (!is_alignable) continue;
      kind.aligned_stat = add_name(seat_names, kind.name + ".aligned_by_agent");
      add_name(seat_names, kind.name + ".scrambled_by_agent");
    }
    attack_stats = int(seat_names.size());
    auto group = [&](int g) { return kinds[size_t(objects + g)].cell_name.substr(6); };
    for (const char* what : {".hit.", ".hit_by.", ".blocked_by.", ".friendly_fire."})
      for (int a = 0; a < groups && !actions.attack.empty(); ++a)
        for (int b = 0; b < groups; ++b) seat_names.push_back("action.attack." + group(a) + what + group(b));

    for (const char* what : {".deposited", ".withdrawn", ".amount"})
      for (const auto& r : resources) team_names.push_back(r + what);
    for (const char* what : {"", ".gained", ".lost", ".held"})
      for (const auto& kind : aligned_names) team_names.push_back("aligned." + kind + what);

    game_names = {"tokens_written", "tokens_dropped", "tokens_free_space"};
    for (auto& kind : kinds) kind.object_stat = add_name(game_names, "objects." + kind.cell_name);
    created_stats = int(game_names.size());
    for (const auto& r : resources) game_names.push_back("assembler." + r + ".created");

    for_each_rule([&](auto& rule) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(rule)>, Count>) {
        add_name(names_of(rule.scope), rule.stat);
      }
    });
  }

  // The place of a name in a list; a new one goes to its end.
  static int add_name(std::vector<std::string>& names, const std::string& name) {
    const auto at = std::find(names.begin(), names.end(), name);
    if (at != names.end()) return int(at - names.begin());
    names.push_back(name);
    return int(names.size()) - 1;
  }

  std::vector<std::string>& names_of(int scope) {
    return scope == int(Scope::AGENT) ? seat_names : scope == int(Scope::TEAM) ? team_names : game_names;
  }

  // Every statistic that a rule or reward names gets its number; an unknown one is refused by where it
  // stands.
  void resolve_statistics() {
    auto use = [this](auto& rule) { resolve(rule); };
    for (auto& kind : kinds)
      blaming((kind.count > 0 ? "groups." + kind.cell_name.substr(6) : "objects." + kind.name), [&] {
        for_each_rule_of(kind, use);
        for (auto& reward : kind.rewards) {
          for (auto& value : reward.numerators) resolve_value(value);
          for (auto& value : reward.denominators) resolve_value(value);
        }
      });
    blaming("events", [&] { each_handler(events, use); });
    for (auto& attack : actions.attack) std::visit(use, attack.effect.body);
  }

  template <class Use>
  static void blaming(const std::string& where, Use use) {
    try {
      use();
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(where + ": " + error.what());
    }
  }

  // Letters to change, add or leave out between two names (Levenshtein's distance).
  static int distance(const std::string& a, const std::string& b) {
    std::vector<int> row(b.size() + 1);
    for (size_t j = 0; j < row.size(); ++j) row[j] = int(j);
    for (size_t i = 0; i < a.size(); ++i) {
      int corner = row[0]++;
      for (size_t j = 0; j < b.size(); ++j)
        corner =
            std::exchange(row[j + 1], std::min({row[j + 1] + 1, row[j] + 1, corner + int(a[i] != b[j])}));
    }
    return row.back();
  }

  int stat_index(int scope, const std::string& stat) {
    const auto& names = names_of(scope);
    const auto at = std::find(names.begin(), names.end(), stat);
    if (at != names.end()) return int(at - names.begin());
    static constexpr const char* WHOSE[] = {"agent", "team", "game"};
    const auto nearest = std::min_element(names.begin(), names.end(), [&](const auto& a, const auto& b) {
      return distance(a, stat) < distance(b, stat);
    });
    throw std::invalid_argument(std::string("no ") + WHOSE[scope] + " statistic '" + stat +
                                "'; did you mean " + *nearest + "?");
  }

  void resolve_value(Value& value) {
    if (value.of == int(Of::STAT)) value.index = stat_index(value.scope, value.stat);
  }

  template <class Rule>
  void resolve(Rule& rule) {
    if constexpr (requires { rule.value; }) resolve_value(rule.value);
    if constexpr (std::is_same_v<Rule, Count>) rule.index = stat_index(rule.scope, rule.stat);
  }
};

}  // namespace coterie::grid
