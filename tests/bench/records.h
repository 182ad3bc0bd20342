// SPDX-License-Identifier: Apache-2.0
// What the benchmarks' jobs and the hand-written loops beside them have in common: the records and
// how the n-th of them is made. Std only, since flinkc compiles it into jobs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct Event {
  std::uint64_t key = 0;
  std::int64_t count = 0;
  std::int64_t value = 0;
  std::int64_t index = 0;
};
static_assert(sizeof(Event) == 32);

inline std::uint64_t mix(std::uint64_t x) {
  x *= 0x9e3779b97f4a7c15U;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93U;
  return x;
}

// The key of the n-th event: one of `keys`, spread as by a random generator.
inline std::uint64_t key_of(std::uint64_t n, std::uint64_t keys) {
  return ((mix(n) >> 32) * keys) >> 32;
}

inline Event make_event(std::uint64_t n, std::uint64_t keys) {
  return {.key = key_of(n, keys),
          .count = 1,
          .value = static_cast<std::int64_t>(n & 1023),
          .index = static_cast<std::int64_t>(n)};
}

// The n-th of `records` for windows, joins and timers. Two subtasks make half of them each, side by
// side in time: `per_ms` records of each half a millisecond.
struct TimedEvent {
  std::uint64_t key = 0;
  std::int64_t at = 0;  // milliseconds
  std::int64_t value = 0;
};
inline TimedEvent make_timed_event(std::uint64_t n, std::uint64_t records, std::uint64_t keys,
                                   std::uint64_t per_ms) {
  const std::uint64_t half = records / 2;
  return {.key = key_of(n, keys),
          .at = static_cast<std::int64_t>((n < half ? n : n - half) / per_ms),
          .value = static_cast<std::int64_t>(n & 1023)};
}
// Both sides have a watermark every so many records of a half.
inline constexpr std::uint64_t watermark_every = 10'000;
// When the timer of a record of the benchmark of timers is due: anywhere in the next hour.
inline std::int64_t timer_of(const TimedEvent& event) {
  return event.at + 1 + static_cast<std::int64_t>(mix(event.key + 77) >> 32) % 3'600'000;
}

// The steps of map_chain: four maps and a filter that drops one record of eight.
inline Event step_one(Event e) {
  e.value = e.value * 3 + 1;
  return e;
}
inline Event step_two(Event e) {
  e.count += e.value & 7;
  return e;
}
inline Event step_three(Event e) {
  e.value ^= e.index;
  return e;
}
inline Event step_four(Event e) {
  e.key += static_cast<std::uint64_t>(e.count);
  return e;
}
inline bool keep(const Event& e) { return (e.index & 7) != 0; }

// What `serialize` encodes and decodes again: every kind of field a record usually has.
struct Order {
  std::int64_t id = 0;
  std::string customer;
  double amount = 0;
  std::int32_t quantity = 0;
  bool paid = false;
  std::vector<std::int64_t> items;
};

inline Order make_order(std::uint64_t n) {
  Order order{.id = static_cast<std::int64_t>(n),
              .customer = "customer-" + std::to_string(mix(n) >> 44),
              .amount = static_cast<double>(n & 0xffff) / 100,
              .quantity = static_cast<std::int32_t>(n & 15),
              .paid = (n & 3) == 0,
              .items = {}};
  for (std::uint64_t i = 0; i < (n & 3); ++i)
    order.items.push_back(static_cast<std::int64_t>(n + i));
  return order;
}
inline std::uint64_t sum_of(const Order& order) {
  return static_cast<std::uint64_t>(order.id) + order.customer.size() + order.items.size() +
         static_cast<std::uint64_t>(order.quantity) + (order.paid ? 1 : 0);
}

}  // namespace bench
