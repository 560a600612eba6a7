// The rule book as compact tables: what a grid config becomes once every name is a number.
#pragma once

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "fields.h"

namespace coterie::grid {

enum class Who : int { ACTOR, TARGET, ACTOR_TEAM, TARGET_TEAM };
enum class TargetIs : int { ALIGNED, UNALIGNED, SAME_TEAM, OTHER_TEAM, OF_TEAM };
enum class Joins : int { ACTOR_TEAM, TEAM, NONE };
enum class Of : int { INVENTORY, STAT, TAG_COUNT, CONSTANT };
enum class Scope : int { AGENT, TEAM, GAME };
enum class View : int { TOKENS, BOX, TILES };

struct Amount {
  int resource, amount;
  static constexpr auto fields() {
    return std::tuple{field("resource", &Amount::resource), field("amount", &Amount::amount)};
  }
};
using Amounts = std::vector<Amount>;

struct Value {
  int of, scope, index;  // index: resource, tag, or (after prepare) statistic
  std::string stat;
  double constant;
  static constexpr auto fields() {
    return std::tuple{field("of", &Value::of), field("scope", &Value::scope), field("index", &Value::index),
                      field("stat", &Value::stat), field("constant", &Value::constant)};
  }
};

// -- filters ------------------------------------------------------------------------------------------------

struct Filter;

struct VibeFilter {
  static constexpr const char* kind = "vibe";
  int who, vibe;
  static constexpr auto fields() {
    return std::tuple{field("who", &VibeFilter::who), field("vibe", &VibeFilter::vibe)};
  }
};
struct ResourceFilter {
  static constexpr const char* kind = "resource";
  int who;
  Amounts at_least;
  static constexpr auto fields() {
    return std::tuple{field("who", &ResourceFilter::who), field("at_least", &ResourceFilter::at_least)};
  }
};
struct RoomFilter {
  static constexpr const char* kind = "room";
  int who;
  Amounts room_for;
  static constexpr auto fields() {
    return std::tuple{field("who", &RoomFilter::who), field("room_for", &RoomFilter::room_for)};
  }
};
struct AlignmentFilter {
  static constexpr const char* kind = "alignment";
  int target_is, team;
  static constexpr auto fields() {
    return std::tuple{field("target_is", &AlignmentFilter::target_is), field("team", &AlignmentFilter::team)};
  }
};
struct TagFilter {
  static constexpr const char* kind = "tag";
  int who, tag;
  static constexpr auto fields() {
    return std::tuple{field("who", &TagFilter::who), field("tag", &TagFilter::tag)};
  }
};
struct NearFilter {
  static constexpr const char* kind = "near";
  int tag, radius;
  std::vector<Filter> filters;
  static constexpr auto fields() {
    return std::tuple{field("tag", &NearFilter::tag), field("radius", &NearFilter::radius),
                      field("filters", &NearFilter::filters)};
  }
};
struct ValueFilter {
  static constexpr const char* kind = "game_value";
  Value value;
  double at_least;
  static constexpr auto fields() {
    return std::tuple{field("value", &ValueFilter::value), field("at_least", &ValueFilter::at_least)};
  }
};
struct PeriodicFilter {
  static constexpr const char* kind = "periodic";
  int every, start;
  static constexpr auto fields() {
    return std::tuple{field("every", &PeriodicFilter::every), field("start", &PeriodicFilter::start)};
  }
};
struct NotFilter {
  static constexpr const char* kind = "not";
  std::vector<Filter> filters;
  static constexpr auto fields() { return std::tuple{field("filters", &NotFilter::filters)}; }
};
struct OrFilter {
  static constexpr const char* kind = "or";
  std::vector<Filter> filters;
  static constexpr auto fields() { return std::tuple{field("filters", &OrFilter::filters)}; }
};

struct Filter {
  std::variant<VibeFilter, ResourceFilter, RoomFilter, AlignmentFilter, TagFilter, NearFilter, ValueFilter,
               PeriodicFilter, NotFilter, OrFilter>
      body;
};
using Filters = std::vector<Filter>;

// -- mutations ----------------------------------------------------------------------------------------------

struct ResourceDelta {
  static constexpr const char* kind = "resource_delta";
  int who;
  Amounts amounts;
  static constexpr auto fields() {
    return std::tuple{field("who", &ResourceDelta::who), field("amounts", &ResourceDelta::amounts)};
  }
};
struct ResourceTransfer {
  static constexpr const char* kind = "resource_transfer";
  int source, to;
  Amounts amounts;
  bool remove_source_when_empty;
  static constexpr auto fields() {
    return std::tuple{field("source", &ResourceTransfer::source), field("to", &ResourceTransfer::to),
                      field("amounts", &ResourceTransfer::amounts),
                      field("remove_source_when_empty", &ResourceTransfer::remove_source_when_empty)};
  }
};
struct Alignment {
  static constexpr const char* kind = "alignment";
  int joins, team;
  static constexpr auto fields() {
    return std::tuple{field("joins", &Alignment::joins), field("team", &Alignment::team)};
  }
};
struct ClearInventory {
  static constexpr const char* kind = "clear_inventory";
  int who;
  std::vector<int> resources;
  static constexpr auto fields() {
    return std::tuple{field("who", &ClearInventory::who), field("resources", &ClearInventory::resources)};
  }
};
struct Freeze {
  static constexpr const char* kind = "freeze";
  int who, ticks;
  static constexpr auto fields() {
    return std::tuple{field("who", &Freeze::who), field("ticks", &Freeze::ticks)};
  }
};
struct Attack {
  static constexpr const char* kind = "attack";
  Amounts defence, weapons, armour;
  int freeze_ticks;
  Amounts actor_amounts, target_amounts;
  std::vector<int> loot;
  static constexpr auto fields() {
    return std::tuple{field("defence", &Attack::defence),
                      field("weapons", &Attack::weapons),
                      field("armour", &Attack::armour),
                      field("freeze_ticks", &Attack::freeze_ticks),
                      field("actor_amounts", &Attack::actor_amounts),
                      field("target_amounts", &Attack::target_amounts),
                      field("loot", &Attack::loot)};
  }
};
struct Count {
  static constexpr const char* kind = "stats";
  int scope;
  std::string stat;
  double amount;
  int index = -1;  // of the statistic, after prepare
  static constexpr auto fields() {
    return std::tuple{field("scope", &Count::scope), field("stat", &Count::stat),
                      field("amount", &Count::amount)};
  }
};
struct AddTag {
  static constexpr const char* kind = "add_tag";
  int who, tag;
  static constexpr auto fields() {
    return std::tuple{field("who", &AddTag::who), field("tag", &AddTag::tag)};
  }
};
struct RemoveTag {
  static constexpr const char* kind = "remove_tag";
  int who, tag;
  static constexpr auto fields() {
    return std::tuple{field("who", &RemoveTag::who), field("tag", &RemoveTag::tag)};
  }
};
struct AddValue {
  static constexpr const char* kind = "game_value";
  int who, resource;
  Value value;
  static constexpr auto fields() {
    return std::tuple{field("who", &AddValue::who), field("resource", &AddValue::resource),
                      field("value", &AddValue::value)};
  }
};
struct SetVibe {
  static constexpr const char* kind = "change_vibe";
  int who, vibe;
  static constexpr auto fields() {
    return std::tuple{field("who", &SetVibe::who), field("vibe", &SetVibe::vibe)};
  }
};

struct Mutation {
  std::variant<ResourceDelta, ResourceTransfer, Alignment, ClearInventory, Freeze, Attack, Count, AddTag,
               RemoveTag, AddValue, SetVibe>
      body;
};
using Mutations = std::vector<Mutation>;

// -- the parts of the rule book -----------------------------------------------------------------------------

struct Handler {
  Filters filters;
  Mutations mutations;
  static constexpr auto fields() {
    return std::tuple{field("filters", &Handler::filters), field("mutations", &Handler::mutations)};
  }
};
struct Limit {
  std::vector<int> resources;
  int base, minimum, maximum;
  Amounts modifiers;
  static constexpr auto fields() {
    return std::tuple{field("resources", &Limit::resources), field("base", &Limit::base),
                      field("minimum", &Limit::minimum), field("maximum", &Limit::maximum),
                      field("modifiers", &Limit::modifiers)};
  }
};
struct Inventory {
  Amounts initial;
  std::vector<Limit> limits;  // after prepare every resource is in exactly one
  int default_limit;
  static constexpr auto fields() {
    return std::tuple{field("initial", &Inventory::initial), field("limits", &Inventory::limits),
                      field("default_limit", &Inventory::default_limit)};
  }
};
struct Area {
  int radius;
  bool is_round;
  Filters filters;
  Mutations mutations;
  Amounts presence;
  bool effect_self;
  bool needs_team = false;  // works only while its object has a team
  static constexpr auto fields() {
    return std::tuple{field("radius", &Area::radius),     field("is_round", &Area::is_round),
                      field("filters", &Area::filters),   field("mutations", &Area::mutations),
                      field("presence", &Area::presence), field("effect_self", &Area::effect_self)};
  }
};
struct Recipe {
  std::vector<int> vibes;
  int min_agents;
  Amounts inputs, outputs;
  int cooldown;
  static constexpr auto fields() {
    return std::tuple{field("vibes", &Recipe::vibes), field("min_agents", &Recipe::min_agents),
                      field("inputs", &Recipe::inputs), field("outputs", &Recipe::outputs),
                      field("cooldown", &Recipe::cooldown)};
  }
};
struct Reward {
  std::vector<Value> numerators, denominators;
  double weight, maximum;
  static constexpr auto fields() {
    return std::tuple{field("numerators", &Reward::numerators), field("denominators", &Reward::denominators),
                      field("weight", &Reward::weight), field("maximum", &Reward::maximum)};
  }
};
// An object kind, or (count > 0) a group of agents.
struct Kind {
  std::string name, symbol, cell_name;
  int count;
  std::vector<int> tags;
  int vibe, team;
  Inventory inventory;
  std::vector<Handler> on_use, on_tick;
  std::vector<Area> areas;
  std::vector<Recipe> recipes;
  int max_uses;
  bool partial_use;
  std::vector<Reward> rewards;
  bool rewards_are_own = false;  // they depend on nothing but what the agent holds
  bool is_plain = false;         // nothing about it ever changes: a wall
  int aligned_stat = -1;         // seat statistic `<name>.aligned_by_agent`; `.scrambled_by_agent` follows it
  int aligned_row = 0;           // row of the teams' statistics that counts it (kinds of one name share it)
  int object_stat = -1;          // game statistic that counts it on the map
  int max_tokens = 0;
  static constexpr auto fields() {
    return std::tuple{field("name", &Kind::name),           field("symbol", &Kind::symbol),
                      field("cell_name", &Kind::cell_name), field("count", &Kind::count),
                      field("tags", &Kind::tags),           field("vibe", &Kind::vibe),
                      field("team", &Kind::team),           field("inventory", &Kind::inventory),
                      field("on_use", &Kind::on_use),       field("on_tick", &Kind::on_tick),
                      field("areas", &Kind::areas),         field("recipes", &Kind::recipes),
                      field("max_uses", &Kind::max_uses),   field("partial_use", &Kind::partial_use),
                      field("rewards", &Kind::rewards)};
  }
};
struct Team {
  std::string name;
  Inventory inventory;
  static constexpr auto fields() {
    return std::tuple{field("name", &Team::name), field("inventory", &Team::inventory)};
  }
};
struct Event {
  int start, every, end, tag;
  Filters filters;
  Mutations mutations;
  int max_targets, fallback;
  bool is_due(int step) const {
    if (step < start || (end >= 0 && step > end)) return false;
    return every > 0 ? (step - start) % every == 0 : step == start;
  }
  static constexpr auto fields() {
    return std::tuple{field("start", &Event::start),
                      field("every", &Event::every),
                      field("end", &Event::end),
                      field("tag", &Event::tag),
                      field("filters", &Event::filters),
                      field("mutations", &Event::mutations),
                      field("max_targets", &Event::max_targets),
                      field("fallback", &Event::fallback)};
  }
};
struct Cost {
  Amounts required, consumed;
  static constexpr auto fields() {
    return std::tuple{field("required", &Cost::required), field("consumed", &Cost::consumed)};
  }
};
struct Assault {
  std::vector<int> vibes;
  Cost cost;
  Mutation effect;
  static constexpr auto fields() {
    return std::tuple{field("vibes", &Assault::vibes), field("cost", &Assault::cost),
                      field("effect", &Assault::effect)};
  }
};
struct Actions {
  std::vector<int> moves;
  bool change_vibe;
  Cost noop_cost, move_cost, change_vibe_cost;
  std::vector<Assault> attack;  // none or one
  static constexpr auto fields() {
    return std::tuple{field("moves", &Actions::moves),
                      field("change_vibe", &Actions::change_vibe),
                      field("noop_cost", &Actions::noop_cost),
                      field("move_cost", &Actions::move_cost),
                      field("change_vibe_cost", &Actions::change_vibe_cost),
                      field("attack", &Actions::attack)};
  }
};
// Feature numbers; -1: not observed.
struct FeatureIds {
  int group, frozen, episode_completion_pct, last_action, last_reward, vibe, tag, cooldown_remaining,
      remaining_uses, collective, lp_east, lp_west, lp_north, lp_south, agent_id, inventory, protocol_input,
      protocol_output, team_stock;
  static constexpr auto fields() {
    using F = FeatureIds;
    return std::tuple{field("group", &F::group),
                      field("frozen", &F::frozen),
                      field("episode_completion_pct", &F::episode_completion_pct),
                      field("last_action", &F::last_action),
                      field("last_reward", &F::last_reward),
                      field("vibe", &F::vibe),
                      field("tag", &F::tag),
                      field("cooldown_remaining", &F::cooldown_remaining),
                      field("remaining_uses", &F::remaining_uses),
                      field("collective", &F::collective),
                      field("lp_east", &F::lp_east),
                      field("lp_west", &F::lp_west),
                      field("lp_north", &F::lp_north),
                      field("lp_south", &F::lp_south),
                      field("agent_id", &F::agent_id),
                      field("inventory", &F::inventory),
                      field("protocol_input", &F::protocol_input),
                      field("protocol_output", &F::protocol_output),
                      field("team_stock", &F::team_stock)};
  }
};
struct Observation {
  int view, height, width;
  bool is_round;
  int num_tokens, global_location, base;
  bool shows_recipes;
  std::vector<int> team_stock;
  FeatureIds ids;
  int features;
  static constexpr auto fields() {
    using O = Observation;
    return std::tuple{field("view", &O::view),
                      field("height", &O::height),
                      field("width", &O::width),
                      field("is_round", &O::is_round),
                      field("num_tokens", &O::num_tokens),
                      field("global_location", &O::global_location),
                      field("base", &O::base),
                      field("shows_recipes", &O::shows_recipes),
                      field("team_stock", &O::team_stock),
                      field("ids", &O::ids),
                      field("features", &O::features)};
  }
};

}  // namespace coterie::grid
