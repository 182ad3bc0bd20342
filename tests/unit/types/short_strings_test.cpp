// SPDX-License-Identifier: Apache-2.0
// Strings of any length, with and without memory of their own, and records that hold them.
#include <doctest/doctest.h>
#include <flink/types/short_strings.h>

#include <cstdint>
#include <memory>
#include <random>
#include <utility>

namespace {

using flink::detail::construct;
using flink::detail::equal_strings;

struct Named {
  std::string name;
  std::int64_t count = 0;
  friend bool operator==(const Named&, const Named&) = default;
};
struct Nothing {};
struct OverNothing : Nothing {
  std::string name;
  int count = 0;
};
struct Owner {
  const std::string name;
  std::unique_ptr<int> number;
};
static_assert(flink::detail::has_strings<Named>);
static_assert(flink::detail::has_strings<Owner>);
static_assert(!flink::detail::has_strings<OverNothing>);  // an initializer a field would not do
static_assert(!flink::detail::has_strings<Nothing>);

std::string random_string(std::mt19937_64& random) {
  std::string text;
  if (random() % 3 == 0) text.reserve(random() % 60);  // a short one in memory of its own
  for (std::size_t size = random() % (random() % 4 == 0 ? 40 : 18); text.size() < size;) {
    text.push_back(static_cast<char>(random() % 3));
  }
  return text;
}

// In memory that the record before it left as it was.
template <class T>
class Place {
 public:
  template <class From>
  T& make(From&& from) {
    construct(reinterpret_cast<T*>(bytes_), std::forward<From>(from));
    return *reinterpret_cast<T*>(bytes_);
  }

 private:
  alignas(T) char bytes_[sizeof(T)] = {};
};

TEST_CASE("strings are compared and copied by their bytes, whatever lies behind them") {
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const std::string a = random_string(random);
    std::string b = random() % 2 == 0 ? a : random_string(random);
    if (random() % 2 == 0) {  // the same text over leftovers
      std::string other(15, 'z');
      if (b.size() <= 15) b = other.assign(b);
    }
    REQUIRE(equal_strings(a, b) == (std::string_view{a} == std::string_view{b}));

    Place<std::string> place;
    std::string& copy = place.make(a);
    REQUIRE(copy == a);
    REQUIRE(copy.c_str()[copy.size()] == '\0');
    copy += "more";
    REQUIRE(copy == a + "more");
    std::destroy_at(&copy);

    std::string given = a;
    std::string& moved = place.make(std::move(given));
    REQUIRE(moved == a);
    given = "used again";
    REQUIRE(moved == a);
    std::destroy_at(&moved);
  }
}

TEST_CASE("records are put together from their fields") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    Named from{random_string(random), static_cast<std::int64_t>(random())};
    Place<Named> place;
    Named& copy = place.make(std::as_const(from));
    REQUIRE(copy == from);
    Place<Named> other;
    Named& moved = other.make(std::move(copy));
    REQUIRE(moved == from);
    std::destroy_at(&copy);
    REQUIRE(moved == from);
    std::destroy_at(&moved);

    Place<Owner> owners;
    Owner& owner = owners.make(Owner{from.name, std::make_unique<int>(7)});
    REQUIRE(owner.name == from.name);
    REQUIRE(*owner.number == 7);
    std::destroy_at(&owner);
  }
  Place<OverNothing> place;
  OverNothing& made = place.make(OverNothing{{}, "text", 3});
  CHECK(made.name == "text");
  CHECK(made.count == 3);
  std::destroy_at(&made);
}

}  // namespace
