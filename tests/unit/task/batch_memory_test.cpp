// SPDX-License-Identifier: Apache-2.0
// The memory of a batch that an operator is done with goes back to its channel and comes again.
#include <doctest/doctest.h>

#include "counted_job.h"
#include "task_cluster.h"

namespace flink::task::test {
namespace {

constexpr Duration second{1'000'000'000};

struct Tasted {
  int batches = 0;
  int again = 0;  // that were here before
};

// Leaves each batch larger than any writer or reader makes one.
class Taster final : public Operator {
 public:
  explicit Taster(Tasted& tasted) : tasted_(tasted) {}
  void open(OperatorContext&) override {}
  void process(int, BatchRef& batch) override {
    REQUIRE(batch->unique());
    auto& records = static_cast<RecordBatch<Number>&>(*batch);
    ++tasted_.batches;
    if (records.capacity() == mark) ++tasted_.again;
    records.reserve(mark);
  }
  void process_watermark(Timestamp) override {}
  void process_idle(bool) override {}
  void end_input(int) override {}
  void finish() override {}
  OperatorSnapshot snapshot(std::int64_t) override { return {}; }
  void close() noexcept override {}

 private:
  static constexpr std::size_t mark = 4 * Batch::records_max;
  Tasted& tasted_;
};

std::shared_ptr<const graph::JobGraph> tasted_numbers(JobControl& job, Tasted& tasted) {
  JobBuilder builder{job};
  const Partitioning rebalance{ShipStrategy::rebalance, true, {}, ""};
  Transformation t;
  t.name = "taste";
  t.make_operator = [&tasted] { return std::make_unique<Taster>(tasted); };
  builder.add_operator(std::move(t), {{builder.source(2), rebalance}}, 2);
  return build(builder.take());
}

}  // namespace

TEST_CASE("a batch that an operator is done with comes again, within a process and between two") {
  for (const int processes : {1, 2}) {
    CAPTURE(processes);
    JobControl job;
    job.numbers = 200'000;
    Tasted tasted;
    TaskCluster cluster{5, processes, {}};
    cluster.deploy(tasted_numbers(job, tasted));
    REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, 100 * second));
    CHECK(tasted.batches >= 100);
    CHECK(tasted.again > tasted.batches / 4);
  }
}

}  // namespace flink::task::test
