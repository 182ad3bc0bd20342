// SPDX-License-Identifier: Apache-2.0
// The half of an asynchronous operator that needs no types: its clock, its waiting, and what it
// says when a request ends badly. Compiled once, in core/src/operators.
#pragma once

#include <flink/base/functional.h>
#include <flink/graph/operator.h>

#include <cstdint>
#include <exception>
#include <string>

namespace flink::detail {

class AsyncWaitTime {
 public:
  explicit AsyncWaitTime(std::int64_t timeout_millis) : timeout_millis_(timeout_millis) {}
  void open(OperatorContext& context) { context_ = &context; }

  bool times_out() const noexcept { return timeout_millis_ > 0; }
  std::int64_t now() const;
  std::int64_t after(std::int64_t delay_millis) const;  // from now
  // on_processing_time() then; INT64_MAX: not for this.
  void wake_at(std::int64_t millis);
  // Suspends until there is an answer, or it is so late.
  void wait_until(std::int64_t due_millis, const std::function<bool()>& answered);

  [[noreturn]] void fail(const std::exception_ptr& error) const;
  [[noreturn]] void fail_timed_out(int retried, bool dropped) const;
  [[noreturn]] void fail_dropped() const;

 private:
  std::int64_t timeout_millis_;
  OperatorContext* context_ = nullptr;
};

}  // namespace flink::detail
