// SPDX-License-Identifier: Apache-2.0
// One operator of a tested graph, and what it sees.
#pragma once

#include <flink/error.h>
#include <flink/harness/test_graph.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "harness/feeds.h"
#include "state/backend.h"

namespace flink::detail {

inline constexpr int test_key_groups = 128;

// Calls of an operator's waker, by any thread.
class Wakes {
 public:
  void wake() {
    const std::lock_guard lock{mutex_};
    woken_ = due_ = true;
    changed_.notify_all();
  }
  // on_wake() is due.
  bool take() {
    const std::lock_guard lock{mutex_};
    return std::exchange(due_, false);
  }
  void wait() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return woken_; });
    woken_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false, due_ = false;
};

struct TestGraph::Node final : OperatorContext, RuntimeContext {
  std::unique_ptr<Operator> op;
  std::string name;
  Fan main;
  std::map<std::string, Fan, std::less<>> sides;
  std::map<std::string, Counter, std::less<>> counters;
  Inputs inputs;
  const base::Clock* shared_clock = nullptr;
  std::shared_ptr<Wakes> wakes = std::make_shared<Wakes>();  // shared with wakers
  std::optional<std::int64_t> wake_at;                       // processing time
  std::unique_ptr<state::KeyedState> keyed;
  // What it starts from; nothing: afresh.
  std::optional<std::int64_t> restored_checkpoint;
  OperatorSnapshot restored_lists;
  std::vector<state::KeyedStateHandle> restored_keyed;
  Timestamp watermark_before = min_timestamp;
  bool watermark_left = false;  // that one was not worked off whole
  int subtask = 0, subtasks = 1;
  bool is_keyed = false;
  bool opened = false;

  RuntimeContext& runtime() override { return *this; }
  Output& output() override { return main; }
  Output* side_output(std::string_view tag) override {
    const auto found = sides.find(tag);
    return found == sides.end() ? nullptr : &found->second;
  }
  void send_to_coordinator(std::string) override {}
  std::function<void()> waker() override {
    return [wakes = wakes] { wakes->wake(); };
  }
  void wait_until(const std::function<bool()>& done) override {
    while (!done()) wakes->wait();
  }
  void wake_after(std::chrono::nanoseconds) override {}
  base::FileSystem& file_system() override {
    throw Error{ErrorKind::user, "operator \"" + name +
                                     "\" uses files, which a function test has not; "
                                     "test it in a job with --local"};
  }
  const base::Clock& clock() override { return *shared_clock; }
  state::KeyedStateBackend* keyed_state() override { return keyed.get(); }
  const OperatorSnapshot& restored_state() const override { return restored_lists; }
  std::optional<std::int64_t> restored_checkpoint_id() const override {
    return restored_checkpoint;
  }
  Timestamp restored_watermark() const override { return watermark_before; }
  bool restored_watermark_pending() const override { return watermark_left; }
  bool may_pause() const override { return watermark_left; }
  void wake_at_processing_time(std::int64_t wall_millis) override {
    wake_at = std::min(wake_at.value_or(wall_millis), wall_millis);
  }

  std::string_view job_id() const override { return "00000000000000000000000000000000"; }
  std::string_view job_name() const override { return "test"; }
  std::string_view task_name() const override { return name; }
  int subtask_index() const override { return subtask; }
  int parallelism() const override { return subtasks; }
  int max_parallelism() const override { return test_key_groups; }
  int attempt_number() const override { return 0; }
  Counter& counter(std::string_view counter_name) override {
    return counters[std::string{counter_name}];
  }
  void gauge(std::string_view, std::function<double()>) override {}
  void run_blocking(const std::function<void()>& function) override { function(); }
};

}  // namespace flink::detail
