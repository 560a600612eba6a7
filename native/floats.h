// Room for numbers.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace coterie {

// It begins where a line of memory does; what the numbers are at first is not said.
class Floats {
 public:
  Floats() = default;
  explicit Floats(size_t size) { room(size); }
  float* data() const { return numbers_.get(); }
  // Room for so many at least; what was there is lost where it has to grow.
  float* room(size_t size) {
    if (size > size_) {
      numbers_.reset(static_cast<float*>(::operator new(size * sizeof(float), LINE)));
      size_ = size;
    }
    return data();
  }

 private:
  static constexpr std::align_val_t LINE{64};
  struct Free {
    void operator()(float* numbers) const { ::operator delete(numbers, LINE); }
  };
  std::unique_ptr<float, Free> numbers_;
  size_t size_ = 0;
};

}  // namespace coterie
