// SPDX-License-Identifier: Apache-2.0
// What interval_join() gives after a reported mistake: takes everything, and says nothing more.
#pragma once

#include <flink/data_stream.h>

namespace flink::detail {

struct PoisonJoin {
  template <class... A>
  PoisonJoin between(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonJoin side_output_left_late_data(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonJoin side_output_right_late_data(A&&...) const {
    return {};
  }
  PoisonJoin in_event_time() const { return {}; }
  PoisonJoin lower_bound_exclusive() const { return {}; }
  PoisonJoin upper_bound_exclusive() const { return {}; }
  template <class Out = void, class F>
  PoisonStream process(F&&) const {
    return {};
  }
};

}  // namespace flink::detail
