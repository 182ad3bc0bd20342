// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/row_maker.h"

#include <flink/error.h>

namespace flink::table_runtime {

void RowMaker::collect(table::RowKind kind, std::span<const table::Datum> values,
                       Collector<table::Row>& out) {
  scratch_.clear();
  layout_.pack(values, scratch_);
  collect_copy(kind, scratch_, out);
}

void collect_copy(table::RowKind kind, std::string_view bytes, Collector<table::Row>& out) {
  out.collect({kind, out.arena().copy(bytes)});
}

void throw_failure(const table::Context& context, std::string_view where) {
  throw Error{ErrorKind::user, std::string{where} + ": " + context.failure()};
}

}  // namespace flink::table_runtime
