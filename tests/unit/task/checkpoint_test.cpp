// SPDX-License-Identifier: Apache-2.0
// What a task does with barriers, notices, failures and stops.
#include <doctest/doctest.h>

#include "counted_job.h"
#include "task_cluster.h"

namespace flink::task::test {
namespace {

constexpr Duration second{1'000'000'000};

Partitioning rebalance() { return {ShipStrategy::rebalance, true, {}, ""}; }

std::shared_ptr<const graph::JobGraph> chain_of_three(JobControl& job, int parallelism = 2) {
  JobBuilder builder{job};
  const int source = builder.source(parallelism);
  const int pass = builder.pass_on({{source, hash_by_value()}}, parallelism);
  builder.collect({{pass, rebalance()}}, parallelism);
  return build(builder.take());
}

}  // namespace

TEST_CASE("a checkpoint of an endless job is acknowledged and noted by its operators") {
  JobControl job;
  job.endless = true;
  TaskCluster cluster{1, 2, {}};
  cluster.deploy(chain_of_three(job));
  cluster.run_for(second / 10);
  cluster.trigger(7);
  REQUIRE(cluster.run_until([&] { return cluster.completed().has_value(); }, second));
  cluster.run_for(second / 10);
  CHECK(job.completed == std::vector<std::int64_t>{7, 7});
  std::int64_t numbers = 0;
  for (const auto& [vertex, snapshots] : cluster.completed()->snapshots) {
    for (const auto& snapshot : snapshots) {
      REQUIRE(snapshot.operators.size() == 1);
      const auto& state = snapshot.operators[0].operator_state;
      if (const auto found = state.find("numbers"); found != state.end()) {
        for (const auto& item : found->second.items) {
          numbers += static_cast<std::int64_t>(numbers_of(item).size());
        }
      }
    }
  }
  CHECK(numbers == job.numbers);  // all had arrived
}

TEST_CASE("what a function throws in snapshot() fails its task and says in which checkpoint") {
  JobControl job;
  job.endless = true;
  job.fail_in_snapshot = true;
  TaskCluster cluster{1, 1, {}};
  cluster.deploy(chain_of_three(job, 1));
  cluster.run_for(second / 10);
  cluster.trigger(3);
  REQUIRE(cluster.run_until([&] { return !cluster.failures().empty(); }, second));
  CHECK(cluster.failures()[0].message == "while taking checkpoint 3: no snapshot today");
  CHECK(cluster.failures()[0].operator_name == "collect");
}

TEST_CASE("stop with savepoint: nothing follows it, operators see no end, and it goes on later") {
  JobControl job;
  job.numbers = 4000;
  job.source_pause_max_ns = 1'000'000;
  TaskCluster cluster{5, 2, {}};
  cluster.deploy(chain_of_three(job));
  cluster.run_for(second / 100);
  cluster.hold_notices = true;
  cluster.trigger(1, channels::Barrier::savepoint | channels::Barrier::terminate, "/savepoints/a");
  REQUIRE(cluster.run_until([&] { return cluster.completed().has_value(); }, second));
  cluster.run_for(second);
  CHECK(!cluster.all(TaskState::finished));  // waits to be told
  cluster.notify_complete();
  REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, second));
  CHECK(job.finished_operators == 0);
  CHECK(job.ended_inputs == 0);
  CHECK(job.watermarks.empty());
  cluster.stop();
  const auto from = cluster.completed();
  cluster.hold_notices = false;
  cluster.deploy(chain_of_three(job, 3), &*from);
  REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, 100 * second));
  check_conserved(job);
}

TEST_CASE("a restored watermark is passed on when it comes again: there may be no later one") {
  JobControl job;
  job.numbers = 4000;
  job.source_pause_max_ns = 1'000'000;
  TaskCluster cluster{6, 2, {}};
  cluster.deploy(chain_of_three(job));
  cluster.run_for(second / 100);
  cluster.hold_notices = true;
  cluster.trigger(1, channels::Barrier::savepoint | channels::Barrier::terminate, "/savepoints/a");
  REQUIRE(cluster.run_until([&] { return cluster.completed().has_value(); }, second));
  cluster.notify_complete();
  REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, second));
  CHECK(job.watermarks.empty());
  cluster.stop();
  auto from = *cluster.completed();
  for (auto& [vertex, snapshots] : from.snapshots) {
    for (auto& snapshot : snapshots) {
      for (auto& op : snapshot.operators) op.watermark = INT64_MAX;  // which ends the sources
    }
  }
  cluster.hold_notices = false;
  cluster.deploy(chain_of_three(job), &from);
  REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, 100 * second));
  CHECK(job.watermarks == std::vector<std::int64_t>{INT64_MAX, INT64_MAX});
}

TEST_CASE("stop with drain: the last watermark and finish() come before the savepoint") {
  JobControl job;
  job.numbers = 100'000'000;
  job.source_pause_max_ns = 1'000'000;
  TaskCluster cluster{5, 2, {}};
  cluster.deploy(chain_of_three(job));
  cluster.run_for(second / 100);
  cluster.hold_notices = true;
  const std::uint8_t options =
      channels::Barrier::savepoint | channels::Barrier::terminate | channels::Barrier::drain;
  cluster.trigger(1, options, "/savepoints/a");
  REQUIRE(cluster.run_until([&] { return cluster.completed().has_value(); }, second));
  CHECK(job.watermarks == std::vector<std::int64_t>{INT64_MAX, INT64_MAX});
  CHECK(job.finished_operators == 4);
  CHECK(job.ended_inputs == 4);
  cluster.notify_complete();
  REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, second));
  CHECK(job.finished_operators == 4);
  CHECK(job.ended_inputs == 4);
}

TEST_CASE("a stop whose savepoint failed: the sources go on") {
  JobControl job;
  job.numbers = 3000;
  job.source_pause_max_ns = 1'000'000;
  TaskCluster cluster{9, 2, {}};
  cluster.deploy(chain_of_three(job));
  cluster.run_for(second / 100);
  cluster.trigger(1, channels::Barrier::savepoint | channels::Barrier::terminate, "/savepoints/a");
  cluster.run_for(Duration{300'000});
  REQUIRE(cluster.pending());
  cluster.abort();
  REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, 100 * second));
  check_conserved(job);
}

// Whoever hears of it first goes on, and may end while the next one still waits.
TEST_CASE("a stop whose savepoint failed: operators see the end of their inputs all the same") {
  int given_up = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    JobControl job;
    job.numbers = 1000;
    job.source_pause_max_ns = 1'000'000;
    TaskCluster cluster{seed, 2, {}};
    cluster.abort_delay_max = 2 * second;
    cluster.deploy(chain_of_three(job));
    cluster.run_for(second / 500);
    cluster.hold_notices = true;
    cluster.trigger(1, channels::Barrier::savepoint | channels::Barrier::terminate,
                    "/savepoints/a");
    cluster.run_for(Duration{static_cast<std::int64_t>(100'000 * (1 + seed % 8))});
    given_up += cluster.pending() ? 1 : 0;
    if (cluster.pending()) cluster.abort();
    else cluster.notify_complete();
    REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, 100 * second));
    if (cluster.completed()) continue;
    CHECK(job.ended_inputs == 4);
    CHECK(job.finished_operators == 4);
    CHECK(job.watermarks == std::vector<std::int64_t>{INT64_MAX, INT64_MAX});
    check_conserved(job);
  }
  CHECK(given_up >= 5);
}

TEST_CASE("an unaligned checkpoint does not wait for slow operators, nor does one that times out") {
  const auto time_of = [](config::Configuration configuration, std::uint8_t options) {
    JobControl job;
    job.numbers = 1'000'000;
    job.collector_pause_max_ns = 100'000'000;
    TaskCluster cluster{4, 2, std::move(configuration)};
    cluster.deploy(chain_of_three(job));
    cluster.run_for(second);
    const auto start = cluster.now();
    cluster.trigger(1, options);
    REQUIRE(cluster.run_until([&] { return cluster.completed().has_value(); }, 100 * second));
    std::uint64_t persisted = 0;
    for (const auto& metrics : cluster.metrics()) persisted += metrics.bytes_persisted;
    CHECK((persisted > 0) == (cluster.completed()->unaligned_tasks > 0));
    return cluster.now() - start;
  };
  using config::Configuration;
  const config::Configuration::KeyValues unaligned{
      {"execution.checkpointing.unaligned.enabled", "true"}};
  auto timeout = unaligned;
  timeout.push_back({"execution.checkpointing.aligned-checkpoint-timeout", "200 ms"});
  // What is under way to a slow task is bounded, so that it does not wait for long.
  CHECK(time_of({}, 0) > second / 4);
  CHECK(time_of(Configuration::from_list(unaligned), channels::Barrier::unaligned) < second / 3);
  CHECK(time_of(Configuration::from_list(timeout), channels::Barrier::unaligned) < second * 2 / 3);
}

TEST_CASE("vertices that had finished only say so again") {
  JobControl job;
  job.numbers = 200;
  job.collector_pause_max_ns = 400'000'000;
  TaskCluster cluster{3, 2, {}};
  cluster.deploy(chain_of_three(job));
  // Until the sources are done, while the collectors still work.
  std::int64_t id = 0;
  REQUIRE(cluster.run_until(
      [&] {
        if (!cluster.pending()) cluster.trigger(++id);
        return cluster.completed() && !cluster.completed()->finished.empty();
      },
      100 * second));
  const auto from = cluster.completed();
  cluster.stop();
  job.collected.clear();
  cluster.deploy(chain_of_three(job), &*from);
  REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, 100 * second));
  check_conserved(job);
}

}  // namespace flink::task::test
