// Tape: what the seats of one world did, tick by tick, with numbers that prove what came of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "hash.h"

namespace coterie {

enum class End { UNDER_WAY = 0, RULES = 1, CLOCK = 2, CUT = 3 };  // CUT: another episode was begun instead

// After `tick`: the world's hash, and the sum over all rewards since the tape began.
struct Mark {
  int64_t tick;
  uint64_t state, rewards;
};

// Ticks `first` and on of one episode, `ticks` of them; `actions` [ticks, S * K].
struct Piece {
  uint64_t seed = 0;
  int64_t first = 0, ticks = 0;
  End end = End::UNDER_WAY;
  std::vector<int32_t> actions;
  std::vector<Mark> marks;
  std::vector<float> returns;  // of S seats, once it has ended
};

// Runs while an episode does whose beginning it knows. Its pieces are taken before they are many.
class Tape {
 public:
  const int every;  // ticks from one mark to the next

  Tape(int every, uint64_t seed, int tick) : every(every) { begin(seed, tick); }

  void begin(uint64_t seed, int tick) {
    cut();
    now_ = {};
    now_.seed = seed, now_.first = tick;
    rewards_ = 0;
    is_running_ = true;
    is_open_ = false;
  }

  // Whoever keeps the tape wants to be called once this tick of the episode is noted, or any when so many
  // seconds are over, and at its end.
  void call_at(int64_t tick, double seconds) {
    call_ = tick, time_ = now() + int64_t(seconds * 1e9);
    is_due_ = false;
  }
  bool is_due() const { return is_due_; }

  // The world was put into another state: what follows has no beginning here.
  void lose() {
    cut();
    is_running_ = is_open_ = false;
  }

  template <class Hash>
  void note(std::span<const int32_t> actions, std::span<const float> rewards, End end, Hash hash) {
    if (!is_running_) return;
    now_.actions.insert(now_.actions.end(), actions.begin(), actions.end());
    rewards_ = hash_bytes(reinterpret_cast<const uint8_t*>(rewards.data()), rewards.size_bytes(), rewards_);
    const int64_t tick = now_.first + ++now_.ticks;
    if (tick >= call_ || now() >= time_) is_due_ = true;
    if (end != End::UNDER_WAY || tick % every == 0) now_.marks.push_back({tick, hash(), rewards_});
  }

  // The episode is over; its last tick was noted.
  void close(End end, std::span<const float> returns) {
    if (!is_running_) return;
    now_.end = end;
    now_.returns.assign(returns.begin(), returns.end());
    done_.push_back(std::move(now_));
    now_ = {};
    is_running_ = is_open_ = false;
    is_due_ = true;
  }

  // What was noted since last asked, each piece with a mark at its last tick. Of an episode under way the
  // next piece goes on where this one ends.
  template <class Hash>
  std::vector<Piece> take(Hash hash) {
    auto pieces = std::move(done_);
    done_.clear();
    if (is_running_ && now_.ticks) {
      const int64_t tick = now_.first + now_.ticks;
      if (now_.marks.empty() || now_.marks.back().tick != tick)
        now_.marks.push_back({tick, hash(), rewards_});
      Piece next;
      next.seed = now_.seed, next.first = now_.first + now_.ticks;
      pieces.push_back(std::move(now_));
      now_ = std::move(next);
      is_open_ = true;
    }
    return pieces;
  }

 private:
  static constexpr int64_t NEVER = std::numeric_limits<int64_t>::max();

  // Nanoseconds, right to a few milliseconds where that is cheaper.
  static int64_t now() {
#ifdef CLOCK_MONOTONIC_COARSE
    timespec time;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
#else
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
#endif
  }

  // An episode that ends without an end of its own, said only if something was noted of it.
  void cut() {
    if (!is_running_ || (!now_.ticks && !is_open_)) return;
    now_.end = End::CUT;
    done_.push_back(std::move(now_));
    now_ = {};
    is_due_ = true;
  }

  Piece now_;
  std::vector<Piece> done_;
  uint64_t rewards_ = 0;
  int64_t call_ = NEVER, time_ = NEVER;
  bool is_due_ = false;
  bool is_running_ = false;
  bool is_open_ = false;  // a piece of the present episode was taken
};

}  // namespace coterie
