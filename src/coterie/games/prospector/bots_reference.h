// The three bots that came with the reference, by the rules measured there: they see one observation,
// remember nothing, and none of them lives.
#pragma once

#include "bots_view.h"

namespace coterie::prospector {

inline int out_lane(const View& view) {
  const int cluster = view.first_lane([&](size_t k) { return view.leads_to(k, CLUSTER); });
  if (cluster >= 0) return cluster;
  const int field = view.first_lane([&](size_t k) { return !view.leads_to(k, STATION); });
  return field >= 0 ? field : view.first_lane([](size_t) { return true; });
}

// Two hops out no lane leads home, and the first will have to do.
inline int way_home(const View& view) {
  const int home = view.home_lane();
  return home >= 0 ? home : view.first_lane([](size_t) { return true; });
}

// The asteroid of the highest score, -1 where nothing is left.
template <class Score>
int best_asteroid(Score score) {
  int best = -1;
  float most = 0;
  for (size_t a = 0; a < ASTEROIDS; ++a)
    if (const float value = score(a); value > most) best = int(a), most = value;
  return best;
}

inline float worth(const View& view, const Known& known) {
  float sum = 0;
  for (size_t c = 0; c < COMMODITIES; ++c) sum += view.price(c) * known.mix[c];
  return known.is_there * sum * known.stability * (1.f - known.depletion);
}

struct Reference {
  using Options = NoOptions;
  using Plan = NoOptions;
  static Plan plan(const Briefing& briefing, const Options&) { return check(briefing), Plan{}; }

  static int sell_first(const View& view, float least, int part) {
    for (size_t c = 0; c < COMMODITIES; ++c)
      if (view.cargo(c) > least) return SELL + int(c) * 3 + part;
    return -1;
  }
};

struct GreedyMiner : Reference {
  static constexpr const char* name = "greedy_miner";

  static int decide(const Plan&, const View& view) {
    if (view.is_home()) {
      if (const int sale = sell_first(view, 0.01f, 2); sale >= 0) return sale;
      if (view.fuel() < 0.40f && view.credits() >= 210) return BUY_FUEL + 2;
      return out_lane(view);
    }
    if (view.load() > 0.85f || view.heat() > 0.80f || view.hull() < 0.40f || view.fuel() < 0.15f)
      return way_home(view);
    const int best = best_asteroid([&](size_t a) { return worth(view, view.asteroid(a)); });
    if (best < 0) return out_lane(view);
    if (best != view.selected()) return SELECT + best;
    return view.tool() > 0.60f && view.heat() < 0.60f ? MINE + 2 : MINE + 1;
  }
  void act(const Plan& plan, const Turn& turn) { fly(*this, plan, turn); }
};

struct CautiousScanner : Reference {
  static constexpr const char* name = "cautious_scanner";

  static int decide(const Plan&, const View& view) {
    if (view.is_home()) {
      if (const int sale = sell_first(view, 0.01f, 1); sale >= 0) return sale;
      if (view.supply(KITS) < 0.30f && view.credits() >= SUPPLY_PRICES[KITS]) return BUY_SUPPLY + int(KITS);
      if (view.fuel() < 0.50f && view.credits() >= 120) return BUY_FUEL + 1;
      return out_lane(view);
    }
    if (view.load() > 0.70f || view.heat() > 0.75f || view.hull() < 0.55f || view.fuel() < 0.20f)
      return way_home(view);
    if (mean_confidence(view) < 0.35f) return WIDE_SCAN;
    const int best = best_asteroid([&](size_t a) { return worth(view, view.asteroid(a)); });
    if (best < 0) return out_lane(view);
    if (best != view.selected()) return SELECT + best;
    const Known known = view.asteroid(size_t(best));
    if (known.confidence < 0.60f) return DEEP_SCAN;
    if (known.stability < 0.40f && view.supply(STABILIZERS) > 0.10f) return STABILIZE;
    return view.heat() > 0.70f ? COOL : MINE;
  }
  void act(const Plan& plan, const Turn& turn) { fly(*this, plan, turn); }

 private:
  static float mean_confidence(const View& view) {
    float sum = 0, count = 0;
    for (size_t a = 0; a < ASTEROIDS; ++a) {
      const Known known = view.asteroid(a);
      sum += known.is_there * known.confidence;
      count += known.is_there;
    }
    return count > 0 ? sum / count : 1.f;
  }
};

struct MarketTimer {
  static constexpr const char* name = "market_timer";
  struct Options {
    int target;
    static constexpr auto fields() { return std::tuple{field("target", &Options::target)}; }
  };
  using Plan = Options;
  static Plan plan(const Briefing& briefing, const Options& options) {
    check(briefing);
    if (options.target < 0 || options.target >= COMMODITIES)
      throw std::invalid_argument("market_timer: target is the number of a commodity, 0 to 5");
    return options;
  }

  static int decide(const Plan& plan, const View& view) {
    const size_t target = size_t(plan.target);
    if (view.is_home()) return trade(target, view);
    if (wants_home(target, view)) {
      if (view.load() > 0.12f && view.home_lane() >= 0 && view.heat() > 0.65f) return COOL;
      return way_home(view);
    }
    const int best = best_asteroid([&](size_t a) {
      const Known known = view.asteroid(a);
      return known.is_there * known.mix[target] * (0.5f + 0.5f * known.confidence) * known.stability *
             (1.f - known.depletion);
    });
    if (best < 0) return out_lane(view);
    if (best != view.selected()) return SELECT + best;
    return view.heat() < 0.60f ? MINE + 1 : MINE;
  }
  void act(const Plan& plan, const Turn& turn) { fly(*this, plan, turn); }

 private:
  static int trade(size_t target, const View& view) {
    const bool is_forced = view.load() > 0.70f || view.time_left() < 0.15f;
    const bool is_high = view.change(target) > 0.01f && view.price(target) > 0.50f;
    if (view.cargo(target) > 0.01f && (is_high || is_forced)) return SELL + int(target) * 3;
    for (size_t c = 0; c < COMMODITIES; ++c)
      if (c != target && is_forced && view.cargo(c) > 0.05f) return SELL + int(c) * 3;
    if (view.fuel() < 0.50f && view.credits() >= 120) return BUY_FUEL + 1;
    return out_lane(view);
  }

  static bool wants_home(size_t target, const View& view) {
    return (view.load() > 0.12f && view.home_lane() >= 0) ||
           (view.change(target) < -0.02f && view.load() > 0.25f) || view.load() > 0.85f ||
           view.heat() > 0.80f;
  }
};

}  // namespace coterie::prospector
