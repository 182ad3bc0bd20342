// SPDX-License-Identifier: Apache-2.0
// Readers meet bytes that nobody wrote: they throw Error or give some value, and touch nothing else
// (this is what the sanitized builds watch).
#include <doctest/doctest.h>
#include <flink/error.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>

#include <cstdlib>

#include "types/value_walk.h"
#include "unit/types/records.h"

namespace {

using namespace types_test;
using flink::ByteReader;
using flink::ByteWriter;
using flink::Error;
using flink::Serializer;

std::uint64_t test_seed() {
  const char* given = std::getenv("FLINK_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : flink::base::entropy_seed();
}

template <class T>
bool reads(std::string_view bytes) {
  // A copy of the exact size, so that reading past it is seen.
  const std::vector<char> exact(bytes.begin(), bytes.end());
  ByteReader in{exact.data(), exact.size()};
  T value{};
  try {
    Serializer<T>::read(in, value);
    return true;
  } catch (const Error&) {
    return false;
  }
}

template <class T>
std::string message_of(std::string_view bytes) {
  try {
    ByteReader in{bytes};
    T value{};
    Serializer<T>::read(in, value);
  } catch (const Error& error) {
    CHECK(error.kind() == flink::ErrorKind::internal);
    return error.message();
  }
  return "no error";
}

TEST_CASE("every truncation of a value is an error") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  flink::base::SeededRandom random{seed};
  for (int i = 0; i < 5; ++i) {
    ByteWriter out;
    Serializer<Everything>::write(out, random_everything(random, 1));
    for (std::size_t size = 0; size < out.size(); ++size) {
      REQUIRE_FALSE(reads<Everything>(out.view().substr(0, size)));
    }
    CHECK(reads<Everything>(out.view()));
  }
}

TEST_CASE("random bytes and random flips never do more than throw") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  flink::base::SeededRandom random{seed};
  ByteWriter out;
  Serializer<Everything>::write(out, random_everything(random, 1));
  for (int i = 0; i < 3000; ++i) {
    std::string noise(random.below(200), '\0');
    for (char& c : noise)
      c = static_cast<char>(random.below(4) == 0 ? random.next() : random.below(3));
    reads<Everything>(noise);
    reads<std::vector<std::vector<Flags>>>(noise);
    reads<std::map<std::string, std::vector<Empty>>>(noise);
    std::string flipped{out.view()};
    for (auto n = random.below(4) + 1; n > 0; --n) {
      flipped[random.below(flipped.size())] = static_cast<char>(random.next());
    }
    reads<Everything>(flipped);
  }
}

TEST_CASE("lengths that cannot be are refused before anything is allocated") {
  using namespace std::string_literals;
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"s;
  CHECK_FALSE(reads<std::string>(huge));
  CHECK_FALSE(reads<std::vector<int>>(huge));
  CHECK_FALSE(reads<std::vector<Empty>>(huge));
  CHECK_FALSE(reads<std::vector<std::array<int, 0>>>(huge));
  CHECK_FALSE(reads<std::map<int, int>>(huge));
  CHECK_FALSE(reads<std::string>("\xff\xff\xff\xff\xff\xff\xff\xff\xff\2"s));  // over 64 bits
  CHECK_FALSE(reads<std::string>("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\1"s));
}

TEST_CASE("values that cannot be are refused") {
  using namespace std::string_literals;
  CHECK_FALSE(reads<bool>("\2"s));
  CHECK_FALSE(reads<Flags>("\1\1\1\3"s));
  CHECK(reads<Flags>("\1\xff\1\0"s));
  CHECK_FALSE(reads<std::vector<Flags>>("\2\0\0\0\0\0\0\7\0"s));
  CHECK_FALSE(reads<std::optional<int>>("\2\0\0\0\0"s));
  CHECK_FALSE(reads<std::variant<char, bool>>("\2\0"s));
}

struct Nest {
  std::vector<Nest> inner;
};

TEST_CASE("nesting without end is an error when read and when written") {
  const std::string deep(100'000, '\1');
  CHECK_FALSE(reads<Nest>(deep));
  Nest root;
  Nest* at = &root;
  for (int i = 0; i < flink::nesting_max - 1; ++i) at = &at->inner.emplace_back();
  ByteWriter out;
  Serializer<Nest>::write(out, root);
  CHECK(reads<Nest>(out.view()));
  // Who knows the type by its schema only reads as deep.
  const flink::types::SchemaTree tree{flink::schema_of<Nest>()};
  ByteReader walk{out.view()};
  CHECK_NOTHROW(flink::types::skip_value(walk, tree, tree.root()));
  CHECK(walk.at_end());
  at->inner.emplace_back();
  ByteWriter fails;
  CHECK_THROWS_AS(Serializer<Nest>::write(fails, root), Error);
}

TEST_CASE("the error says what was expected and where") {
  using namespace std::string_literals;
  CHECK(message_of<WordCount>("\3ab"s) ==
        "serialized data is damaged or of another type: expected a string before byte 1 of 3, "
        "found 3, which would take at least 1 bytes each");
  CHECK(message_of<WordCount>("\2ab\1"s) ==
        "serialized data ends too early: expected a value of fixed size (8 bytes) at byte 3 of 4");
  CHECK(message_of<bool>("\2"s) ==
        "serialized data is damaged or of another type: expected a bool (0 or 1) before byte 1 of "
        "1");
}

}  // namespace
