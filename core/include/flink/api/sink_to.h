// SPDX-License-Identifier: Apache-2.0
// sink_to() on a stream.
#pragma once

#include <flink/api/stream_node.h>
#include <flink/base/memory.h>
#include <flink/endpoints/sink_runtime.h>
#include <flink/operators/function_traits.h>

#include <concepts>
#include <utility>

namespace flink::detail {

// Nothing after a reported mistake.
template <class T, class S>
StreamNode add_sink(const StreamNode& node, S sink) {
  if constexpr (!is_poison<T>) {
    constexpr bool fits = std::derived_from<S, Sink<T>>;
    static_assert(fits,
                  "flinkc: this sink takes records of another type: use FileSink<Record>, "
                  "PrintSink<Record>, ... with the stream's record type, or map first");
    if constexpr (fits) {
      Transformation t = named("Sink");
      t.is_sink = true;
      install_sink(std::make_shared<const S>(std::move(sink)), t);
      return node.add(std::move(t));
    }
  }
  return {};
}

}  // namespace flink::detail
