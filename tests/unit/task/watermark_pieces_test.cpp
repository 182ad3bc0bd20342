// SPDX-License-Identifier: Apache-2.0
// A watermark that is worked off in pieces: a barrier right behind it gets in between two of them,
// what comes behind it does not, and the watermark goes on when all is done.
#include <doctest/doctest.h>

#include "counted_job.h"
#include "task_cluster.h"

namespace flink::task::test {
namespace {

constexpr Duration second{1'000'000'000};

struct Pieces {
  int all = 100;
  bool record_first = false;  // comes between the watermark and the barrier
  bool may_go_on = false;     // the source, behind the barrier
  bool may_end = false;
  std::vector<std::string> seen;
  int done = 0, done_at_snapshot = -1;
};

// A watermark, then a record, then the end.
class Script final : public SourceOperator {
 public:
  explicit Script(Pieces& pieces) : pieces_(pieces) {}
  void open(OperatorContext& context) override {
    context_ = &context;
    step_ = context.restored_checkpoint_id() ? 1 : 0;
  }
  void handle_coordinator_event(std::string_view) override {}
  InputStatus poll() override {
    if (step_ == 0) {
      ++step_;
      context_->output().emit_watermark(timestamp_of_millis(1000));
    } else if (step_ == 1 && (pieces_.record_first || pieces_.may_go_on)) {
      ++step_;
      BatchRef batch = make_ref<RecordBatch<Number>>(1);
      static_cast<RecordBatch<Number>&>(*batch).emplace(Number{7, ""});
      context_->output().emit(batch);
    } else if (step_ == 2 && pieces_.may_end) {
      return InputStatus::end_of_input;
    } else {
      context_->wake_after(std::chrono::milliseconds{1});
      return InputStatus::nothing_available;
    }
    return InputStatus::more_available;
  }
  OperatorSnapshot snapshot(std::int64_t) override { return {}; }
  void close() noexcept override {}

 private:
  Pieces& pieces_;
  OperatorContext* context_ = nullptr;
  int step_ = 0;
};

class Worker final : public Operator {
 public:
  explicit Worker(Pieces& pieces) : pieces_(pieces) {}
  void open(OperatorContext& context) override {
    context_ = &context;
    CHECK(context.may_pause());
    if (context.restored_watermark_pending()) left_ = pieces_.all - pieces_.done_at_snapshot;
    watermark_ = context.restored_watermark();
  }
  void process(int, BatchRef&) override { pieces_.seen.push_back("record"); }
  void process_watermark(Timestamp watermark) override {
    watermark_ = watermark;
    left_ = watermark == max_timestamp ? 0 : pieces_.all;
    go_on_with_watermark();
  }
  bool watermark_pending() const override { return left_ > 0; }
  void go_on_with_watermark() override {
    if (left_ > 0) {
      fiber::SlotTask::current()->sleep_until(context_->clock().now() + second / 1000);
      ++pieces_.done;
      --left_;
    }
    if (left_ > 0) return;
    pieces_.seen.push_back("watermark");
    context_->output().emit_watermark(watermark_);
  }
  void process_idle(bool) override {}
  void end_input(int) override { pieces_.seen.push_back("end"); }
  void finish() override {}
  OperatorSnapshot snapshot(std::int64_t) override {
    pieces_.done_at_snapshot = pieces_.done;
    pieces_.seen.push_back("snapshot");
    return {};
  }
  void close() noexcept override {}

 private:
  Pieces& pieces_;
  OperatorContext* context_ = nullptr;
  Timestamp watermark_{};
  int left_ = 0;
};

std::shared_ptr<const graph::JobGraph> graph_of(JobControl& job, Pieces& pieces) {
  JobBuilder builder{job};
  Transformation source;
  source.name = "script";
  source.make_source = [&pieces] { return std::make_unique<Script>(pieces); };
  source.output_type = &record_type<Number>();
  const int from = builder.add_operator(std::move(source), {}, 1);
  Transformation worker;
  worker.name = "worker";
  worker.make_operator = [&pieces] { return std::make_unique<Worker>(pieces); };
  builder.add_operator(std::move(worker), {{from, hash_by_value()}}, 1);
  return build(builder.take());
}

// A job that is in the middle of a watermark when the barrier comes.
struct InPieces {
  JobControl job;
  Pieces pieces;
  TaskCluster cluster{5, 1, {}};

  explicit InPieces(bool record_first) { pieces.record_first = record_first; }
  void run_to_checkpoint() {
    cluster.deploy(graph_of(job, pieces));
    REQUIRE(cluster.run_until([this] { return pieces.done > 5; }, second));
    cluster.trigger(1);
    REQUIRE(cluster.run_until([this] { return cluster.completed().has_value(); }, second));
  }
  void run_to_end() {
    REQUIRE(cluster.run_until([this] { return cluster.all(TaskState::finished); }, second));
    CHECK(pieces.done == pieces.all);
  }
};

}  // namespace

TEST_CASE("a barrier gets in between two pieces of a watermark's work, and nothing else does") {
  for (const bool record_first : {false, true}) {
    CAPTURE(record_first);
    InPieces run{record_first};
    Pieces& pieces = run.pieces;
    run.run_to_checkpoint();
    if (record_first) {
      CHECK(pieces.done_at_snapshot == pieces.all);
    } else {
      CHECK(pieces.done_at_snapshot < 20);
    }
    pieces.may_go_on = pieces.may_end = true;
    run.run_to_end();
    using Seen = std::vector<std::string>;
    const Seen expected = record_first
                              ? Seen{"watermark", "record", "snapshot", "watermark", "end"}
                              : Seen{"snapshot", "watermark", "record", "watermark", "end"};
    CHECK(pieces.seen == expected);
  }
}

TEST_CASE("what is left of a watermark at a snapshot comes before all else after a restore") {
  for (const bool record_first : {false, true}) {
    CAPTURE(record_first);
    InPieces run{record_first};
    Pieces& pieces = run.pieces;
    run.run_to_checkpoint();
    run.cluster.stop();
    pieces.seen.clear();
    pieces.may_go_on = pieces.may_end = true;
    pieces.done = pieces.done_at_snapshot;
    const auto checkpoint = *run.cluster.completed();
    run.cluster.deploy(graph_of(run.job, pieces), &checkpoint);
    run.run_to_end();
    using Seen = std::vector<std::string>;
    const Seen expected = record_first ? Seen{"record", "watermark", "end"}
                                       : Seen{"watermark", "record", "watermark", "end"};
    CHECK(pieces.seen == expected);
  }
}

}  // namespace flink::task::test
