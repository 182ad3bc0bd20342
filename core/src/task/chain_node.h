// SPDX-License-Identifier: Apache-2.0
// The inside of OperatorChain: an operator with what was made for it, and what it sees.
#pragma once

#include <algorithm>
#include <mutex>
#include <utility>

#include "task/operator_chain.h"

namespace flink::task {

// One operator of the chain with all that was made for it.
struct OperatorChain::Node {
  int index = 0;
  const graph::ChainedOperator* description = nullptr;
  SortPart sort;
  std::unique_ptr<Operator> op;
  std::unique_ptr<SourceOperator> source;
  std::unique_ptr<Context> context;
  KeyedPart keyed;
  const state::OperatorSubtaskState* restored = nullptr;
  Output* main_output = nullptr;
  std::map<std::string, Output*, std::less<>> side_outputs;
  Timestamp watermark = min_timestamp;  // what it has been given
  bool passed_on = true;
  bool opened = false;

  // Whether it is news; one that is earlier than the restored one is none. That one itself is,
  // once: what comes behind has not heard of it, and there may be no later one.
  bool advance(Timestamp to) {
    if (to < watermark || (to == watermark && passed_on)) return false;
    watermark = to;
    passed_on = true;
    return true;
  }
  void restore_watermark(Timestamp to) {
    watermark = to;
    passed_on = to == min_timestamp;
  }
  std::shared_ptr<std::atomic<bool>> woken = std::make_shared<std::atomic<bool>>(false);
  std::optional<std::int64_t> wake_at_wall_millis;
};

// What a user's function and its operator see.
class OperatorChain::Context final : public OperatorContext, public RuntimeContext {
 public:
  Context(OperatorChain& chain, Node& node)
      : chain_(chain), node_(node), operator_id_(node.description->id.hex()) {}

  RuntimeContext& runtime() override { return *this; }
  Output& output() override { return *node_.main_output; }
  Output* side_output(std::string_view tag) override {
    const auto found = node_.side_outputs.find(tag);
    return found == node_.side_outputs.end() ? nullptr : found->second;
  }
  void send_to_coordinator(std::string event) override {
    chain_.environment_.send_to_coordinator(node_.description->id, std::move(event));
  }
  std::function<void()> waker() override {
    if (node_.source) return chain_.environment_.waker();  // its poll() looks by itself
    return [mine = node_.woken, any = chain_.woken_, wake = chain_.environment_.waker()] {
      mine->store(true, std::memory_order_release);
      any->store(true, std::memory_order_release);
      wake();
    };
  }
  void wait_until(const std::function<bool()>& done) override {
    while (!done()) chain_.environment_.wait();
  }
  void wake_after(std::chrono::nanoseconds delay) override {
    chain_.environment_.wake_after(delay);
  }
  base::FileSystem& file_system() override { return chain_.environment_.file_system(); }
  const base::Clock& clock() override { return chain_.environment_.clock(); }
  std::chrono::nanoseconds backpressured_time() const override {
    return chain_.environment_.backpressured_time();
  }
  base::Network* network() override { return chain_.environment_.network(); }
  std::string option(std::string_view key) const override {
    return chain_.environment_.option(key);
  }
  std::string_view operator_id() const override { return operator_id_; }

  detail::Turn& turn() override { return chain_.environment_.turn(); }

  state::KeyedStateBackend* keyed_state() override { return node_.keyed.backend; }
  const OperatorSnapshot& restored_state() const override {
    return node_.restored == nullptr ? OperatorContext::restored_state()
                                     : node_.restored->operator_state;
  }
  Timestamp restored_watermark() const override {
    return node_.restored == nullptr ? min_timestamp
                                     : timestamp_of_millis(node_.restored->watermark);
  }
  bool restored_watermark_pending() const override {
    return node_.restored != nullptr && node_.restored->watermark_pending;
  }
  // Nothing stands between the task and its head.
  bool may_pause() const override { return node_.index == 0; }
  std::optional<std::int64_t> restored_checkpoint_id() const override {
    return chain_.restored_.checkpoint_id;
  }
  // In the millisecond behind it, when the last record of that one has come.
  void wake_at_processing_time(std::int64_t wall_millis) override {
    if (wall_millis < INT64_MAX) ++wall_millis;
    auto& at = node_.wake_at_wall_millis;
    at = std::min(at.value_or(wall_millis), wall_millis);
    chain_.wake_at_wall_millis_ = std::min(chain_.wake_at_wall_millis_, wall_millis);
  }

  std::string_view job_id() const override { return chain_.identity_.job_id; }
  std::string_view job_name() const override { return chain_.identity_.job_name; }
  std::string_view task_name() const override { return node_.description->name; }
  int subtask_index() const override { return chain_.identity_.subtask; }
  int parallelism() const override { return chain_.vertex_.parallelism; }
  int max_parallelism() const override { return chain_.vertex_.max_parallelism; }
  int attempt_number() const override { return chain_.identity_.attempt; }

  Counter& counter(std::string_view name) override {
    const std::lock_guard lock{mutex_};
    return counters_[std::string{name}];
  }
  void gauge(std::string_view name, std::function<double()> value) override {
    gauges_.emplace_back(std::string{name}, std::move(value));
    const std::lock_guard lock{mutex_};
    gauge_values_[std::string{name}] = 0;
  }
  void set_metric(std::string_view name, double value) override {
    const std::lock_guard lock{mutex_};
    gauge_values_[std::string{name}] = value;
  }
  void remove_metric(std::string_view name) override {
    const std::lock_guard lock{mutex_};
    gauge_values_.erase(std::string{name});
  }
  void run_blocking(const std::function<void()>& function) override {
    chain_.environment_.run_blocking(function);
  }

  // On the task's fiber: asks the gauges.
  void sample_gauges() {
    for (const auto& [name, value] : gauges_) {
      const double sampled = value();
      const std::lock_guard lock{mutex_};
      gauge_values_[name] = sampled;
    }
  }
  // Any thread.
  void collect_metrics(std::vector<std::pair<std::string, double>>& out) const {
    const std::lock_guard lock{mutex_};
    for (const auto& [name, counter] : counters_) {
      out.emplace_back(node_.description->name + "." + name, static_cast<double>(counter.count()));
    }
    for (const auto& [name, value] : gauge_values_) {
      out.emplace_back(node_.description->name + "." + name, value);
    }
  }

 private:
  OperatorChain& chain_;
  Node& node_;
  std::string operator_id_;
  mutable std::mutex mutex_;  // names only: metrics are asked for by another thread
  std::map<std::string, Counter> counters_;
  std::map<std::string, double> gauge_values_;
  std::vector<std::pair<std::string, std::function<double()>>> gauges_;
};

}  // namespace flink::task
