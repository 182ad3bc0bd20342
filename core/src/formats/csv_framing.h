// SPDX-License-Identifier: Apache-2.0
// Where a CSV record ends when line breaks within quotes belong to it.
#pragma once

namespace flink::formats {

// The line break that ends the record which starts at `at`; null: it does not end in [at, end). A
// quote opens a quoted field at the field's start only, as for who parses it.
const char* find_csv_record_end(const char* at, const char* end, char delimiter, char quote);

}  // namespace flink::formats
