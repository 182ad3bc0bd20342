// SPDX-License-Identifier: Apache-2.0
// JSON text read from the front, value by value, by someone who knows what should come: no tree in
// between, and numbers keep their digits. What is not JSON throws Error{user}.
#pragma once

#include <string_view>

#include "table/memory.h"

namespace flink::table_connectors {

class JsonCursor {
 public:
  enum class Kind : unsigned char { null, boolean, number, string, array, object };

  JsonCursor(std::string_view text, table::Memory& memory) : text_(text), memory_(memory) {}

  // What comes next.
  Kind kind();
  // A number, boolean or null as it stands there, a string without its escapes: in the text or, if
  // there were escapes, in the memory.
  std::string_view scalar();
  // Everything up to the value's end, as it stands there.
  std::string_view skip();

  // for (begin_array(); next_element();) one value each.
  void begin_array() { open('['); }
  bool next_element() { return next(']'); }
  // for (begin_object(); next_member(key);) one value each.
  void begin_object() { open('{'); }
  bool next_member(std::string_view& key);

  // Throws unless nothing but blanks is left.
  void finish();

 private:
  static constexpr int depth_max = 200;

  void skip_blanks();
  void open(char bracket);
  bool next(char bracket);
  std::string_view string();
  std::string_view unescape(std::string_view raw);
  [[noreturn]] void fail(std::string_view expected) const;

  std::string_view text_;
  table::Memory& memory_;
  std::size_t at_ = 0;
  bool first_ = false;  // a bracket has just been opened
  int depth_ = 0;
};

}  // namespace flink::table_connectors
