// SPDX-License-Identifier: Apache-2.0
#include "table/fn/text.h"

#include <algorithm>
#include <limits>

#include "table/fn/text_number.h"
#include "table/fn/unicode.h"
#include "table/fn/utf8.h"

namespace flink::table::fn {

std::int32_t char_length(Text text) noexcept {
  return static_cast<std::int32_t>(count_points(text));
}

Text to_upper(Context& context, Text text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += bytes_of_point(text, at)) {
    const char32_t point = point_at(text, at);
    if (point == U'ß') {
      out += "SS";
    } else if (point < 0x80) {
      out += static_cast<char>(point >= 'a' && point <= 'z' ? point - 32 : point);
    } else {
      append_point(out, upper_of(point));
    }
  }
  return context.memory().copy(out);
}

Text to_lower(Context& context, Text text) {
  std::string out;
  bool after_letter = false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t point = point_at(text, at);
    at += bytes_of_point(text, at);
    const bool at_end = at >= text.size() || !is_letter(point_at(text, at));
    if (point == U'Σ' && after_letter && at_end) {
      append_point(out, U'ς');
    } else {
      append_point(out, lower_of(point));
    }
    after_letter = is_letter(point);
  }
  return context.memory().copy(out);
}

// Words are of ASCII letters and digits, as in Calcite.
Text initcap(Context& context, Text text) {
  std::string out;
  bool inside = false;
  for (std::size_t at = 0; at < text.size(); at += bytes_of_point(text, at)) {
    const char32_t point = point_at(text, at);
    const bool upper = point >= 'A' && point <= 'Z', lower = point >= 'a' && point <= 'z';
    if (inside && upper) {
      out += static_cast<char>(point + 32);
    } else if (!inside && lower) {
      out += static_cast<char>(point - 32);
    } else {
      out += text.substr(at, bytes_of_point(text, at));
    }
    inside = upper || lower || (point >= '0' && point <= '9');
  }
  return context.memory().copy(out);
}

Text reverse(Context& context, Text text) {
  std::string out(text.size(), ' ');
  std::size_t to = text.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = bytes_of_point(text, at);
    to -= size;
    out.replace(to, size, text.substr(at, size));
    at += size;
  }
  return context.memory().copy(out);
}

Text repeat(Context& context, Text text, std::int32_t count) {
  std::string out;
  for (std::int32_t i = 0; i < count; ++i) out += text;
  return context.memory().copy(out);
}

Text replace(Context& context, Text text, Text from, Text to) {
  std::string out;
  if (from.empty()) {
    out += to;
    for (std::size_t at = 0; at < text.size(); at += bytes_of_point(text, at)) {
      out += text.substr(at, bytes_of_point(text, at));
      out += to;
    }
    return context.memory().copy(out);
  }
  for (std::size_t at = 0;;) {
    const std::size_t found = text.find(from, at);
    out += text.substr(at, found - at);
    if (found == text.npos) break;
    out += to;
    at = found + from.size();
  }
  return context.memory().copy(out);
}

Text translate(Context& context, Text text, Text from, Text to) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += bytes_of_point(text, at)) {
    const Text point = text.substr(at, bytes_of_point(text, at));
    std::size_t index = 0, found = from.size();
    for (std::size_t i = 0; i < from.size(); i += bytes_of_point(from, i), ++index) {
      if (from.substr(i, bytes_of_point(from, i)) != point) continue;
      found = i;
      break;
    }
    out += found == from.size() ? point : sub_points(to, index, 1);
  }
  return context.memory().copy(out);
}

Text concat_two(Context& context, Text a, Text b) {
  const std::size_t size = a.size() + b.size();
  if (size == 0) return {"", 0};
  char* out = context.memory().array<char>(size);
  std::copy(a.begin(), a.end(), out);
  std::copy(b.begin(), b.end(), out + a.size());
  return {out, size};
}

Datum concat(Context& context, std::span<const Datum> parts) {
  std::string out;
  for (const Datum& part : parts) {
    if (part.null) return {};
    out += part.text();
  }
  return Datum{context.memory().copy(out)};
}

Text concat_with(Context& context, Text separator, std::span<const Datum> parts) {
  std::string out;
  bool first = true;
  for (const Datum& part : parts) {
    if (part.null) continue;
    if (!first) out += separator;
    out += part.text();
    first = false;
  }
  return context.memory().copy(out);
}

namespace {

// The offset in code points at which position `from` lies; past the end it is the length.
std::int64_t start_of(std::int64_t from, std::int64_t length) {
  if (from > 0) return from - 1;
  if (from == 0) return 0;
  return length + from;
}

}  // namespace

Text substring(Text text, std::int32_t from) noexcept {
  return *substring_for(text, from, std::numeric_limits<std::int32_t>::max());
}

MaybeText substring_for(Text text, std::int32_t from, std::int32_t length) noexcept {
  if (length < 0) return {};
  const auto points = static_cast<std::int64_t>(count_points(text));
  const std::int64_t start = start_of(from, points);
  if (start < 0 || start >= points) return Text{"", 0};
  return sub_points(text, static_cast<std::size_t>(start), static_cast<std::size_t>(length));
}

Text left(Text text, std::int32_t length) noexcept {
  return length <= 0 ? Text{"", 0} : sub_points(text, 0, static_cast<std::size_t>(length));
}
Text right(Text text, std::int32_t length) noexcept {
  const auto points = count_points(text);
  if (length <= 0) return {"", 0};
  if (static_cast<std::size_t>(length) >= points) return text;
  return text.substr(offset_of_point(text, points - static_cast<std::size_t>(length)));
}

Text overlay(Context& context, Text text, Text by, std::int32_t from) {
  return overlay_for(context, text, by, from, char_length(by));
}
Text overlay_for(Context& context, Text text, Text by, std::int32_t from, std::int32_t length) {
  const std::int32_t points = char_length(text);
  if (from <= 0 || from > points) return text;
  std::string out{sub_points(text, 0, static_cast<std::size_t>(from - 1))};
  out += by;
  // A length of nothing, and less, takes all that is left.
  if (length > 0 && std::int64_t{from} + length <= points) {
    out += text.substr(offset_of_point(text, static_cast<std::size_t>(from - 1 + length)));
  }
  return context.memory().copy(out);
}

static std::string filling(Text pad, std::size_t count) {
  std::string out;
  const std::size_t points = count_points(pad);
  for (; count >= points; count -= points) out += pad;
  out += sub_points(pad, 0, count);
  return out;
}

MaybeText pad_left(Context& context, Text text, std::int32_t length, Text pad) {
  if (length < 0 || pad.empty()) return {};
  const auto wanted = static_cast<std::size_t>(length), there = count_points(text);
  if (there >= wanted) return sub_points(text, 0, wanted);
  return concat_two(context, filling(pad, wanted - there), text);
}
MaybeText pad_right(Context& context, Text text, std::int32_t length, Text pad) {
  if (length < 0 || pad.empty()) return {};
  const auto wanted = static_cast<std::size_t>(length), there = count_points(text);
  if (there >= wanted) return sub_points(text, 0, wanted);
  return concat_two(context, text, filling(pad, wanted - there));
}

namespace {

bool has_point(Text characters, Text point) {
  for (std::size_t i = 0; i < characters.size(); i += bytes_of_point(characters, i)) {
    if (characters.substr(i, bytes_of_point(characters, i)) == point) return true;
  }
  return false;
}

std::size_t last_point(Text text) {
  std::size_t at = text.size() - 1;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

}  // namespace

Text trim_left_of(Text text, Text characters) noexcept {
  while (!text.empty() && has_point(characters, text.substr(0, bytes_of_point(text, 0)))) {
    text.remove_prefix(bytes_of_point(text, 0));
  }
  return text;
}
Text trim_right_of(Text text, Text characters) noexcept {
  while (!text.empty() && has_point(characters, text.substr(last_point(text)))) {
    text = text.substr(0, last_point(text));
  }
  return text;
}
Text trim_both_of(Text text, Text characters) noexcept {
  return trim_left_of(trim_right_of(text, characters), characters);
}
Text trim_left(Text text) noexcept { return trim_left_of(text, " "); }
Text trim_right(Text text) noexcept { return trim_right_of(text, " "); }
Text trim_both(Text text) noexcept { return trim_both_of(text, " "); }
Text trim_of(Text where, Text characters, Text text) noexcept {
  if (where == "LEADING") return trim_left_of(text, characters);
  if (where == "TRAILING") return trim_right_of(text, characters);
  return trim_both_of(text, characters);
}

namespace {

std::int32_t place_of(Text text, std::size_t offset) {
  return static_cast<std::int32_t>(count_points(text.substr(0, offset))) + 1;
}

}  // namespace

std::int32_t position(Text part, Text text) noexcept {
  const std::size_t found = text.find(part);
  return found == text.npos ? 0 : place_of(text, found);
}
std::int32_t position_from(Text part, Text text, std::int32_t from) noexcept {
  if (part.empty()) return 1;
  const auto start = static_cast<std::size_t>(std::max(from - 1, 0));
  const std::size_t found = text.find(part, offset_of_point(text, start));
  return found == text.npos ? 0 : place_of(text, found);
}
std::int32_t instr(Text text, Text part) noexcept { return position(part, text); }
std::int32_t instr_from(Text text, Text part, std::int32_t from) noexcept {
  return instr_nth(text, part, from, 1).value_or(0);
}
std::optional<std::int32_t> instr_nth(Text text, Text part, std::int32_t from,
                                      std::int32_t nth) noexcept {
  if (nth <= 0) return {};
  if (from == 0) return 0;
  const std::size_t points = count_points(text);
  if (from > 0) {
    std::size_t at = offset_of_point(text, static_cast<std::size_t>(from - 1));
    for (;; --nth) {
      at = text.find(part, at);
      if (at == text.npos) return 0;
      if (nth == 1) return place_of(text, at);
      ++at;
    }
  }
  const auto back = static_cast<std::size_t>(-static_cast<std::int64_t>(from));
  if (back > points) return 0;
  std::size_t at = offset_of_point(text, points - back);
  for (;; --nth) {
    at = text.rfind(part, at);
    if (at == text.npos) return 0;
    if (nth == 1) return place_of(text, at);
    if (at == 0) return 0;
    --at;
  }
}
bool starts_with(Text text, Text part) noexcept { return text.starts_with(part); }
bool ends_with(Text text, Text part) noexcept { return text.ends_with(part); }

Datum split(Context& context, Text text, Text separator) {
  std::vector<Datum> parts;
  if (separator.empty()) {
    for (std::size_t at = 0; at < text.size(); at += bytes_of_point(text, at)) {
      parts.emplace_back(text.substr(at, bytes_of_point(text, at)));
    }
  } else {
    for (std::size_t at = 0;;) {
      const std::size_t found = text.find(separator, at);
      parts.emplace_back(text.substr(at, found - at));
      if (found == text.npos) break;
      at = found + separator.size();
    }
  }
  Datum* items = context.memory().array<Datum>(parts.size());
  std::copy(parts.begin(), parts.end(), items);
  return Datum{Nested{items, parts.size()}};
}

MaybeText split_index(Text text, Text separator, std::int32_t index) noexcept {
  if (index < 0 || text.empty() || separator.empty()) return {};
  std::size_t at = 0;
  for (;; --index) {
    const std::size_t found = text.find(separator, at);
    if (index == 0) return text.substr(at, found - at);
    if (found == text.npos) return {};
    at = found + separator.size();
  }
}
MaybeText split_index_of_code(Text text, std::int32_t code, std::int32_t index) {
  if (code <= 0 || code > 0xff) return {};
  std::string separator;
  append_point(separator, static_cast<char32_t>(code));
  return split_index(text, separator, index);
}

Datum elt(std::int64_t index, std::span<const Datum> values) {
  if (index < 1 || static_cast<std::size_t>(index) > values.size()) return {};
  return values[static_cast<std::size_t>(index - 1)];
}

std::int32_t ascii(Text text) noexcept {
  return text.empty() ? 0 : static_cast<signed char>(text[0]);
}
Text chr(Context& context, std::int64_t code) {
  if (code < 0) return {"", 0};
  std::string out;
  append_point(out, static_cast<char32_t>(code & 0xff));
  return context.memory().copy(out);
}

bool is_alpha(std::optional<Text> text) noexcept {
  if (!text || text->empty()) return false;
  for (std::size_t at = 0; at < text->size(); at += bytes_of_point(*text, at)) {
    if (!is_letter(point_at(*text, at))) return false;
  }
  return true;
}
bool is_digit(std::optional<Text> text) noexcept {
  if (!text || text->empty()) return false;
  for (std::size_t at = 0; at < text->size(); at += bytes_of_point(*text, at)) {
    if (!is_decimal_digit(point_at(*text, at))) return false;
  }
  return true;
}
bool is_decimal(std::optional<Text> text) noexcept {
  return text && !text->empty() && parse_double(*text).has_value();
}

}  // namespace flink::table::fn
