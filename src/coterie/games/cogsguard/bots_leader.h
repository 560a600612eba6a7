// What teams with a leader have in common: how many Cogs shall have each role, and who goes to which site.
#pragma once

#include "bots_roles.h"

namespace coterie::cogsguard {

using Quota = std::array<int, GEARS>;  // Cogs of each role

// Of so many Cogs the specialists, all others miners; if they are too few, at least one mines and scouts go
// short first, then scramblers.
struct Specialists {
  int scramblers, aligners, scouts;

  Quota among(int cogs) const {
    Quota quota{};
    int left = cogs - 1;
    auto take = [&](Gear role, int n) { left -= quota[size_t(role)] = std::clamp(left, 0, n); };
    take(ALIGNER, aligners), take(SCRAMBLER, scramblers), take(SCOUT, scouts);
    quota[MINER] = left + 1;
    return quota;
  }
};

// Junctions, as far as the team knows.
struct Census {
  int known = 0, ours = 0, neutral = 0, hostile = 0;

  explicit Census(const Board& board) {
    for (const Site& s : board.sites) {
      if (s.kind != JUNCTION) continue;
      ++known;
      ours += board.is_ours(s), hostile += board.is_hostile(s), neutral += s.team == NEUTRAL;
    }
  }
};

// A strategy that changes roles and deals out targets while the episode runs.
struct Leader {
  using Options = Counts;

  std::vector<int16_t> targets;  // sites, by member

  template <class Use>
  void visit(Use use) {
    use(targets);
  }

  void begin(const Counts& counts, Board& board) {
    pin(counts, board);
    targets.assign(board.cogs.size(), -1);
  }

  Intent wanted(Roles& roles, int i) const { return roles.wanted(i); }

  // One Cog has nobody to lead: it plays the whole game, now miner, now aligner.
  static bool is_alone(Roles& roles) {
    if (roles.members() > 1) return false;
    Cog& me = roles.cog(0);
    if (me.role == NO_GEAR) me.role = MINER;
    roles.rebalance();
    return true;
  }

  // Changes roles until there are as many of each as the quota says, or nobody may change who could. A Cog
  // changes again no sooner than `cooldown` steps after it last did.
  static void reassign(Roles& roles, const Quota& quota, int cooldown) {
    for (Gear role : {MINER, ALIGNER, SCRAMBLER, SCOUT})
      while (roles.count(role) < quota[size_t(role)]) {
        const int i = most_dispensable(roles, quota, role, cooldown);
        if (i < 0) break;
        if (roles.cog(i).role != NO_GEAR) roles.cog(i).chose = roles.board.step;
        roles.cog(i).role = role;
      }
    for (Cog& cog : roles.board.cogs)
      if (cog.role == NO_GEAR) cog.role = MINER;
  }

  // The Cog to whom a new role costs least, of those with none and of those of whom there are too many.
  static int most_dispensable(Roles& roles, const Quota& quota, Gear role, int cooldown) {
    int best = -1, least = 1000;
    for (int i = 0; i < roles.members(); ++i) {
      const Cog& cog = roles.cog(i);
      const Self& self = roles.self(i);
      const bool is_new = cog.role == NO_GEAR;
      if (!cog.is_free || (!is_new && roles.board.step < cog.chose + cooldown)) continue;
      if (!is_new && roles.count(cog.role) <= quota[size_t(cog.role)]) continue;
      const bool needs_hearts = role == ALIGNER || role == SCRAMBLER;
      const int gear = self.gear() == role ? 0 : self.gear() == NO_GEAR ? 1 : 4;
      const int cost = is_new ? 0 : gear + self.cargo() / 4 + (needs_hearts ? 0 : 2 * self[HEART]);
      if (cost < least) least = cost, best = i;
    }
    return best;
  }

  // -- targets --------------------------------------------------------------------------------------------

  static bool is_wanted(Roles& roles, int role, int s) {
    const Site& site = roles.site(s);
    if (site.kind != JUNCTION) return false;
    if (role == SCRAMBLER) return roles.board.is_hostile(site);
    return role == ALIGNER && site.team == NEUTRAL && site.shunned <= roles.board.step;
  }

  // Junctions for one role, the first to be had first: those nearest to ground that refills, of those the
  // ones nearest to the hub.
  static std::vector<int16_t> junctions_for(Roles& roles, int role) {
    const Board& board = roles.board;
    const Place centre = board.hub >= 0 ? board.sites[size_t(board.hub)].place : Place{};
    auto rank = [&](int16_t s) {
      const Place place = board.sites[size_t(s)].place;
      return std::tuple(roles.way_home(place), walk(place, centre), s);
    };
    std::vector<int16_t> found;
    for (int s = 0; s < int(board.sites.size()); ++s)
      if (is_wanted(roles, role, s)) found.push_back(int16_t(s));
    std::sort(found.begin(), found.end(), [&](int16_t a, int16_t b) { return rank(a) < rank(b); });
    return found;
  }

  // The n-th aligner gets the n-th junction that can be aligned, and so do scramblers with hostile ones.
  void deal_in_order(Roles& roles) {
    std::fill(targets.begin(), targets.end(), int16_t(-1));
    for (int role : {ALIGNER, SCRAMBLER}) {
      const std::vector<int16_t> found = junctions_for(roles, role);
      size_t n = 0;
      for (int i = 0; i < roles.members() && n < found.size(); ++i)
        if (roles.cog(i).role == role) targets[size_t(i)] = found[n++];
    }
  }

  // Each aligner and scrambler gets a junction of its own, those nearest to each other first; of all
  // junctions only twice as many as there are Cogs to go, the first to be had.
  void deal_nearest(Roles& roles) {
    std::fill(targets.begin(), targets.end(), int16_t(-1));
    for (int role : {ALIGNER, SCRAMBLER}) {
      std::vector<int16_t> found = junctions_for(roles, role);
      found.resize(std::min(found.size(), size_t(2 * roles.count(role))));
      while (deal_one(roles, role, found)) {}
    }
  }

  bool deal_one(Roles& roles, int role, std::vector<int16_t>& found) {
    int least = 1 << 20, member = -1;
    size_t which = 0;
    for (int i = 0; i < roles.members(); ++i) {
      if (roles.cog(i).role != role || targets[size_t(i)] >= 0) continue;
      for (size_t k = 0; k < found.size(); ++k) {
        const int far = walk(roles.cog(i).place, roles.site(found[k]).place);
        if (far < least) least = far, member = i, which = k;
      }
    }
    if (member < 0) return false;
    targets[size_t(member)] = found[which];
    found.erase(found.begin() + int(which));
    return true;
  }

  // Each miner gets an extractor that nobody else was dealt.
  void deal_extractors(Roles& roles) {
    for (int i = 0; i < roles.members(); ++i) {
      if (roles.cog(i).role != MINER || !roles.cog(i).is_found) continue;
      targets[size_t(i)] = roles.best_extractor(
          i, [&](int s) { return std::find(targets.begin(), targets.end(), s) == targets.end(); });
    }
  }
};

}  // namespace coterie::cogsguard
