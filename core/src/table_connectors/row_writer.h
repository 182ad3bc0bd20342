// SPDX-License-Identifier: Apache-2.0
// Puts rows into a batch: their bytes lie in buffers that the batch pins.
#pragma once

#include <flink/base/buffer.h>
#include <flink/types/batch.h>

#include <algorithm>
#include <cstring>

#include "table/row.h"
#include "table/row_layout.h"

namespace flink::table_connectors {

using table::Row;

class RowWriter {
 public:
  explicit RowWriter(RecordBatch<Row>& batch) : batch_(batch) {}

  void add(table::RowKind kind, std::string_view bytes) {
    if (!buffer_ || used_ + bytes.size() > buffer_->size()) {
      buffer_ = make_ref<Buffer>(std::max<std::size_t>(bytes.size(), block_bytes));
      used_ = 0;
      batch_.pin(buffer_);
    }
    char* const place = buffer_->data() + used_;
    std::memcpy(place, bytes.data(), bytes.size());
    used_ += (bytes.size() + alignment - 1) / alignment * alignment;
    batch_.emplace(Row{kind, {place, bytes.size()}});
  }

 private:
  static constexpr std::size_t block_bytes = 16 * 1024, alignment = 16;

  RecordBatch<Row>& batch_;
  BufferRef buffer_;
  std::size_t used_ = 0;
};

}  // namespace flink::table_connectors
