// SPDX-License-Identifier: Apache-2.0
// Random graphs are run, checkpointed, killed and restored at random moments, straight and at
// another parallelism; every record must come out exactly once.
#include "counted_job.h"
#include "task_cluster.h"

namespace flink::task::test {
namespace {

Partitioning how(ShipStrategy strategy) {
  return strategy == ShipStrategy::hash ? hash_by_value() : Partitioning{strategy, true, {}, ""};
}

// One source or two, passed on along ways of one or two steps that meet in the collectors or
// before. The shape is drawn once, the parallelisms with each deployment.
struct Shape {
  explicit Shape(base::SeededRandom& random) {
    constexpr ShipStrategy strategies[] = {ShipStrategy::hash, ShipStrategy::rebalance,
                                           ShipStrategy::shuffle, ShipStrategy::rescale,
                                           ShipStrategy::global};
    for (auto& edge : edges) edge = strategies[random.below(5)];
    sources = 1 + static_cast<int>(random.below(2));
    meet_early = random.below(2) == 0;
    longer = random.below(2) == 0;
    keyed = random.below(3) == 0;
  }
  ShipStrategy edges[5];
  int sources = 1;
  bool meet_early = false, longer = false, keyed = false;
};

std::shared_ptr<const graph::JobGraph> make_graph(JobControl& job, const Shape& shape,
                                                  base::SeededRandom& random) {
  const auto parallelism = [&] { return 1 + static_cast<int>(random.below(3)); };
  JobBuilder builder{job};
  std::vector<std::pair<int, Partitioning>> ways;
  for (int s = 0; s < shape.sources; ++s) {
    ways.push_back({builder.source(parallelism(), s, shape.sources), how(shape.edges[s])});
  }
  if (shape.meet_early) {
    ways = {{builder.pass_on(ways, parallelism()), how(shape.edges[2])}};
  } else if (shape.longer) {
    ways[0] = {builder.pass_on({ways[0]}, parallelism()), how(shape.edges[2])};
    ways.back() = {builder.pass_on({ways.back()}, parallelism()), how(shape.edges[3])};
  }
  if (shape.keyed) {
    for (auto& way : ways) way.second = hash_by_value();
    builder.count_keyed(ways, parallelism());
  } else {
    builder.collect(ways, parallelism());
  }
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
  const Shape shape{random};
  TaskCluster cluster{seed, 1 + static_cast<int>(random.below(2)), configuration};
  const auto ms = [](std::uint64_t n) {
    return Duration{static_cast<std::int64_t>(n) * 1'000'000};
  };
  if (random.below(2) == 0) cluster.abort_delay_max = ms(100);

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
    // What a collector has told is out: it is not told again.
    if (random.below(12) == 0 && job.collected.empty()) {
      cluster.stop();
      ++outcome.restores;
      const auto from = cluster.completed();
      cluster.deploy(make_graph(job, shape, random), from ? &*from : nullptr);
    } else if (!cluster.pending()) {
      // Some are savepoints, which wait for all channels.
      const bool savepoint = random.below(4) == 0;
      const auto mine = savepoint ? channels::Barrier::savepoint : options;
      ++id;
      cluster.trigger(id, mine, savepoint ? "/savepoints/" + std::to_string(id) : std::string{});
    } else if (random.below(6) == 0) {
      cluster.abort();
    }
  }
  job.source_pause_max_ns = job.collector_pause_max_ns = 0;
  REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, ms(100'000)));
  check_conserved(job);
  CHECK(job.doubled == 0);
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

TEST_CASE("unaligned: random graphs, kills and restores lose and double nothing") {
  const auto configuration =
      config::Configuration::from_list({{"execution.checkpointing.unaligned.enabled", "true"}});
  Outcome outcome;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    run_one(seed, configuration, channels::Barrier::unaligned, outcome);
  }
  CHECK(outcome.checkpoints > 300);
  CHECK(outcome.restores > 50);
  CHECK(outcome.unaligned_tasks > 100);
}

TEST_CASE("aligned with timeout: random graphs, kills and restores lose and double nothing") {
  const auto configuration = config::Configuration::from_list(
      {{"execution.checkpointing.unaligned.enabled", "true"},
       {"execution.checkpointing.aligned-checkpoint-timeout", "4 ms"}});
  Outcome outcome;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    run_one(seed, configuration, 0, outcome);
  }
  CHECK(outcome.checkpoints > 200);
  CHECK(outcome.restores > 40);
  CHECK(outcome.unaligned_tasks > 20);
}

}  // namespace flink::task::test
