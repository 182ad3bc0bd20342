// SPDX-License-Identifier: Apache-2.0
// One message to the user, at most six lines: where, what, the line itself with a caret, and what
// to write instead.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace flink::codegen {

enum class Severity : unsigned char { error, warning };

struct Location {
  std::string file;  // empty: no place in a file
  int line = 0;
  int column = 0;  // in bytes, from 1; 0: the whole line

  bool operator==(const Location&) const = default;
};

struct Message {
  Severity severity = Severity::error;
  Location location;
  std::string what;
  std::string hint;
};

struct RenderOptions {
  bool color = false;
  std::size_t messages_max = 10;
};

// File names are shown relative to the current directory where that is shorter.
std::string render(const Message& message, bool color);
std::string render(const std::vector<Message>& messages, const RenderOptions& options);

bool has_errors(const std::vector<Message>& messages);

}  // namespace flink::codegen
