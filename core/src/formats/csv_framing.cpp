// SPDX-License-Identifier: Apache-2.0
#include "formats/csv_framing.h"

#include <flink/formats/csv.h>

#include <cstring>
#include <string>

namespace flink::formats {
namespace {

const char* find(const char* at, const char* end, char c) {
  return static_cast<const char*>(std::memchr(at, c, static_cast<std::size_t>(end - at)));
}

// `at`: from behind an opening quote to behind the closing one. False: it is not here, or not known
// to be one, as what follows it is not here; `at` is where to go on.
bool skip_quoted(const char*& at, const char* end, char quote) {
  for (;;) {
    const char* const found = find(at, end, quote);
    if (found == nullptr || found + 1 == end) {
      at = found == nullptr ? end : found;
      return false;
    }
    if (found[1] != quote) {
      at = found + 1;
      return true;
    }
    at = found + 2;
  }
}

}  // namespace

const char* find_csv_record_end(const char* const start, const char* end, char delimiter,
                                char quote, CsvScan& scan) {
  using In = CsvScan::In;
  const char* at = start + scan.done;
  if (at == end) return nullptr;
  const char* line_end = find(at, end, '\n');
  if (scan.done == 0 && line_end != nullptr && find(at, line_end, quote) == nullptr) {
    return line_end;
  }
  const auto not_here = [&](In in) -> const char* {
    scan = {static_cast<std::size_t>(at - start), in};
    return nullptr;
  };
  for (In in = scan.in; at != end; in = In::start_of_field) {
    if (in == In::start_of_field && *at == quote) {
      ++at;
      in = In::quotes;
    }
    if (in == In::quotes && !skip_quoted(at, end, quote)) return not_here(In::quotes);
    if (line_end != nullptr && line_end < at) line_end = find(at, end, '\n');
    const char* const next = find(at, line_end == nullptr ? end : line_end, delimiter);
    if (next == nullptr && line_end == nullptr) {
      at = end;
      return not_here(In::field);
    }
    if (next == nullptr) {
      scan = {};
      return line_end;
    }
    at = next + 1;
  }
  return not_here(In::start_of_field);
}

}  // namespace flink::formats

namespace flink {

bool csv_record_complete(std::string_view text) {
  std::string line{text};
  line += '\n';
  formats::CsvScan scan;
  return formats::find_csv_record_end(line.data(), line.data() + line.size(), ',', '"', scan) !=
         nullptr;
}

}  // namespace flink
