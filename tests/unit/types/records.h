// SPDX-License-Identifier: Apache-2.0
// Records that the tests of types share, and random values of every shape.
#pragma once

#include <flink/types/reflect.h>

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "base/random.h"

namespace types_test {

struct WordCount {
  std::string word;
  std::int64_t count = 0;
};
struct Point {  // no padding: copied whole
  std::int32_t x = 0;
  std::int32_t y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};
struct Flags {  // no padding, with bools in between
  bool a = false;
  std::uint8_t b = 0;
  std::array<bool, 2> c{};
  friend bool operator==(const Flags&, const Flags&) = default;
};
struct Padded {
  std::int8_t a = 0;
  std::int64_t b = 0;
  friend bool operator==(const Padded&, const Padded&) = default;
};
struct Empty {
  friend bool operator==(const Empty&, const Empty&) = default;
};
enum class Color : std::uint8_t { red, green, blue };
struct Everything {
  bool flag = false;
  char letter = 'a';
  std::int8_t tiny = 0;
  std::uint64_t big = 0;
  float ratio = 0;
  double price = 0;
  Color color = Color::red;
  std::string text;
  std::chrono::milliseconds took{};
  std::chrono::sys_time<std::chrono::microseconds> at{};
  std::optional<std::string> note;
  std::variant<std::monostate, std::int32_t, std::string, Point> any;
  std::tuple<std::int32_t, std::string> pair;
  std::pair<Point, Padded> points;
  std::array<std::string, 2> two;
  std::vector<Point> path;
  std::vector<bool> bits;
  std::vector<Flags> flags;
  std::deque<std::string> queue;
  std::set<std::int32_t> ids;
  std::map<std::string, std::vector<double>> series;
  std::unordered_map<std::int32_t, std::string> names;
  std::unordered_set<std::string> tags;
  Empty nothing;
  std::vector<Everything> children;
  friend bool operator==(const Everything&, const Everything&) = default;
};

inline std::string random_text(flink::base::Random& random) {
  std::string text(random.below(4) == 0 ? random.below(300) : random.below(20), '\0');
  for (char& c : text) c = static_cast<char>(random.next());
  return text;
}

inline Point random_point(flink::base::Random& random) {
  return {static_cast<std::int32_t>(random.next()), static_cast<std::int32_t>(random.next())};
}

inline Everything random_everything(flink::base::Random& random, int depth = 2) {
  Everything value;
  value.flag = random.below(2) == 1;
  value.letter = static_cast<char>(random.next());
  value.tiny = static_cast<std::int8_t>(random.next());
  value.big = random.next();
  value.ratio = static_cast<float>(random.unit());
  value.price = random.unit() * 1e300;
  value.color = static_cast<Color>(random.below(3));
  value.text = random_text(random);
  value.took = std::chrono::milliseconds{static_cast<std::int64_t>(random.next())};
  value.at += std::chrono::microseconds{static_cast<std::int64_t>(random.next() >> 1)};
  if (random.below(2) == 1) value.note = random_text(random);
  switch (random.below(4)) {
    case 1:
      value.any = static_cast<std::int32_t>(random.next());
      break;
    case 2:
      value.any = random_text(random);
      break;
    case 3:
      value.any = random_point(random);
      break;
    default:
      break;
  }
  value.pair = {static_cast<std::int32_t>(random.next()), random_text(random)};
  value.points = {random_point(random), {1, static_cast<std::int64_t>(random.next())}};
  value.two = {random_text(random), random_text(random)};
  for (auto n = random.below(9); n > 0; --n) {
    value.path.push_back(random_point(random));
    value.bits.push_back(random.below(2) == 1);
    value.flags.push_back({random.below(2) == 1, static_cast<std::uint8_t>(random.next()), {}});
    value.queue.push_back(random_text(random));
    value.ids.insert(static_cast<std::int32_t>(random.next()));
    value.series[random_text(random)].assign(random.below(5), random.unit());
    value.names[static_cast<std::int32_t>(random.next())] = random_text(random);
    value.tags.insert(random_text(random));
  }
  if (depth > 0) {
    for (auto n = random.below(3); n > 0; --n) {
      value.children.push_back(random_everything(random, depth - 1));
    }
  }
  return value;
}

}  // namespace types_test
