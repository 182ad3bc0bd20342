// SPDX-License-Identifier: Apache-2.0
#include "config/value_syntax.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace flink::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

// The whole text as a number of type T.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  text = trim(text);
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && !is_digit(text.front()) && text.front() != '.') return std::nullopt;
  }
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Quantity {
  std::uint64_t number;
  std::string unit;  // in lower case; may be empty
};

// "64 mb" as 64 and "mb".
std::optional<Quantity> split_quantity(std::string_view text) {
  text = trim(text);
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits == 0) return std::nullopt;
  const auto number = parse_number<std::uint64_t>(text.substr(0, digits));
  if (!number) return std::nullopt;
  return Quantity{*number, lowered(trim(text.substr(digits)))};
}

struct Unit {
  std::string_view names;  // separated by spaces; the first is the one printed
  std::uint64_t factor;
};

// Largest first.
constexpr std::array duration_units{
    Unit{"d day days", 86'400'000'000'000},
    Unit{"h hour hours", 3'600'000'000'000},
    Unit{"min m minute minutes", 60'000'000'000},
    Unit{"s sec secs second seconds", 1'000'000'000},
    Unit{"ms milli millis millisecond milliseconds", 1'000'000},
    Unit{"us µs micro micros microsecond microseconds", 1'000},
    Unit{"ns nano nanos nanosecond nanoseconds", 1},
};
constexpr std::array memory_units{
    Unit{"tb t tebibytes", 1ull << 40},
    Unit{"gb g gibibytes", 1ull << 30},
    Unit{"mb m mebibytes", 1ull << 20},
    Unit{"kb k kibibytes", 1ull << 10},
    Unit{"bytes b", 1},
};

bool has_name(std::string_view names, std::string_view wanted) {
  while (!names.empty()) {
    const auto end = std::min(names.find(' '), names.size());
    if (names.substr(0, end) == wanted) return true;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return false;
}

template <std::size_t N>
std::optional<std::uint64_t> factor_of(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (has_name(unit.names, name)) return unit.factor;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> multiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  if (product > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  return product;
}

template <std::size_t N>
std::string format_quantity(const std::array<Unit, N>& units, std::uint64_t value) {
  const Unit* chosen = &units.back();
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      chosen = &unit;
      break;
    }
  }
  return std::to_string(value / chosen->factor) + " " +
         std::string(chosen->names.substr(0, chosen->names.find(' ')));
}

// One field of an ISO-8601 duration such as "1.5S": its digits, fraction and letter.
struct IsoField {
  std::uint64_t whole;
  std::uint64_t nanos;  // of one unit; seconds only
  char letter;
  bool has_fraction;
};

std::optional<IsoField> take_iso_field(std::string_view& text) {
  std::size_t i = 0;
  while (i < text.size() && is_digit(text[i])) ++i;
  const auto whole = parse_number<std::uint64_t>(text.substr(0, i));
  if (!whole) return std::nullopt;
  IsoField field{*whole, 0, 0, false};
  if (i < text.size() && (text[i] == '.' || text[i] == ',')) {
    field.has_fraction = true;
    ++i;
    std::uint64_t scale = 100'000'000;
    const std::size_t start = i;
    for (; i < text.size() && is_digit(text[i]); ++i, scale /= 10) {
      field.nanos += scale * static_cast<std::uint64_t>(text[i] - '0');
    }
    if (i == start || i - start > 9) return std::nullopt;
  }
  if (i >= text.size()) return std::nullopt;
  field.letter = lower(text[i]);
  text.remove_prefix(i + 1);
  return field;
}

// java.time.Duration's form PnDTnHnMn.nS, without negative parts.
std::optional<Duration> parse_iso_duration(std::string_view text) {
  text.remove_prefix(1);  // P
  bool in_time = false;
  std::string_view order = "dhms";  // letters that may still come
  std::uint64_t total = 0;
  bool any = false;
  while (!text.empty()) {
    if (lower(text.front()) == 't') {
      if (in_time || text.size() == 1) return std::nullopt;
      in_time = true;
      text.remove_prefix(1);
      continue;
    }
    const auto field = take_iso_field(text);
    if (!field) return std::nullopt;
    const auto at = order.find(field->letter);
    const bool day = field->letter == 'd';
    if (at == std::string_view::npos || day == in_time) return std::nullopt;
    if (field->has_fraction && field->letter != 's') return std::nullopt;
    order.remove_prefix(at + 1);
    const std::uint64_t factor = day                    ? 86'400'000'000'000
                                 : field->letter == 'h' ? 3'600'000'000'000
                                 : field->letter == 'm' ? 60'000'000'000
                                                        : 1'000'000'000;
    const auto part = multiply(field->whole, factor);
    if (!part || __builtin_add_overflow(total, *part + field->nanos, &total)) return std::nullopt;
    any = true;
  }
  if (!any || total > static_cast<std::uint64_t>(Duration::max().count())) return std::nullopt;
  return Duration(static_cast<std::int64_t>(total));
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return lowered(a) == lowered(b);
}

std::optional<bool> parse_bool(std::string_view text) {
  const auto word = lowered(trim(text));
  if (word == "true") return true;
  if (word == "false") return false;
  return std::nullopt;
}

std::optional<std::int32_t> parse_int32(std::string_view text) {
  return parse_number<std::int32_t>(text);
}
std::optional<std::int64_t> parse_int64(std::string_view text) {
  return parse_number<std::int64_t>(text);
}
std::optional<double> parse_float64(std::string_view text) {
  const auto value = parse_number<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<Duration> parse_duration(std::string_view text) {
  text = trim(text);
  if (!text.empty() && lower(text.front()) == 'p') return parse_iso_duration(text);
  const auto quantity = split_quantity(text);
  if (!quantity) return std::nullopt;
  const auto factor = factor_of(duration_units, quantity->unit.empty() ? "ms" : quantity->unit);
  if (!factor) return std::nullopt;
  const auto nanos = multiply(quantity->number, *factor);
  if (!nanos) return std::nullopt;
  return Duration(static_cast<std::int64_t>(*nanos));
}

std::optional<MemorySize> parse_memory_size(std::string_view text) {
  const auto quantity = split_quantity(text);
  if (!quantity) return std::nullopt;
  const auto factor = factor_of(memory_units, quantity->unit.empty() ? "b" : quantity->unit);
  if (!factor) return std::nullopt;
  const auto bytes = multiply(quantity->number, *factor);
  if (!bytes) return std::nullopt;
  return MemorySize{*bytes};
}

std::optional<PortRange> parse_port_range(std::string_view text) {
  constexpr std::size_t ports_max = 65536;  // in all: lists of large ranges would be endless
  PortRange range;
  std::size_t ports = 0;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find(',', start), text.size());
    const auto piece = trim(text.substr(start, end - start));
    start = end + 1;
    const auto dash = piece.find('-');
    const auto first = parse_number<std::uint16_t>(piece.substr(0, dash));
    const auto last = dash == std::string_view::npos
                          ? first
                          : parse_number<std::uint16_t>(piece.substr(dash + 1));
    if (!first || !last || *first > *last || (*first == 0 && *last != 0)) return std::nullopt;
    ports += std::size_t{1} + *last - *first;
    if (ports > ports_max) return std::nullopt;
    range.spans.push_back({*first, *last});
  }
  return range;
}

std::vector<std::uint16_t> PortRange::ports() const {
  std::vector<std::uint16_t> all;
  for (const Span& span : spans) {
    for (std::uint32_t port = span.first; port <= span.last; ++port) {
      all.push_back(static_cast<std::uint16_t>(port));
    }
  }
  return all;
}

std::string format_duration(Duration value) {
  if (value.count() == 0) return "0 ms";
  return format_quantity(duration_units, static_cast<std::uint64_t>(value.count()));
}

std::string format_memory_size(MemorySize value) {
  return format_quantity(memory_units, value.bytes);
}

std::string_view syntax_of(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::int32:
      return "a whole number, such as 4";
    case Kind::int64:
      return "a whole number, such as 4";
    case Kind::float64:
      return "a number, such as 0.4";
    case Kind::duration:
      return "a duration, such as 500 ms, 10 s, 5min, 1 h or PT1M30S";
    case Kind::memory_size:
      return "a memory size, such as 64 mb, 1g or 4096 (bytes)";
    case Kind::string:
      return "text";
    case Kind::choice:
      return "one of the values listed";
    case Kind::port_range:
      return "a port or ports from 0 to 65535, such as 8081, 8081-8090 or 8081,9000-9009";
    case Kind::list:
      return "a list, such as a;b or [a, b]";
    case Kind::map:
      return "a map, such as k1:v1,k2:v2";
  }
  return "text";
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "Boolean";
    case Kind::int32:
      return "Integer";
    case Kind::int64:
      return "Long";
    case Kind::float64:
      return "Double";
    case Kind::duration:
      return "Duration";
    case Kind::memory_size:
      return "MemorySize";
    case Kind::string:
      return "String";
    case Kind::choice:
      return "Enum";
    case Kind::port_range:
      return "Ports";
    case Kind::list:
      return "List";
    case Kind::map:
      return "Map";
  }
  return "String";
}

}  // namespace flink::config
