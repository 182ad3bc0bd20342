// SPDX-License-Identifier: Apache-2.0
#include "table_connectors/json_cursor.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <charconv>

namespace flink::table_connectors {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The end of a number by JSON's grammar; npos: it is none.
std::size_t number_end(std::string_view text, std::size_t at) {
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - from;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const std::size_t start = at;
  const std::size_t before = digits();
  if (before == 0 || (before > 1 && text[start] == '0')) return std::string_view::npos;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return std::string_view::npos;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return std::string_view::npos;
  }
  return at;
}

char* append_utf8(char* out, std::uint32_t point) {
  if (point < 0x80) {
    *out++ = static_cast<char>(point);
  } else if (point < 0x800) {
    *out++ = static_cast<char>(0xC0 | point >> 6);
    *out++ = static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    *out++ = static_cast<char>(0xE0 | point >> 12);
    *out++ = static_cast<char>(0x80 | (point >> 6 & 0x3F));
    *out++ = static_cast<char>(0x80 | (point & 0x3F));
  } else {
    *out++ = static_cast<char>(0xF0 | point >> 18);
    *out++ = static_cast<char>(0x80 | (point >> 12 & 0x3F));
    *out++ = static_cast<char>(0x80 | (point >> 6 & 0x3F));
    *out++ = static_cast<char>(0x80 | (point & 0x3F));
  }
  return out;
}

// Of \uXXXX; a surrogate without its other half is U+FFFD.
std::uint32_t code_point(std::string_view raw, std::size_t& at) {
  const auto unit = [&](std::size_t from) -> std::uint32_t {
    std::uint32_t value = 0;
    if (from + 4 > raw.size()) return 0x110000;
    const auto [end, error] = std::from_chars(raw.data() + from, raw.data() + from + 4, value, 16);
    return error == std::errc{} && end == raw.data() + from + 4 ? value : 0x110000;
  };
  const std::uint32_t first = unit(at);
  at += 4;
  if (first < 0xD800 || first > 0xDFFF) return first;
  if (first < 0xDC00 && at + 6 <= raw.size() && raw[at] == '\\' && raw[at + 1] == 'u') {
    const std::uint32_t second = unit(at + 2);
    if (second >= 0xDC00 && second <= 0xDFFF) {
      at += 6;
      return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    }
  }
  return 0xFFFD;
}

}  // namespace

void JsonCursor::fail(std::string_view expected) const {
  constexpr std::size_t shown = 40;
  const auto rest = text_.substr(std::min(at_, text_.size()));
  throw Error{ErrorKind::user, rest.empty()
                                   ? detail::concat("JSON ends where ", expected, " is expected")
                                   : detail::concat("JSON: expected ", expected, " at character ",
                                                    at_ + 1, ", found '", rest.substr(0, shown),
                                                    rest.size() > shown ? "…'" : "'")};
}

void JsonCursor::skip_blanks() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
    ++at_;
  }
}

JsonCursor::Kind JsonCursor::kind() {
  skip_blanks();
  if (at_ == text_.size()) fail("a value");
  switch (text_[at_]) {
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::string;
    case 'n':
      return Kind::null;
    case 't':
    case 'f':
      return Kind::boolean;
    default:
      if (text_[at_] != '-' && !is_digit(text_[at_])) fail("a value");
      return Kind::number;
  }
}

std::string_view JsonCursor::scalar() {
  const Kind next = kind();
  if (next == Kind::string) return string();
  const std::size_t start = at_;
  if (next == Kind::number) {
    const std::size_t end = number_end(text_, at_);
    if (end == std::string_view::npos) fail("a number");
    at_ = end;
  } else if (next == Kind::null || next == Kind::boolean) {
    const std::string_view word = next == Kind::null  ? "null"
                                  : text_[at_] == 't' ? "true"
                                                      : "false";
    if (!text_.substr(at_).starts_with(word)) fail("a value");
    at_ += word.size();
  } else {
    fail("a value that is neither array nor object");
  }
  if (at_ < text_.size() &&
      std::string_view{",]} \t\r\n"}.find(text_[at_]) == std::string_view::npos) {
    at_ = start;
    fail("a value");
  }
  return text_.substr(start, at_ - start);
}

std::string_view JsonCursor::string() {
  const std::size_t start = ++at_;
  bool escapes = false;
  for (;; ++at_) {
    if (at_ >= text_.size()) fail("the end of a string");
    const char c = text_[at_];
    if (c == '"') break;
    if (static_cast<unsigned char>(c) < 0x20) fail("an escape in place of a control character");
    if (c != '\\') continue;
    escapes = true;
    ++at_;
  }
  const auto raw = text_.substr(start, at_ - start);
  ++at_;
  return escapes ? unescape(raw) : raw;
}

std::string_view JsonCursor::unescape(std::string_view raw) {
  char* const start = memory_.array<char>(raw.size());
  char* out = start;
  for (std::size_t i = 0; i < raw.size();) {
    if (raw[i] != '\\') {
      *out++ = raw[i++];
      continue;
    }
    constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    const char c = raw[i + 1];
    i += 2;
    if (const auto found = letters.find(c); found != std::string_view::npos) {
      *out++ = meant[found];
      continue;
    }
    const std::uint32_t point = c == 'u' ? code_point(raw, i) : 0x110000;
    if (point >= 0x110000) fail("a valid escape in the string before this");
    out = append_utf8(out, point);
  }
  return {start, static_cast<std::size_t>(out - start)};
}

std::string_view JsonCursor::skip() {
  const Kind next = kind();
  const std::size_t start = at_;
  if (next == Kind::array) {
    for (begin_array(); next_element();) skip();
  } else if (next == Kind::object) {
    std::string_view key;
    for (begin_object(); next_member(key);) skip();
  } else {
    scalar();
  }
  return text_.substr(start, at_ - start);
}

void JsonCursor::open(char bracket) {
  skip_blanks();
  if (at_ == text_.size() || text_[at_] != bracket) fail(bracket == '[' ? "an array" : "an object");
  if (++depth_ > depth_max) fail("less than 200 levels of nesting");
  ++at_;
  first_ = true;
}

bool JsonCursor::next(char bracket) {
  skip_blanks();
  const bool first = std::exchange(first_, false);
  if (at_ < text_.size() && text_[at_] == bracket) {
    ++at_;
    --depth_;
    return false;
  }
  if (first) return true;
  if (at_ == text_.size() || text_[at_] != ',') fail(bracket == ']' ? "',' or ']'" : "',' or '}'");
  ++at_;
  return true;
}

bool JsonCursor::next_member(std::string_view& key) {
  if (!next('}')) return false;
  skip_blanks();
  if (at_ == text_.size() || text_[at_] != '"') fail("a name in quotes");
  key = string();
  skip_blanks();
  if (at_ == text_.size() || text_[at_] != ':') fail("':'");
  ++at_;
  return true;
}

void JsonCursor::finish() {
  skip_blanks();
  if (at_ != text_.size()) fail("the end of the line");
}

}  // namespace flink::table_connectors
