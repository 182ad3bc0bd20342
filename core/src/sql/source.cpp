// SPDX-License-Identifier: Apache-2.0
#include "sql/source.h"

#include <algorithm>

namespace flink::sql {

Position position_of(std::string_view source, std::size_t offset) {
  const auto before = source.substr(0, std::min(offset, source.size()));
  Position out;
  out.line += static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  const auto line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  for (const char c : before.substr(line_begin)) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++out.column;
  }
  return out;
}

}  // namespace flink::sql
