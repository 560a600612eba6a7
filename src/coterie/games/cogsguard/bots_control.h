// `cogsguard_control`: now and then a leader says who has which role, by phases, and deals out junctions.
#pragma once

#include "bots_leader.h"

namespace coterie::cogsguard {

struct Control : Leader {
  static constexpr const char* name = "cogsguard_control";

  int32_t planned = -40;  // step

  template <class Use>
  void visit(Use use) {
    Leader::visit(use), use(planned);
  }

  static Specialists specialists(int step, const Census& junctions) {
    if (step < 60 || junctions.known == 0) return {.scramblers = 1, .aligners = 0, .scouts = 2};
    if (step < 220 && 3 * junctions.ours < junctions.known) return {2, 2, 1};
    return {1, 1, 1};
  }

  // Every 40 steps, or 20 while few junctions are known.
  void revise(Roles& roles) {
    if (is_alone(roles)) return;
    const Census junctions(roles.board);
    const int cooldown = junctions.known <= 4 ? 20 : 40;
    if (roles.board.step >= planned + cooldown) {
      planned = roles.board.step;
      reassign(roles, specialists(planned, junctions).among(roles.members()), cooldown);
      deal_in_order(roles);
    }
    roles.dealt = targets;
  }
};

}  // namespace coterie::cogsguard
