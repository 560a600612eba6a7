// A bell that one thread rings and another waits for: with open eyes for a moment, because on some machines a
// sleeper takes a hundred microseconds to wake, then asleep, so that whoever needs the core has it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace coterie {

class Bell {
 public:
  void ring() {
    rings_.fetch_add(1, std::memory_order_release);
    rings_.notify_all();
  }

  // Until it has rung more often than `heard`; how often it has by then.
  uint64_t wait(uint64_t heard) const {
    using Clock = std::chrono::steady_clock;
    const auto patience = Clock::now() + std::chrono::microseconds(AWAKE);
    do {
      for (int i = 0; i < 64; ++i) {
        if (const uint64_t rings = rings_.load(std::memory_order_acquire); rings != heard) return rings;
        relax();
      }
    } while (Clock::now() < patience);
    rings_.wait(heard, std::memory_order_acquire);
    return rings_.load(std::memory_order_acquire);
  }

 private:
  static constexpr int AWAKE = 500;  // microseconds

  static void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  std::atomic<uint64_t> rings_{0};
};

}  // namespace coterie
