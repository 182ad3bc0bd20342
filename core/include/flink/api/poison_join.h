// SPDX-License-Identifier: Apache-2.0
// A join, or a pattern's stream, after a reported mistake: takes everything and says nothing.
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

struct PoisonPatterns {
  template <class... A>
  PoisonPatterns side_output_late_data(A&&...) const {
    return {};
  }
  PoisonPatterns in_event_time() const { return {}; }
  PoisonPatterns in_processing_time() const { return {}; }
  template <class Out = void, class F>
  PoisonStream process(F&&) const {
    return {};
  }
  template <class... F>
  PoisonStream select(F&&...) const {
    return {};
  }
  template <class Out = void, class... F>
  PoisonStream flat_select(F&&...) const {
    return {};
  }
};

}  // namespace flink::detail
