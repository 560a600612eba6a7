// What miners, aligners, scramblers and scouts want next.
#pragma once

#include "bots_moment.h"

namespace coterie::cogsguard {

struct Roles : Moment {
  std::span<const int16_t> dealt;  // sites, by member: where the team's strategy sends them, -1 anywhere

  // The site that was dealt to a Cog, if it is one of those wanted; else -1.
  template <class IsWanted>
  int16_t dealt_to(int i, IsWanted is_wanted) {
    const int16_t s = dealt.empty() ? int16_t(-1) : dealt[size_t(i)];
    return s >= 0 && is_wanted(s) ? s : int16_t(-1);
  }

  // Whether a site was dealt to a mate of the same role.
  bool is_mates(int i, int s) {
    for (int j = 0; j < int(dealt.size()); ++j)
      if (j != i && dealt[size_t(j)] == s && cog(j).role == cog(i).role) return true;
    return false;
  }

  int count(int role) {
    return int(
        std::count_if(board.cogs.begin(), board.cogs.end(), [=](const Cog& c) { return c.role == role; }));
  }

  // A team without aligners makes one of its miners its aligner while there are hearts to be had, and the
  // other way round: so even one Cog alone plays the whole game.
  void rebalance() {
    const bool lacks_aligner = count(ALIGNER) == 0 && selves[0].scarcest() >= 40;
    for (int i = 0; i < members(); ++i) {
      Cog& me = cog(i);
      if (!me.is_free || !me.is_found) continue;
      if (lacks_aligner && me.role == MINER && self(i).cargo() == 0) {
        me.role = ALIGNER;
        return;
      }
      if (me.role == ALIGNER && count(MINER) == 0 && self(i)[HEART] == 0 && selves[0].scarcest() < 10)
        me.role = MINER;
    }
  }

  // The choice of the Cogs of February 2026: who has no gear asks every 40 steps what is lacking.
  void choose() {
    for (int i = 0; i < members(); ++i) {
      Cog& me = cog(i);
      if (!me.is_free || self(i).gear() != NO_GEAR || board.step < me.chose + 40) continue;
      me.role = NO_GEAR;
      me.role = lacking();
      me.chose = board.step;
    }
    for (Cog& me : board.cogs)
      if (me.role == NO_GEAR) me.role = MINER;
  }

  Gear lacking() {
    int structures = 0, neutral = 0, clips = 0, junctions = 0;
    for (const Site& s : board.sites) {
      structures += s.kind != GONE;
      if (s.kind != JUNCTION) continue;
      ++junctions;
      neutral += s.team == NEUTRAL;
      clips += board.is_hostile(s);
    }
    if (board.hub < 0 || board.chest < 0 || count(SCOUT) == 0) return SCOUT;
    if (count(MINER) == 0) return MINER;
    if (junctions == 0) return SCOUT;
    if (count(SCRAMBLER) == 0) return SCRAMBLER;
    if (count(ALIGNER) == 0) return ALIGNER;
    if (clips > 0 && count(SCRAMBLER) <= count(ALIGNER)) return SCRAMBLER;
    if (neutral > 0) return ALIGNER;
    return structures < 10 ? SCOUT : MINER;
  }

  Intent wanted(int i) {
    if (is_bearer(i)) return bearer(i);
    if (must_retreat(i)) return {RETREAT, -1};
    const Cog& me = cog(i);
    if (self(i).gear() != me.role) {
      if (me.is_served) return at_station(i);
      if (me.role != MINER && has_miner()) return {EXPLORE, -1};
      return miner(i);
    }
    return me.role == MINER       ? miner(i)
           : me.role == ALIGNER   ? aligner(i)
           : me.role == SCRAMBLER ? scrambler(i)
                                  : scout(i);
  }

  Intent at_station(int i) {
    const int16_t station = board.stations[size_t(cog(i).role)];
    return station < 0 ? Intent{EXPLORE, -1} : Intent{USE, station};
  }

  bool has_miner() const {
    return std::any_of(selves.begin(), selves.end(), [](const Self& s) { return s.gear() == MINER; });
  }

  // -- miner ----------------------------------------------------------------------------------------------

  Intent miner(int i) {
    Cog& me = cog(i);
    const int cargo = self(i).cargo(), room = (self(i).gear() == MINER ? 40 : 4) - cargo;
    const bool keeps = me.task == USE && me.target >= 0 && is_extractor(site(me.target).kind);
    if (room > 0 && keeps && site(me.target).amount > 0) return {USE, me.target};
    if (room <= 0 || (cargo >= 28)) return deposit(i);
    const int16_t mine =
        dealt_to(i, [this](int s) { return is_extractor(site(s).kind) && site(s).amount > 0; });
    const int16_t extractor = mine >= 0 ? mine : best_extractor(i, [](int) { return true; });
    if (extractor >= 0) return {USE, extractor};
    return cargo > 0 ? deposit(i) : Intent{EXPLORE, -1};
  }

  Intent deposit(int i) {
    Cog& me = cog(i);
    if (me.task == USE && me.target >= 0 && board.is_ours(site(me.target))) return {USE, me.target};
    const int16_t depot = nearest(i, [this](int s) { return board.is_ours(site(s)); });
    return depot < 0 ? Intent{EXPLORE, -1} : Intent{USE, depot};
  }

  // Stock, cargo of all, and what is being fetched, of each element.
  std::array<int, 4> expected(int i) {
    std::array<int, 4> sum{};
    for (int e = 0; e < 4; ++e) sum[size_t(e)] = self(i)[STOCK + e];
    for (int j = 0; j < members(); ++j) {
      for (int e = 0; e < 4; ++e) sum[size_t(e)] += self(j)[CARGO + e];
      const Cog& mate = cog(j);
      if (j != i && mate.task == USE && mate.target >= 0 && is_extractor(site(mate.target).kind))
        sum[size_t(site(mate.target).kind - EXTRACTOR)] += std::max(0, 40 - self(j).cargo());
    }
    return sum;
  }

  template <class IsWanted>
  int16_t best_extractor(int i, IsWanted is_wanted) {
    const auto sum = expected(i);
    const int least = *std::min_element(sum.begin(), sum.end());
    int16_t best = -1;
    double best_score = 1e9;
    for (int s = 0; s < int(board.sites.size()); ++s) {
      const Site& one = site(s);
      if (!is_extractor(one.kind) || one.amount <= 0 || !is_wanted(s)) continue;
      int left = one.amount, crowd = 0;
      for (int j = 0; j < members(); ++j)
        if (j != i && cog(j).task == USE && cog(j).target == s) left -= 40 - self(j).cargo(), ++crowd;
      if (left <= 0) continue;
      int depot = 1000;
      for (Place source : ours) depot = std::min(depot, walk(one.place, source));
      const int outside = way_home(one.place);
      const int surplus = std::min(120, sum[size_t(one.kind - EXTRACTOR)] - least);
      const double score = walk(cog(i).place, one.place) + depot +
                           outside * (self(i)[SOLAR] >= 3 ? 1.0 : 6.0) + 2.0 * crowd + surplus +
                           (left < 40 ? (40 - left) * 0.2 : 0.0) + 20.0 * hostile_areas(one.place);
      if (score < best_score) best_score = score, best = int16_t(s);
    }
    return best;
  }

  // -- hearts ---------------------------------------------------------------------------------------------

  bool has_hearts() const { return !board.is_chest_bare || selves[0].scarcest() >= 10; }

  // Empty-handed at a bare chest: see more of the land, and be back in time.
  Intent for_heart(int i) {
    if (board.chest < 0) return {EXPLORE, -1};
    if (has_hearts()) return {USE, board.chest};
    if (self(i).scarcest() < 5) return {EXPLORE, -1};
    return apart(cog(i).place, site(board.chest).place) <= 2 ? Intent{} : Intent{USE, board.chest};
  }

  bool tops_up(int i) {
    return board.chest >= 0 && has_hearts() && self(i)[HEART] < 10 &&
           walk(cog(i).place, site(board.chest).place) <= (self(i)[HEART] <= 2 ? 6 : 2);
  }

  // To the chest, wherever it is. Where no sun shines, who passes the hub fills up there first.
  Intent bearer(int i) {
    const Self& me = self(i);
    const bool has_hub = board.hub >= 0 && walk(cog(i).place, site(board.hub).place) <= 12;
    if (me[SOLAR] == 0 && me[ENERGY] < 200 && has_hub) return {USE, board.hub};
    return board.chest >= 0 ? Intent{USE, board.chest} : Intent{EXPLORE, -1};
  }

  // -- aligner, scrambler, scout --------------------------------------------------------------------------

  bool is_claimed(int i, int s) {
    for (int j = 0; j < members(); ++j)
      if (j != i && cog(j).role == cog(i).role && cog(j).task == USE && cog(j).target == s) return true;
    return is_mates(i, s);
  }

  // Influence lasts 20 steps away from home: by night eight moves, by day some twice as many.
  bool is_open(int i, const Site& s) const {
    return s.kind == JUNCTION && s.team == NEUTRAL && s.shunned <= board.step &&
           way_home(s.place) <= (self(i)[SOLAR] >= 3 ? 14 : 6) && has_influence(s.place);
  }

  Intent aligner(int i) {
    Cog& me = cog(i);
    if (self(i)[INFLUENCE] == 0 && !ours.empty() && !is_home(me.place)) {
      // In vain, by its own slowness or for hostile ground whose source nobody has seen.
      if (me.task == USE && me.target >= 0) site(me.target).shunned = board.step + 40;
      return {RETREAT, -1};
    }
    if (self(i)[HEART] == 0) return for_heart(i);
    if (tops_up(i)) return {USE, board.chest};
    const int16_t mine = dealt_to(i, [&](int s) { return is_open(i, site(s)); });
    if (mine >= 0) return {USE, mine};
    if (me.task == USE && me.target >= 0 && is_open(i, site(me.target)) && !is_claimed(i, me.target))
      return {USE, me.target};
    const int16_t junction = nearest(i, [&](int s) { return is_open(i, site(s)) && !is_claimed(i, s); });
    return junction >= 0 ? Intent{USE, junction} : scout(i);
  }

  Intent scrambler(int i) {
    Cog& me = cog(i);
    if (self(i)[HEART] == 0) {
      const Intent heart = for_heart(i);
      return heart.task == USE && has_hearts() ? heart : scout(i);
    }
    if (self(i)[HEART] < 2 && tops_up(i)) return {USE, board.chest};
    auto is_prey = [&](int s) { return board.is_hostile(site(s)) && site(s).kind == JUNCTION; };
    const int16_t mine = dealt_to(i, is_prey);
    if (mine >= 0) return {USE, mine};
    if (me.task == USE && me.target >= 0 && is_prey(me.target) && !is_mates(i, me.target))
      return {USE, me.target};
    const int16_t junction = nearest(i, [&](int s) { return is_prey(s) && !is_claimed(i, s); });
    return junction >= 0 ? Intent{USE, junction} : scout(i);
  }

  // Sees what nobody has seen, then what was seen longest ago.
  Intent scout(int i) {
    Cog& me = cog(i);
    const bool is_on_its_way =
        me.task == EXPLORE && me.path_at < me.path_length && board.cell(me.goal) == UNKNOWN;
    if (is_on_its_way) return {EXPLORE, -1};
    if (board.explored_until <= board.step) {
      const Task task = Task(me.task);
      me.task = EXPLORE;
      if (route(i, false)) return me.target = -1, Intent{EXPLORE, -1};
      me.task = task;
    }
    return patrol(i);
  }

  Intent patrol(int i) {
    Cog& me = cog(i);
    auto age = [&](int s) { return board.step - site(s).seen; };
    if (me.task == USE && me.target >= 0 && site(me.target).kind == JUNCTION && age(me.target) > 5)
      return {USE, me.target};
    int16_t best = -1;
    int most = 0;
    for (int s = 0; s < int(board.sites.size()); ++s) {
      if (site(s).kind != JUNCTION || is_claimed(i, s)) continue;
      const int score = age(s) - 2 * walk(me.place, site(s).place);
      if (age(s) > 20 && (best < 0 || score > most)) most = score, best = int16_t(s);
    }
    return best < 0 ? Intent{} : Intent{USE, best};
  }
};

}  // namespace coterie::cogsguard
