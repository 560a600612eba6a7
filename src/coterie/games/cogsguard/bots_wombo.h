// `wombo`: generalists. Each may take any role that lacks Cogs, and all push while junctions are few.
#pragma once

#include "bots_leader.h"

namespace coterie::cogsguard {

struct Wombo : Leader {
  static constexpr const char* name = "wombo";
  static constexpr int SCOUTING = 80, COOLDOWN = 120, MOVE = 4;

  // Half the team mines, at least four; but in a push who can be spared goes for the first two junctions.
  static Quota quota(int step, int cogs, const Census& junctions) {
    if (step < SCOUTING) return with_miners(cogs, {1, 1, 2});
    if (junctions.ours < 2) return Specialists{2, 2, 2}.among(cogs);
    return with_miners(cogs, {junctions.hostile > 1 ? 2 : 1, junctions.neutral > 1 ? 2 : 1, 1});
  }

  // Who is left over aligns or scrambles.
  static Quota with_miners(int cogs, Specialists s) {
    const int miners = std::min(cogs, std::max(4, cogs / 2));
    const int left = std::max(0, cogs - miners - s.aligners - s.scramblers - s.scouts);
    s.aligners += (left + 1) / 2, s.scramblers += left / 2;
    Quota quota = s.among(cogs - miners + 1);
    quota[MINER] += miners - 1;
    return quota;
  }

  void revise(Roles& roles) const {
    if (is_alone(roles)) return;
    reassign(roles, quota(roles.board.step, roles.members(), Census(roles.board)), COOLDOWN);
  }

  // Never without the energy for a use and the step back from it.
  Intent wanted(Roles& roles, int i) const {
    const bool recharges = roles.self(i)[ENERGY] < 2 * MOVE && !roles.is_home(roles.cog(i).place);
    return recharges ? Intent{} : roles.wanted(i);
  }
};

}  // namespace coterie::cogsguard
