// Waiting with open eyes for a moment: on some machines a sleeper takes a hundred microseconds to wake.
#pragma once

#include <chrono>
#include <thread>

namespace coterie {

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Looks again and again whether something is done, until it is or patience ends; whether it was. Whoever else
// needs the core gets it.
template <class Done>
bool watch(std::chrono::microseconds patience, const Done& done) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + patience;
  while (true) {
    for (int i = 0; i < 64; ++i) {
      if (done()) return true;
      relax();
    }
    if (Clock::now() >= end) return false;
    std::this_thread::yield();
  }
}

}  // namespace coterie
