// SPDX-License-Identifier: Apache-2.0
// A job whose output proves conservation: sources emit each number of a range once, operators pass
// them on, collectors keep what they got in their state. Whatever happens between, in the end each
// number must be in exactly one collector.
#pragma once

#include <doctest/doctest.h>
#include <flink/api/key_selector.h>
#include <flink/error.h>
#include <flink/graph/transformation.h>
#include <flink/operators/keyed_operator_state.h>
#include <flink/state/value_state.h>
#include <flink/types/key_hash.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "fiber/slot_task.h"
#include "sim/sim_queue.h"

namespace flink::task::test {

struct Number {
  std::int64_t value = 0;
  std::string pad;
};

// What a test sets and sees; outlives the cluster. One thread.
struct JobControl {
  std::int64_t numbers = 1000;
  int splits = 4;
  std::int64_t source_pause_max_ns = 0;
  std::int64_t collector_pause_max_ns = 0;  // for 64 records
  std::size_t pad_bytes = 0;
  bool fail_in_snapshot = false;
  bool endless = false;  // sources go on when all numbers are out

  std::vector<std::int64_t> collected;  // by collectors that have ended
  std::int64_t doubled = 0;             // seen by keyed state
  int finished_operators = 0;           // finish() calls
  int ended_inputs = 0;
  std::vector<std::int64_t> watermarks;
  std::vector<std::int64_t> completed, aborted;  // notices, of collectors
  std::uint64_t seed = 1;
};

inline std::string item_of(const std::vector<std::int64_t>& numbers) {
  ByteWriter out;
  Serializer<std::vector<std::int64_t>>::write(out, numbers);
  return std::string{out.view()};
}
inline std::vector<std::int64_t> numbers_of(const std::string& item) {
  ByteReader in{item};
  std::vector<std::int64_t> numbers;
  Serializer<std::vector<std::int64_t>>::read(in, numbers);
  return numbers;
}

inline void pause(OperatorContext& context, base::SeededRandom& random, std::int64_t max_ns) {
  if (max_ns == 0) return;
  const auto wait = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(max_ns)));
  fiber::SlotTask::current()->sleep_until(context.clock().now() + sim::Duration{wait});
}

// Split k of n: the numbers k, k + n, … Of several sources each has the splits of its part.
class NumberSource final : public SourceOperator {
 public:
  NumberSource(JobControl& job, int part, int parts)
      : job_(job), part_(part), parts_(parts), random_(0) {}

  void open(OperatorContext& context) override {
    context_ = &context;
    random_ = base::SeededRandom{
        job_.seed + 77 * static_cast<std::uint64_t>(context.runtime().subtask_index())};
    if (context.restored_checkpoint_id()) {
      const auto found = context.restored_state().find("splits");
      if (found == context.restored_state().end()) return;
      for (const auto& item : found->second.items) splits_.push_back(numbers_of(item));
      return;
    }
    const int parallelism = context.runtime().parallelism();
    for (int k = 0; k < job_.splits; ++k) {
      const bool mine =
          k % parts_ == part_ && k / parts_ % parallelism == context.runtime().subtask_index();
      if (mine) splits_.push_back({k});
    }
  }
  void handle_coordinator_event(std::string_view) override {}

  InputStatus poll() override {
    pause(*context_, random_, job_.source_pause_max_ns);
    BatchRef batch = make_ref<RecordBatch<Number>>(64);
    auto& records = static_cast<RecordBatch<Number>&>(*batch);
    const auto size = 1 + random_.below(64);
    for (auto& split : splits_) {
      while (split[0] < job_.numbers && records.size() < size) {
        records.emplace(Number{split[0], std::string(job_.pad_bytes, 'x')});
        split[0] += job_.splits;
      }
    }
    if (records.size() > 0) {
      context_->output().emit(batch);
      return InputStatus::more_available;
    }
    return job_.endless ? InputStatus::nothing_available : InputStatus::end_of_input;
  }
  OperatorSnapshot snapshot(std::int64_t) override {
    OperatorSnapshot snapshot;
    auto& list = snapshot["splits"];
    for (const auto& split : splits_) list.items.push_back(item_of(split));
    return snapshot;
  }
  void close() noexcept override {}

 private:
  JobControl& job_;
  const int part_, parts_;
  base::SeededRandom random_;
  OperatorContext* context_ = nullptr;
  std::vector<std::vector<std::int64_t>> splits_;  // each: the next number
};

// Passes records on, in batches of its own; holds a few back until the barrier or the end.
class PassOn final : public Operator {
 public:
  explicit PassOn(JobControl& job) : job_(job) {}
  void open(OperatorContext& context) override { context_ = &context; }
  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<Number>&>(*batch);
    for (const auto& record : records.records()) {
      held_.push_back(record);
      if (held_.size() >= 20) flush();
    }
  }
  void process_watermark(Timestamp watermark) override {
    flush();
    context_->output().emit_watermark(watermark);
  }
  void process_idle(bool idle) override { context_->output().emit_idle(idle); }
  void end_input(int) override { ++job_.ended_inputs; }
  void finish() override {
    ++job_.finished_operators;
    flush();
  }
  void prepare_snapshot(std::int64_t) override { flush(); }
  OperatorSnapshot snapshot(std::int64_t) override { return {}; }
  void close() noexcept override {}

 private:
  void flush() {
    if (held_.empty()) return;
    BatchRef batch = make_ref<RecordBatch<Number>>(held_.size());
    for (auto& record : held_) static_cast<RecordBatch<Number>&>(*batch).emplace(record);
    held_.clear();
    context_->output().emit(batch);
  }
  JobControl& job_;
  OperatorContext* context_ = nullptr;
  std::vector<Number> held_;
};

class Collector final : public Operator {
 public:
  explicit Collector(JobControl& job) : job_(job), random_(job.seed) {}
  void open(OperatorContext& context) override {
    context_ = &context;
    const auto found = context.restored_state().find("numbers");
    if (found == context.restored_state().end()) return;
    for (const auto& item : found->second.items) {
      for (const auto number : numbers_of(item)) numbers_.push_back(number);
    }
  }
  void process(int, BatchRef& batch) override {
    pause(*context_, random_,
          job_.collector_pause_max_ns * static_cast<std::int64_t>(batch->size()) / 64);
    for (const auto& record : static_cast<RecordBatch<Number>&>(*batch).records()) {
      numbers_.push_back(record.value);
    }
  }
  void process_watermark(Timestamp watermark) override {
    job_.watermarks.push_back(watermark.time_since_epoch().count());
  }
  void process_idle(bool) override {}
  void end_input(int) override { ++job_.ended_inputs; }
  void finish() override {
    ++job_.finished_operators;
    job_.collected.insert(job_.collected.end(), numbers_.begin(), numbers_.end());
  }
  OperatorSnapshot snapshot(std::int64_t) override {
    if (job_.fail_in_snapshot) throw Error{ErrorKind::user, "no snapshot today"};
    OperatorSnapshot snapshot;
    auto& list = snapshot["numbers"];
    for (std::size_t from = 0; from < numbers_.size(); from += 10) {
      const auto to = std::min(numbers_.size(), from + 10);
      list.items.push_back(item_of({numbers_.begin() + static_cast<std::ptrdiff_t>(from),
                                    numbers_.begin() + static_cast<std::ptrdiff_t>(to)}));
    }
    return snapshot;
  }
  void notify_checkpoint_complete(std::int64_t id) override { job_.completed.push_back(id); }
  void notify_checkpoint_aborted(std::int64_t id) override { job_.aborted.push_back(id); }
  void close() noexcept override {}

 private:
  JobControl& job_;
  base::SeededRandom random_;
  OperatorContext* context_ = nullptr;
  std::vector<std::int64_t> numbers_;
};

// Counts each number in keyed state, and sets it a timer that tells of it at the end.
class KeyedCounter final : public Operator {
 public:
  explicit KeyedCounter(JobControl& job) : job_(job), random_(job.seed), function_(Count{}) {}
  void open(OperatorContext& context) override {
    context_ = &context;
    state_.open(context, function_.handles(), true);
  }
  void process(int, BatchRef& batch) override {
    pause(*context_, random_,
          job_.collector_pause_max_ns * static_cast<std::int64_t>(batch->size()) / 64);
    for (const auto& record : static_cast<RecordBatch<Number>&>(*batch).records()) {
      state_.set_current_key(key_hash(record.value), record.value);
      const auto& seen = (*function_).seen;
      job_.doubled += seen.value_or(0) > 0 ? 1 : 0;
      seen.update(seen.value_or(0) + 1);
      state_.timers().register_event_time_timer(timestamp_of_millis(record.value));
    }
  }
  void process_watermark(Timestamp watermark) override {
    state_.timers().advance_watermark(
        watermark, [&](Timestamp) { job_.collected.push_back(state_.current_key()); });
  }
  void process_idle(bool) override {}
  void end_input(int) override {}
  void finish() override {}
  OperatorSnapshot snapshot(std::int64_t) override { return {}; }
  void close() noexcept override {}

 private:
  struct Count {
    ValueState<std::int64_t> seen{"seen"};
  };
  JobControl& job_;
  base::SeededRandom random_;
  OperatorContext* context_ = nullptr;
  state::BoundFunction<Count> function_;
  state::KeyedOperatorState<std::int64_t> state_;
};

inline Partitioning hash_by_value() {
  Partitioning how{ShipStrategy::hash, true, {}, "i64"};
  using Select = detail::KeySelector<Number, std::int64_t Number::*>;
  const Select select{&Number::value};
  how.make_partitioner = [select]() -> std::unique_ptr<Partitioner> {
    return std::make_unique<detail::KeyPartitioner<Number, Select>>(select);
  };
  return how;
}

// A graph under construction.
class JobBuilder {
 public:
  explicit JobBuilder(JobControl& job) : job_(job) {}

  int source(int parallelism, int part = 0, int parts = 1) {
    Transformation t = base("source", parallelism);
    t.make_source = [&job = job_, part, parts] {
      return std::make_unique<NumberSource>(job, part, parts);
    };
    t.output_type = &record_type<Number>();
    return add(std::move(t));
  }
  int pass_on(const std::vector<std::pair<int, Partitioning>>& inputs, int parallelism) {
    Transformation t = base("pass", parallelism);
    t.make_operator = [&job = job_] { return std::make_unique<PassOn>(job); };
    t.output_type = &record_type<Number>();
    return add(std::move(t), inputs);
  }
  int collect(const std::vector<std::pair<int, Partitioning>>& inputs, int parallelism) {
    Transformation t = base("collect", parallelism);
    t.make_operator = [&job = job_] { return std::make_unique<Collector>(job); };
    return add(std::move(t), inputs);
  }
  int count_keyed(const std::vector<std::pair<int, Partitioning>>& inputs, int parallelism) {
    Transformation t = base("count", parallelism);
    t.keyed = true;
    t.make_operator = [&job = job_] { return std::make_unique<KeyedCounter>(job); };
    return add(std::move(t), inputs);
  }
  int add_operator(Transformation t, const std::vector<std::pair<int, Partitioning>>& inputs,
                   int parallelism) {
    t.parallelism = parallelism;
    t.max_parallelism = 128;
    return add(std::move(t), inputs);
  }
  StreamGraph take() { return std::move(graph_); }

 private:
  static Transformation base(const char* name, int parallelism) {
    Transformation t;
    t.name = name;
    t.parallelism = parallelism;
    t.max_parallelism = 128;
    return t;
  }
  int add(Transformation t, const std::vector<std::pair<int, Partitioning>>& inputs = {}) {
    const auto index = static_cast<int>(graph_.transformations.size());
    t.uid = t.name + std::to_string(index);
    int number = 0;
    for (const auto& [source, how] : inputs) {
      t.inputs.push_back({source, "", how, number++, &record_type<Number>()});
    }
    graph_.transformations.push_back(std::move(t));
    return index;
  }

  JobControl& job_;
  StreamGraph graph_;
};

inline void check_conserved(const JobControl& job) {
  auto numbers = job.collected;
  std::sort(numbers.begin(), numbers.end());
  std::int64_t lost = 0, doubled = 0;
  std::vector<int> seen(static_cast<std::size_t>(job.numbers));
  for (const auto number : numbers) ++seen.at(static_cast<std::size_t>(number));
  for (const auto times : seen) {
    lost += times == 0 ? 1 : 0;
    doubled += times > 1 ? times - 1 : 0;
  }
  CHECK(lost == 0);
  CHECK(doubled == 0);
}

}  // namespace flink::task::test
