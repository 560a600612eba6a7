// `cogsguard_control`: every 40 steps a leader says who has which role, by phases, and deals out junctions.
#pragma once

#include "bots_leader.h"

namespace coterie::cogsguard {

struct Control : Leader {
  static constexpr const char* name = "cogsguard_control";

  static Specialists specialists(int step, const Census& junctions) {
    if (step < 60 || junctions.known == 0) return {.scramblers = 1, .aligners = 0, .scouts = 2};
    if (step < 220 && 3 * junctions.ours < junctions.known) return {2, 2, 1};
    return {1, 1, 1};
  }

  void revise(Roles& roles) {
    if (roles.board.step % 40 == 0) {
      const Census junctions(roles.board);
      const Quota quota = specialists(roles.board.step, junctions).among(roles.members());
      reassign(roles, quota, junctions.known <= 4 ? 20 : 40);
      deal_in_order(roles);
    }
    roles.dealt = targets;
  }
};

}  // namespace coterie::cogsguard
