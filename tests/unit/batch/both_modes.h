// SPDX-License-Identifier: Apache-2.0
// Plays the same bounded, out of order streams in STREAMING and in BATCH, with so little memory
// that BATCH spills.
#pragma once

#include <flink/flink.h>
#include <flink/testing.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace flink::test {

struct Pair {
  std::int32_t number = 0;
  std::string name;
  bool operator==(const Pair&) const = default;
};

template <class K>
struct Event {
  K key{};
  std::int64_t n = 0;  // another one in each event
  std::int64_t value = 0;
};

template <class K>
K key_of(std::int64_t number);
template <>
inline std::int64_t key_of(std::int64_t number) {
  return number;
}
template <>
inline std::string key_of(std::int64_t number) {
  return std::string(static_cast<std::size_t>(number % 7), 'k') + std::to_string(number);
}
template <>
inline std::optional<std::int32_t> key_of(std::int64_t number) {
  if (number == 0) return std::nullopt;
  return static_cast<std::int32_t>(number);
}
template <>
inline Pair key_of(std::int64_t number) {
  return {static_cast<std::int32_t>(number % 3), "n" + std::to_string(number / 3)};
}

inline std::string text_of(std::int64_t key) { return std::to_string(key); }
inline std::string text_of(const std::string& key) { return key; }
inline std::string text_of(const std::optional<std::int32_t>& key) {
  return key ? std::to_string(*key) : "null";
}
inline std::string text_of(const Pair& key) { return std::to_string(key.number) + key.name; }

template <class K>
struct Stamped {
  Event<K> event;
  std::int64_t millis = 0;
};

constexpr std::int64_t out_of_order_millis = 200;

// Half of all events may be of one key. Timestamps differ, so that nothing depends on what comes
// first of two equal ones.
template <class K>
std::vector<Stamped<K>> random_stream(std::mt19937_64& random, std::size_t count) {
  const auto below = [&random](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  const std::int64_t keys = 1 + below(60);
  const bool heavy = below(2) == 0;
  std::vector<Stamped<K>> stream;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t key = heavy && below(2) == 0 ? 0 : below(keys);
    stream.push_back({{key_of<K>(key), static_cast<std::int64_t>(i), below(1000)},
                      static_cast<std::int64_t>(i) * 7});
  }
  std::vector<std::pair<std::int64_t, std::size_t>> arrivals;
  for (std::size_t i = 0; i < count; ++i) {
    arrivals.emplace_back(stream[i].millis + below(out_of_order_millis), i);
  }
  std::sort(arrivals.begin(), arrivals.end());
  std::vector<Stamped<K>> arrived;
  for (const auto& [at, i] : arrivals) arrived.push_back(stream[i]);
  return arrived;
}

constexpr testing::Batch little_memory{16 * 1024};

using Texts = std::vector<std::string>;

inline Texts sorted(Texts texts) {
  std::sort(texts.begin(), texts.end());
  return texts;
}
// Of rolling results "key=value": the last one of each key.
inline Texts finals(const Texts& texts) {
  std::map<std::string, std::string> last;
  for (const std::string& text : texts) last[text.substr(0, text.find('='))] = text;
  Texts out;
  for (const auto& [key, text] : last) out.push_back(text);
  return sorted(std::move(out));
}

template <class K, class Build>
Texts play(const std::vector<Stamped<K>>& stream, bool stamped, std::optional<testing::Batch> batch,
           const Build& build) {
  testing::Harness<Event<K>, std::string> harness{build, batch};
  std::int64_t newest = 0;
  for (const auto& [event, millis] : stream) {
    if (!stamped) {
      harness.push(event);
      continue;
    }
    harness.push(event, timestamp_of_millis(millis));
    newest = std::max(newest, millis);
    if (event.n % 13 == 0) {
      harness.push_watermark(timestamp_of_millis(newest - out_of_order_millis - 1));
    }
  }
  harness.finish();
  return harness.output();
}

// Events of even numbers come in the first input, the others in the second.
template <class K, class Build>
Texts play_two(const std::vector<Stamped<K>>& stream, std::optional<testing::Batch> batch,
               const Build& build) {
  testing::TwoInputHarness<Event<K>, Event<K>, std::string> harness{build, batch};
  std::int64_t newest = 0;
  for (const auto& [event, millis] : stream) {
    const Timestamp at = timestamp_of_millis(millis);
    if (event.n % 2 == 0) harness.push1(event, at);
    else harness.push2(event, at);
    newest = std::max(newest, millis);
    if (event.n % 13 == 0) {
      harness.push_watermark(timestamp_of_millis(newest - out_of_order_millis - 1));
    }
  }
  harness.finish();
  return harness.output();
}

}  // namespace flink::test
