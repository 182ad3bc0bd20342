// SPDX-License-Identifier: Apache-2.0
#include "codegen/message.h"

#include <algorithm>

#include "codegen/files.h"
#include "flink/base/check.h"

namespace flink::codegen {
namespace {

constexpr std::size_t line_bytes_max = 110;  // of a quoted source line
constexpr std::size_t what_bytes_max = 300;

std::string shown_name(const std::string& file) {
  std::error_code failed;
  auto relative = fs::relative(file, failed).string();
  return failed || relative.empty() || relative.size() >= file.size() ? file : relative;
}

std::string nth_line(const std::string& text, int wanted) {
  std::size_t begin = 0;
  for (int line = 1; line < wanted; ++line) {
    begin = text.find('\n', begin);
    if (begin == std::string::npos) return "";
    ++begin;
  }
  auto line = text.substr(begin, text.find('\n', begin) - begin);
  while (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The source line and a caret beneath `column`: long lines keep what is around it.
std::string excerpt(const Location& at) {
  const auto text = try_read_file(at.file);
  std::string line = text ? nth_line(*text, at.line) : "";
  if (line.find_first_not_of(" \t") == std::string::npos) return "";
  auto caret = static_cast<std::size_t>(std::max(at.column, 1)) - 1;
  if (line.size() > line_bytes_max) {
    const auto begin = caret > line_bytes_max / 2 ? caret - line_bytes_max / 2 : 0;
    line = line.substr(begin, line_bytes_max);
    caret -= begin;
  }
  std::replace(line.begin(), line.end(), '\t', ' ');
  const auto number = std::to_string(at.line);
  std::string out = detail::concat("  ", number, " | ", line, "\n");
  if (at.column == 0) return out;
  out += std::string(number.size() + 2, ' ') + " | ";
  for (std::size_t i = 0; i < caret && i < line.size(); ++i) {
    if (!is_continuation(line[i])) out += ' ';
  }
  return out + "^\n";
}

std::string shortened(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() <= what_bytes_max) return text;
  text.resize(what_bytes_max - 3);
  return text + "...";
}

}  // namespace

std::string render(const Message& message, bool color) {
  const auto paint = [color](std::string_view code, std::string_view text) {
    return color ? detail::concat("\033[", code, "m", text, "\033[0m") : std::string{text};
  };
  const bool error = message.severity == Severity::error;
  std::string out;
  if (!message.location.file.empty()) {
    out = shown_name(message.location.file);
    if (message.location.line > 0) out += detail::concat(":", message.location.line);
    if (message.location.column > 0) out += detail::concat(":", message.location.column);
    out = paint("1", out + ":") + " ";
  } else {
    out = "flinkc: ";
  }
  out += paint(error ? "1;31" : "1;35", error ? "error:" : "warning:");
  out += " " + shortened(message.what) + "\n";
  if (message.location.line > 0) out += excerpt(message.location);
  if (!message.hint.empty()) out += paint("1;36", "hint:") + " " + message.hint + "\n";
  return out;
}

std::string render(const std::vector<Message>& messages, const RenderOptions& options) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& message : messages) {
    if (shown == options.messages_max) {
      out += detail::concat("... and ", messages.size() - shown, " more\n");
      break;
    }
    out += render(message, options.color);
    ++shown;
  }
  return out;
}

bool has_errors(const std::vector<Message>& messages) {
  return std::any_of(messages.begin(), messages.end(),
                     [](const Message& message) { return message.severity == Severity::error; });
}

}  // namespace flink::codegen
