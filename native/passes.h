// A count of those who may go on. The semaphore of libstdc++ 12 can sleep through a release: it goes to sleep
// on the count it saw before it looked, and where that has come back since, nobody wakes it.
#pragma once

#include <atomic>

namespace coterie {

class Passes {
 public:
  bool try_acquire() {
    int left = left_.load();
    while (left > 0)
      if (left_.compare_exchange_weak(left, left - 1)) return true;
    return false;
  }
  void acquire() {
    while (!try_acquire()) left_.wait(0);
  }
  void release(int count) {
    left_.fetch_add(count);
    left_.notify_all();
  }

 private:
  std::atomic<int> left_{0};
};

}  // namespace coterie
