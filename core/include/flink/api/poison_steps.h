// SPDX-License-Identifier: Apache-2.0
// What key_by, window, join, interval_join and CEP::pattern give after a reported mistake: it takes
// everything that may follow, and says nothing more.
#pragma once

#include <flink/data_stream.h>

namespace flink::detail {

struct PoisonSteps : PoisonStream {
  PoisonSteps window(const auto&...) const { return {}; }
  PoisonSteps count_window(const auto&...) const { return {}; }
  PoisonSteps trigger(const auto&...) const { return {}; }
  PoisonSteps evictor(const auto&...) const { return {}; }
  PoisonSteps allowed_lateness(const auto&...) const { return {}; }
  PoisonSteps side_output_late_data(const auto&...) const { return {}; }
  PoisonSteps where(const auto&...) const { return {}; }
  PoisonSteps equal_to(const auto&...) const { return {}; }
  PoisonSteps interval_join(const auto&...) const { return {}; }
  PoisonSteps between(const auto&...) const { return {}; }
  PoisonSteps lower_bound_exclusive() const { return {}; }
  PoisonSteps upper_bound_exclusive() const { return {}; }
  PoisonSteps side_output_left_late_data(const auto&...) const { return {}; }
  PoisonSteps side_output_right_late_data(const auto&...) const { return {}; }
  PoisonSteps in_event_time() const { return {}; }
  PoisonSteps in_processing_time() const { return {}; }

  PoisonStream sum(const auto&...) const { return {}; }
  PoisonStream min(const auto&...) const { return {}; }
  PoisonStream max(const auto&...) const { return {}; }
  PoisonStream min_by(const auto&...) const { return {}; }
  PoisonStream max_by(const auto&...) const { return {}; }
  PoisonStream select(const auto&...) const { return {}; }
  template <class Out = void>
  PoisonStream reduce(const auto&...) const {
    return {};
  }
  template <class Out = void>
  PoisonStream aggregate(const auto&...) const {
    return {};
  }
  template <class Out = void>
  PoisonStream process(const auto&...) const {
    return {};
  }
  template <class Out = void>
  PoisonStream apply(const auto&...) const {
    return {};
  }
  template <class Out = void>
  PoisonStream flat_select(const auto&...) const {
    return {};
  }
};

}  // namespace flink::detail
