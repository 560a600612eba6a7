// Asks the strategies of CoGsGuard's teams without a game around them, built with sanitizers. The first line
// of the input is `<team> <Cogs> <steps>`; then come, in any order,
//   site <step> <kind> <row> <column> <team>    what is known from that step on: own 0, clips 1, neutral -1
//   self <step> <member> <number> <value>       what a member observes of itself from that step on
//   at <member> <row> <column>                  where a member stands
// It answers each step with a line `roles;targets;wants`: by member the role, the row,column that was dealt
// to it or -, and what it wants: the task, and the row,column where it is done or -.
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "cogsguard/bots.h"

namespace coterie::cogsguard {

struct Case {
  std::string team;
  int cogs = 0, steps = 0;
  std::multimap<int, Site> sites;
  std::multimap<int, std::array<int, 3>> numbers;  // member, number, value
  std::map<int, Place> places;
};

const std::map<std::string, int> KINDS = {
    {"junction", JUNCTION}, {"hub", HUB}, {"chest", CHEST}, {"oxygen", EXTRACTOR}, {"carbon", EXTRACTOR + 1}};
const std::map<std::string, int> NUMBERS_BY_NAME = {
    {"energy", ENERGY},          {"heart", HEART}, {"hp", HP},
    {"influence", INFLUENCE},    {"solar", SOLAR}, {"aligner", int(GEAR) + ALIGNER},
    {"miner", int(GEAR) + MINER}};

Case read() {
  Case c;
  std::cin >> c.team >> c.cogs >> c.steps;
  std::string what, name;
  for (int a = 0, b = 0; std::cin >> what;) {
    if (what == "site") {
      Site s;
      int team = 0;
      std::cin >> a >> name >> s.place.row >> s.place.col >> team;
      s.kind = uint8_t(KINDS.at(name)), s.team = int16_t(team), s.amount = 100;
      c.sites.emplace(a, s);
    } else if (what == "self") {
      int value = 0;
      std::cin >> a >> b >> name >> value;
      for (int e = 0; e < 4; ++e)
        if (name == "stock") c.numbers.insert({a, {b, STOCK + e, value}});
      if (name != "stock") c.numbers.insert({a, {b, NUMBERS_BY_NAME.at(name), value}});
    } else {
      std::cin >> a;
      std::cin >> c.places[a].row >> c.places[a].col;
    }
  }
  return c;
}

std::string text(Place p) { return std::to_string(p.row) + "," + std::to_string(p.col); }

// What a board knows of a place is changed, or is new.
void enter(Board& board, const Site& site) {
  for (Site& s : board.sites)
    if (s.place == site.place) return void(s.team = site.team);
  board.sites.push_back(site);
  board.cell(site.place) = uint16_t(FIRST_SITE + board.sites.size() - 1);
  board.enrol(int16_t(board.sites.size() - 1));
}

template <class S>
void play(const Case& c) {
  constexpr const char* TASKS[] = {"wait", "use", "explore", "retreat"};
  const Plan plan;
  Board board;
  Search search;
  std::vector<Self> selves(size_t(c.cogs));
  std::vector<Place> ours, hostile;
  std::vector<uint8_t> decided(size_t(c.cogs));
  board.team = 0;
  board.make_room({}, 8);
  board.cogs.resize(size_t(c.cogs));
  for (int i = 0; i < c.cogs; ++i) {
    Cog& cog = board.cogs[size_t(i)];
    cog.agent_id = int16_t(i), cog.is_found = 1;
    cog.place = c.places.contains(i) ? c.places.at(i) : Place{int16_t(i), 1};
  }
  for (Self& self : selves)
    self.numbers[HP] = 100, self.numbers[ENERGY] = 20, self.numbers[SOLAR] = 3, self.numbers[INFLUENCE] = 20;
  S strategy;
  strategy.begin({}, board);
  for (; board.step < c.steps; ++board.step) {
    for (auto [at, end] = c.sites.equal_range(board.step); at != end; ++at) enter(board, at->second);
    for (auto [at, end] = c.numbers.equal_range(board.step); at != end; ++at)
      selves[size_t(at->second[0])].numbers[size_t(at->second[1])] = at->second[2];
    Roles roles{{plan, board, search, selves, ours, hostile, decided}, {}};
    roles.survey();
    strategy.revise(roles);
    std::ostringstream roles_text, targets, wants;
    for (int i = 0; i < c.cogs; ++i) {
      roles_text << (i ? " " : "") << GEAR_NAMES[board.cogs[size_t(i)].role];
      const int16_t s = roles.dealt.empty() ? int16_t(-1) : roles.dealt[size_t(i)];
      targets << (i ? " " : "") << (s < 0 ? "-" : text(board.sites[size_t(s)].place));
      const Intent want = strategy.wanted(roles, i);
      wants << (i ? " " : "") << TASKS[want.task] << ":"
            << (want.task == USE ? text(board.sites[size_t(want.target)].place) : "-");
    }
    std::cout << roles_text.str() << ";" << targets.str() << ";" << wants.str() << "\n";
  }
}

}  // namespace coterie::cogsguard

int main() {
  using namespace coterie::cogsguard;
  const Case c = read();
  if (c.team == Wombo::name) play<Wombo>(c);
  else if (c.team == V2::name) play<V2>(c);
  else if (c.team == Control::name) play<Control>(c);
  else if (c.team == Targeted::name) play<Targeted>(c);
  else if (c.team == Baseline::name) play<Baseline>(c);
  else return 2;
}
