// Filters, mutations, and what applies them without an action: ticks, areas, events.
#pragma once

#include <cmath>

#include "grid_world.h"

namespace coterie::grid {

// Who a rule is about: things, -1 for nobody.
struct Scene {
  const Config& config;
  World& world;
  Rng& rng;
  int actor, target;

  int thing(int who) const { return who == int(Who::ACTOR) || who == int(Who::ACTOR_TEAM) ? actor : target; }
  int team_of(int t) const { return t < 0 ? -1 : world.things[size_t(t)].team; }
  int holder(int who) const {  // -1: nobody holds anything
    const int t = thing(who);
    if (who == int(Who::ACTOR_TEAM) || who == int(Who::TARGET_TEAM)) return team_of(t);
    return t < 0 ? -1 : world.holder(config, t);
  }
  bool is_agent(int t) const { return t >= 0 && t < config.seats; }
};

inline bool passes(const Scene& s, const Filters& filters);

struct Passes {
  const Scene& s;

  bool operator()(const VibeFilter& f) const {
    const int t = s.thing(f.who);
    return t >= 0 && s.world.things[size_t(t)].vibe == f.vibe;
  }
  bool operator()(const ResourceFilter& f) const {
    const int h = s.holder(f.who);
    if (h < 0) return false;
    for (const auto& [resource, amount] : f.at_least)
      if (s.world.held(s.config, h, resource) < amount) return false;
    return true;
  }
  bool operator()(const RoomFilter& f) const {
    const int h = s.holder(f.who);
    if (h < 0) return false;
    for (const auto& [resource, amount] : f.room_for)
      if (s.world.room(s.config, h, resource) < amount) return false;
    return true;
  }
  bool operator()(const AlignmentFilter& f) const {
    if (s.target < 0) return false;
    const int target = s.team_of(s.target), actor = s.team_of(s.actor);
    switch (TargetIs(f.target_is)) {
      case TargetIs::ALIGNED: return target >= 0;
      case TargetIs::UNALIGNED: return target < 0;
      case TargetIs::SAME_TEAM: return target >= 0 && target == actor;
      case TargetIs::OTHER_TEAM: return target >= 0 && actor >= 0 && target != actor;
      case TargetIs::OF_TEAM: return target >= 0 && target == f.team;
    }
    return false;
  }
  bool operator()(const TagFilter& f) const {
    const int t = s.thing(f.who);
    return t >= 0 && s.world.things[size_t(t)].has_tag(f.tag);
  }
  bool operator()(const NearFilter& f) const {
    if (s.target < 0) return false;
    const Thing& centre = s.world.things[size_t(s.target)];
    for (int t = 0; t < int(s.world.things.size()); ++t) {
      const Thing& other = s.world.things[size_t(t)];
      if (!other.is_alive || !other.has_tag(f.tag)) continue;
      if (std::max(std::abs(other.row - centre.row), std::abs(other.col - centre.col)) > f.radius) continue;
      if (passes({s.config, s.world, s.rng, s.actor, t}, f.filters)) return true;
    }
    return false;
  }
  bool operator()(const ValueFilter& f) const {
    return s.world.value(s.config, f.value, s.target) >= f.at_least;
  }
  bool operator()(const PeriodicFilter& f) const {
    return s.world.step >= f.start && (s.world.step - f.start) % f.every == 0;
  }
  bool operator()(const NotFilter& f) const { return !passes(s, f.filters); }
  bool operator()(const OrFilter& f) const {
    for (const auto& one : f.filters)
      if (std::visit(*this, one.body)) return true;
    return false;
  }
};

inline bool passes(const Scene& s, const Filters& filters) {
  for (const auto& filter : filters)
    if (!std::visit(Passes{s}, filter.body)) return false;
  return true;
}

// Moves up to `amount` (-1: everything) of a resource; what does not fit stays where it was.
inline void transfer(const Scene& s, int from, int to, int resource, int amount) {
  const int have = s.world.held(s.config, from, resource);
  const int moved =
      std::min(amount < 0 ? have : std::min(amount, have), s.world.room(s.config, to, resource));
  if (moved <= 0) return;
  s.world.change(s.config, from, resource, -moved);
  s.world.change(s.config, to, resource, moved);
}

struct Mutates {
  const Scene& s;

  void operator()(const ResourceDelta& m) const {
    const int h = s.holder(m.who);
    if (h < 0) return;
    for (const auto& [resource, amount] : m.amounts) s.world.change(s.config, h, resource, amount);
  }
  void operator()(const ResourceTransfer& m) const {
    const int from = s.holder(m.source), to = s.holder(m.to);
    if (from < 0 || to < 0 || from == to) return;
    for (const auto& [resource, amount] : m.amounts) transfer(s, from, to, resource, amount);
    const int t = s.thing(m.source);
    if (!m.remove_source_when_empty || s.is_agent(t) || from < s.config.team_count()) return;
    for (int r = 0; r < s.config.resource_count(); ++r)
      if (s.world.held(s.config, from, r) > 0) return;
    s.world.align(s.config, t, -1);
    s.world.remove(t);
  }
  void operator()(const Alignment& m) const {
    if (s.target < 0) return;
    const int before = s.team_of(s.target);
    const int team = m.joins == int(Joins::NONE)   ? -1
                     : m.joins == int(Joins::TEAM) ? m.team
                                                   : s.team_of(s.actor);
    s.world.align(s.config, s.target, team);
    const int stat = s.config.kinds[s.world.things[size_t(s.target)].kind].aligned_stat;
    if (s.is_agent(s.actor) && stat >= 0 && team != before)
      s.world.seat_stat(s.config, s.actor, stat + (team < 0)) += 1;
  }
  void operator()(const ClearInventory& m) const {
    const int h = s.holder(m.who);
    if (h < 0) return;
    for (int resource : m.resources) s.world.change(s.config, h, resource, -65535);
  }
  void operator()(const Freeze& m) const {
    if (s.is_agent(s.thing(m.who))) freeze(s.thing(m.who), m.ticks);
  }
  void operator()(const Attack& m) const {
    if (!s.is_agent(s.actor) || !s.is_agent(s.target)) return;
    const Config& c = s.config;
    World& w = s.world;
    const int attacker = w.holder(c, s.actor), victim = w.holder(c, s.target);
    const int a = w.things[size_t(s.actor)].kind - c.objects, b = w.things[size_t(s.target)].kind - c.objects;
    const bool is_counted = !c.actions.attack.empty();
    if (is_counted && s.team_of(s.actor) >= 0 && s.team_of(s.actor) == s.team_of(s.target))
      w.seat_stat(c, s.actor, c.attack_stat(3, a, b)) += 1;
    if (is_blocked(m, attacker, victim)) {
      if (is_counted) w.seat_stat(c, s.actor, c.attack_stat(2, a, b)) += 1;
      return;
    }
    if (is_counted) {
      w.seat_stat(c, s.actor, c.attack_stat(0, a, b)) += 1;
      w.seat_stat(c, s.target, c.attack_stat(1, b, a)) += 1;
    }
    freeze(s.target, m.freeze_ticks);
    for (const auto& [resource, amount] : m.actor_amounts) w.change(c, attacker, resource, amount);
    for (const auto& [resource, amount] : m.target_amounts) w.change(c, victim, resource, amount);
    for (int resource : m.loot) transfer(s, victim, attacker, resource, -1);
  }
  void operator()(const Count& m) const {
    if (m.scope == int(Scope::GAME)) s.world.game_stats[size_t(m.index)] += float(m.amount);
    const int t = s.is_agent(s.actor) ? s.actor : s.target;
    if (m.scope == int(Scope::TEAM) && s.team_of(t) >= 0)
      s.world.team_stat(s.config, s.team_of(t), m.index) += float(m.amount);
    if (m.scope == int(Scope::AGENT) && s.is_agent(t))
      s.world.seat_stat(s.config, t, m.index) += float(m.amount);
  }
  void operator()(const AddTag& m) const { tag(m.who, m.tag, true); }
  void operator()(const RemoveTag& m) const { tag(m.who, m.tag, false); }
  void operator()(const AddValue& m) const {
    const int h = s.holder(m.who);
    if (h >= 0)
      s.world.change(s.config, h, m.resource, int(std::floor(std::clamp(value_of(m), -65535., 65535.))));
  }
  void operator()(const SetVibe& m) const {
    const int t = s.thing(m.who);
    if (t < 0) return;
    s.world.things[size_t(t)].vibe = uint8_t(m.vibe);
    s.world.touch(t);
  }

 private:
  void freeze(int seat, int ticks) const {
    s.world.things[size_t(seat)].frozen = uint16_t(ticks);
    s.world.touch(seat);
  }
  double value_of(const AddValue& m) const { return s.world.value(s.config, m.value, s.thing(m.who)); }
  bool is_blocked(const Attack& m, int attacker, int victim) const {
    if (m.defence.empty()) return false;
    int64_t bonus = 0;
    for (const auto& [resource, weight] : m.weapons)
      bonus += int64_t(weight) * s.world.held(s.config, attacker, resource);
    for (const auto& [resource, weight] : m.armour)
      bonus -= int64_t(weight) * s.world.held(s.config, victim, resource);
    bonus = std::max<int64_t>(0, bonus);
    for (const auto& [resource, amount] : m.defence)
      if (s.world.held(s.config, victim, resource) < amount + bonus) return false;
    for (const auto& [resource, amount] : m.defence)
      s.world.change(s.config, victim, resource, -int(amount + bonus));
    return true;
  }
  void tag(int who, int tag, bool on) const {
    const int t = s.thing(who);
    if (t < 0) return;
    s.world.things[size_t(t)].set_tag(tag, on);
    s.world.touch(t);
  }
};

inline void mutate(const Scene& s, const Mutations& mutations) {
  for (const auto& mutation : mutations) std::visit(Mutates{s}, mutation.body);
}

// -- ticks, areas, events -----------------------------------------------------------------------------------

inline void tick(const Config& c, World& w, Rng& rng, int seat) {
  const Scene s{c, w, rng, seat, seat};
  for (const auto& handler : c.kinds[w.things[size_t(seat)].kind].on_tick)
    if (passes(s, handler.filters)) mutate(s, handler.mutations);
}

// Things whose areas can do something at all: those that need a team have one, and what has vanished may
// still have to take back what it gave to those inside.
inline void find_sources(const Config& c, World& w) {
  w.sources.clear();
  const int things = int(w.things.size());
  for (int i = 0; i < things; ++i) {
    const int t = (i + c.seats) % things;  // objects first, agents last
    const Thing& thing = w.things[size_t(t)];
    int reach = -1;
    for (const Area& area : c.kinds[thing.kind].areas) {
      if (!area.presence.empty()) reach = 32767;
      else if (!area.needs_team || thing.team >= 0) reach = std::max(reach, area.radius);
    }
    if (reach == 32767 || (thing.is_alive && reach >= 0))
      w.sources.push_back({int16_t(thing.row), int16_t(thing.col), int16_t(reach), uint16_t(t)});
  }
  w.areas_are_stale = 0;
}

inline void presence(const Scene& s, const Area& area, int bit, bool is_inside) {
  if (area.presence.empty()) return;
  uint8_t& bits = s.world.inside[size_t(s.target) * s.world.things.size() + size_t(s.actor)];
  if (is_inside == bool(bits >> bit & 1)) return;
  bits ^= uint8_t(1 << bit);
  for (const auto& [resource, amount] : area.presence)
    s.world.change(s.config, s.world.holder(s.config, s.target), resource, is_inside ? amount : -amount);
}

// The areas of one thing act on an agent, one after the other.
inline void suffer(const Scene& s, const Thing& source, const Thing& agent) {
  const int rows = std::abs(source.row - agent.row), cols = std::abs(source.col - agent.col);
  const auto& areas = s.config.kinds[source.kind].areas;
  for (size_t i = 0; i < areas.size(); ++i) {
    const Area& area = areas[i];
    bool is_inside = area.is_round ? rows * rows + cols * cols <= area.radius * area.radius
                                   : std::max(rows, cols) <= area.radius;
    if (!is_inside && area.presence.empty()) continue;
    is_inside =
        is_inside && source.is_alive && (s.actor != s.target || area.effect_self) && passes(s, area.filters);
    presence(s, area, int(i), is_inside);
    if (is_inside) mutate(s, area.mutations);
  }
}

inline void suffer_areas(const Config& c, World& w, Rng& rng, int seat) {
  const Thing& agent = w.things[size_t(seat)];
  const int row = agent.row, col = agent.col;
  for (const Source& source : w.sources) {
    const Thing& thing = w.things[source.thing];
    const bool is_agent = source.thing < c.seats;  // its place in the list is that of an earlier step
    const int rows = std::abs((is_agent ? thing.row : source.row) - row),
              cols = std::abs((is_agent ? thing.col : source.col) - col);
    if (std::max(rows, cols) <= source.reach) suffer({c, w, rng, source.thing, seat}, thing, agent);
  }
}

// Applies the event to its targets in random order, at most `max_targets`; false if none passed the filters.
inline bool happen(const Config& c, World& w, Rng& rng, const Event& event) {
  static thread_local std::vector<uint16_t> targets;
  targets.clear();
  for (size_t t = 0; t < w.things.size(); ++t)
    if (w.things[t].is_alive && w.things[t].has_tag(event.tag)) targets.push_back(uint16_t(t));
  if (event.max_targets > 0 && event.max_targets < int(targets.size())) rng.shuffle(targets);
  int left = event.max_targets > 0 ? event.max_targets : int(targets.size());
  bool has_happened = false;
  for (size_t i = 0; i < targets.size() && left > 0; ++i) {
    const Scene s{c, w, rng, -1, targets[i]};
    if (!passes(s, event.filters)) continue;
    mutate(s, event.mutations);
    has_happened = true;
    --left;
  }
  return has_happened;
}

inline void run_events(const Config& c, World& w, Rng& rng) {
  for (const auto& event : c.events) {
    // What is due at 0 happens in the first step.
    if (!event.is_due(w.step) && !(w.step == 1 && event.is_due(0))) continue;
    if (!happen(c, w, rng, event) && event.fallback >= 0) happen(c, w, rng, c.events[size_t(event.fallback)]);
  }
}

}  // namespace coterie::grid
