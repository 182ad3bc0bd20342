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

// From behind an opening quote to behind the closing one; null: it is not here, or not known to be
// one, as what follows it is not here.
const char* skip_quoted(const char* at, const char* end, char quote) {
  for (;;) {
    at = find(at, end, quote);
    if (at == nullptr || at + 1 == end) return nullptr;
    if (at[1] != quote) return at + 1;
    at += 2;
  }
}

}  // namespace

const char* find_csv_record_end(const char* at, const char* end, char delimiter, char quote) {
  const char* line_end = find(at, end, '\n');
  if (line_end == nullptr || find(at, line_end, quote) == nullptr) return line_end;
  for (;;) {
    if (at != end && *at == quote) {
      at = skip_quoted(at + 1, end, quote);
      if (at == nullptr) return nullptr;
    }
    if (line_end != nullptr && line_end < at) line_end = find(at, end, '\n');
    const char* const next = find(at, line_end == nullptr ? end : line_end, delimiter);
    if (next == nullptr) return line_end;
    at = next + 1;
  }
}

}  // namespace flink::formats

namespace flink {

bool csv_record_complete(std::string_view text) {
  std::string line{text};
  line += '\n';
  return formats::find_csv_record_end(line.data(), line.data() + line.size(), ',', '"') != nullptr;
}

}  // namespace flink
