// SPDX-License-Identifier: Apache-2.0
// What CEP::pattern() gives after a reported mistake: takes everything, and says nothing more.
#pragma once

#include <flink/data_stream.h>

namespace flink::detail {

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
