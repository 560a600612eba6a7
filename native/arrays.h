// What the learner's bindings have in common: arrays as Python gives them, and what is asked of them.
#pragma once

#include <nanobind/ndarray.h>

namespace coterie {

namespace nb = nanobind;

template <class T, int D>
using Array = nb::ndarray<T, nb::ndim<D>, nb::c_contig, nb::device::cpu>;
using Released = nb::gil_scoped_release;

// What is called often takes addresses: reading an array's face costs more than some calls do.
template <class T>
T* at(size_t address) {
  return reinterpret_cast<T*>(address);
}

inline void require(bool holds, const char* what) {
  if (!holds) throw nb::value_error(what);
}

}  // namespace coterie
