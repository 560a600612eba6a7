// `cogsguard_targeted`: a leader says who has which role, by phases, and sends each Cog to its own site.
#pragma once

#include "bots_leader.h"

namespace coterie::cogsguard {

struct Targeted : Leader {
  static constexpr const char* name = "cogsguard_targeted";
  static constexpr int INTERVAL = 25, COOLDOWN = 40;

  // Exploration, control, then what holds what was won.
  static Specialists specialists(int step, int cogs) {
    if (step < 80) return {.scramblers = 1, .aligners = 1, .scouts = 3};
    if (step < 260) return cogs >= 8 ? Specialists{2, 3, 0} : Specialists{1, 2, 0};
    return {1, 2, 1};
  }

  void revise(Roles& roles) {
    if (is_alone(roles)) return;
    if (roles.board.step % INTERVAL == 0) {
      reassign(roles, specialists(roles.board.step, roles.members()).among(roles.members()), COOLDOWN);
      deal_nearest(roles);
      deal_extractors(roles);
    }
    roles.dealt = targets;
  }
};

}  // namespace coterie::cogsguard
