// SPDX-License-Identifier: Apache-2.0
// The typed loop over a batch that every one-input operator has.
#pragma once

#include <flink/batch.h>
#include <flink/collector.h>

namespace flink::detail {

template <class In, class Out, class Body>
inline void for_each_record(RecordBatch<In>& batch, Collector<Out>& out, Body&& body) {
  const std::size_t size = batch.size();
  if (batch.timestamps.empty()) [[likely]] {
    out.clear_timestamp();
    for (std::size_t i = 0; i < size; ++i) body(batch[i]);
  } else {
    for (std::size_t i = 0; i < size; ++i) {
      out.set_timestamp(batch.timestamps[i]);
      body(batch[i]);
    }
  }
}

}  // namespace flink::detail
