// SPDX-License-Identifier: Apache-2.0
// Lines of a file, byte by byte as the rules say it; and SplitLines fed a file or stream by hand.
#pragma once

#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/file/split_lines.h"

namespace flink::fuzz {

using Lines = std::vector<std::string>;
using connectors::SplitLines;

// Nothing: compressed or UTF-16, which is refused.
inline std::optional<Lines> naive_lines(std::string_view text, const SplitLines::Limits& limits) {
  if (connectors::foreign_by_bytes(text) != nullptr) return std::nullopt;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Lines lines;
  std::string line;
  bool field_starts = true, quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      line += c;
      if (c != limits.quote) continue;
      if (i + 1 < text.size() && text[i + 1] == limits.quote) line += text[++i];
      else quoted = false;
    } else if (c == '\n') {
      if (line.ends_with('\r')) line.pop_back();
      lines.push_back(std::exchange(line, {}));
      field_starts = true;
    } else {
      line += c;
      quoted = limits.multi_line && field_starts && c == limits.quote;
      field_starts = limits.multi_line && !quoted && c == limits.delimiter;
    }
  }
  if (!line.empty()) lines.push_back(line);
  if (limits.skip_first_line && !lines.empty()) lines.erase(lines.begin());
  return lines;
}

// `next_piece`: how many of the bytes that are there come at the next read, of a stream.
inline std::optional<Lines> read_lines(std::string_view text, const FileSplit& split,
                                       const SplitLines::Limits& limits,
                                       const std::function<std::size_t()>& next_piece = {}) {
  Lines lines;
  SplitLines reader{limits};
  reader.open(split);
  std::string_view found[3];
  std::size_t count = 0;
  for (;;) {
    switch (reader.next(found, count)) {
      case SplitLines::Next::done:
        return lines;
      case SplitLines::Next::foreign:
        return std::nullopt;
      case SplitLines::Next::too_long:
        lines.push_back("too long");
        return lines;
      case SplitLines::Next::lines:
        for (std::size_t i = 0; i < count; ++i) lines.emplace_back(found[i]);
        break;
      case SplitLines::Next::need_block: {
        const std::uint64_t at = reader.read_offset();
        const auto room = reader.room();
        std::size_t size = std::min<std::size_t>(room.size(), text.size() - at);
        if (next_piece) size = std::min(size, next_piece());
        std::memcpy(room.data(), text.data() + at, size);
        if (size > 0) reader.filled(size);
        else reader.end_of_stream();
      }
    }
  }
}

}  // namespace flink::fuzz
