// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <flink/types/print.h>

#include <cmath>
#include <ostream>

#include "unit/types/records.h"

namespace printed {
struct Streamed {
  int number = 0;
  friend std::ostream& operator<<(std::ostream& out, const Streamed& value) {
    return out << "#" << value.number;
  }
};
enum class Level { low, high };
[[maybe_unused]] std::ostream& operator<<(std::ostream& out, Level level) {
  return out << (level == Level::low ? "low" : "high");
}
enum Plain { first, second };
struct Holder {
  Streamed inner;
  std::string_view text;
};
}  // namespace printed

namespace {

using namespace types_test;
using namespace std::chrono_literals;

template <class T>
std::string printed_as(const T& value) {
  std::string out;
  flink::print_value(out, value);
  return out;
}

TEST_CASE("values as print() shows them") {
  CHECK(printed_as(WordCount{"word", 1}) == "(word,1)");
  CHECK(printed_as(std::string{"a,b"}) == "a,b");
  CHECK(printed_as('c') == "c");
  CHECK(printed_as(std::int8_t{-5}) == "-5");
  CHECK(printed_as(std::uint64_t{18446744073709551615u}) == "18446744073709551615");
  CHECK(printed_as(static_cast<__int128>(-1) << 100) == "-1267650600228229401496703205376");
  CHECK(printed_as(0.1) == "0.1");
  CHECK(printed_as(0.1f) == "0.1");
  CHECK(printed_as(1e300) == "1.0E300");
  CHECK(printed_as(std::vector<double>{1, 1e5, 1e7}) == "[1.0, 100000.0, 1.0E7]");
  CHECK(printed_as(true) == "true");
  CHECK(printed_as(Color::green) == "1");
  CHECK(printed_as(std::tuple{1, std::string{"x"}}) == "(1,x)");
  CHECK(printed_as(std::optional<int>{}) == "null");
  CHECK(printed_as(std::optional<int>{3}) == "3");
  CHECK(printed_as(std::variant<int, std::string>{"v"}) == "v");
  CHECK(printed_as(std::vector<int>{1, 2}) == "[1, 2]");
  CHECK(printed_as(std::vector<bool>{true, false}) == "[true, false]");
  CHECK(printed_as(std::map<std::string, int>{{"a", 1}, {"b", 2}}) == "{a=1, b=2}");
  CHECK(printed_as(std::vector<std::byte>{std::byte{0xab}}) == "[ab]");
  CHECK(printed_as(Empty{}) == "()");
}

TEST_CASE("floating numbers as Java's Double.toString() and Float.toString() spell them") {
  const std::pair<double, const char*> doubles[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1, "1.0"},
      {-1.5, "-1.5"},
      {100000, "100000.0"},
      {9999999, "9999999.0"},
      {9999999.999999998, "9999999.999999998"},
      {1e7, "1.0E7"},
      {12345678.9, "1.23456789E7"},
      {0.001, "0.001"},
      {0.00099999, "9.9999E-4"},
      {1e-4, "1.0E-4"},
      {1.0 / 3, "0.3333333333333333"},
      {2e23, "2.0E23"},
      {1.7976931348623157e308, "1.7976931348623157E308"},
      {2.2250738585072014e-308, "2.2250738585072014E-308"},
      {4.9e-324, "4.9E-324"},
      {9.9e-324, "9.9E-324"},
      {2e-323, "2.0E-323"},
      {1e21, "1.0E21"},
      {1e100, "1.0E100"},
      {INFINITY, "Infinity"},
      {-INFINITY, "-Infinity"},
      {NAN, "NaN"},
      {-NAN, "NaN"}};
  for (const auto& [number, text] : doubles) CHECK(printed_as(number) == text);
  const std::pair<float, const char*> floats[] = {{0.1f, "0.1"},
                                                  {1e7f, "1.0E7"},
                                                  {16777216.0f, "1.6777216E7"},
                                                  {9999999.0f, "9999999.0"},
                                                  {0.001f, "0.001"},
                                                  {3.4028235e38f, "3.4028235E38"},
                                                  {1.4e-45f, "1.4E-45"},
                                                  {1.17549435e-38f, "1.1754944E-38"},
                                                  {33554432.0f, "3.3554432E7"}};
  for (const auto& [number, text] : floats) CHECK(printed_as(number) == text);
}

TEST_CASE("durations and times") {
  CHECK(printed_as(5s) == "5s");
  CHECK(printed_as(100ms) == "100ms");
  CHECK(printed_as(-3min) == "-3min");
  CHECK(printed_as(std::chrono::duration<int, std::ratio<1, 30>>{2}) == "2*1/30s");
  using Millis = std::chrono::sys_time<std::chrono::milliseconds>;
  CHECK(printed_as(Millis{}) == "1970-01-01T00:00:00.000Z");
  CHECK(printed_as(Millis{1709210096789ms}) == "2024-02-29T12:34:56.789Z");
  CHECK(printed_as(Millis{-1ms}) == "1969-12-31T23:59:59.999Z");
  CHECK(printed_as(std::chrono::sys_seconds{-62135596800s}) == "0001-01-01T00:00:00Z");
  CHECK(printed_as(Millis{Millis::duration{INT64_MAX}}) == "+292278994-08-17T07:12:55.807Z");
  CHECK(printed_as(std::chrono::steady_clock::time_point{5ns}) == "5ns");
}

TEST_CASE("a type's own operator<< wins") {
  CHECK(printed_as(printed::Streamed{4}) == "#4");
  CHECK(printed_as(printed::Holder{{5}, "t"}) == "(#5,t)");
  CHECK(printed_as(printed::Level::high) == "high");
  CHECK(printed_as(printed::second) == "1");
}

}  // namespace
