// What a Cog reads off its tokens: itself, and what stands in its window. Names are looked up once.
#pragma once

#include "bot.h"

namespace coterie::cogsguard {

enum Gear : int8_t { ALIGNER, SCRAMBLER, MINER, SCOUT, GEARS, NO_GEAR = -1 };
inline constexpr const char* GEAR_NAMES[] = {"aligner", "scrambler", "miner", "scout"};
inline constexpr const char* ELEMENT_NAMES[] = {"oxygen", "carbon", "germanium", "silicon"};
// Of each element, in the order above.
inline constexpr int GEAR_COST[GEARS][4] = {{1, 3, 1, 1}, {3, 1, 1, 1}, {1, 1, 3, 1}, {1, 1, 1, 3}};

enum Kind : uint8_t { GONE, SOLID, COG, JUNCTION, HUB, CHEST, STATION, EXTRACTOR = STATION + 4 };
constexpr bool is_station(int kind) { return kind >= STATION && kind < EXTRACTOR; }
constexpr bool is_extractor(int kind) { return kind >= EXTRACTOR && kind < EXTRACTOR + 4; }

// What a feature is about; each has a slot among the numbers of a Cog.
enum Number : uint8_t {
  ENERGY,
  HEART,
  HP,
  INFLUENCE,
  SOLAR,
  CARGO,
  GEAR = CARGO + 4,
  STOCK = GEAR + 4,
  VIBE = STOCK + 4,
  TEAM,
  AGENT_ID,
  LP_EAST,
  LP_WEST,
  LP_NORTH,
  LP_SOUTH,
  LAST_ACTION,
  COMPLETION,
  TAG,
  NUMBERS,
  OTHER = NUMBERS
};

inline constexpr Gear ORDER[] = {SCRAMBLER, ALIGNER, MINER, SCOUT};  // in which roles are given by number

// Cogs with these roles, by agent_id in ORDER. What the others do is the team's choice.
struct Counts {
  int scrambler = 0, aligner = 0, miner = 0, scout = 0;

  static constexpr auto fields() {
    return std::tuple(field("scrambler", &Counts::scrambler), field("aligner", &Counts::aligner),
                      field("miner", &Counts::miner), field("scout", &Counts::scout));
  }
};

struct Options : Counts {
  bool smart = false;  // the others choose by what is known, not by what a team needs
  int cycle = -1;      // from 0: every Cog's role is (cycle + agent_id) mod 4, in this order

  static constexpr auto fields() {
    return std::tuple_cat(Counts::fields(),
                          std::tuple(field("smart", &Options::smart), field("cycle", &Options::cycle)));
  }
};

// What the game shows, and how.
struct Plan {
  int up = 0, left = 0, base = 256, tokens = 0;
  std::array<uint8_t, 256> number_of{};  // by feature
  std::array<uint8_t, 256> is_second{};  // whether the feature is a number's second digit
  std::array<uint8_t, 256> kind_of{};    // by tag
  std::array<int, 5> moves{};            // actions: noop, north, south, west, east
  std::array<int, GEARS + 1> vibes{};    // actions that show a gear's vibe, then the heart's
  std::array<int, GEARS + 1> shown{};    // and the numbers of those vibes
};

inline void need(bool is_there, const std::string& what) {
  if (!is_there)
    throw std::invalid_argument("this policy plays CoGsGuard seen as tokens: it needs a game that shows " +
                                what);
}

inline void read_features(const Briefing& b, Plan& plan) {
  auto bind = [&](int number, const std::string& name) {
    const int feature = coterie::number_of(b.features, name),
              second = coterie::number_of(b.features, name + ":p1");
    need(feature >= 0, "the feature '" + name + "'");
    plan.number_of[size_t(feature)] = uint8_t(number);
    if (second < 0) return;
    plan.number_of[size_t(second)] = uint8_t(number);
    plan.is_second[size_t(second)] = 1;
  };
  plan.number_of.fill(OTHER);
  const char* own[] = {"inv:energy", "inv:heart", "inv:hp", "inv:influence", "inv:solar"};
  for (int i = 0; i < 5; ++i) bind(ENERGY + i, own[i]);
  for (int i = 0; i < 4; ++i) bind(CARGO + i, std::string("inv:") + ELEMENT_NAMES[i]);
  for (int i = 0; i < 4; ++i) bind(GEAR + i, std::string("inv:") + GEAR_NAMES[i]);
  for (int i = 0; i < 4; ++i) bind(STOCK + i, std::string("inv:collective:") + ELEMENT_NAMES[i]);
  const char* rest[] = {"vibe",     "collective",  "agent_id",
                        "lp:east",  "lp:west",     "lp:north",
                        "lp:south", "last_action", "episode_completion_pct",
                        "tag"};
  for (int i = 0; i < 10; ++i) bind(VIBE + i, rest[i]);
}

inline uint8_t kind_of_tag(const std::string& tag) {
  auto ends = [&](const std::string& end) { return tag.ends_with(end); };
  if (!tag.starts_with("type:")) return GONE;  // says nothing of what the thing is
  if (tag == "type:agent") return COG;
  if (tag == "type:junction") return JUNCTION;
  if (ends(":hub")) return HUB;
  if (ends(":chest")) return CHEST;
  for (int i = 0; i < 4; ++i) {
    if (ends(std::string(":") + GEAR_NAMES[i])) return uint8_t(STATION + i);
    if (ends(std::string(":") + ELEMENT_NAMES[i] + "_extractor")) return uint8_t(EXTRACTOR + i);
  }
  return SOLID;
}

// The same, and what its team was asked for.
template <class Options>
struct PlanWith : Plan {
  Options options;
};

inline Plan plan_of(const Briefing& b) {
  need(b.view == "tokens", "tokens (observation.view=tokens)");
  Plan plan;
  plan.up = b.height / 2, plan.left = b.width / 2, plan.base = b.base, plan.tokens = b.bytes / 3;
  read_features(b, plan);
  for (size_t tag = 0; tag < b.tags.size(); ++tag) plan.kind_of[tag] = kind_of_tag(b.tags[tag]);
  need(b.action_names.size() == 1, "one list of actions");
  const char* moves[] = {"noop", "move_north", "move_south", "move_west", "move_east"};
  for (size_t i = 0; i < 5; ++i) {
    plan.moves[i] = coterie::number_of(b.action_names[0], moves[i]);
    need(plan.moves[i] >= 0, std::string("the action ") + moves[i]);
  }
  const int first = coterie::number_of(b.action_names[0], "change_vibe_default");
  for (size_t i = 0; i <= GEARS; ++i) {
    const std::string vibe = i < GEARS ? GEAR_NAMES[i] : "heart";
    plan.vibes[i] = coterie::number_of(b.action_names[0], "change_vibe_" + vibe);
    plan.shown[i] = plan.vibes[i] - first;
    need(first >= 0 && plan.vibes[i] >= 0, "the action change_vibe_" + vibe);
  }
  return plan;
}

// A thing in the window, by its place relative to the Cog that sees it.
struct Seen {
  int8_t dr, dc;
  uint8_t kind;
  int16_t team;  // -1 is neutral
  int amount;    // what is left in an extractor, or a Cog's agent_id
};

// What a Cog knows of itself.
struct Self {
  std::array<int, NUMBERS + 1> numbers{};
  int row = 0, col = 0;  // from its spawn cell

  int operator[](int number) const { return numbers[size_t(number)]; }
  int cargo() const { return (*this)[CARGO] + (*this)[CARGO + 1] + (*this)[CARGO + 2] + (*this)[CARGO + 3]; }
  int gear() const {
    for (int i = 0; i < GEARS; ++i)
      if ((*this)[GEAR + i]) return i;
    return NO_GEAR;
  }
  bool covers(int gear) const {
    for (int i = 0; i < 4; ++i)
      if ((*this)[STOCK + i] < GEAR_COST[gear][i]) return false;
    return true;
  }
  int scarcest() const {
    int least = (*this)[STOCK];
    for (int i = 1; i < 4; ++i) least = std::min(least, (*this)[STOCK + i]);
    return least;
  }
};

// Appends what is in the window to `things`, nearest first, the Cog itself left out.
inline Self look(const Plan& plan, const uint8_t* tokens, std::vector<Seen>& things) {
  Self self;
  self.numbers[TEAM] = -1;
  const int centre = plan.up * 16 + plan.left;
  for (int i = 0, at = -1; i < plan.tokens && tokens[0] != 255; ++i, tokens += 3) {
    const int location = tokens[0], number = plan.number_of[tokens[1]];
    if (location == centre || location > 238) {
      self.numbers[number] += plan.is_second[tokens[1]] ? tokens[2] * plan.base : tokens[2];
      if (number == TEAM) self.numbers[TEAM] += 1;
      continue;
    }
    if (location != at) {
      things.push_back(
          {int8_t((location >> 4) - plan.up), int8_t((location & 15) - plan.left), SOLID, -1, 0});
      at = location;
    }
    Seen& thing = things.back();
    if (number == TAG) {
      if (const uint8_t kind = plan.kind_of[tokens[2]]) thing.kind = kind;
    } else if (number == TEAM) {
      thing.team = tokens[2];
    } else if (number == AGENT_ID || (number >= CARGO && number < CARGO + 4 && thing.kind != COG)) {
      thing.amount += plan.is_second[tokens[1]] ? tokens[2] * plan.base : tokens[2];
    }
  }
  self.row = self[LP_SOUTH] - self[LP_NORTH];
  self.col = self[LP_EAST] - self[LP_WEST];
  return self;
}

}  // namespace coterie::cogsguard
