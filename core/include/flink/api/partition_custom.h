// SPDX-License-Identifier: Apache-2.0
// partition_custom() on a stream.
#pragma once

#include <flink/api/key_selector.h>
#include <flink/api/stream_node.h>
#include <flink/operators/function_traits.h>

#include <type_traits>
#include <utility>

namespace flink::detail {

// The stream as it is after a reported mistake.
template <class T, class Partition, class Selector>
StreamNode partition_custom(const StreamNode& node, Partition partition, Selector selector) {
  if constexpr (!is_poison<T>) {
    constexpr bool selects = std::is_invocable_v<const Selector&, const T&>;
    static_assert(selects,
                  "flinkc: partition_custom's second argument selects the key: &Record::field "
                  "or [](const Record& record) { return ...; }");
    if constexpr (selects) {
      using Key = std::decay_t<std::invoke_result_t<const Selector&, const T&>>;
      constexpr bool partitions = std::is_invocable_r_v<int, Partition&, const Key&, int>;
      static_assert(partitions,
                    "flinkc: partition_custom's first argument is a function "
                    "int(const Key& key, int channels)");
      if constexpr (partitions) {
        Partitioning how{ShipStrategy::custom, true, {}, {}};
        using Select = KeySelector<T, Selector>;
        how.make_partitioner = [partition, select = Select{selector}] {
          return make_owned<Partitioner, CustomPartitioner<T, Partition, Select>>(partition,
                                                                                  select);
        };
        return node.partitioned(std::move(how));
      }
    }
  }
  return node;
}

}  // namespace flink::detail
