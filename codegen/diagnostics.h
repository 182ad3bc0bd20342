// SPDX-License-Identifier: Apache-2.0
// g++'s messages, parsed and mapped to the user's own lines. A template error is shown at the
// deepest frame of its instantiation backtrace that lies in a user's file; a static_assert of the
// library ("flinkc: <what is wrong>: <what to write>") is shown as it is and silences the follow-up
// errors of the same statement.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codegen/message.h"

namespace flink::codegen {

struct RawDiagnostic {
  std::string kind;  // "error", "fatal error", "warning"
  Location location;
  std::string text;
  std::string context;           // "In member function 'X'" / "In instantiation of 'X'"
  std::vector<Location> frames;  // where it was instantiated from, deepest first
  std::vector<std::string> notes;
};

// The text must come from toolchain.h's message_flags() under LC_ALL=C.
std::vector<RawDiagnostic> parse_diagnostics(std::string_view text);

struct DiagnosticOptions {
  std::string library_include_dir;  // files in there are not the user's
};

std::vector<Message> map_diagnostics(std::string_view compiler_text,
                                     const DiagnosticOptions& options);

}  // namespace flink::codegen
