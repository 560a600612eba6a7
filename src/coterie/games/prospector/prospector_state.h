// What a voyage is made of: ship, market and tally beside the chart; and the numbers of the rules.
#pragma once

#include "prospector_world.h"

namespace coterie::prospector {

constexpr float FUEL = 1000, HULL = 100, HEAT = 100, TOOL = 100, HOLD = 200, ALERT = 100;  // at the most
constexpr int USUAL_STEPS = 3000;  // of a voyage that goes well
constexpr int STOCK = 12;          // of each supply
constexpr float THOUSAND = 1000;   // rewards count credits by the thousand

enum Action {
  TRAVEL = 0,
  DRIFT = 6,
  BURN,
  WIDE_SCAN,
  FOCUSED_SCAN,
  DEEP_SCAN,
  LISTEN,
  SELECT = 12,
  MINE = 28,
  STABILIZE = 31,
  REFINE,
  COOL,
  MAINTAIN,
  PATCH,
  JETTISON = 36,
  DOCK = 42,
  SELL = 43,
  BUY_FUEL = 61,
  BUY_SUPPLY = 64,
  OVERHAUL = 67,
  CASH_OUT = 68,
  ACTIONS
};

enum Supply { KITS, STABILIZERS, DECOYS, SUPPLIES };
enum End { UNDER_WAY, DESTROYED, STRANDED, CASHED_OUT, TIMED_OUT };

struct Price {
  float amount, credits;
};
constexpr Price FUEL_PRICES[] = {{120, 60}, {260, 120}, {480, 210}};
constexpr float SUPPLY_PRICES[] = {150, 175, 110}, OVERHAUL_PRICE = 280;

struct Ship {
  float fuel, hull, heat, tool, alert, credits;
  std::array<float, COMMODITIES> cargo;
  std::array<int32_t, SUPPLIES> supplies;
  int32_t selected;  // an asteroid's slot, -1 = none
  int32_t escape;    // ticks the burn still hides the ship
  std::array<int32_t, ASTEROIDS> stabilized;

  float load() const {
    float sum = 0;
    for (float amount : cargo) sum += amount;
    return sum;
  }
};

// Commodities are padded to a vector's width; what is beyond them is never read.
struct alignas(16) Market {
  static constexpr size_t WIDTH = 8;
  using Row = std::array<float, WIDTH>;
  static constexpr Row BASE = {45, 55, 85, 145, 210, 120, 1, 1}, LEAST = {12, 15, 20, 50, 80, 30, 0, 0},
                       MOST = {180, 200, 240, 320, 420, 300, 1, 1};

  Row price, change, inventory, sales, phase, period, amplitude;
  Row calm, slow, crest;  // prices smoothed over 8 and over 32 ticks, and the highest calm price so far

  void open(Draws& draws) {
    *this = {};
    period.fill(1);
    for (size_t c = 0; c < COMMODITIES; ++c) {
      inventory[c] = draws.uniform(20.f, 120.f);
      phase[c] = draws.uniform(0.f, TAU);
      period[c] = draws.uniform(180.f, 380.f);
      amplitude[c] = BASE[c] * draws.uniform(0.10f, 0.30f);
      price[c] = std::clamp(BASE[c] + amplitude[c] * sine(phase[c]), LEAST[c], MOST[c]);
    }
    calm = slow = crest = price;
  }

  // `now`: ticks elapsed at the end of a step of `dt` ticks.
  void move(int now, int dt, Draws& draws) {
    alignas(16) Row first, second;
    first[6] = first[7] = second[6] = second[7] = 0.5f;  // what is beyond the commodities stays a number
    for (size_t c = 0; c < COMMODITIES; ++c) {
      first[c] = draws.positive();
      second[c] = draws.unit();
    }
    const float turns = TAU * float(now), spread = 0.03f * ROOT[dt], fade = FADE[dt];
    const float quick = QUICK[dt], lazy = LAZY[dt];
    by_fours(WIDTH, [&](size_t c) {
      const Float4 base = four(&BASE[c]), held = four(&inventory[c]), sold = four(&sales[c]);
      const Float4 wave = sine(turns / four(&period[c]) + four(&phase[c]));
      const Float4 wanted = base + four(&amplitude[c]) * wave - 0.04f * held - 0.05f * sold +
                            base * spread * bell(four(&first[c]), four(&second[c]));
      const Float4 least = four(&LEAST[c]), most = four(&MOST[c]), floored = wanted < least ? least : wanted;
      const Float4 next = floored > most ? most : floored;
      put(&change[c], next - four(&price[c]));
      put(&price[c], next);
      put(&sales[c], sold * fade);
      put(&inventory[c], held * 0.998f);
      const Float4 smooth = four(&calm[c]) + quick * (next - four(&calm[c])), high = four(&crest[c]);
      put(&calm[c], smooth);
      put(&slow[c], four(&slow[c]) + lazy * (next - four(&slow[c])));
      put(&crest[c], smooth > high ? smooth : high);
    });
  }

  float value(const std::array<float, COMMODITIES>& cargo) const {
    float sum = 0;
    for (size_t c = 0; c < COMMODITIES; ++c) sum += cargo[c] * price[c];
    return sum;
  }

  // What a sale brings, after slippage; the station then has it in stock.
  float sell(size_t c, float amount) {
    const float ratio = amount / std::max(1.f, inventory[c] + amount);
    const float slippage = std::clamp(0.25f * ratio + 0.2f * std::sqrt(ratio), 0.f, 0.70f);
    inventory[c] += amount;
    sales[c] += amount;
    return amount * price[c] * (1.f - slippage);
  }

 private:
  // By ticks of a step: the root of dt, and e to the -dt / 14.
  static constexpr float ROOT[] = {0.f,         1.f,         1.41421356f, 1.73205081f, 2.f,
                                   2.23606798f, 2.44948974f, 2.64575131f, 2.82842712f};
  static constexpr float FADE[] = {1.f,          0.931062780f, 0.866877900f, 0.807117747f, 0.751477293f,
                                   0.699672537f, 0.651439058f, 0.606530660f, 0.564718122f};
  // 1 less e to the -dt / 8, and to the -dt / 32.
  static constexpr float QUICK[] = {0.000000000f, 0.117503097f, 0.221199217f, 0.312710721f, 0.393469340f,
                                    0.464738571f, 0.527633447f, 0.583137980f, 0.632120559f};
  static constexpr float LAZY[] = {0.000000000f, 0.030766766f, 0.060586937f, 0.089489639f, 0.117503097f,
                                   0.144654673f, 0.170970882f, 0.196477426f, 0.221199217f};
};

// What lies around the ship, as an observation shows it: seven numbers and nine notes for each lane.
constexpr size_t LANE_NUMBERS = 7, BEYOND_NUMBERS = 9;
struct Near {
  std::array<float, LANES * LANE_NUMBERS> lanes;
  std::array<float, LANES * BEYOND_NUMBERS> beyond;
};

// What happened so far, for statistics. What was burned, broken and worn is the start, plus what was bought
// and mended since, less what is left.
struct Tally {
  float spending, fuel_bought, hull_mended, tool_mended, lost_to_pirates, ore_mined, utilization, discount;
  int32_t ticks, last_dt, invalid, scans, mining_ticks, fractures, encounters, has_met, overheat_ticks, end;
};

// What is at hand in every step comes first. `here` and `field` are of the node where the ship is; what the
// chart and the list of fields say of it is brought up to date when the ship leaves.
struct State {
  Draws draws;
  Ship ship;
  Tally tally;
  Market market;
  Near near;
  Node here;
  Field field;
  Asteroid selected;  // as it is, while one is selected
  Chart chart;

  bool is_home() const { return here.number == 0; }
  const Place& place() const { return chart.places[size_t(here.number)]; }
};

}  // namespace coterie::prospector
