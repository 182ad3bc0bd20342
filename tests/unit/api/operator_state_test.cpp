// SPDX-License-Identifier: Apache-2.0
// State that belongs to no key, hooks of checkpoints, and broadcast state.
#include <doctest/doctest.h>
#include <flink/environment.h>
#include <flink/error.h>
#include <flink/operator_list.h>
#include <flink/state.h>
#include <flink/testing.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/test_snapshot.h"

using namespace flink;
using flink::testing::Harness;
using flink::testing::TwoInputHarness;

namespace {

struct Order {
  std::string user;
  std::int64_t amount = 0;
  friend bool operator==(const Order&, const Order&) = default;
};
struct Rule {
  std::string name;
  std::int64_t least = 0;  // negative: the rule is dropped
};
using Orders = std::vector<Order>;
Timestamp ms(std::int64_t millis) { return timestamp_of_millis(millis); }

// Lets three orders go at a time.
struct Buffering {
  OperatorList<Order> waiting{"waiting"};
  UnionList<std::int64_t> totals{"totals"};
  std::int64_t total = 0;
  std::shared_ptr<std::vector<std::string>> log = std::make_shared<std::vector<std::string>>();

  void initialize_state(FunctionInitializationContext& context) {
    log->push_back(context.is_restored()
                       ? "restored " + std::to_string(*context.restored_checkpoint_id())
                       : "fresh");
    for (const auto part : totals.get()) total += part;
  }
  void open(RuntimeContext&) { log->push_back("open"); }
  void snapshot_state(FunctionSnapshotContext& context) {
    if (total < 0) throw std::runtime_error("a negative total");
    totals.update({total});
    log->push_back("snapshot " + std::to_string(context.checkpoint_id()));
  }
  void notify_checkpoint_complete(std::int64_t id) {
    log->push_back("complete " + std::to_string(id));
  }
  void notify_checkpoint_aborted(std::int64_t id) {
    log->push_back("aborted " + std::to_string(id));
  }
  void process_element(const Order& in, ProcessContext&, Collector<Order>& out) {
    total += in.amount;
    waiting.add(in);
    if (waiting.get().size() < 3) return;
    for (const auto& order : waiting.get()) out.collect(order);
    waiting.clear();
  }
};

// Of the operator's one subtask.
const OperatorSnapshot& lists_of(const flink::testing::Snapshot& snapshot, std::size_t op) {
  return snapshot->operators.at(op).subtasks.at(0).state.operator_state;
}

}  // namespace

TEST_CASE("lists and hooks: what is buffered survives, hooks come in order") {
  Buffering prototype;
  const auto build = [&prototype](DataStream<Order> in) { return in.process(prototype); };
  Harness<Order, Order> first{build};
  first.push({"a", 1});
  first.push({"b", 2});
  const auto snapshot = first.snapshot(7);
  CHECK(lists_of(snapshot, 1).at("waiting").schema == "{user:string,amount:i64}");
  CHECK(lists_of(snapshot, 1).at("waiting").items.size() == 2);
  CHECK(lists_of(snapshot, 1).at("totals").mode == OperatorStateMode::union_all);
  first.notify_checkpoint_complete(7);
  first.notify_checkpoint_aborted(8);
  first.push({"c", 3});  // lost below
  CHECK(first.output().size() == 3);

  Harness<Order, Order> second{build};
  second.restore(snapshot);
  second.push({"d", 4});
  CHECK(second.output() == Orders{{"a", 1}, {"b", 2}, {"d", 4}});
  CHECK(flink::detail::from_bytes<std::int64_t>(
            lists_of(second.snapshot(8), 1).at("totals").items.at(0)) == 7);
  CHECK(*prototype.log == std::vector<std::string>{"fresh", "open", "snapshot 7", "complete 7",
                                                   "aborted 8", "restored 7", "open",
                                                   "snapshot 8"});
}

namespace {
struct OlderOrder {
  std::int32_t amount = 0;
  std::string user, note;
};
struct OtherOrder {
  std::string user;
  double amount = 0;
};
template <class Item>
struct Keeps {
  OperatorList<Item> waiting{"waiting"};
  void process_element(const Order& in, ProcessContext&, Collector<Order>& out) {
    if constexpr (std::is_same_v<Item, OlderOrder>) {
      waiting.add({static_cast<std::int32_t>(in.amount), in.user, "none"});
    } else if constexpr (std::is_same_v<Item, Order>) {
      for (const auto& item : waiting.get()) out.collect(item);
    }
  }
};
template <class Item>
Harness<Order, Order> keeping() {
  return Harness<Order, Order>{[](DataStream<Order> in) { return in.process(Keeps<Item>{}); }};
}
}  // namespace

TEST_CASE("a list whose items have changed: read by field names, or refused by name") {
  auto older = keeping<OlderOrder>();
  older.push({"a", 5});
  const auto snapshot = older.snapshot();
  auto newer = keeping<Order>();
  newer.restore(snapshot);
  newer.push({"b", 1});
  CHECK(newer.output() == Orders{{"a", 5}});
  auto other = keeping<OtherOrder>();
  other.restore(snapshot);
  std::string said;
  try {
    other.push({"b", 1});
  } catch (const Error& e) {
    said = e.message();
  }
  CHECK(said.starts_with(
      "the state \"waiting\" cannot be restored: state of another type: field 'amount'"));
}

TEST_CASE("what snapshot_state throws comes out") {
  Harness<Order, Order> harness{[](DataStream<Order> in) { return in.process(Buffering{}); }};
  harness.push({"a", -1});
  CHECK_THROWS_WITH(harness.snapshot(1), "a negative total");
}

namespace {
struct CountingSum {
  OperatorList<std::int64_t> calls{"calls"};
  std::int64_t count = 0;
  void initialize_state(FunctionInitializationContext&) {
    for (const auto saved : calls.get()) count += saved;
  }
  void snapshot_state(FunctionSnapshotContext&) { calls.update({count}); }
  Order operator()(const Order& a, const Order& b) const { return {a.user, a.amount + b.amount}; }
};
struct KeyedSum {
  ValueState<std::int64_t> last{"last"};
  Order operator()(const Order& a, const Order&) const { return a; }
};
}  // namespace

TEST_CASE("reduce: its records are state, its function may have lists but nothing keyed") {
  const auto build = [](DataStream<Order> in) {
    return in.key_by(&Order::user).reduce(CountingSum{.count = 5});
  };
  Harness<Order, Order> first{build};
  first.push_all({{"a", 1}, {"b", 2}, {"a", 3}});
  Harness<Order, Order> second{build};
  second.restore(first.snapshot());
  second.push({"a", 10});
  CHECK(second.output() == Orders{{"a", 14}});
  CHECK(flink::detail::from_bytes<std::int64_t>(
            lists_of(second.snapshot(), 1).at("calls").items.at(0)) == 10);
  StreamExecutionEnvironment env{{}};
  CHECK_THROWS_WITH_AS(env.from_data(Order{"a", 1}).key_by(&Order::user).reduce(KeyedSum{}),
                       "state \"last\" is a member of reduce's function, which keeps its "
                       "accumulated record only; use process with state members",
                       Error);
}

TEST_CASE("a list outside a running function is refused") {
  OperatorList<int> list{"list"};
  CHECK_THROWS_AS(list.add(1), Error);
  CHECK_THROWS_AS(OperatorList<int>{""}, Error);
}

// ---- broadcast state

namespace {

const BroadcastState<std::string, Rule> rules{"rules"};

// Per user the number of orders; emits those that a rule wants.
struct Match {
  ValueState<std::int64_t> count{"count"};

  void process_element(const Order& in, KeyedReadOnlyContext<std::string>& ctx,
                       Collector<std::string>& out) {
    count.update(count.value_or(0) + 1);
    ctx.timer_service().register_event_time_timer(ms(100));
    for (const auto& [name, rule] : ctx.get_broadcast_state(rules).entries()) {
      if (in.amount >= rule.least) out.collect(ctx.current_key() + " " + name);
    }
  }
  void process_broadcast_element(const Rule& in, KeyedBroadcastContext<std::string>& ctx,
                                 Collector<std::string>& out) {
    auto& state = ctx.get_broadcast_state(rules);
    if (in.least < 0) {
      state.remove(in.name);
    } else {
      state.put(in.name, in);
    }
    if (in.name != "reset") return;
    ctx.apply_to_keyed_state(count, [&](const std::string& key, ValueState<std::int64_t>& held) {
      out.collect(key + "=" + std::to_string(*held.value()));
      held.clear();
    });
  }
  void on_timer(Timestamp, KeyedReadOnlyContext<std::string>& ctx, Collector<std::string>& out) {
    out.collect(ctx.current_key() + " has " + std::to_string(count.value_or(0)) + " under " +
                std::to_string(ctx.get_broadcast_state(rules).size()));
  }
};
auto matches(DataStream<Order> orders, DataStream<Rule> changes) {
  return orders.key_by(&Order::user).connect(changes.broadcast(rules)).process(Match{});
}
using Lines = std::vector<std::string>;

Lines sorted(Lines lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

TEST_CASE("keyed broadcast: rules for all keys, applied to the state of all keys, with timers") {
  TwoInputHarness<Order, Rule, std::string> harness{matches};
  harness.push1({"a", 10});
  harness.push2({"big", 5});
  harness.push2({"huge", 100});
  harness.push1({"a", 10});
  harness.push1({"b", 200});
  CHECK(sorted(harness.take()) == Lines{"a big", "b big", "b huge"});
  harness.push2({"huge", -1});
  harness.push1({"b", 200});
  CHECK(harness.take() == Lines{"b big"});
  const auto snapshot = harness.snapshot(3);
  const auto& saved = lists_of(snapshot, snapshot->operators.size() - 1).at("rules");
  CHECK(saved.mode == OperatorStateMode::broadcast);
  CHECK(saved.items.size() == 1);
  CHECK(saved.schema == "tuple<string,{name:string,least:i64}>");
  harness.push2({"reset", 1'000'000});
  CHECK(sorted(harness.take()) == Lines{"a=2", "b=2"});
  harness.push2({"reset", 1'000'000});
  CHECK(harness.take().empty());
  harness.push_watermark(ms(100));
  CHECK(sorted(harness.take()) == Lines{"a has 0 under 2", "b has 0 under 2"});
}

namespace {

// The rules as a member; nothing keyed.
struct Count {
  BroadcastState<std::string, Rule> held{"rules"};
  bool meddle = false;
  void process_element(const Order&, ReadOnlyContext& ctx, Collector<std::string>& out) {
    if (meddle) held.clear();
    CHECK(held.size() == ctx.get_broadcast_state(rules).size());
    out.collect(std::to_string(held.size()));
  }
  void process_broadcast_element(const Rule& in, BroadcastContext&, Collector<std::string>&) {
    held.put(in.name, in);
  }
};

struct WrongType : Count {
  BroadcastState<std::string, std::int64_t> other{"rules2"};
};

}  // namespace

TEST_CASE("broadcast without keys, as a member; read-only on the other side; restored") {
  const auto build = [](bool meddle) {
    return [meddle](DataStream<Order> orders, DataStream<Rule> changes) {
      return orders.connect(changes.broadcast(rules)).process(Count{.meddle = meddle});
    };
  };
  TwoInputHarness<Order, Rule, std::string> harness{build(false)};
  harness.push2({"x", 1});
  harness.push2({"y", 1});
  harness.push1({"a", 1});
  CHECK(harness.take() == Lines{"2"});
  TwoInputHarness<Order, Rule, std::string> restored{build(false)};
  restored.restore(harness.snapshot(1));
  restored.push1({"a", 1});
  restored.push2({"z", 1});
  restored.push1({"a", 1});
  CHECK(restored.take() == Lines{"2", "3"});

  TwoInputHarness<Order, Rule, std::string> meddling{build(true)};
  meddling.push2({"x", 1});
  CHECK_THROWS_WITH_AS(meddling.push1({"a", 1}),
                       "the broadcast state \"rules\" is changed outside "
                       "process_broadcast_element: there it is read-only, since every subtask must "
                       "hold the same; change it where the broadcast stream comes in",
                       Error);
}

TEST_CASE("broadcast state in the graph: described, and refused where nothing brings it") {
  StreamExecutionEnvironment env{{}};
  const auto orders = env.from_data(Order{"a", 1});
  const auto changes = env.from_data(Rule{"r", 1});
  matches(orders, changes);
  const auto& t = env.graph()->transformations.back();
  CHECK(t.keyed);
  REQUIRE(t.states.size() == 4);
  CHECK(t.states[1].name == "rules");
  CHECK(t.states[1].kind == "broadcast");
  CHECK(t.states[1].key_schema == "string");
  orders.connect(changes.broadcast(rules)).process(Count{});
  CHECK_FALSE(env.graph()->transformations.back().keyed);
  CHECK_THROWS_WITH_AS(orders.connect(changes.broadcast(rules)).process(WrongType{}),
                       "broadcast state \"rules2\" comes with no broadcast stream of "
                       "\"Co-Process-Broadcast\"; name it in stream.broadcast(state)",
                       Error);
}
