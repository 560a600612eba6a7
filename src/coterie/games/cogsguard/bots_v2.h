// `cogsguard_v2`: every Cog has its role from the first step, by a table of the team's size.
#pragma once

#include "bots_leader.h"

namespace coterie::cogsguard {

struct V2 : Leader {
  static constexpr const char* name = "cogsguard_v2";

  static Quota quota(int cogs) {
    constexpr Quota SMALL[] = {
        {0, 0, 0, 0}, {0, 0, 1, 0}, {0, 1, 1, 0}, {0, 1, 1, 1}};  // aligner, scrambler,
    if (cogs < 4) return SMALL[cogs];                             // miner, scout
    const int some = cogs < 8 ? 1 : std::max(2, cogs / 6);
    return Specialists{some, some, 1}.among(cogs);
  }

  void revise(Roles& roles) const {
    if (roles.board.step > 0) return;
    Quota left = quota(roles.members());
    for (Cog& cog : roles.board.cogs)
      if (cog.role != NO_GEAR) --left[size_t(cog.role)];
    for (Cog& cog : roles.board.cogs) {
      if (cog.role != NO_GEAR) continue;
      cog.role = MINER;
      for (Gear role : {SCOUT, MINER, ALIGNER, SCRAMBLER})  // the last that is left
        if (left[size_t(role)] > 0) cog.role = role;
      --left[size_t(cog.role)];
    }
  }
};

}  // namespace coterie::cogsguard
