// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <flink/types/print.h>

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
  CHECK(printed_as(1e300) == "1e+300");
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
  CHECK(printed_as(Millis{Millis::duration{INT64_MAX}}) == "292278994-08-17T07:12:55.807Z");
  CHECK(printed_as(std::chrono::steady_clock::time_point{5ns}) == "5ns");
}

TEST_CASE("a type's own operator<< wins") {
  CHECK(printed_as(printed::Streamed{4}) == "#4");
  CHECK(printed_as(printed::Holder{{5}, "t"}) == "(#5,t)");
  CHECK(printed_as(printed::Level::high) == "high");
  CHECK(printed_as(printed::second) == "1");
}

}  // namespace
