// A bell that one thread rings and another waits for: with open eyes for a moment, then asleep.
#pragma once

#include <atomic>
#include <cstdint>

#include "watch.h"

namespace coterie {

class Bell {
 public:
  void ring() {
    rings_.fetch_add(1, std::memory_order_release);
    rings_.notify_all();
  }

  // Until it has rung more often than `heard`; how often it has by then.
  uint64_t wait(uint64_t heard) const {
    const auto has_rung = [&] { return rings_.load(std::memory_order_acquire) != heard; };
    if (!watch(std::chrono::microseconds(500), has_rung)) rings_.wait(heard, std::memory_order_acquire);
    return rings_.load(std::memory_order_acquire);
  }

 private:
  std::atomic<uint64_t> rings_{0};
};

}  // namespace coterie
