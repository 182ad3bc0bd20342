// SPDX-License-Identifier: Apache-2.0
// Puts packed rows into a collector: their bytes live in its arena.
#pragma once

#include <flink/collector.h>

#include <span>
#include <string>

#include "table/context.h"
#include "table/row.h"
#include "table/row_layout.h"

namespace flink::table_runtime {

class RowMaker {
 public:
  RowMaker() = default;
  explicit RowMaker(table::RowLayout layout) : layout_(std::move(layout)) {}

  const table::RowLayout& layout() const noexcept { return layout_; }
  void collect(table::RowKind kind, std::span<const table::Datum> values,
               Collector<table::Row>& out);

 private:
  table::RowLayout layout_;
  std::string scratch_;
};

// Bytes that live elsewhere, or not long enough.
void collect_copy(table::RowKind kind, std::string_view bytes, Collector<table::Row>& out);

// What a function left in a context after it gave no value: throws Error{user}.
void throw_failure(const table::Context& context, std::string_view where);

}  // namespace flink::table_runtime
