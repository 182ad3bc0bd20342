// SPDX-License-Identifier: Apache-2.0
// Random graphs are run, checkpointed, killed and restored at random moments, straight and at
// another parallelism; every record must come out exactly once.
#include "counted_job.h"
#include "task_cluster.h"

namespace flink::task::test {
namespace {

struct Shape {
  ShipStrategy first, second;
  bool two_sources;
};

Partitioning how(ShipStrategy strategy) {
  return strategy == ShipStrategy::hash ? hash_by_value() : Partitioning{strategy, true, {}, ""};
}

std::shared_ptr<const graph::JobGraph> make_graph(JobControl& job, const Shape& shape,
                                                  base::SeededRandom& random) {
  const auto parallelism = [&] { return 1 + static_cast<int>(random.below(3)); };
  JobBuilder builder{job};
  const int source = builder.source(parallelism());
  std::vector<std::pair<int, Partitioning>> inputs{{source, how(shape.first)}};
  const int pass = builder.pass_on(inputs, parallelism());
  builder.collect({{pass, how(shape.second)}}, parallelism());
  return build(builder.take());
}

struct Outcome {
  int checkpoints = 0, unaligned_tasks = 0, restores = 0;
};

void run_one(std::uint64_t seed, const config::Configuration& configuration, std::uint8_t options,
             Outcome& outcome) {
  base::SeededRandom random{seed};
  JobControl job;
  job.seed = seed;
  job.numbers = 500 + static_cast<std::int64_t>(random.below(5000));
  job.splits = 1 + static_cast<int>(random.below(6));
  job.pad_bytes = random.below(3) == 0 ? 2000 : 0;
  job.source_pause_max_ns = random.below(2) == 0 ? 0 : 2'000'000;
  job.collector_pause_max_ns = random.below(2) == 0 ? 0 : 4'000'000;
  constexpr ShipStrategy strategies[] = {ShipStrategy::hash, ShipStrategy::rebalance,
                                         ShipStrategy::shuffle, ShipStrategy::rescale,
                                         ShipStrategy::global};
  const Shape shape{strategies[random.below(5)], strategies[random.below(5)], false};
  TaskCluster cluster{seed, 1 + static_cast<int>(random.below(2)), configuration};
  const auto ms = [](std::uint64_t n) {
    return Duration{static_cast<std::int64_t>(n) * 1'000'000};
  };

  cluster.deploy(make_graph(job, shape, random));
  std::int64_t id = 0;
  std::optional<std::int64_t> counted;
  for (int step = 0; step < 60 && !cluster.all(TaskState::finished); ++step) {
    cluster.run_for(ms(1 + random.below(20)));
    REQUIRE(cluster.failures().empty());
    if (cluster.completed() && counted != cluster.completed()->id) {
      counted = cluster.completed()->id;
      ++outcome.checkpoints;
      outcome.unaligned_tasks += cluster.completed()->unaligned_tasks;
    }
    if (cluster.all(TaskState::finished)) break;
    if (random.below(12) == 0) {
      cluster.stop();
      job.collected.clear();
      ++outcome.restores;
      const auto from = cluster.completed();
      cluster.deploy(make_graph(job, shape, random), from ? &*from : nullptr);
    } else if (!cluster.pending()) {
      cluster.trigger(++id, options);
    } else if (random.below(6) == 0) {
      cluster.abort();
    }
  }
  job.source_pause_max_ns = job.collector_pause_max_ns = 0;
  REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, ms(100'000)));
  check_conserved(job);
}

}  // namespace

TEST_CASE("aligned: random graphs, kills and restores lose and double nothing") {
  Outcome outcome;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    run_one(seed, {}, 0, outcome);
  }
  CHECK(outcome.checkpoints > 100);
  CHECK(outcome.restores > 20);
  CHECK(outcome.unaligned_tasks == 0);
}

}  // namespace flink::task::test
