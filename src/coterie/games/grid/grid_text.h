// The world for people and programs: a drawing for golden games, and JSON for viewers and tests.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdio>

#include "grid_world.h"

namespace coterie::grid {

inline std::string seat_symbol(int seat) {
  static constexpr const char* SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return seat < 36 ? std::string(1, SYMBOLS[seat]) : "@";
}

inline std::string stock_text(const Config& c, const World& w, int h) {
  std::string text;
  for (int r = 0; r < c.resource_count(); ++r)
    if (const int n = w.held(c, h, r)) text += "  " + c.resources[size_t(r)] + " " + std::to_string(n);
  return text;
}

// Kind of a cell's content, -1 if empty.
inline int kind_in(const Config& c, const World& w, int row, int col) {
  const int content = w.cells[size_t(w.cell_index(row, col))], kinds = int(c.kinds.size());
  return content == 0 ? -1 : content <= kinds ? content - 1 : w.things[size_t(content - 1 - kinds)].kind;
}

inline std::string draw(const Config& c, const World& w) {
  std::string text = "step " + std::to_string(w.step) + "\n";
  for (int row = 0; row < w.height; ++row) {
    for (int col = 0; col < w.width; ++col) {
      const int kind = kind_in(c, w, row, col), thing = w.thing_at(c, row, col);
      text += kind < 0                        ? "."
              : thing >= 0 && thing < c.seats ? seat_symbol(thing)
                                              : c.kinds[size_t(kind)].symbol;
    }
    text += "\n";
  }
  for (int team = 0; team < c.team_count(); ++team) {
    text += "team " + c.teams[size_t(team)].name + ":" + stock_text(c, w, team);
    std::string owned;
    for (int row = 0; row < c.aligned_rows; ++row) {
      const int n = int(w.team_stats[size_t(team) * c.team_names.size() + size_t(c.aligned(row))]);
      if (n && c.aligned_names[size_t(row)] != "agent")
        owned += "  " + c.aligned_names[size_t(row)] + " x" + std::to_string(n);
    }
    text += (owned.empty() ? "" : "  | owns" + owned) + "\n";
  }
  for (int seat = 0; seat < c.seats; ++seat) {
    const Thing& t = w.things[size_t(seat)];
    text += "agent " + seat_symbol(seat) + " (" + std::to_string(t.row) + ", " + std::to_string(t.col) +
            ") " + c.vibes[t.vibe] + (t.frozen ? " frozen " + std::to_string(t.frozen) : "") +
            stock_text(c, w, w.holder(c, seat)) + "\n";
  }
  return text;
}

// Writes JSON without a library: names here are ours, so only quotes and backslashes need care.
class Json {
 public:
  std::string text;
  Json& open(const char* bracket) { return comma(), text += bracket, is_first_ = true, *this; }
  Json& close(const char* bracket) { return text += bracket, is_first_ = false, *this; }
  Json& key(const std::string& name) { return string(name), text += ':', is_first_ = true, *this; }
  Json& string(const std::string& value) {
    comma();
    text += '"';
    for (char ch : value) {
      if (ch == '"' || ch == '\\') text += '\\';
      text += ch;
    }
    text += '"';
    return *this;
  }
  Json& number(double value) {
    comma();
    char buffer[32];
    if (value == std::floor(value) && std::abs(value) < 1e15) {  // most are, and this is ten times as fast
      text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, int64_t(value)).ptr);
      return *this;
    }
    std::snprintf(buffer, sizeof buffer, "%.9g", value);
    text += buffer;
    return *this;
  }
  Json& literal(const char* value) { return comma(), text += value, *this; }
  Json& pair(const std::string& name, double value) { return key(name).number(value); }
  Json& strings(const std::string& name, const std::vector<std::string>& values) {
    key(name).open("[");
    for (const auto& value : values) string(value);
    return close("]");
  }

 private:
  void comma() {
    if (!is_first_) text += ',';
    is_first_ = false;
  }
  bool is_first_ = true;
};

inline void stock_json(const Config& c, const World& w, int h, Json& json) {
  json.key("inventory").open("{");
  for (int r = 0; r < c.resource_count(); ++r)
    if (const int n = w.held(c, h, r)) json.pair(c.resources[size_t(r)], n);
  json.close("}");
}

inline void thing_json(const Config& c, const World& w, int thing, Json& json) {
  const Thing& t = w.things[size_t(thing)];
  json.pair("id", thing)
      .pair("row", t.row)
      .pair("col", t.col)
      .key("kind")
      .string(c.kinds[t.kind].name)
      .key("team");
  if (t.team >= 0) json.string(c.teams[size_t(t.team)].name);
  else json.literal("null");
  json.key("vibe").string(c.vibes[t.vibe]);
  stock_json(c, w, w.holder(c, thing), json);
}

inline std::string world_json(const Config& c, const World& w, const std::vector<std::string>& action_names,
                              std::span<const double> returns) {
  Json json;
  json.open("{")
      .pair("step", w.step)
      .pair("max_steps", c.max_steps)
      .pair("width", w.width)
      .pair("height", w.height);
  std::vector<std::string> names, symbols;
  for (const auto& kind : c.kinds) names.push_back(kind.name), symbols.push_back(kind.symbol);
  json.strings("kinds", names)
      .strings("symbols", symbols)
      .strings("vibes", c.vibes)
      .strings("actions", action_names);
  json.strings("resources", c.resources)
      .key("window")
      .open("[")
      .number(c.observation.height)
      .number(c.observation.width)
      .close("]");
  json.key("tiles").open("[");
  for (int row = 0; row < w.height; ++row)
    for (int col = 0; col < w.width; ++col) {
      const int thing = w.thing_at(c, row, col);
      json.number(thing >= 0 && thing < c.seats ? 0 : 1 + kind_in(c, w, row, col));
    }
  json.close("]").key("agents").open("[");
  for (int seat = 0; seat < c.seats; ++seat) {
    const Agent& agent = w.agents[size_t(seat)];
    thing_json(c, w, seat, json.open("{"));
    json.pair("frozen", w.things[size_t(seat)].frozen)
        .key("action")
        .string(action_names[size_t(agent.action)]);
    json.key("success").literal(agent.is_success ? "true" : "false").pair("reward", agent.reward);
    json.pair("return", returns[size_t(seat)]).close("}");
  }
  json.close("]").key("objects").open("[");
  for (int thing = c.seats; thing < int(w.things.size()); ++thing) {
    const Thing& t = w.things[size_t(thing)];
    if (!t.is_alive) continue;
    int radius = -1;
    for (const auto& area : c.kinds[t.kind].areas) radius = std::max(radius, area.radius);
    thing_json(c, w, thing, json.open("{"));
    json.pair("cooldown", std::max(0, t.ready_at - w.step))
        .pair("uses", t.uses)
        .pair("radius", radius)
        .close("}");
  }
  json.close("]").key("teams").open("[");
  for (int team = 0; team < c.team_count(); ++team) {
    json.open("{").key("name").string(c.teams[size_t(team)].name);
    stock_json(c, w, team, json);
    json.key("counts").open("{");
    for (int row = 0; row < c.aligned_rows; ++row)
      json.pair(c.aligned_names[size_t(row)],
                w.team_stats[size_t(team) * c.team_names.size() + size_t(c.aligned(row))]);
    json.close("}").close("}");
  }
  return json.close("]").close("}").text;
}

}  // namespace coterie::grid
