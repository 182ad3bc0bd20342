// SPDX-License-Identifier: Apache-2.0
// from_data, from_collection: the records of a vector, in order, from one subtask (as in Flink).
#pragma once

#include <flink/connectors/indexed_source.h>

namespace flink {

template <class T>
class CollectionSource final : public detail::IndexedSource<T> {
 public:
  static constexpr bool non_parallel = true;

  explicit CollectionSource(std::vector<T> records)
      : CollectionSource(std::make_shared<const std::vector<T>>(std::move(records))) {}

 private:
  explicit CollectionSource(std::shared_ptr<const std::vector<T>> records)
      : detail::IndexedSource<T>(
            {0, records->size()},
            [records](RecordBatch<T>& batch, std::int64_t first, std::size_t count) {
              detail::fill_batch(batch, first, count, [&](std::int64_t i) -> const T& {
                return (*records)[static_cast<std::size_t>(i)];
              });
            }) {}
};

}  // namespace flink
