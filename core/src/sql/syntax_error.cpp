// SPDX-License-Identifier: Apache-2.0
#include "sql/syntax_error.h"

#include <algorithm>

#include "flink/base/check.h"

namespace flink::sql {
namespace {

constexpr std::size_t line_bytes_max = 110;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The line of `offset` and a caret beneath it; of a long line what is around it.
std::string excerpt(std::string_view source, std::size_t offset, int line_number) {
  const auto begin = source.substr(0, offset).rfind('\n') + 1;
  auto line = source.substr(begin, source.find('\n', offset) - begin);
  auto caret = offset - begin;
  if (line.size() > line_bytes_max) {
    auto cut = caret > line_bytes_max / 2 ? caret - line_bytes_max / 2 : 0;
    while (cut < line.size() && is_continuation(line[cut])) ++cut;
    line.remove_prefix(cut);
    caret -= std::min(caret, cut);
    auto size = std::min(line.size(), line_bytes_max);
    while (size < line.size() && is_continuation(line[size])) --size;
    line = line.substr(0, size);
  }
  std::string shown{line};
  while (!shown.empty() && shown.back() == '\r') shown.pop_back();
  std::replace(shown.begin(), shown.end(), '\t', ' ');
  const auto number = std::to_string(line_number);
  std::string out = detail::concat("  ", number, " | ", shown, "\n");
  out += std::string(number.size() + 2, ' ') + " | ";
  for (std::size_t i = 0; i < caret && i < line.size(); ++i) {
    if (!is_continuation(line[i])) out += ' ';
  }
  return out + "^\n";
}

}  // namespace

bool has_errors(const std::vector<SyntaxError>& errors) {
  return std::any_of(errors.begin(), errors.end(), [](const SyntaxError& error) {
    return error.kind != SyntaxErrorKind::warning;
  });
}

std::string render(const SyntaxError& error, std::string_view source, std::string_view file) {
  const bool warning = error.kind == SyntaxErrorKind::warning;
  std::string out =
      detail::concat(file, file.empty() ? "" : ":", error.position.line, ":", error.position.column,
                     ": ", warning ? "warning" : "error", ": ", error.what, "\n");
  out += excerpt(source, error.range.begin, error.position.line);
  if (!error.hint.empty()) out += detail::concat("  hint: ", error.hint, "\n");
  return out;
}

}  // namespace flink::sql
