// Threads that share out the parts of a job. Between jobs they sleep on a semaphore, so that more threads
// than cores cost microseconds, not scheduler slices; those whose jobs follow closely may watch for a moment
// first.
#pragma once

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "passes.h"
#include "watch.h"

namespace coterie {

class Pool {
 public:
  // `threads` counts the caller: 1 means everything runs inline.
  explicit Pool(int threads, std::chrono::microseconds patience = {})
      : ranges_(size_t(threads)), patience_(patience) {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { work(i); });
  }

  ~Pool() {
    settle();
    stopping_ = true;
    wake_.release(int(workers_.size()));
    for (auto& worker : workers_) worker.join();
  }

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const { return int(workers_.size()) + 1; }

  // Starts `job(0) .. job(count - 1)` and returns; with no other thread it runs them here and now. Of all
  // threads `limit` at most take part.
  void begin(int count, std::function<void(int)> job, int limit = INT_MAX) {
    wait();
    job_ = std::move(job);
    remaining_.store(count);
    const int64_t ranges = int64_t(ranges_.size());
    for (int64_t r = 0; r < ranges; ++r) {
      ranges_[size_t(r)].first = int(count * r / ranges);
      ranges_[size_t(r)].ticket.store(uint64_t(count * (r + 1) / ranges - count * r / ranges) << 32);
    }
    if (workers_.empty()) claim_all(0);
    else wake_.release(std::min({count, limit - 1, int(workers_.size())}));
  }

  // Helps with what is left, sleeps until the last part is done, and passes on the first exception.
  void wait() {
    settle();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

  // The same, and keeps the exception for later.
  void settle() noexcept {
    claim_all(0);
    if (patience_.count()) watch(patience_, [this] { return remaining_.load() == 0; });
    for (int left = remaining_.load(); left > 0; left = remaining_.load()) remaining_.wait(left);
  }

 private:
  // Each thread has a range of the parts that it starts with, the same in every job, so that what a part
  // touches stays in that thread's cache; then it helps with the others' ranges. A ticket is a range's size
  // (high 32 bits) and its next part: one fetch_add claims it.
  struct alignas(64) Range {
    std::atomic<uint64_t> ticket{0};
    int first = 0;
  };

  void claim_all(size_t own) {
    for (size_t i = 0; i < ranges_.size(); ++i) {
      Range& range = ranges_[(own + i) % ranges_.size()];
      while (true) {
        if (is_spent(range.ticket.load())) break;
        const uint64_t ticket = range.ticket.fetch_add(1);
        if (is_spent(ticket)) break;
        run(range.first + int(ticket & 0xffffffff));
      }
    }
  }

  static bool is_spent(uint64_t ticket) { return (ticket & 0xffffffff) >= ticket >> 32; }

  void run(int part) {
    try {
      job_(part);
    } catch (...) {
      std::scoped_lock lock(error_mutex_);
      if (!error_) error_ = std::current_exception();
    }
    if (remaining_.fetch_sub(1) == 1) remaining_.notify_all();
  }

  void work(int own) {
    while (true) {
      if (!patience_.count() || !watch(patience_, [this] { return wake_.try_acquire(); })) wake_.acquire();
      if (stopping_) return;
      claim_all(size_t(own));
    }
  }

  std::function<void(int)> job_;
  std::vector<Range> ranges_;
  std::chrono::microseconds patience_;
  std::atomic<int> remaining_{0};
  Passes wake_;
  std::atomic<bool> stopping_{false};
  std::mutex error_mutex_;
  std::exception_ptr error_;
  std::vector<std::thread> workers_;
};

}  // namespace coterie
