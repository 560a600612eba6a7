// `role`: a team whose roles follow from what a team needs, or from what each Cog finds lacking.
#pragma once

#include "bots_roles.h"

namespace coterie::cogsguard {

struct Need {
  static constexpr const char* name = "cogsguard";
  using Options = cogsguard::Options;

  uint8_t is_smart = 0;

  template <class Use>
  void visit(Use use) {
    use(is_smart);
  }

  // Roles by number: those the options ask for first, then what a team needs, in this order.
  void begin(const Options& options, Board& board) {
    constexpr Gear NEEDED[] = {MINER, ALIGNER, SCRAMBLER, MINER, ALIGNER, MINER, ALIGNER, SCRAMBLER};
    is_smart = options.smart;
    const size_t asked = pin(options, board);
    for (size_t i = 0; i < board.cogs.size(); ++i) {
      Cog& cog = board.cogs[i];
      cog.is_free &= options.cycle < 0;
      if (options.cycle >= 0) cog.role = ORDER[(options.cycle + cog.agent_id) % 4];
      else if (i >= asked && !options.smart) cog.role = NEEDED[(i - asked) % 8];
    }
  }

  void revise(Roles& roles) const {
    if (is_smart) roles.choose();
    else roles.rebalance();
  }

  Intent wanted(Roles& roles, int i) const { return roles.wanted(i); }
};

}  // namespace coterie::cogsguard
