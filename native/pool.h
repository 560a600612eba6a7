// Threads that share out the worlds of a step. They sleep on a semaphore between jobs and never spin, so that
// more threads than cores cost microseconds, not scheduler slices.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

namespace coterie {

class Pool {
 public:
  // `threads` counts the caller: 1 means everything runs inline.
  explicit Pool(int threads) {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
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

  // Starts `job(0) .. job(count - 1)` and returns; with no other thread it runs them here and now.
  void begin(int count, std::function<void(int)> job) {
    wait();
    job_ = std::move(job);
    remaining_.store(count);
    generation_ = (generation_ + 1) & 0xffff;
    ticket_.store(pack(generation_, uint64_t(count)));
    if (workers_.empty()) claim_all();
    else wake_.release(std::min(count, int(workers_.size())));
  }

  // Helps with what is left, sleeps until the last part is done, and passes on the first exception.
  void wait() {
    settle();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

  // The same, and keeps the exception for later.
  void settle() noexcept {
    claim_all();
    for (int left = remaining_.load(); left > 0; left = remaining_.load()) remaining_.wait(left);
  }

 private:
  // A ticket is generation (16 bits), count (24), next index (24): one fetch_add claims a part of the present
  // job.
  static uint64_t pack(uint64_t generation, uint64_t count) { return generation << 48 | count << 24; }

  void claim_all() {
    while (true) {
      const uint64_t now = ticket_.load();
      if ((now & 0xffffff) >= (now >> 24 & 0xffffff)) return;
      const uint64_t ticket = ticket_.fetch_add(1);
      const uint64_t index = ticket & 0xffffff;
      if (index >= (ticket >> 24 & 0xffffff)) return;
      try {
        job_(int(index));
      } catch (...) {
        std::scoped_lock lock(error_mutex_);
        if (!error_) error_ = std::current_exception();
      }
      if (remaining_.fetch_sub(1) == 1) remaining_.notify_all();
    }
  }

  void work() {
    while (true) {
      wake_.acquire();
      if (stopping_) return;
      claim_all();
    }
  }

  std::function<void(int)> job_;
  std::atomic<uint64_t> ticket_{0};
  std::atomic<int> remaining_{0};
  uint64_t generation_ = 0;
  std::counting_semaphore<> wake_{0};
  std::atomic<bool> stopping_{false};
  std::mutex error_mutex_;
  std::exception_ptr error_;
  std::vector<std::thread> workers_;
};

}  // namespace coterie
