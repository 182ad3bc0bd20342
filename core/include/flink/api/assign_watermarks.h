// SPDX-License-Identifier: Apache-2.0
// assign_timestamps_and_watermarks() on a stream.
#pragma once

#include <flink/api/add_operator.h>
#include <flink/watermark_strategy.h>

#include <type_traits>
#include <utility>

namespace flink::detail {

template <class T, class R>
auto assign_watermarks(const StreamNode& node, const WatermarkStrategy<R>& strategy) {
  if constexpr (is_poison<T>) {
    return poison_stream<T>();
  } else {
    constexpr bool fits = std::is_same_v<R, T>;
    static_assert(fits,
                  "flinkc: the watermark strategy's record type is not the stream's: write "
                  "WatermarkStrategy<Record>::... with the stream's record type");
    if constexpr (fits) {
      Transformation t = named("Timestamps/Watermarks");
      t.output_type = &record_type<T>();
      t.make_operator = watermarks_operator(strategy.plan());
      t.makes_watermarks = strategy.generates();
      return SingleOutputStreamOperator<T>{node.add(std::move(t))};
    } else {
      return poison_stream<T>();
    }
  }
}

}  // namespace flink::detail
