// SPDX-License-Identifier: Apache-2.0
// What a user function may know and use: open(RuntimeContext&) of a rich function, ctx.runtime().
// Semantics: Flink, "Rich Functions" and "Metrics". Threads: the slot of the task only, except that
// counters may be read from anywhere.
#pragma once

#include <flink/base/atomic.h>
#include <flink/base/functional.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace flink {

// Counts up; written by the task, read by anyone.
class Counter {
 public:
  void inc(std::int64_t by = 1) noexcept { value_.store(value_.load() + by); }
  void dec(std::int64_t by = 1) noexcept { inc(-by); }
  std::int64_t count() const noexcept { return value_.load(); }

 private:
  detail::Atomic<std::int64_t> value_{0};
};

class RuntimeContext {
 public:
  virtual ~RuntimeContext() = default;
  virtual std::string_view job_id() const = 0;  // 32 hexadecimal digits
  virtual std::string_view job_name() const = 0;
  virtual std::string_view task_name() const = 0;  // of the operator
  virtual int subtask_index() const = 0;           // 0-based
  virtual int parallelism() const = 0;
  virtual int max_parallelism() const = 0;
  virtual int attempt_number() const = 0;  // 0-based

  // The counter of that name; owned by the task, valid until close().
  virtual Counter& counter(std::string_view name) = 0;
  // A number that is asked for now and then on the task's own thread.
  virtual void gauge(std::string_view name, std::function<double()> value) = 0;

  // Runs a blocking function on a helper while the other tasks of the slot go on; returns when it
  // has run, throws what it threw. Hold no lock across it.
  virtual void run_blocking(const std::function<void()>& function) = 0;
};

}  // namespace flink
