// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <flink/error.h>
#include <flink/types/serializer.h>

#include <cstdlib>
#include <list>

#include "unit/types/records.h"
#include "unit/types/wide_records.h"

// A class that is no aggregate.
class Money {
 public:
  Money() = default;
  explicit Money(std::int64_t cents) : cents_(cents) {}
  std::int64_t cents() const { return cents_; }
  friend bool operator==(const Money&, const Money&) = default;

 private:
  std::int64_t cents_ = 0;
};
template <>
struct flink::Serializer<Money> {
  static void write(ByteWriter& out, const Money& value) { out.fixed(value.cents()); }
  static void read(ByteReader& in, Money& value) { value = Money{in.fixed<std::int64_t>()}; }
};

namespace {

using namespace types_test;
using flink::ByteReader;
using flink::ByteWriter;
using flink::Serializer;

template <class T>
std::string bytes_of(const T& value) {
  ByteWriter out;
  Serializer<T>::write(out, value);
  return std::string{out.view()};
}
template <class T>
T read_back(const std::string& bytes) {
  T value{};
  ByteReader in{bytes};
  Serializer<T>::read(in, value);
  CHECK(in.at_end());
  return value;
}
template <class T>
bool round_trips(const T& value) {
  return read_back<T>(bytes_of(value)) == value;
}

TEST_CASE("the bytes of small values") {
  using namespace std::string_literals;
  CHECK(bytes_of(true) == "\1"s);
  CHECK(bytes_of(std::int32_t{258}) == "\2\1\0\0"s);
  CHECK(bytes_of(Color::blue) == "\2"s);
  CHECK(bytes_of("abc"s) == "\3abc"s);
  CHECK(bytes_of(std::string(200, 'x')) == "\xc8\1"s + std::string(200, 'x'));
  CHECK(bytes_of(WordCount{"a", 1}) == "\1a\1\0\0\0\0\0\0\0"s);
  CHECK(bytes_of(Point{1, 2}) == "\1\0\0\0\2\0\0\0"s);
  CHECK(bytes_of(Padded{1, 2}) == "\1\2\0\0\0\0\0\0\0"s);
  CHECK(bytes_of(std::vector<Point>{{1, 2}}) == "\1\1\0\0\0\2\0\0\0"s);
  CHECK(bytes_of(std::optional<std::int8_t>{}) == "\0"s);
  CHECK(bytes_of(std::optional<std::int8_t>{5}) == "\1\5"s);
  CHECK(bytes_of(std::variant<std::int8_t, std::string>{"x"}) == "\1\1x"s);
  CHECK(bytes_of(std::map<std::int8_t, std::string>{{1, "a"}}) == "\1\1\1a"s);
  CHECK(bytes_of(std::vector<bool>{true, false}) == "\2\1\0"s);
  CHECK(bytes_of(Empty{}) == "\0"s);
  CHECK(bytes_of(std::tuple<>{}) == "\0"s);
  CHECK(bytes_of(std::chrono::seconds{3}) == "\3\0\0\0\0\0\0\0"s);
}

TEST_CASE("values of every kind are read back") {
  CHECK(round_trips(Money{1234}));
  CHECK(round_trips(std::vector<Money>{Money{1}, Money{-2}}));
  CHECK(round_trips(std::list<std::string>{"a", "", "c"}));
  CHECK(round_trips(std::vector<Empty>(3)));
  CHECK(round_trips(std::array<int, 0>{}));
  CHECK(round_trips(static_cast<__int128>(-5) << 70));
  CHECK(round_trips(std::multimap<int, int>{{1, 2}, {1, 3}}));
  CHECK(round_trips(std::optional<std::optional<int>>{std::optional<int>{}}));
  CHECK(round_trips(std::chrono::duration<double>{1.5}));
  const auto wide = read_back<Wide128>(bytes_of(Wide128{}));
  CHECK(wide.f127 == 127);
  Wide65 strings;
  strings.s64 = "last";
  CHECK(read_back<Wide65>(bytes_of(strings)).s64 == "last");
}

TEST_CASE("what was in a value before is gone after reading") {
  Everything value;
  value.path = {{1, 1}};
  value.ids = {1};
  value.note = "old";
  value.series["x"] = {1};
  const std::string bytes = bytes_of(Everything{});
  ByteReader in{bytes};
  Serializer<Everything>::read(in, value);
  CHECK(value == Everything{});
}

TEST_CASE("random values are read back, through every kind of writer") {
  const char* given = std::getenv("FLINK_TEST_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : flink::base::entropy_seed();
  CAPTURE(seed);
  flink::base::SeededRandom random{seed};
  std::string appended = "before";
  for (int i = 0; i < 300; ++i) {
    const Everything value = random_everything(random);
    const std::string bytes = bytes_of(value);
    CHECK(read_back<Everything>(bytes) == value);
    {
      ByteWriter out{appended};
      Serializer<Everything>::write(out, value);
      CHECK(out.view() == bytes);
    }
    CHECK(appended == "before" + bytes);
    appended.resize(6);
    std::vector<std::byte> into;
    {
      ByteWriter out{into};
      Serializer<Everything>::write(out, value);
    }
    CHECK(into.size() == bytes.size());
    char start[64];
    ByteWriter small{start, sizeof(start)};
    Serializer<Everything>::write(small, value);
    CHECK(small.view() == bytes);
  }
}

TEST_CASE("a writer goes on after finish() and clear()") {
  std::string text = "a";
  ByteWriter out{text};
  out.raw("bc");
  out.finish();
  CHECK(text == "abc");
  out.u8('d');
  out.finish();
  CHECK(text == "abcd");
  out.clear();
  out.fixed32(0);
  out.raw("xyz");
  out.patch32(0, 0x44434241);
  out.finish();
  CHECK(text == "aABCDxyz");
}

TEST_CASE("varints of every length") {
  for (int bits = 0; bits < 64; ++bits) {
    for (const std::uint64_t value :
         {std::uint64_t{1} << bits, (std::uint64_t{1} << bits) - 1, ~std::uint64_t{0} >> bits}) {
      ByteWriter out;
      out.varint(value);
      ByteReader in{out.view()};
      CHECK(in.varint() == value);
      CHECK(in.at_end());
    }
  }
}

TEST_CASE("copying short runs of bytes") {
  const std::string from = "abcdefghijklmnopqrstuvwxyz0123456789";
  for (std::size_t size = 0; size <= from.size(); ++size) {
    std::string to(from.size(), '.');
    flink::detail::copy_bytes(to.data(), from.data(), size);
    CHECK(to == from.substr(0, size) + std::string(from.size() - size, '.'));
  }
}

TEST_CASE("views point into the reader's bytes") {
  struct View {
    std::string_view text;
    std::span<const std::byte> raw;
  };
  const std::byte raw[] = {std::byte{1}, std::byte{2}};
  const std::string bytes = bytes_of(View{"hello", raw});
  View value;
  ByteReader in{bytes};
  Serializer<View>::read(in, value);
  CHECK(value.text == "hello");
  CHECK(value.text.data() == bytes.data() + 1);
  CHECK(value.raw.size() == 2);
  CHECK(reinterpret_cast<const char*>(value.raw.data()) == bytes.data() + 7);
}

TEST_CASE("ranges of records, copied whole or one by one") {
  const std::vector<Point> points{{1, 2}, {3, 4}, {5, 6}};
  const std::vector<Padded> padded{{1, 2}, {3, 4}};
  ByteWriter out;
  flink::write_range(out, points.data(), points.size());
  flink::write_range(out, padded.data(), padded.size());
  CHECK(out.size() == 3 * 8 + 2 * 9);
  ByteReader in{out.view()};
  std::vector<Point> points_back(3);
  std::vector<Padded> padded_back(2);
  flink::read_range(in, points_back.data(), 3);
  flink::read_range(in, padded_back.data(), 2);
  CHECK(points_back == points);
  CHECK(padded_back == padded);
  ByteReader again{out.view()};
  std::vector<Point> many(6);
  CHECK_THROWS_AS(flink::read_range(again, many.data(), 6), flink::Error);
  CHECK_THROWS_AS(flink::read_range(again, many.data(), ~std::size_t{0}), flink::Error);
}

}  // namespace
