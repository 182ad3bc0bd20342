// SPDX-License-Identifier: Apache-2.0
// What window() and join() give after a reported mistake.
#pragma once

#include <flink/data_stream.h>

namespace flink::detail {

// Takes everything, and says nothing more.
struct PoisonWindows {
  template <class... A>
  PoisonWindows trigger(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonWindows evictor(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonWindows allowed_lateness(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonWindows side_output_late_data(A&&...) const {
    return {};
  }
  template <class Out = void, class... A>
  PoisonStream reduce(A&&...) const {
    return {};
  }
  template <class Out = void, class... A>
  PoisonStream aggregate(A&&...) const {
    return {};
  }
  template <class Out = void, class... A>
  PoisonStream process(A&&...) const {
    return {};
  }
  template <class Out = void, class... A>
  PoisonStream apply(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonStream sum(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonStream min(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonStream max(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonStream min_by(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonStream max_by(A&&...) const {
    return {};
  }
};

struct PoisonWindowJoin {
  template <class... A>
  PoisonWindowJoin where(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonWindowJoin equal_to(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonWindows window(A&&...) const {
    return {};
  }
};

}  // namespace flink::detail
