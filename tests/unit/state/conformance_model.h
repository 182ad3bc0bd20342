// SPDX-License-Identifier: Apache-2.0
// States of every kind, and what a place (a key, and a namespace where there are some) should have
// in them.
#pragma once

#include <flink/state.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace flink::test {

inline constexpr std::int64_t ttl_millis = 200;

struct Mean {
  struct Accumulator {
    std::int64_t sum = 0, count = 0;
  };
  Accumulator create_accumulator() const { return {}; }
  void add(const std::int64_t& value, Accumulator& into) const {
    into.sum += value;
    ++into.count;
  }
  std::int64_t get_result(const Accumulator& from) const { return from.sum * 1000 / from.count; }
  void merge(const Accumulator& from, Accumulator& into) const {
    into.sum += from.sum;
    into.count += from.count;
  }
};

struct States {
  ValueState<std::string> text{"text"};
  ValueState<std::int64_t> number{"number"};
  ListState<std::string> list{"list"};
  MapState<std::string, std::string> map{"map"};
  MapState<std::int64_t, std::int64_t> numbers{"numbers"};
  ReducingState<std::int64_t> sum{
      "sum", [](const std::int64_t& a, const std::int64_t& b) { return a + b; }};
  AggregatingState<Mean> mean{"mean"};
  ValueState<std::int64_t> old_value{"old-value"};
  MapState<std::int64_t, std::int64_t> old_map{"old-map"};
  ListState<std::int64_t> old_list{"old-list"};
  States() {
    const auto written = StateTtlConfig::new_builder(std::chrono::milliseconds{ttl_millis}).build();
    const auto read = StateTtlConfig::new_builder(std::chrono::milliseconds{ttl_millis})
                          .update_ttl_on_read_and_write()
                          .cleanup_full_snapshot()
                          .build();
    old_value.enable_time_to_live(read);
    old_map.enable_time_to_live(written);
    old_list.enable_time_to_live(written);
  }
};

struct Aged {
  std::int64_t value = 0, stamp = 0;
  bool alive(std::int64_t now) const { return stamp + ttl_millis > now; }
};

struct Model {
  std::optional<std::string> text;
  std::optional<std::int64_t> number;
  std::vector<std::string> list;
  std::map<std::string, std::string> map;
  std::map<std::int64_t, std::int64_t> numbers;
  std::optional<std::int64_t> sum;
  std::int64_t mean_sum = 0, mean_count = 0;
  std::optional<Aged> old_value;
  std::map<std::int64_t, Aged> old_map;
  std::vector<Aged> old_list;
  std::set<std::int64_t> event_timers, processing_timers;
};
// The namespace's bytes; none where the operator has no namespaces.
template <class K>
using Place = std::pair<K, std::string>;
template <class K>
using Models = std::map<Place<K>, Model>;

inline std::string key_of(int i, const std::string*) {
  std::string key = "key " + std::to_string(i);
  if (i % 7 == 3) key += std::string(600 + static_cast<std::size_t>(i), 'x');  // LMDB takes 511
  if (i % 5 == 1) key += std::string("\0\1\xff", 3) + std::to_string(i);
  return key;
}
inline std::int64_t key_of(int i, const std::int64_t*) { return i % 2 == 0 ? i : -i * 1000; }

// The void one, windows, and some that do not lie in the row, or whole in an entry's key.
inline std::string namespace_of(int i) {
  if (i == 0) return {};
  std::string bytes(16, '\0');
  bytes[0] = static_cast<char>(i);
  bytes[15] = static_cast<char>(-i);
  if (i % 4 == 2) bytes += std::string(14, static_cast<char>(i));
  if (i % 4 == 3) bytes += std::string(90, '\0') + static_cast<char>(i);
  return bytes;
}

}  // namespace flink::test
