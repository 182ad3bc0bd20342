// SPDX-License-Identifier: Apache-2.0
// EntryBatches: sorted entries of one type as batches again.
#pragma once

#include <flink/types/record_type.h>

#include "operators/sorted_entry.h"

namespace flink::operators {

class EntryBatches {
 public:
  explicit EntryBatches(const RecordType& type) : type_(type), records_max_(type.chained_max()) {}

  // False: take() first.
  bool add(const SortedEntry& entry);
  bool empty() const { return count_ == 0; }
  // What was added. Give it back when it is nobody else's.
  BatchRef take();
  void give_back(BatchRef batch);

 private:
  static constexpr std::size_t buffer_bytes = 64 * 1024;

  const RecordType& type_;
  const std::size_t records_max_;
  BufferRef buffer_;  // views in records may keep it
  std::size_t start_ = 0, end_ = 0, count_ = 0;
  bool stamped_ = false;
  BatchRef spare_;
};

}  // namespace flink::operators
