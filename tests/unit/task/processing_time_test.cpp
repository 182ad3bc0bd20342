// SPDX-License-Identifier: Apache-2.0
// wake_at_processing_time() under virtual time: in busy and idle tasks, behind a source and behind
// an exchange.
#include <doctest/doctest.h>

#include "counted_job.h"
#include "task_cluster.h"

namespace flink::task::test {
namespace {

constexpr Duration second{1'000'000'000};

// Wants to be called every 10 ms, and asks for a later time and again for the earlier one.
class Ticker final : public Operator {
 public:
  explicit Ticker(std::vector<std::int64_t>& late_by) : late_by_(late_by) {}
  void open(OperatorContext& context) override {
    context_ = &context;
    ask(context.clock().wall_millis());
  }
  void process(int, BatchRef& batch) override { context_->output().emit(batch); }
  void process_watermark(Timestamp watermark) override {
    context_->output().emit_watermark(watermark);
  }
  void process_idle(bool idle) override { context_->output().emit_idle(idle); }
  void end_input(int) override {}
  void finish() override {}
  void on_processing_time(std::int64_t wall_millis) override {
    late_by_.push_back(wall_millis - next_);
    ask(wall_millis);
  }
  OperatorSnapshot snapshot(std::int64_t) override { return {}; }
  void close() noexcept override {}

 private:
  void ask(std::int64_t now) {
    next_ = now + 10;
    context_->wake_at_processing_time(next_);
    context_->wake_at_processing_time(next_ + 5000);
    context_->wake_at_processing_time(next_);
  }
  std::vector<std::int64_t>& late_by_;
  OperatorContext* context_ = nullptr;
  std::int64_t next_ = 0;
};

// A ticker chained to the source, and one behind an exchange.
std::shared_ptr<const graph::JobGraph> tickers(JobControl& job, std::vector<std::int64_t>& chained,
                                               std::vector<std::int64_t>& behind) {
  JobBuilder builder{job};
  const int source = builder.source(1);
  auto graph = builder.take();
  const auto add = [&](int from, ShipStrategy strategy, std::vector<std::int64_t>& late_by) {
    Transformation t;
    t.name = t.uid = "tick" + std::to_string(from);
    t.parallelism = 1;
    t.max_parallelism = 128;
    t.output_type = &record_type<Number>();
    t.make_operator = [&late_by] { return std::make_unique<Ticker>(late_by); };
    t.inputs.push_back({from, "", {strategy, true, {}, ""}, 0, &record_type<Number>()});
    graph.transformations.push_back(std::move(t));
    return static_cast<int>(graph.transformations.size()) - 1;
  };
  add(add(source, ShipStrategy::forward, chained), ShipStrategy::rebalance, behind);
  return build(std::move(graph));
}

}  // namespace

TEST_CASE("processing time comes in idle tasks and in busy ones, once each time") {
  for (const bool busy : {false, true}) {
    CAPTURE(busy);
    JobControl job;
    job.endless = true;
    job.numbers = busy ? 1'000'000'000 : 10;
    job.source_pause_max_ns = 100'000;
    std::vector<std::int64_t> chained, behind;
    TaskCluster cluster{3, 1, {}};
    cluster.deploy(tickers(job, chained, behind));
    cluster.run_for(second);
    for (const auto* ticks : {&chained, &behind}) {
      CHECK(ticks->size() > 70);
      CHECK(ticks->size() <= 100);
      for (const auto late : *ticks) {
        CHECK(late >= 0);
        CHECK(late <= 5);
      }
    }
  }
}

}  // namespace flink::task::test
