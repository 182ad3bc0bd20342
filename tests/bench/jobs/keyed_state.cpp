// SPDX-License-Identifier: Apache-2.0
// make bench: the figures of state and checkpoints. A keyed function that fills `keys` rows of
// about 140 bytes and then updates `hot` of them, evenly, for the rest of `records`.
//   --report FILE   each subtask writes FILE.<subtask> when it closes: JSON with the updates, the
//                   seconds they took, and the barrier stalls in ms: how long it was from the last
//                   record before a barrier to the first one behind it
//   --first FILE    each subtask makes FILE.<subtask> at its first record
#include <flink/flink.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <vector>

using namespace flink;
using Clock = std::chrono::steady_clock;

struct Update {
  std::uint64_t key = 0;
  std::int64_t amount = 0;
};
struct Account {
  std::int64_t sum = 0;
  std::int64_t updates = 0;
  std::array<std::uint64_t, 14> rest{};
};

std::uint64_t mixed(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdull;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ull;
  return x ^ (x >> 33);
}

struct Accounts {
  std::string report, first;
  ValueState<Account> account{"account"};

  int subtask = 0;
  std::int64_t fills = 0, updates = 0;
  Clock::time_point update_since, last, before_barrier;
  bool timed = false, at_barrier = false;
  std::vector<double> stalls;

  void open(RuntimeContext& context) {
    subtask = context.subtask_index();
    timed = !report.empty();
  }

  void process_element(const Update& in, KeyedContext<std::uint64_t>&, Collector<Update>& out) {
    if (!first.empty()) {
      std::ofstream{first + "." + std::to_string(subtask)} << "1\n";
      first.clear();
    }
    if (at_barrier) {
      at_barrier = false;
      stalls.push_back(std::chrono::duration<double, std::milli>(Clock::now() - last).count());
    }
    const Account* before = account.value();
    if (before == nullptr) {
      ++fills;
      account.update(Account{.sum = in.amount, .updates = 1});
    } else {
      if (updates++ == 0) update_since = Clock::now();
      Account now = *before;
      now.sum += in.amount;
      ++now.updates;
      account.update(now);
    }
    if (timed) last = Clock::now();
    out.collect(in);
  }

  void snapshot_state(FunctionSnapshotContext&) { at_barrier = timed; }

  void close() {
    if (report.empty()) return;
    std::ofstream file{report + "." + std::to_string(subtask)};
    file << "{\"fills\": " << fills << ", \"updates\": " << updates
         << ", \"seconds\": " << std::chrono::duration<double>(Clock::now() - update_since).count()
         << ", \"stalls\": [";
    for (std::size_t i = 0; i < stalls.size(); ++i) file << (i > 0 ? ", " : "") << stalls[i];
    file << "]}\n";
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const auto records = env.args().get<std::int64_t>("records", 100'000'000);
  const auto keys = env.args().get<std::uint64_t>("keys", 1'000'000);
  const auto hot = env.args().get<std::uint64_t>("hot", keys);
  Accounts accounts;
  accounts.report = env.args().get("report", "");
  accounts.first = env.args().get("first", "");
  env.from_source(DataGeneratorSource<Update>(
                      [keys, hot, records](std::int64_t n) {
                        // Two subtasks, each half of the numbers: each fills half of the keys
                        // first.
                        const auto half = static_cast<std::uint64_t>(records / 2);
                        const auto i = static_cast<std::uint64_t>(n);
                        const auto own = i < half ? i : i - half;
                        if (own < keys / 2) return Update{own * 2 + (i < half ? 0 : 1), 1};
                        return Update{mixed(i) % hot, 1};
                      },
                      records),
                  WatermarkStrategy<Update>::no_watermarks(), "updates")
      .uid("updates")
      .key_by(&Update::key)
      .process(accounts)
      .uid("accounts")
      .sink_to(BlackholeSink<Update>{});
  env.execute("keyed_state");
}
