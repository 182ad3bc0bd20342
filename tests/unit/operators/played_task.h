// SPDX-License-Identifier: Apache-2.0
// A task that a test plays by hand: time is a number, what is emitted is kept as text.
#pragma once

#include <flink/error.h>
#include <flink/graph/operator.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace flink::test {

struct PlayedTask final : OperatorContext, RuntimeContext, Output {
  struct Time final : base::Clock {
    base::Duration at{0};
    base::TimePoint now() const override { return {at}; }
    std::int64_t wall_millis() const override { return at / std::chrono::milliseconds{1}; }
  } time;
  std::vector<std::string> said;
  std::optional<base::Duration> wake;
  base::Duration blocked{0};  // downstream, so far
  std::vector<std::string> to_coordinator;

  void emit(BatchRef& batch) override {
    for (const auto at : batch->timestamps()) said.push_back("record " + std::to_string(at));
  }
  void emit_watermark(Timestamp w) override {
    said.push_back("watermark " + std::to_string(w.time_since_epoch().count()));
  }
  void emit_idle(bool idle) override { said.push_back(idle ? "idle" : "active"); }

  RuntimeContext& runtime() override { return *this; }
  Output& output() override { return *this; }
  Output* side_output(std::string_view) override { return nullptr; }
  void send_to_coordinator(std::string event) override {
    to_coordinator.push_back(std::move(event));
  }
  std::chrono::nanoseconds backpressured_time() const override { return blocked; }
  std::function<void()> waker() override {
    return [] {};
  }
  void wake_after(std::chrono::nanoseconds delay) override { wake = delay; }
  base::FileSystem& file_system() override { throw Error{ErrorKind::internal, "no files"}; }
  const base::Clock& clock() override { return time; }
  std::string option(std::string_view key) const override {
    return key == "pipeline.auto-watermark-interval" ? "50 ms" : "";
  }
  std::string_view job_id() const override { return "job"; }
  std::string_view job_name() const override { return "job"; }
  std::string_view task_name() const override { return "Source: readings"; }
  int subtask_index() const override { return 0; }
  int parallelism() const override { return 1; }
  int max_parallelism() const override { return 128; }
  int attempt_number() const override { return 0; }
  Counter& counter(std::string_view) override { return counted; }
  void gauge(std::string_view, std::function<double()>) override {}
  void run_blocking(const std::function<void()>& function) override { function(); }
  Counter counted;
};

}  // namespace flink::test
