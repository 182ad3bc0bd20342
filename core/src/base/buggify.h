// SPDX-License-Identifier: Apache-2.0
// FLINK_BUGGIFY("name"): true now and then in a simulation, never outside one. Mark places where an
// unusual but legal thing may happen: a short batch, a full ring, a late wake-up. (Idea:
// FoundationDB.)
#pragma once

#include <string_view>

namespace flink::base {

class Buggify {
 public:
  virtual ~Buggify() = default;
  virtual bool fires(std::string_view point) = 0;
};

// The simulation of this thread, or null. Set by sim only.
inline thread_local Buggify* current_buggify = nullptr;

}  // namespace flink::base

#define FLINK_BUGGIFY(point) \
  (::flink::base::current_buggify != nullptr && ::flink::base::current_buggify->fires(point))
