// SPDX-License-Identifier: Apache-2.0
// make bench: each kind of keyed state by itself, over more keys than memory holds. A keyed
// function that fills `keys` keys and then changes any of them for the rest of `records`.
//   --kind KIND     value, list, map, reducing or aggregating
//   --report FILE   each subtask writes FILE.<subtask> when it closes: JSON with the changes of
//   keys
//                   that were there, and the seconds they took
#include <flink/flink.h>

#include <array>
#include <chrono>
#include <fstream>
#include <string>

using namespace flink;
using Clock = std::chrono::steady_clock;

struct Change {
  std::uint64_t key = 0;
  std::int64_t amount = 0;
};
struct Account {
  std::int64_t sum = 0, changes = 0;
  std::array<std::uint64_t, 6> rest{};
};
struct AddUp {
  Account operator()(const Account& a, const Account& b) const {
    Account out = a;
    out.sum += b.sum;
    out.changes += b.changes;
    return out;
  }
};
struct Average {
  using Accumulator = Account;
  Account create_accumulator() const { return {}; }
  void add(const std::int64_t& amount, Account& account) const {
    account.sum += amount;
    ++account.changes;
  }
  std::int64_t get_result(const Account& account) const { return account.sum / account.changes; }
  void merge(const Account& from, Account& into) const {
    into.sum += from.sum;
    into.changes += from.changes;
  }
};

// What a record does: it reads what there is of its key, and changes it.
struct OfValue {
  ValueState<Account> value{"value"};
  void change(const Change& in) {
    const Account* const held = value.value();
    Account now = held == nullptr ? Account{} : *held;
    ++now.changes;
    now.sum += in.amount;
    value.update(now);
  }
};
// A list is read whole, and begins anew when it is long.
struct OfList {
  ListState<std::int64_t> list{"list"};
  void change(const Change& in) {
    std::int64_t sum = 0;
    for (const std::int64_t amount : list.get()) sum += amount;
    if (sum >= 8) list.clear();
    list.add(in.amount);
  }
};
struct OfMap {
  MapState<std::int64_t, std::int64_t> map{"map"};
  std::int64_t turn = 0;
  void change(const Change& in) {
    const std::int64_t place = ++turn % 4;
    const std::int64_t* const held = map.get(place);
    map.put(place, in.amount + (held == nullptr ? 0 : *held));
  }
};
struct OfReducing {
  ReducingState<Account> reducing{"reducing", AddUp{}};
  void change(const Change& in) { reducing.add(Account{.sum = in.amount, .changes = 1}); }
};
struct OfAggregating {
  AggregatingState<Average> aggregating{"aggregating"};
  void change(const Change& in) { aggregating.add(in.amount); }
};

std::uint64_t mixed(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdull;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ull;
  return x ^ (x >> 33);
}

template <class State>
struct Timed {
  State state;
  std::string report;
  std::int64_t fills = 0;

  int subtask = 0;
  std::int64_t seen = 0, updates = 0;
  Clock::time_point since;

  void open(RuntimeContext& context) { subtask = context.subtask_index(); }

  void process_element(const Change& in, KeyedContext<std::uint64_t>&, Collector<Change>& out) {
    if (++seen > fills) {
      if (updates++ == 0) since = Clock::now();
    }
    state.change(in);
    out.collect(in);
  }

  void close() {
    if (report.empty()) return;
    std::ofstream{report + "." + std::to_string(subtask)}
        << "{\"updates\": " << updates
        << ", \"seconds\": " << std::chrono::duration<double>(Clock::now() - since).count()
        << "}\n";
  }
};

template <class State, class Stream>
void sink(const Stream& changes, const std::string& report, std::uint64_t keys) {
  Timed<State> timed;
  timed.report = report;
  timed.fills = static_cast<std::int64_t>(keys / 2);
  changes.process(timed).uid("kinds").sink_to(BlackholeSink<Change>{});
}

void define_job(StreamExecutionEnvironment& env) {
  const auto records = env.args().get<std::int64_t>("records", 20'000'000);
  const auto keys = env.args().get<std::uint64_t>("keys", 10'000'000);
  const auto kind = env.args().get("kind", "value");
  const auto report = env.args().get("report", "");
  auto changes = env.from_source(DataGeneratorSource<Change>(
                                     [keys, records](std::int64_t n) {
                                       // Two subtasks, each half of the numbers: each fills half of
                                       // the keys first.
                                       const auto half = static_cast<std::uint64_t>(records / 2);
                                       const auto i = static_cast<std::uint64_t>(n);
                                       const auto own = i < half ? i : i - half;
                                       if (own < keys / 2)
                                         return Change{own * 2 + (i < half ? 0 : 1), 1};
                                       return Change{mixed(i) % keys, 1};
                                     },
                                     records),
                                 WatermarkStrategy<Change>::no_watermarks(), "changes")
                     .uid("changes")
                     .key_by(&Change::key);
  if (kind == "list") sink<OfList>(changes, report, keys);
  else if (kind == "map") sink<OfMap>(changes, report, keys);
  else if (kind == "reducing") sink<OfReducing>(changes, report, keys);
  else if (kind == "aggregating") sink<OfAggregating>(changes, report, keys);
  else sink<OfValue>(changes, report, keys);
  env.execute("state_kinds");
}
