// What module.cpp needs to know of the learner's functions.
#pragma once

#include <nanobind/nanobind.h>

namespace coterie {

void bind_learner(nanobind::module_& m);
void bind_descent(nanobind::module_& m);
void bind_recurrence(nanobind::module_& m);
void bind_swift(nanobind::module_& m);

}  // namespace coterie
