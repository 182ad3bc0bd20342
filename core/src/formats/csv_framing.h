// SPDX-License-Identifier: Apache-2.0
// Where a CSV record ends when line breaks within quotes belong to it.
#pragma once

#include <cstddef>

namespace flink::formats {

// How far a record whose end is not here yet has been read.
struct CsvScan {
  enum class In : unsigned char { start_of_field, field, quotes };
  std::size_t done = 0;  // bytes from its start
  In in = In::start_of_field;
};

// The line break that ends the record which starts at `at`; null: it does not end in [at, end). A
// quote opens a quoted field at the field's start only, as for who parses it. `scan`: what the last
// call left of this record, whose bytes have not changed since; it is new again once the end is
// found.
const char* find_csv_record_end(const char* at, const char* end, char delimiter, char quote,
                                CsvScan& scan);

}  // namespace flink::formats
