// SPDX-License-Identifier: Apache-2.0
// min, max, min_by and max_by of every kind of numeric field against a loop that compares as Java's
// compareTo does: by the bits of floating-point numbers.
#include <doctest/doctest.h>
#include <flink/flink.h>
#include <flink/testing.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace flink;
using flink::testing::Harness;

namespace {

struct Sample {
  std::int32_t key = 0;
  std::int32_t number = 0;  // which record it was
  char letter = 0;
  std::int8_t i8 = 0;
  std::uint8_t u8 = 0;
  std::int16_t i16 = 0;
  std::uint16_t u16 = 0;
  std::int32_t i32 = 0;
  std::uint32_t u32 = 0;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  float f32 = 0;
  double f64 = 0;
};

// Ordered as compareTo orders the numbers.
template <class X>
auto rank(X value) {
  if constexpr (std::is_floating_point_v<X>) {
    using Bits = std::conditional_t<sizeof(X) == 4, std::int32_t, std::int64_t>;
    const auto bits =
        std::bit_cast<Bits>(std::isnan(value) ? std::numeric_limits<X>::quiet_NaN() : value);
    return bits < 0 ? static_cast<Bits>(bits ^ std::numeric_limits<Bits>::max()) : bits;
  } else {
    return value;
  }
}

template <class F>
void for_each_field(F&& f) {
  f(&Sample::letter, "letter");
  f(&Sample::i8, "i8");
  f(&Sample::u8, "u8");
  f(&Sample::i16, "i16");
  f(&Sample::u16, "u16");
  f(&Sample::i32, "i32");
  f(&Sample::u32, "u32");
  f(&Sample::i64, "i64");
  f(&Sample::u64, "u64");
  f(&Sample::f32, "f32");
  f(&Sample::f64, "f64");
}

template <class X>
X draw(std::mt19937_64& random) {
  using Limits = std::numeric_limits<X>;
  if constexpr (std::is_floating_point_v<X>) {
    const std::array<X, 10> special{X{0},
                                    -X{0},
                                    Limits::quiet_NaN(),
                                    -Limits::quiet_NaN(),
                                    Limits::infinity(),
                                    -Limits::infinity(),
                                    Limits::denorm_min(),
                                    -Limits::denorm_min(),
                                    Limits::max(),
                                    Limits::lowest()};
    if (random() % 2 == 0) return special[random() % special.size()];
    return static_cast<X>(static_cast<int>(random() % 9) - 4);
  } else {
    if (random() % 4 == 0) return random() % 2 == 0 ? Limits::max() : Limits::min();
    return static_cast<X>(random() % 9 - 4);
  }
}

std::vector<Sample> draw_samples(std::mt19937_64& random) {
  std::vector<Sample> samples(1 + random() % 40);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i].key = static_cast<std::int32_t>(random() % 3);
    samples[i].number = static_cast<std::int32_t>(i);
    for_each_field(
        [&]<class X>(X Sample::*field, const char*) { samples[i].*field = draw<X>(random); });
  }
  return samples;
}

// -0.0 is not 0.0 here, and NaN is itself; which NaN is left open.
bool same(const Sample& a, const Sample& b) {
  bool equal = a.key == b.key && a.number == b.number;
  for_each_field(
      [&](auto field, const char*) { equal = equal && rank(a.*field) == rank(b.*field); });
  return equal;
}

template <class X>
std::vector<Sample> expected(const std::vector<Sample>& samples, X Sample::*field, bool least,
                             bool whole) {
  std::map<std::int32_t, Sample> kept;
  std::vector<Sample> out;
  for (const Sample& sample : samples) {
    const auto [place, fresh] = kept.emplace(sample.key, sample);
    const auto held = rank(place->second.*field), came = rank(sample.*field);
    if (least ? came < held : held < came) {
      if (whole) place->second = sample;
      else place->second.*field = sample.*field;
    }
    out.push_back(place->second);
  }
  return out;
}

template <class Field>
std::vector<Sample> run(const std::vector<Sample>& samples, Field field, bool least, bool whole) {
  Harness<Sample, Sample> harness{[&](DataStream<Sample> in) -> DataStream<Sample> {
    const auto keyed = in.key_by(&Sample::key);
    if (whole) {
      if (least) return keyed.min_by(field);
      return keyed.max_by(field);
    }
    if (least) return keyed.min(field);
    return keyed.max(field);
  }};
  harness.push_all(samples);
  return harness.output();
}

}  // namespace

TEST_CASE("min, max, min_by and max_by compare as Java's compareTo does, every kind of number") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  for (int round = 0; round < 30; ++round) {
    const auto samples = draw_samples(random);
    for (const bool least : {true, false}) {
      for (const bool whole : {true, false}) {
        const auto check = [&](const std::vector<Sample>& got, const std::vector<Sample>& wanted) {
          REQUIRE(got.size() == wanted.size());
          for (std::size_t i = 0; i < got.size(); ++i) CHECK(same(got[i], wanted[i]));
        };
        for_each_field([&](auto field, const char* name) {
          CAPTURE(name);
          check(run(samples, name, least, whole), expected(samples, field, least, whole));
        });
        check(run(samples, &Sample::f32, least, whole),
              expected(samples, &Sample::f32, least, whole));
        check(run(samples, &Sample::f64, least, whole),
              expected(samples, &Sample::f64, least, whole));
        check(run(samples, &Sample::i64, least, whole),
              expected(samples, &Sample::i64, least, whole));
      }
    }
  }
}

TEST_CASE("a NaN that came first does not stay the least") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Harness<Sample, Sample> harness{
      [](DataStream<Sample> in) { return in.key_by(&Sample::key).min(&Sample::f64); }};
  for (const double value : {nan, 3.0, nan, 0.0, -0.0}) harness.push({.f64 = value});
  CHECK(std::isnan(harness.output()[0].f64));
  CHECK(harness.output()[1].f64 == 3);
  CHECK(harness.output()[2].f64 == 3);
  CHECK(!std::signbit(harness.output()[3].f64));
  CHECK(std::signbit(harness.output()[4].f64));
}
