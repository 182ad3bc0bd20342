// SPDX-License-Identifier: Apache-2.0
// State handles: binding, and each kind of state in memory.
#include <doctest/doctest.h>
#include <flink/checkpointed_function.h>
#include <flink/error.h>
#include <flink/operators/keyed_operator_state.h>
#include <flink/state.h>

#include <map>
#include <string>
#include <vector>

#include "../../mean.h"
#include "state/backend.h"

using namespace flink;

namespace {

struct FakeClock final : base::Clock {
  std::int64_t millis = 1000;
  base::TimePoint now() const override { return {std::chrono::milliseconds{millis}}; }
  std::int64_t wall_millis() const override { return millis; }
};

struct Base {
  ValueState<std::string> name{"name"};
};
struct Everything : Base {
  ListState<std::string> list{"list"};
  MapState<std::string, std::int64_t> map{"map"};
  ReducingState<std::int64_t> sum{
      "sum", [](const std::int64_t& a, const std::int64_t& b) { return a + b; }};
  AggregatingState<Mean> mean{"mean"};
  std::vector<ValueState<int>> more;
  Everything() {
    more.emplace_back("more-0");
    more.emplace_back("more-1");
  }
};

// An operator's state without an operator.
struct Fixture {
  FakeClock clock;
  std::unique_ptr<state::KeyedState> backend;
  state::KeyRows* rows = nullptr;

  Fixture() {
    state::KeyedStateSetup setup;
    setup.type = "hashmap";
    setup.groups = {0, 127};
    setup.clock = &clock;
    backend = state::make_keyed_state_backend(std::move(setup));
    rows = &backend->key_rows(state::key_ops<std::string>);
  }
  void bind(const std::vector<StateHandle*>& handles) {
    for (StateHandle* handle : handles) handle->bind(*backend, *rows);
    backend->start();
  }
  std::string key;
  void use(std::string next) {
    backend->settle();
    key = std::move(next);
    rows->hash = key_hash(key);
    rows->key = &key;
    rows->row = rows->table->find(rows->hash, [this](state::Row* row) {
      return *static_cast<std::string*>(rows->key_of(row)) == key;
    });
  }
};

}  // namespace

TEST_CASE("handles are found wherever they sit") {
  const Everything prototype;
  state::BoundFunction<Everything> function(prototype);
  CHECK(function.handles().size() == 7);
  CHECK_THROWS_AS((*function).name.value(), Error);
  const auto described = state::describe_states(function.handles(), schema_of<std::string>());
  CHECK(described[0].name == "name");
  CHECK(described[2].value_schema == "map<string,i64>");
}

TEST_CASE("handles of a function that cannot be copied") {
  struct Fixed {
    ValueState<int> count{"count"};
    Fixed() = default;
    Fixed(const Fixed&) = delete;
  };
  auto made = factory([] { return Fixed{}; });
  state::BoundFunction<decltype(made)> function(made);
  CHECK(function.handles().size() == 1);
  CHECK(function.handles()[0] == &(*function).count);
}

TEST_CASE("every kind of state, key by key") {
  Fixture state;
  state::BoundFunction<Everything> function{Everything{}};
  state.bind(function.handles());
  Everything& f = *function;

  state.use("a");
  CHECK(f.name.value() == nullptr);
  CHECK(f.name.value_or("none") == "none");
  CHECK(f.sum.get() == nullptr);
  CHECK(f.mean.get() == nullptr);
  CHECK(f.map.is_empty());
  CHECK(f.list.get().empty());
  CHECK(state.rows->row == nullptr);  // reading makes no rows

  f.name.update("Ada");
  f.sum.add(3);
  f.sum.add(4);
  f.mean.add(1);
  f.mean.add(2);
  f.map.put("x", 1);
  f.map.put("y", 2);
  f.map.put("x", 3);
  for (int i = 0; i < 200; ++i) f.list.add("element " + std::to_string(i));
  f.more[1].update(9);

  state.use("b");
  CHECK(f.name.value() == nullptr);
  CHECK(f.more[1].value() == nullptr);
  f.name.update("Bob");
  f.list.add_all(std::vector<std::string>{"1", "2"});
  f.list.update(std::vector<std::string>{"3"});
  CHECK(*f.list.get().begin() == "3");

  state.use("a");
  CHECK(*f.name.value() == "Ada");
  CHECK(*f.sum.get() == 7);
  CHECK(*f.mean.get() == 1.5);
  CHECK(f.more[0].value() == nullptr);
  CHECK(*f.more[1].value() == 9);
  CHECK(*f.map.get("x") == 3);
  CHECK(f.map.get_or("z", -1) == -1);
  std::map<std::string, std::int64_t> entries;
  for (const auto& [key, value] : f.map.entries()) entries[key] = value;
  CHECK(entries == std::map<std::string, std::int64_t>{{"x", 3}, {"y", 2}});
  for (const auto& key : f.map.keys()) f.map.remove(key);
  CHECK(f.map.is_empty());
  int at = 0;
  for (const auto& element : f.list.get()) {
    CHECK(element == "element " + std::to_string(at++));
  }
  CHECK(at == 200);
  f.list.clear();
  CHECK(f.list.get().empty());
  f.list.add("again");
  CHECK(*f.list.get().begin() == "again");
}

TEST_CASE("two states of one name are refused") {
  struct Twice {
    ValueState<int> a{"same"};
    ListState<int> b{"same"};
  };
  CHECK_THROWS_AS(state::states_made_by([] { return Twice{}; }, ""), Error);
}

TEST_CASE("a handle that belongs to no function says so") {
  ValueState<int> value{"lonely"};
  ListState<int> list{"lonely"};
  MapState<int, int> map{"lonely"};
  const auto says = doctest::Contains("\"lonely\" is used but not bound to a task");
  CHECK_THROWS_WITH_AS(value.update(1), says, Error);
  CHECK_THROWS_WITH_AS(value.value(), says, Error);
  CHECK_THROWS_WITH_AS(list.add(1), says, Error);
  CHECK_THROWS_WITH_AS(map.put(1, 1), says, Error);
}

TEST_CASE("a state without a name is refused") {
  CHECK_THROWS_WITH_AS(ValueState<int>{""}, doctest::Contains("has no name"), Error);
}

TEST_CASE("where no key is current, the message says which hook runs") {
  Fixture state;
  struct Counting {
    ValueState<int> count{"count"};
    void snapshot_state(FunctionSnapshotContext&) { count.update(1); }
  };
  state::BoundFunction<Counting> function{Counting{}};
  state.bind(function.handles());
  CHECK_THROWS_WITH_AS(function.hooks().snapshot(1), doctest::Contains("(snapshot_state)"), Error);
}

TEST_CASE("a key whose map has nothing costs nothing when an entry is removed") {
  Fixture state;
  struct Maps {
    MapState<int, int> map{"map"};
  };
  state::BoundFunction<Maps> function{Maps{}};
  state.bind(function.handles());
  state.use("k");
  (*function).map.remove(1);
  CHECK(state.rows->row == nullptr);
  CHECK(state.rows->table->size() == 0);
}

TEST_CASE("values grow old") {
  Fixture state;
  struct Aging {
    ValueState<int> value{"value"};
    MapState<int, int> map{"map"};
    ListState<int> list{"list"};
    Aging() {
      const auto ttl = StateTtlConfig::new_builder(std::chrono::milliseconds{100}).build();
      value.enable_time_to_live(ttl);
      map.enable_time_to_live(ttl);
      list.enable_time_to_live(ttl);
    }
  };
  state::BoundFunction<Aging> function{Aging{}};
  state.bind(function.handles());
  state.use("k");
  (*function).value.update(1);
  (*function).map.put(1, 1);
  (*function).list.add(1);
  state.clock.millis += 50;
  (*function).map.put(2, 2);
  (*function).list.add(2);
  state.clock.millis += 49;
  CHECK((*function).value.value() != nullptr);
  state.clock.millis += 1;
  CHECK((*function).value.value() == nullptr);
  CHECK((*function).map.get(1) == nullptr);
  CHECK(*(*function).map.get(2) == 2);
  std::vector<int> left;
  for (int element : (*function).list.get()) left.push_back(element);
  CHECK(left == std::vector<int>{2});
}

TEST_CASE("a time-to-live is given with the name, and may be for ever") {
  CHECK_THROWS_AS(StateTtlConfig::new_builder(std::chrono::milliseconds{0}), Error);
  CHECK_THROWS_AS(StateTtlConfig::new_builder(std::chrono::seconds{-1}), Error);
  Fixture state;
  struct Aging {
    StateTtlConfig soon = StateTtlConfig::new_builder(std::chrono::milliseconds{100}).build();
    StateTtlConfig never = StateTtlConfig::new_builder(std::chrono::milliseconds::max()).build();
    ValueState<int> value{"value", soon};
    ListState<int> list{"list", soon};
    MapState<int, int> map{"map", soon};
    ReducingState<int> sum{"sum", [](const int& a, const int& b) { return a + b; }, soon};
    AggregatingState<Mean> mean{"mean", soon};
    ValueState<int> kept{"kept", never};
  };
  state::BoundFunction<Aging> function{Aging{}};
  state.bind(function.handles());
  const auto described = state::describe_states(function.handles(), schema_of<std::string>());
  for (const StateDescription& each : described) CHECK(each.ttl);
  Aging& f = *function;
  state.use("k");
  f.value.update(1);
  f.list.add(1);
  f.map.put(1, 1);
  f.sum.add(1);
  f.mean.add(1);
  f.kept.update(1);
  state.clock.millis += 99;
  CHECK(f.value.value() != nullptr);
  CHECK(f.sum.get() != nullptr);
  state.clock.millis += 1;
  CHECK(f.value.value() == nullptr);
  CHECK(f.list.get().empty());
  CHECK(f.map.is_empty());
  CHECK(f.sum.get() == nullptr);
  CHECK(f.mean.get() == nullptr);
  CHECK(f.kept.value_or(0) == 1);
}

TEST_CASE("what is given out expired is given out once") {
  Fixture state;
  struct Aging {
    StateTtlConfig ttl = StateTtlConfig::new_builder(std::chrono::milliseconds{100})
                             .return_expired_if_not_cleaned_up()
                             .build();
    ValueState<int> value{"value", ttl};
    MapState<int, int> map{"map", ttl};
    ReducingState<int> sum{"sum", [](const int& a, const int& b) { return a + b; }, ttl};
  };
  state::BoundFunction<Aging> function{Aging{}};
  state.bind(function.handles());
  Aging& f = *function;
  state.use("k");
  f.value.update(1);
  f.map.put(1, 1);
  f.map.put(2, 2);
  f.sum.add(1);
  state.clock.millis += 100;
  CHECK(*f.value.value() == 1);
  CHECK(f.value.value() == nullptr);
  CHECK(*f.map.get(1) == 1);
  CHECK(f.map.get(1) == nullptr);
  int seen = 0;
  for (const auto& [key, value] : f.map.entries()) seen += key;
  CHECK(seen == 2);
  CHECK(f.map.is_empty());
  f.sum.add(1);  // young again, with what was there
  CHECK(*f.sum.get() == 2);
  CHECK(*f.sum.get() == 2);
}

TEST_CASE("a list takes ranges over itself") {
  Fixture state;
  struct Lists {
    ListState<std::string> list{"list"};
  };
  state::BoundFunction<Lists> function{Lists{}};
  state.bind(function.handles());
  const ListState<std::string>& list = (*function).list;
  state.use("k");
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    expected.push_back("an element too long to lie in its string " + std::to_string(i));
    list.add(expected.back());
  }
  const auto all = [&list] {
    std::vector<std::string> out;
    for (const std::string& element : list.get()) out.push_back(element);
    return out;
  };
  CHECK(list.get().size() == 200);
  list.update(list.get());
  CHECK(all() == expected);
  list.add_all(list.get());
  const std::vector<std::string> once = expected;
  expected.insert(expected.end(), once.begin(), once.end());
  CHECK(all() == expected);
  CHECK(list.get().size() == 400);
  list.clear();
  CHECK(list.get().size() == 0);
}

TEST_CASE("timers come in order, once, with their key") {
  Fixture state;
  TimerService timers;
  timers.open(*state.backend, *state.rows, {});
  state.backend->start();
  for (int i = 0; i < 1000; ++i) {
    state.use("key " + std::to_string(i % 10));
    timers.register_event_time_timer(timestamp_of_millis((i * 7919) % 500));
  }
  state.use("key 3");
  timers.register_event_time_timer(timestamp_of_millis(250));
  timers.register_event_time_timer(timestamp_of_millis(250));
  timers.delete_event_time_timer(timestamp_of_millis(7919 * 3 % 500));
  std::int64_t last = -1;
  int fired = 0;
  timers.advance_watermark(timestamp_of_millis(600), [&](Timestamp at) {
    CHECK(at.time_since_epoch().count() >= last);
    last = at.time_since_epoch().count();
    ++fired;
    if (fired == 1) timers.register_event_time_timer(timestamp_of_millis(599));
  });
  CHECK(last == 599);
  CHECK(fired > 400);
  CHECK(timers.next_processing_time() == INT64_MAX);
}
