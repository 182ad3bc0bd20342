// SPDX-License-Identifier: Apache-2.0
// How option values are written: Flink's syntax for durations, memory sizes, booleans, numbers,
// lists, maps and port ranges. Every parser takes the whole text (outer white space is ignored),
// never throws and gives nothing when the text does not fit; syntax_of() says what would.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flink::config {

using Duration = std::chrono::nanoseconds;

struct MemorySize {
  std::uint64_t bytes = 0;
  friend auto operator<=>(const MemorySize&, const MemorySize&) = default;
};

// "8081", "8081-8090", "8081-8083,9000": in the order they are tried. 0 is any free port.
struct PortRange {
  struct Span {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    friend bool operator==(const Span&, const Span&) = default;
  };
  std::vector<Span> spans;
  std::vector<std::uint16_t> ports() const;
  friend bool operator==(const PortRange&, const PortRange&) = default;
};

using StringList = std::vector<std::string>;
using StringMap = std::map<std::string, std::string>;

// The type of an option's value.
enum class Kind : unsigned char {
  boolean,
  int32,
  int64,
  float64,
  duration,
  memory_size,
  string,
  choice,
  port_range,
  list,
  map
};

std::string_view trim(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

std::optional<bool> parse_bool(std::string_view text);  // true, false, in any case
std::optional<std::int32_t> parse_int32(std::string_view text);
std::optional<std::int64_t> parse_int64(std::string_view text);
std::optional<double> parse_float64(std::string_view text);          // finite
std::optional<Duration> parse_duration(std::string_view text);       // "10 s", "5min", "PT1M30S"
std::optional<MemorySize> parse_memory_size(std::string_view text);  // "64 mb", "1g", "4096"
std::optional<PortRange> parse_port_range(std::string_view text);
std::optional<StringList> parse_list(std::string_view text);  // "a;b", "'a;b';c", "[a, b]"
std::optional<StringMap> parse_map(std::string_view text);    // "k1:v1,k2:v2", "{k1: v1}"

// The text as one value again, in the form that the parsers read. Durations use the largest unit
// without a remainder ("90 s", "2 min"), sizes likewise ("64 mb").
std::string format_duration(Duration value);
std::string format_memory_size(MemorySize value);
std::string format_list(const StringList& values);
std::string format_map(const StringMap& values);

// "a duration, such as 10 s, 5min or PT1M": what a message says was expected.
std::string_view syntax_of(Kind kind);
std::string_view name_of(Kind kind);  // "Duration", as Flink's pages name the types

}  // namespace flink::config
