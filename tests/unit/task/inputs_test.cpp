// SPDX-License-Identifier: Apache-2.0
// Operators of many inputs, those that choose which one they read, and those that are answered from
// outside.
#include <doctest/doctest.h>

#include <set>

#include "counted_job.h"
#include "task_cluster.h"

namespace flink::task::test {
namespace {

constexpr Duration second{1'000'000'000};
constexpr int inputs = 5;

std::vector<std::int64_t> values_of(const Batch& batch) {
  std::vector<std::int64_t> values;
  for (const auto& record : static_cast<const RecordBatch<Number>&>(batch).records()) {
    values.push_back(record.value);
  }
  return values;
}

void emit(OperatorContext& context, const std::vector<std::int64_t>& values) {
  if (values.empty()) return;
  BatchRef batch = make_ref<RecordBatch<Number>>(values.size());
  for (const auto value : values)
    static_cast<RecordBatch<Number>&>(*batch).emplace(Number{value, ""});
  context.output().emit(batch);
}

// What a subtask of it has seen, in order.
struct Seen {
  std::vector<int> inputs;     // of each record
  std::vector<int> ends;       // of inputs
  std::vector<bool> selected;  // of each record, when it came
};

enum class Selects : std::uint8_t { all, in_turn, first };

// Source k gives the numbers k, k + 5, …: input k.
class ManyInputs final : public Operator {
 public:
  ManyInputs(std::vector<Seen>& seen, Selects selects) : all_(seen), selects_(selects) {}
  void open(OperatorContext& context) override {
    context_ = &context;
    seen_ = &all_[static_cast<std::size_t>(context.runtime().subtask_index())];
  }
  // In turn: the first input to its end, then the second, …
  InputSelection select_inputs() override {
    if (selects_ == Selects::first) return InputSelection::only(0);
    return selects_ == Selects::in_turn && next_ < inputs ? InputSelection::only(next_)
                                                          : InputSelection::all();
  }
  void process(int input, BatchRef& batch) override {
    for (const auto value : values_of(*batch)) {
      CHECK(value % inputs == input);
      seen_->inputs.push_back(input);
      seen_->selected.push_back(select_inputs().contains(input));
    }
    context_->output().emit(batch);
  }
  void process_watermark(Timestamp watermark) override {
    CHECK(watermark == max_timestamp);
    context_->output().emit_watermark(watermark);
  }
  void process_idle(bool idle) override { context_->output().emit_idle(idle); }
  void end_input(int input) override {
    seen_->ends.push_back(input);
    ++next_;
  }
  void finish() override {}
  OperatorSnapshot snapshot(std::int64_t) override { return {}; }
  void close() noexcept override {}

 private:
  std::vector<Seen>& all_;
  Selects selects_;
  Seen* seen_ = nullptr;
  OperatorContext* context_ = nullptr;
  int next_ = 0;
};

Partitioning by(ShipStrategy strategy) { return {strategy, true, {}, ""}; }

std::shared_ptr<const graph::JobGraph> five_sources(JobControl& job, std::vector<Seen>& seen,
                                                    Selects selects) {
  job.splits = 2 * inputs;
  seen.assign(2, {});
  JobBuilder builder{job};
  std::vector<std::pair<int, Partitioning>> sources;
  for (int part = 0; part < inputs; ++part) {
    sources.emplace_back(builder.source(2, part, inputs), by(ShipStrategy::rebalance));
  }
  Transformation t;
  t.name = "many";
  t.selects_inputs = selects != Selects::all;
  t.output_type = &record_type<Number>();
  t.make_operator = [&seen, selects] { return std::make_unique<ManyInputs>(seen, selects); };
  const int many = builder.add_operator(std::move(t), sources, 2);
  builder.collect({{many, by(ShipStrategy::rebalance)}}, 1);
  return build(builder.take());
}

// Every number is handed to somebody outside, who answers in his own time and order.
class AskOutside final : public Operator {
 public:
  AskOutside(sim::SimWorld& world, std::size_t& emitted) : world_(world), emitted_(emitted) {}
  void open(OperatorContext& context) override {
    context_ = &context;
    wake_ = context.waker();
    const auto found = context.restored_state().find("asked");
    if (found == context.restored_state().end()) return;
    for (const auto& item : found->second.items) {
      for (const auto number : numbers_of(item)) ask(number);
    }
  }
  void process(int, BatchRef& batch) override {
    for (const auto value : values_of(*batch)) {
      context_->wait_until([&] { return asked_.size() < 30 || !answers_->empty(); });
      emit_answers();
      ask(value);
    }
  }
  void on_wake() override { emit_answers(); }
  void process_watermark(Timestamp) override {}
  void process_idle(bool) override {}
  void end_input(int) override {}
  void finish() override {
    context_->wait_until([&] { return answers_->size() == asked_.size(); });
    emit_answers();
    context_->output().emit_watermark(max_timestamp);
  }
  OperatorSnapshot snapshot(std::int64_t) override {
    OperatorSnapshot snapshot;
    for (const auto number : asked_) snapshot["asked"].items.push_back(item_of({number}));
    return snapshot;
  }
  void close() noexcept override {}

 private:
  void ask(std::int64_t number) {
    asked_.insert(number);
    const Duration delay{static_cast<std::int64_t>(world_.random.below(3'000'000))};
    world_.queue.after(delay, nullptr, [answers = answers_, number, wake = wake_] {
      answers->push_back(number);
      wake();
    });
  }
  void emit_answers() {
    const auto answers = std::exchange(*answers_, {});
    for (const auto number : answers) REQUIRE(asked_.erase(number) == 1);
    emitted_ += answers.size();
    emit(*context_, answers);
  }
  sim::SimWorld& world_;
  std::size_t& emitted_;
  OperatorContext* context_ = nullptr;
  std::function<void()> wake_;
  std::set<std::int64_t> asked_;
  std::shared_ptr<std::vector<std::int64_t>> answers_ =
      std::make_shared<std::vector<std::int64_t>>();  // outlives the task
};

std::shared_ptr<const graph::JobGraph> ask_outside(JobControl& job, sim::SimWorld& world,
                                                   std::size_t& emitted) {
  JobBuilder builder{job};
  const int source = builder.source(2);
  Transformation t;
  t.name = "ask";
  t.output_type = &record_type<Number>();
  t.make_operator = [&] { return std::make_unique<AskOutside>(world, emitted); };
  const int ask = builder.add_operator(std::move(t), {{source, by(ShipStrategy::rebalance)}}, 2);
  builder.collect({{ask, by(ShipStrategy::rebalance)}}, 2);
  return build(builder.take());
}

}  // namespace

TEST_CASE("an operator of five inputs knows which one a record came by, and sees each one's end") {
  JobControl job;
  std::vector<Seen> seen;
  TaskCluster cluster{3, 2, {}};
  cluster.deploy(five_sources(job, seen, Selects::all));
  REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, 100 * second));
  check_conserved(job);
  for (const Seen& one : seen) {
    CHECK(std::set<int>(one.inputs.begin(), one.inputs.end()).size() == inputs);
    CHECK(one.ends.size() == inputs);
    CHECK(std::set<int>(one.ends.begin(), one.ends.end()).size() == inputs);
  }
}

TEST_CASE("an operator reads only the inputs that it selects") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    JobControl job;
    job.seed = seed;
    job.source_pause_max_ns = 1'000'000;
    std::vector<Seen> seen;
    TaskCluster cluster{seed, 2, {}};
    cluster.deploy(five_sources(job, seen, Selects::in_turn));
    REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, 100 * second));
    check_conserved(job);
    for (const Seen& one : seen) {
      CHECK(std::is_sorted(one.inputs.begin(), one.inputs.end()));
      CHECK(one.ends == std::vector<int>{0, 1, 2, 3, 4});
      CHECK(std::find(one.selected.begin(), one.selected.end(), false) == one.selected.end());
    }
  }
}

TEST_CASE("an operator that goes on selecting an ended input fails, and does not wait for ever") {
  JobControl job;
  std::vector<Seen> seen;
  TaskCluster cluster{3, 2, {}};
  cluster.deploy(five_sources(job, seen, Selects::first));
  REQUIRE(cluster.run_until([&] { return !cluster.failures().empty(); }, 100 * second));
  CHECK(cluster.failures()[0].message.find("'many' selects only inputs that have ended") !=
        std::string::npos);
}

TEST_CASE("with an operator that selects its inputs no checkpoint is taken, and the job goes on") {
  JobControl job;
  job.source_pause_max_ns = 1'000'000;
  std::vector<Seen> seen;
  TaskCluster cluster{3, 2, {}};
  cluster.deploy(five_sources(job, seen, Selects::in_turn));
  cluster.run_for(second / 1000);
  cluster.trigger(1);
  REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, 100 * second));
  CHECK(!cluster.completed());
  REQUIRE(!cluster.declines().empty());
  CHECK(cluster.declines()[0].find("'many' selects which input it reads next") !=
        std::string::npos);
  check_conserved(job);
}

TEST_CASE("an answer from outside is emitted though nothing more comes in") {
  JobControl job;
  job.numbers = 20;
  job.endless = true;
  std::size_t emitted = 0;
  TaskCluster cluster{1, 2, {}};
  cluster.deploy(ask_outside(job, cluster.world(), emitted));
  CHECK(cluster.run_until([&] { return emitted == 20; }, second));
}

TEST_CASE("after a savepoint that stops the job no answer is emitted, and none is lost") {
  JobControl job;
  job.numbers = 20;
  job.endless = true;
  std::size_t emitted = 0;
  TaskCluster cluster{1, 2, {}};
  cluster.deploy(ask_outside(job, cluster.world(), emitted));
  cluster.hold_notices = true;
  REQUIRE(cluster.run_until([&] { return emitted > 0; }, second));
  cluster.trigger(1, channels::Barrier::savepoint | channels::Barrier::terminate, "/sp");
  REQUIRE(cluster.run_until([&] { return cluster.completed().has_value(); }, second));
  const std::size_t before = emitted;
  CHECK(before < 20);
  cluster.run_for(second);
  CHECK(emitted == before);
  const auto from = cluster.completed();
  cluster.stop();
  cluster.deploy(ask_outside(job, cluster.world(), emitted), &*from);
  CHECK(cluster.run_until([&] { return emitted == 20; }, second));
}

TEST_CASE("answers from outside: each is emitted once, across stops, kills and restores") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    JobControl job;
    job.seed = seed;
    job.numbers = 2000;
    job.source_pause_max_ns = 300'000;
    job.collector_pause_max_ns = seed % 2 == 0 ? 500'000 : 0;
    std::size_t emitted = 0;
    TaskCluster cluster{seed, 2, {}};
    cluster.deploy(ask_outside(job, cluster.world(), emitted));
    std::optional<CompletedCheckpoint> from;
    for (std::int64_t id = 1; id <= 3; ++id) {
      cluster.run_for(second / 200);
      const bool stop = (seed + static_cast<std::uint64_t>(id)) % 2 == 0;
      if (stop) {
        cluster.trigger(id, channels::Barrier::savepoint | channels::Barrier::terminate, "/sp");
      } else {
        cluster.trigger(id);
      }
      cluster.run_until([&] { return !cluster.pending(); }, second);
      if (!cluster.completed() || cluster.completed()->id != id) break;  // it has ended
      from = cluster.completed();
      if (stop) cluster.run_for(second / 50);
      cluster.stop();
      job.collected.clear();
      cluster.deploy(ask_outside(job, cluster.world(), emitted), &*from);
    }
    REQUIRE(cluster.run_until([&] { return cluster.all(TaskState::finished); }, 100 * second));
    check_conserved(job);
  }
}

}  // namespace flink::task::test
