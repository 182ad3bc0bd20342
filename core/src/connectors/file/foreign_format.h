// SPDX-License-Identifier: Apache-2.0
// What is read as lines of bytes otherwise: compressed files and text that is not UTF-8, known by
// their first bytes or by their names.
#pragma once

#include <string>
#include <string_view>

namespace flink::connectors {

struct ForeignFormat {
  std::string_view name;
  std::string_view magic;   // its first bytes; empty: they say nothing
  std::string_view suffix;  // of file names; empty: there is none
  std::string_view reader;  // the command that gives lines of UTF-8
};

// Null: none of these.
const ForeignFormat* foreign_by_name(std::string_view path);
const ForeignFormat* foreign_by_bytes(std::string_view first);
// More bytes could make it one of these.
bool may_be_foreign(std::string_view first);
// Why `path` is not read, and what to do.
std::string refusal(const ForeignFormat& format, std::string_view path);

}  // namespace flink::connectors
