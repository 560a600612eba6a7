// Many worlds of one game side by side: the buffers every learner reads, seeds, the clock, auto-reset,
// statistics, and the threads. A game never sees any of it.
//
// Shapes: N worlds, S seats, A = N * S rows (row = world * S + seat), K action heads.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bots.h"
#include "game.h"
#include "hands.h"
#include "hash.h"
#include "pool.h"
#include "tape.h"

namespace coterie {

// A finished episode; the returns, statistics and seat statistics follow each other in `values`.
struct Episode {
  int world;
  uint64_t seed;
  int length;
  bool truncated;
  std::vector<float> values;  // S returns, P statistics, S * Q seat statistics
};

struct BatchOptions {
  int worlds = 1;
  uint64_t seed = 0;
  int threads = 1;
  bool desync =
      false;  // the first episode of each world is cut at a random step, so that ends do not coincide
};

class BatchBase {
 public:
  BatchBase(Spec spec, BatchOptions options)
      : spec(std::move(spec)), options(options), pool_(options.threads) {
    const auto& s = this->spec;
    const size_t rows = size_t(options.worlds) * s.seats;
    owned_observations_.assign(rows * s.observation_bytes(), 0);
    final_observations.assign(rows * s.observation_bytes(), 0);
    observations = owned_observations_;
    actions.assign(rows * s.actions.size(), 0);
    rewards.assign(rows, 0);
    terminals.assign(rows, 0);
    truncations.assign(rows, 0);
    masks.assign(rows * s.mask_bytes(), 1);
    worlds_.resize(options.worlds);
    for (auto& world : worlds_) world.returns.assign(s.seats, 0);
  }
  virtual ~BatchBase() = default;

  // Every world starts its first episode; with a seed, the batch becomes that seed's.
  void reset(std::optional<uint64_t> seed) {
    pool_.wait();
    if (seed) options.seed = *seed;
    share(0, options.worlds, [this](int w) {
      auto& world = worlds_[w];
      world.episode = 0;
      world.finished.clear();
      clear(w);
      start(w, episode_seed(w));
      const int length = spec.usual_steps > 0 ? spec.usual_steps : world.limit;
      if (options.desync && length > 1)
        world.limit = 1 + int(Rng{Rng::derive(options.seed, uint64_t(w), 1)}.below(uint32_t(length)));
    });
    pool_.wait();
  }

  // One world starts the episode of a given seed: how a recorded episode is played again.
  void start_episode(int w, uint64_t seed) {
    pool_.wait();
    clear(w);
    start(w, seed);
  }

  // Steps worlds [first, first + count): `begin` returns at once where there are threads, `wait` completes
  // it.
  void begin(int first, int count) {
    pool_.wait();
    check_actions(first, count);
    share(first, count, [this](int w) { step_one(w); });
  }
  void wait() { pool_.wait(); }

  // From now on a tape runs of one world, from its present state on. Worlds without one cost nothing.
  void record(int w, int every) {
    pool_.wait();
    tapes_.resize(worlds_.size());
    tapes_[w] = std::make_unique<Tape>(every, worlds_[w].seed, worlds_[w].steps);
  }
  bool is_recorded(int w) const { return !tapes_.empty() && tapes_[w]; }
  void stop_recording(int w) {
    pool_.wait();
    if (is_recorded(w)) tapes_[w].reset();
  }
  // Once the world has noted this tick, any after so many seconds, or an end, `tape_is_due` until it is said
  // again.
  void call_at(int w, int64_t tick, double seconds) {
    pool_.wait();
    if (is_recorded(w)) tapes_[w]->call_at(tick, seconds);
  }
  bool tape_is_due() const {
    return std::any_of(tapes_.begin(), tapes_.end(), [](const auto& tape) { return tape && tape->is_due(); });
  }
  std::vector<Piece> take_tape(int w) {
    pool_.wait();
    return is_recorded(w) ? tapes_[w]->take([&] { return episode_hash(w); }) : std::vector<Piece>{};
  }

  // Worlds go on by themselves, with a team of `bots` on all seats of each, for so many steps or to the end
  // of their episode, whose last state stays; `is_playing` [N] is 0 from then on.
  void play(BotsBase& bots, int steps, uint8_t* is_playing) {
    share(0, options.worlds, [=, this, &bots](int w) {
      for (int i = 0; i < steps && is_playing[w]; ++i) {
        bots.act(w, observations.data(), actions.data());
        check_actions(w, 1);
        is_playing[w] = !step_one(w, true);
      }
    });
    pool_.wait();
  }

  // One world does again what was done, actions [ticks, S * K]; returns the ticks taken, fewer if it ended.
  // Its last state stays, so that it can be looked at: whoever goes on starts an episode first.
  int64_t repeat(int w, const int32_t* actions, int64_t ticks) {
    pool_.wait();
    const size_t size = size_t(spec.seats) * spec.actions.size();
    for (int64_t t = 0; t < ticks; ++t) {
      std::copy_n(actions + size_t(t) * size, size, this->actions.begin() + size_t(w) * size);
      check_actions(w, 1);
      if (step_one(w, true)) return t + 1;
    }
    return ticks;
  }

  // From now on observations are written here (for example straight into an experience buffer).
  void point_observations(uint8_t* data) { observations = {data, observations.size()}; }

  // From now on `labels` say beside each observation what these bots, a team for each world, would do there.
  void teach(std::unique_ptr<BotsBase> bots) {
    pool_.wait();
    labels.assign(actions.size(), 0);
    teacher_ = std::move(bots);
    share(0, options.worlds, [this](int w) { teacher_->act(w, observations.data(), labels.data()); });
    pool_.wait();
  }

  std::vector<Episode> take_episodes() {
    pool_.wait();
    std::vector<Episode> all;
    for (auto& world : worlds_) {
      std::move(world.finished.begin(), world.finished.end(), std::back_inserter(all));
      world.finished.clear();
    }
    return all;
  }

  uint64_t seed_of(int w) const { return worlds_[w].seed; }
  int steps_of(int w) const { return worlds_[w].steps; }
  const std::vector<float>& returns_of(int w) const { return worlds_[w].returns; }
  int threads() const { return pool_.threads(); }

  virtual std::vector<uint8_t> save(int w) = 0;
  virtual void restore(int w, const std::vector<uint8_t>& bytes) = 0;
  uint64_t hash(int w) {
    wait();
    return episode_hash(w);
  }
  virtual std::string text(int w) const = 0;
  virtual std::string snapshot(int w) const = 0;
  // Statistics of the episode under way: P values, then S * Q.
  virtual std::vector<float> statistics(int w) = 0;

  const Spec spec;
  BatchOptions options;
  std::span<uint8_t> observations;
  std::vector<uint8_t> final_observations, terminals, truncations, masks;
  std::vector<int32_t> actions, labels;
  std::vector<float> rewards;

 protected:
  struct World {
    Rng rng;
    uint64_t seed = 0;
    uint64_t episode = 0;
    int steps = 0;
    int limit = 0;
    int refused = 0;
    std::vector<float> returns;
    std::vector<Episode> finished;
  };

  // Of the episode alone: whoever plays it again elsewhere has the same hashes, however many came before.
  virtual uint64_t episode_hash(int w) = 0;
  virtual void game_reset(int w) = 0;
  virtual bool game_step(int w, const Io& io) = 0;
  virtual void game_observe(int w, const Io& io) = 0;
  virtual void game_stats(int w, std::span<float> all, std::span<float> seats) = 0;
  virtual int game_limit(int w) const = 0;
  virtual bool game_is_out_of_time(int w) const = 0;

  // A game may name a statistic `refused_actions`: the batch counts it, for the game never sees those.
  void tell(int w, std::span<float> all, std::span<float> seats) {
    game_stats(w, all, seats);
    for (size_t i = 0; i < all.size(); ++i)
      if (spec.statistics[i] == "refused_actions") all[i] = float(worlds_[w].refused);
  }

  // Before anything the worlds are made of goes away.
  void settle() noexcept { pool_.settle(); }

  Io io(int w) {
    const size_t s = spec.seats, row = s * w, bytes = spec.observation_bytes(), choices = spec.mask_bytes();
    const size_t heads = spec.actions.size();
    return {{actions.data() + row * heads, s * heads},
            {rewards.data() + row, s},
            {terminals.data() + row, s},
            observations.subspan(row * bytes, s * bytes),
            {masks.data() + row * choices, s * choices}};
  }

  uint64_t episode_seed(int w) const {
    return Rng::derive(options.seed, uint64_t(w), worlds_[w].episode << 1);
  }

  // What a row of the buffers says while nothing has happened.
  void clear(int w) {
    const Io view = io(w);
    std::fill(view.rewards.begin(), view.rewards.end(), 0.f);
    std::fill(view.terminals.begin(), view.terminals.end(), uint8_t(0));
    std::fill_n(truncations.begin() + size_t(w) * spec.seats, spec.seats, uint8_t(0));
  }

  void show(int w) {
    const Io view = io(w);
    std::fill(view.masks.begin(), view.masks.end(), uint8_t(1));
    game_observe(w, view);
  }

  std::span<int32_t> labels_of(int w) {
    const size_t size = size_t(spec.seats) * spec.actions.size();
    return {labels.data() + size_t(w) * size, size};
  }

  std::vector<World> worlds_;
  std::unique_ptr<BotsBase> teacher_;
  std::vector<std::unique_ptr<Tape>> tapes_;  // none, or by world

 private:
  void share(int first, int count, std::function<void(int)> one) {
    // Small parts: a thread that wakes late, or whose world happens to reset, then holds up nobody for long.
    // Where the caller's kernels share their rows, worlds are shared by the same threads, which are awake.
    const int threads = std::max(pool_.threads(), Hands::threads());
    const int parts = std::min(count, threads == 1 ? 1 : threads * 64);
    auto job = [=](int part) {
      const int from = int(int64_t(count) * part / parts), to = int(int64_t(count) * (part + 1) / parts);
      for (int w = from; w < to; ++w) one(first + w);
    };
    if (Hands::threads() > 1) Hands::each(parts, job);
    else pool_.begin(parts, std::move(job));
  }

  void observe(int w) {
    show(w);
    if (teacher_) teacher_->act(w, observations.data(), labels.data());
  }

  void start(int w, uint64_t seed) {
    auto& world = worlds_[w];
    if (teacher_) teacher_->forget(w);
    world.seed = seed;
    world.rng = Rng{seed};
    world.steps = 0;
    world.refused = 0;
    if (is_recorded(w)) tapes_[w]->begin(seed, 0);
    std::fill(world.returns.begin(), world.returns.end(), 0.f);
    game_reset(w);
    world.limit = game_limit(w);
    observe(w);
  }

  // Whether the episode ended; then the next has begun, unless the world `stays`.
  bool step_one(int w, bool stays = false) {
    auto& world = worlds_[w];
    const Io view = io(w);
    const size_t row = size_t(w) * spec.seats;
    clear(w);
    const bool terminal = game_step(w, view);
    ++world.steps;
    for (int s = 0; s < spec.seats; ++s) world.returns[s] += view.rewards[s];
    observe(w);
    const bool is_late = (world.limit > 0 && world.steps >= world.limit) || game_is_out_of_time(w);
    const bool truncated = !terminal && is_late;
    if (is_recorded(w)) note(w, view, terminal ? End::RULES : truncated ? End::CLOCK : End::UNDER_WAY);
    if (!terminal && !truncated) return false;
    if (terminal) std::fill(view.terminals.begin(), view.terminals.end(), uint8_t(1));
    else
      for (int s = 0; s < spec.seats; ++s) truncations[row + s] = !view.terminals[s];
    std::copy(view.observations.begin(), view.observations.end(),
              final_observations.begin() + row * spec.observation_bytes());
    finish(w, truncated);
    if (stays) return true;
    ++world.episode;
    start(w, episode_seed(w));
    return true;
  }

  void note(int w, const Io& view, End end) {
    Tape& tape = *tapes_[w];
    tape.note(view.actions, view.rewards, end, [&] { return episode_hash(w); });
    if (end != End::UNDER_WAY) tape.close(end, worlds_[w].returns);
  }

  void finish(int w, bool truncated) {
    auto& world = worlds_[w];
    const size_t s = spec.seats, p = spec.statistics.size(), q = spec.seat_statistics.size();
    Episode episode{w, world.seed, world.steps, truncated, std::vector<float>(s + p + s * q, 0.f)};
    std::copy(world.returns.begin(), world.returns.end(), episode.values.begin());
    tell(w, {episode.values.data() + s, p}, {episode.values.data() + s + p, s * q});
    world.finished.push_back(std::move(episode));
  }

  void check_actions(int first, int count) {
    const int heads = int(spec.actions.size()), choices = spec.mask_bytes();
    for (int row = first * spec.seats; row < (first + count) * spec.seats; ++row) {
      int offset = 0;
      for (int k = 0; k < heads; ++k) {
        const int action = actions[size_t(row) * heads + k];
        if (action < 0 || action >= spec.actions[k])
          refuse(row, k, action, "is outside 0.." + std::to_string(spec.actions[k] - 1));
        if (choices && !masks[size_t(row) * choices + offset + action])
          refuse(row, k, action, "is masked out in this state");
        offset += spec.actions[k];
      }
    }
  }

  void refuse(int row, int head, int action, const std::string& why) {
    ++worlds_[size_t(row / spec.seats)].refused;
    throw std::invalid_argument("actions[" + std::to_string(row) + ", " + std::to_string(head) + "] (world " +
                                std::to_string(row / spec.seats) + ", seat " +
                                std::to_string(row % spec.seats) + "): " + std::to_string(action) + " " +
                                why);
  }

  Pool pool_;
  std::vector<uint8_t> owned_observations_;
};

template <Game G>
class Batch final : public BatchBase {
 public:
  using Config = typename G::Config;

  Batch(Config config, BatchOptions options)
      : BatchBase(G::spec(config), options), config_(std::move(config)), games_(options.worlds) {}
  ~Batch() override { settle(); }

  std::vector<uint8_t> save(int w) override {
    wait();
    std::vector<uint8_t> bytes;
    auto put = [&](const void* data, size_t n) {
      const size_t at = bytes.size();
      bytes.resize(at + n);
      if (n) std::memcpy(bytes.data() + at, data, n);
    };
    for (uint64_t value : {worlds_[w].episode, uint64_t(worlds_[w].limit), uint64_t(worlds_[w].refused)})
      put(&value, 8);
    put_episode(w, put);
    if (teacher_) {
      put(labels_of(w).data(), labels_of(w).size_bytes());
      teacher_->save(w, bytes);
    }
    return bytes;
  }

  void restore(int w, const std::vector<uint8_t>& bytes) override {
    wait();
    size_t at = 0;
    auto get = [&](void* data, size_t n) {
      if (at + n > bytes.size()) throw std::invalid_argument("restore: the saved world is cut short");
      if (n) std::memcpy(data, bytes.data() + at, n);
      at += n;
    };
    G game{};
    World world;
    uint64_t steps = 0, limit = 0, refused = 0;
    for (uint64_t* value : {&world.episode, &limit, &refused, &world.rng.state, &world.seed, &steps})
      get(value, 8);
    world.steps = int(steps);
    world.limit = int(limit);
    world.refused = int(refused);
    world.returns.resize(spec.seats);
    get(world.returns.data(), world.returns.size() * sizeof(float));
    for_each_part(game, [&](auto& part) { get_part(part, get, [&] { return bytes.size() - at; }); });
    std::vector<int32_t> said(teacher_ ? labels_of(w).size() : 0);
    if (teacher_) {
      get(said.data(), said.size() * sizeof(int32_t));
      at = teacher_->restore(w, bytes, at);
    }
    if (at != bytes.size()) throw std::invalid_argument("restore: the saved world belongs to another config");
    world.finished = std::move(worlds_[w].finished);
    worlds_[w] = std::move(world);
    games_[w] = std::move(game);
    if (is_recorded(w)) tapes_[w]->lose();
    clear(w);
    show(w);
    if (teacher_) std::copy(said.begin(), said.end(), labels_of(w).begin());
  }

  std::string text(int w) const override {
    if constexpr (HasText<G>) return games_[w].text(config_);
    else return "";
  }

  std::string snapshot(int w) const override {
    if constexpr (HasSnapshot<G>) return games_[w].snapshot(config_);
    else return "{}";
  }

  std::vector<float> statistics(int w) override {
    wait();
    const size_t p = spec.statistics.size(), all = p + spec.seats * spec.seat_statistics.size();
    std::vector<float> values(all, 0.f);
    tell(w, {values.data(), p}, {values.data() + p, all - p});
    return values;
  }

  const Config& config() const { return config_; }
  G& game(int w) { return games_[w]; }

 protected:
  void game_reset(int w) override { games_[w].reset(config_, worlds_[w].rng); }
  uint64_t episode_hash(int w) override {
    uint64_t h = 0;
    put_episode(w,
                [&](const void* data, size_t n) { h = hash_bytes(static_cast<const uint8_t*>(data), n, h); });
    return h;
  }
  bool game_step(int w, const Io& io) override {
    warm(w + 1);
    return games_[w].step(config_, worlds_[w].rng, io);
  }
  void game_observe(int w, const Io& io) override {
    games_[w].observe(config_, io);
    if constexpr (HasMask<G>)
      if (spec.has_mask) games_[w].mask(config_, io);
  }
  void game_stats(int w, std::span<float> all, std::span<float> seats) override {
    if constexpr (HasStats<G>) games_[w].stats(config_, all, seats);
  }
  int game_limit(int w) const override {
    if constexpr (HasLimit<G>) return games_[w].limit(config_);
    else return spec.max_steps;
  }
  bool game_is_out_of_time(int w) const override {
    if constexpr (HasClock<G>) return games_[w].is_out_of_time(config_);
    else return false;
  }

 private:
  // A world that waits for its turn is out of the near caches by then; it is fetched while another is
  // stepped.
  void warm(int w) const {
    constexpr size_t REACH = std::min<size_t>(sizeof(G), 1792), LINE = 64;
    if (size_t(w) >= games_.size()) return;
    const char* next = reinterpret_cast<const char*>(&games_[size_t(w)]);
    for (size_t at = 0; at < REACH; at += LINE) __builtin_prefetch(next + at, 1);
  }

  // Hands every byte of the episode under way to `put(data, size)`.
  template <class Put>
  void put_episode(int w, Put put) {
    auto& world = worlds_[w];
    for (uint64_t value : {world.rng.state, world.seed, uint64_t(world.steps)}) put(&value, 8);
    put(world.returns.data(), world.returns.size() * sizeof(float));
    for_each_part(games_[w], [&](auto& part) { put_part(part, put); });
  }

  const Config config_;
  std::vector<G> games_;
};

}  // namespace coterie
