// The threads with which a kernel shares its rows: one set for the process, as many as anybody asked for.
// A thread works alone until it says with how many it wants to share.
#pragma once

#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "pool.h"

namespace coterie {

class Hands {
 public:
  // What this thread's kernels share their rows with from now on, itself counted; what it was before.
  static int share(int threads) { return std::exchange(wanted_, std::max(1, threads)); }
  static int threads() { return wanted_; }

  // f(0) .. f(count - 1), in any order; all by this thread where the others are at work for another.
  template <class F>
  static void each(int count, const F& f) {
    const int threads = std::min(wanted_, count);
    const Alone within;
    std::unique_lock lock(at_work_, std::defer_lock);
    if (threads < 2 || !lock.try_lock()) {
      for (int i = 0; i < count; ++i) f(i);
      return;
    }
    if (!pool_ || pool_->threads() < threads) pool_ = std::make_unique<Pool>(threads, PATIENCE);
    pool_->begin(count, [&f](int part) { f(part); }, threads);
    pool_->wait();
  }

 private:
  // What a part shares again it does alone: the others are at work for it already.
  struct Alone {
    const int before = share(1);
    ~Alone() { share(before); }
  };
  static constexpr std::chrono::microseconds PATIENCE{1500};
  static inline thread_local int wanted_ = 1;
  static inline std::mutex at_work_;
  static inline std::unique_ptr<Pool> pool_;
};

// Calls f(first, count) for parts of the rows, `size` at a time: it must not matter who does which.
template <class F>
void share_rows(size_t rows, size_t size, const F& f) {
  Hands::each(int((rows + size - 1) / size), [&](int part) {
    const size_t first = size_t(part) * size;
    f(first, std::min(size, rows - first));
  });
}

// Calls f(first, count, sums) for parts of the rows, which add to sums of their own, and adds these to `to`,
// side by side, in the order of the parts: what comes of it is the same on any number of threads.
template <class F>
void share_sums(size_t rows, size_t size, std::initializer_list<std::span<float>> to, const F& f) {
  size_t width = 0;
  for (const auto& part : to) width += part.size();
  const size_t parts = (rows + size - 1) / size;
  std::vector<float> all(parts * width);
  share_rows(rows, size,
             [&](size_t first, size_t count) { f(first, count, all.data() + first / size * width); });
  const float* from = all.data();
  for (size_t part = 0; part < parts; ++part)
    for (const auto& sums : to)
      for (float& sum : sums) sum += *from++;
}

// So many of `rows` that a few threads find parts enough; more would cost more than they bring.
inline size_t eighth(size_t rows, size_t least) { return std::max(least, (rows + 7) / 8); }

}  // namespace coterie
