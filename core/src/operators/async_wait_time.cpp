// SPDX-License-Identifier: Apache-2.0
#include <flink/error.h>
#include <flink/operators/async_wait_time.h>

#include <chrono>

#include "base/clock.h"

namespace flink::detail {

std::int64_t AsyncWaitTime::now() const { return context_->clock().wall_millis(); }

std::int64_t AsyncWaitTime::after(std::int64_t delay_millis) const {
  const std::int64_t from = now();
  return from > INT64_MAX - delay_millis ? INT64_MAX : from + delay_millis;
}

void AsyncWaitTime::wake_at(std::int64_t millis) {
  if (millis != INT64_MAX) context_->wake_at_processing_time(millis);
}

void AsyncWaitTime::wait_until(std::int64_t due_millis, const std::function<bool()>& answered) {
  context_->wait_until([&] {
    if (answered()) return true;
    if (due_millis == INT64_MAX) return false;
    const std::int64_t left = due_millis - now();
    if (left <= 0) return true;
    context_->wake_after(std::chrono::milliseconds{left});
    return false;
  });
}

void AsyncWaitTime::fail(const std::exception_ptr& error) const {
  if (error) std::rethrow_exception(error);
  throw Error{ErrorKind::user,
              "complete_exceptionally was called without an exception: pass "
              "std::make_exception_ptr(...)"};
}

void AsyncWaitTime::fail_timed_out(int retried, bool dropped) const {
  std::string message =
      "a request was not answered within " + std::to_string(timeout_millis_) + " ms";
  if (retried > 0) message += ", though it was asked " + std::to_string(retried + 1) + " times";
  if (dropped) message += "; its ResultFuture was destroyed unanswered";
  throw Error{ErrorKind::user,
              message +
                  ": raise the timeout, or give the function a hook void timeout(const "
                  "Record& in, ResultFuture<Out> future) that answers in its place"};
}

void AsyncWaitTime::fail_dropped() const {
  throw Error{ErrorKind::user,
              "a ResultFuture was destroyed unanswered, and no time-out will answer in its "
              "place: call complete() or complete_exceptionally() on every path"};
}

}  // namespace flink::detail
