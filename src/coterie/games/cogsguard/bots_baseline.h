// `baseline`: no leader; each Cog does the first that applies of recharge, deliver, assemble, gather.
#pragma once

#include "bots_leader.h"

namespace coterie::cogsguard {

// The gatherer of before CoGsGuard, by today's rules. Energy comes from the sun and from own ground,
// whichever is sooner; hearts are assembled at the chest, from the stock; what a heart is delivered to is a
// junction.
struct Baseline : Leader {
  static constexpr const char* name = "baseline";
  static constexpr int LIMIT = 20, LOW = LIMIT * 35 / 100, HIGH = LIMIT * 85 / 100;  // energy

  std::vector<uint8_t> recharges;  // by member, until its energy is high

  template <class Use>
  void visit(Use use) {
    Leader::visit(use), use(recharges);
  }

  // Who gathers is a miner, who assembles and delivers an aligner: as many as there are hearts to be had,
  // half of the team at most. An aligner with nothing to assemble gathers with its hands.
  void revise(Roles& roles) {
    recharges.resize(size_t(roles.members()), 0);
    for (Cog& cog : roles.board.cogs)
      if (cog.role == NO_GEAR) cog.role = MINER;
    int hearts = roles.selves[0].scarcest() / 10 + (roles.board.is_chest_bare ? 0 : 1);
    for (int i = 0; i < roles.members(); ++i)
      hearts -= roles.cog(i).role == ALIGNER && roles.self(i)[HEART] == 0;
    const int most = std::max(1, roles.members() / 2);
    for (int i = 0; i < roles.members() && hearts > 0 && roles.count(ALIGNER) < most; ++i) {
      Cog& cog = roles.cog(i);
      if (!cog.is_free || cog.role == ALIGNER || roles.self(i).cargo() > 0) continue;
      if (roles.self(i).covers(ALIGNER)) cog.role = ALIGNER, --hearts;
    }
  }

  Intent wanted(Roles& roles, int i) {
    const Cog& me = roles.cog(i);
    const Self& self = roles.self(i);
    if (roles.must_retreat(i)) return {RETREAT, -1};
    if (is_recharging(roles, i)) return recharge(roles, i);
    if (me.role != MINER && me.role != ALIGNER) return roles.wanted(i);  // asked for by number
    if (self.gear() != me.role && me.is_served) return roles.at_station(i);
    if (me.role == MINER) return roles.miner(i);
    if (self.gear() == ALIGNER && self[HEART] > 0)
      return can_deliver(roles, i) ? roles.aligner(i) : roles.scout(i);
    if (self.gear() == ALIGNER && self.cargo() == 0 && roles.board.chest >= 0 && roles.has_hearts())
      return {USE, roles.board.chest};
    return roles.miner(i);
  }

  // While no junction can be aligned it looks for one, and for that it needs no influence.
  static bool can_deliver(Roles& roles, int i) {
    return std::any_of(roles.board.sites.begin(), roles.board.sites.end(),
                       [&](const Site& s) { return roles.is_open(i, s); });
  }

  bool is_recharging(Roles& roles, int i) {
    const int energy = roles.self(i)[ENERGY];
    uint8_t& flag = recharges[size_t(i)];
    if (energy < LOW) flag = 1;
    if (energy >= HIGH) flag = 0;
    return flag;
  }

  static Intent recharge(Roles& roles, int i) {
    const Self& self = roles.self(i);
    const int moves = roles.way_home(roles.cog(i).place);
    const int sun = (HIGH - self[ENERGY]) / std::max(1, self[SOLAR]);
    return moves > 0 && !roles.ours.empty() && Roles::steps_for(self, moves) < sun ? Intent{RETREAT, -1}
                                                                                   : Intent{};
  }
};

}  // namespace coterie::cogsguard
