// SPDX-License-Identifier: Apache-2.0
// A key that may be absent (std::optional): it is a key like any other, its own in state, timers
// and checkpoints, alone or within a key of several parts.
#include <doctest/doctest.h>
#include <flink/flink.h>
#include <flink/testing.h>
#include <flink/types/key_group.h>
#include <flink/types/key_hash.h>

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

using namespace flink;
using flink::testing::Harness;

namespace {

using Name = std::optional<std::string>;
using Number = std::optional<std::int64_t>;

struct Order {
  Name customer;
  Number shop;
  std::int64_t amount = 0;
  friend bool operator==(const Order&, const Order&) = default;
};

Order draw(std::mt19937_64& random) {
  Order order;
  // "" and 0 are there: what is absent must not be taken for them.
  if (random() % 3 != 0) order.customer = std::string(random() % 20, 'a');
  if (random() % 3 != 0) order.shop = static_cast<std::int64_t>(random() % 3);
  order.amount = static_cast<std::int64_t>(random() % 100);
  return order;
}

template <class Build, class KeyOf>
void check_sums(Build build, KeyOf key_of) {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  Harness<Order, Order> harness{build};
  std::map<std::decay_t<decltype(key_of(Order{}))>, Order> sums;
  for (int i = 0; i < 2000; ++i) {
    const Order order = draw(random);
    const auto [place, fresh] = sums.emplace(key_of(order), order);
    if (!fresh) place->second.amount += order.amount;
    harness.push(order);
    REQUIRE(harness.output().back() == place->second);
  }
}

// Counts a key's orders, and says at the end of event time how many there were.
struct CountAll {
  ValueState<std::int64_t> seen{"seen"};
  MapState<Name, std::int64_t> names{"names"};
  void process_element(const Order& order, KeyedContext<Name>& ctx, Collector<Order>&) {
    CHECK(ctx.current_key() == order.customer);
    seen.update(seen.value_or(0) + 1);
    names.put(order.customer, names.get_or(order.customer, 0) + 1);
    ctx.timer_service().register_event_time_timer(timestamp_of_millis(10));
  }
  void on_timer(Timestamp, OnTimerContext<Name>& ctx, Collector<Order>& out) {
    CHECK(*names.get(ctx.current_key()) == *seen.value());
    CHECK(!names.contains("nobody"));
    out.collect({ctx.current_key(), {}, *seen.value()});
  }
};

DataStream<Order> count_all(DataStream<Order> in) {
  return in.key_by(&Order::customer).process(CountAll{});
}

}  // namespace

TEST_CASE("sums by a key that may be absent, alone or one of several") {
  check_sums([](DataStream<Order> in) { return in.key_by(&Order::customer).sum(&Order::amount); },
             [](const Order& o) { return o.customer; });
  check_sums([](DataStream<Order> in) { return in.key_by(&Order::shop).sum("amount"); },
             [](const Order& o) { return o.shop; });
  check_sums(
      [](DataStream<Order> in) {
        return in.key_by(&Order::customer, &Order::shop).sum(&Order::amount);
      },
      [](const Order& o) {
        return std::tuple{o.customer, o.shop};
      });
  // A view as key becomes owned, an absent one stays absent.
  check_sums(
      [](DataStream<Order> in) {
        return in
            .key_by([](const Order& o) {
              return o.customer ? std::optional<std::string_view>{*o.customer} : std::nullopt;
            })
            .sum(&Order::amount);
      },
      [](const Order& o) { return o.customer; });
}

TEST_CASE("state and timers of an absent key, across a snapshot") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  std::map<Name, std::int64_t> expected;
  testing::Snapshot snapshot;
  const auto push = [&](Harness<Order, Order>& harness) {
    for (int i = 0; i < 200; ++i) {
      const Order order = draw(random);
      ++expected[order.customer];
      harness.push(order);
    }
  };
  {
    Harness<Order, Order> first{count_all};
    push(first);
    snapshot = first.snapshot();
  }
  Harness<Order, Order> second{count_all};
  second.restore(snapshot);
  push(second);
  second.push_watermark(timestamp_of_millis(10));
  std::map<Name, std::int64_t> counts;
  for (const Order& said : second.output()) {
    CHECK(counts.emplace(said.customer, said.amount).second);
  }
  CHECK(counts == expected);
}

TEST_CASE("an absent key belongs to one key group, whoever asks") {
  const std::optional<std::string> name;
  const std::optional<std::string_view> view;
  CHECK(key_hash(name) == key_hash(view));
  CHECK(key_equal(name, view));
  CHECK(!key_equal(name, Name{""}));
  CHECK(key_hash(name) != key_hash(Name{""}));
  CHECK(key_hash(Number{}) != key_hash(Number{0}));
  // Part of the file format: for ever.
  CHECK(key_hash(name) == 0xe7037ed1a0b428dbull);
  CHECK(key_hash(Number{}) == 0xe7037ed1a0b428dbull);
}
