// SPDX-License-Identifier: Apache-2.0
#include "fiber/slot_task.h"

#include <flink/base/check.h>

#include <utility>

#include "fiber/slot.h"

namespace flink::fiber {

namespace {

// Which task this thread is in: one per thread by nature, as the stack is.
thread_local SlotTask* current_task = nullptr;

}  // namespace

SlotTask::SlotTask(Slot& slot, SlotTaskOptions options, std::shared_ptr<Inbox> inbox,
                   std::uint64_t id)
    : slot_(slot),
      options_(std::move(options)),
      id_(id),
      target_(std::make_shared<WakeTarget>(std::move(inbox))) {}

SlotTask::~SlotTask() = default;

SlotTask* SlotTask::current() { return current_task; }
void SlotTask::set_current(SlotTask* task) { current_task = task; }

void SlotTask::suspend(Wait reason) {
  FLINK_CHECK(current_task == this, name());
  wait_reason_.store(reason, std::memory_order_relaxed);
  fiber_->suspend();
}

bool SlotTask::suspend_until(base::TimePoint deadline, Wait reason) {
  timed_out_ = false;
  slot_.set_deadline(*this, deadline);
  suspend(reason);
  deadline_ = base::TimePoint::never();
  return !timed_out_;
}

void SlotTask::sleep_until(base::TimePoint deadline) {
  while (slot_.clock().now() < deadline) suspend_until(deadline, Wait::other);
}

void SlotTask::suspend_uncancelled() {
  FLINK_CHECK(current_task == this, name());
  wait_reason_.store(Wait::other, std::memory_order_relaxed);
  fiber_->suspend_uncancelled();
}

void SlotTask::yield() {
  FLINK_CHECK(current_task == this, name());
  yielding_ = true;
  fiber_->suspend();
}

void SlotTask::yield_if_due() {
  // A clock read costs as much as several records. The cap counts where time stands still within a
  // step (simulation).
  constexpr unsigned calls_per_clock_read = 8;
  constexpr unsigned calls_max = 1024;
  if (++due_calls_ % calls_per_clock_read != 0) return;
  const bool due = slot_.clock().now() - slot_.turn_began_ >= slot_.options_.turn_budget;
  if (!due && due_calls_ < calls_max) return;
  yield();
}

void SlotTask::cancel() {
  target_->inbox->post([weak = weak_from_this()] {
    if (const auto task = weak.lock(); task && !task->finished()) task->slot_.cancel_task(*task);
  });
}

void SlotTask::woken() {
  signal_taken_ = true;
  if (added_) slot_.make_ready(*this);
}

void SlotTask::begin_wait(base::TimePoint now) {
  wait_since_nanos_.store(now.since_origin.count(), std::memory_order_relaxed);
}

void SlotTask::end_wait(base::TimePoint now) {
  const auto since = wait_since_nanos_.load(std::memory_order_relaxed);
  if (since == 0) return;
  wait_since_nanos_.store(0, std::memory_order_relaxed);
  const auto reason = wait_reason_.load(std::memory_order_relaxed);
  if (reason == Wait::other) {
    other_nanos_ += now.since_origin.count() - since;
    return;
  }
  auto& total = reason == Wait::input ? input_nanos_ : output_nanos_;
  // The slot's thread is the only writer.
  total.store(total.load(std::memory_order_relaxed) + now.since_origin.count() - since,
              std::memory_order_relaxed);
}

base::Duration SlotTask::worked() const {
  return base::Duration{running_nanos_.load(std::memory_order_relaxed) +
                        output_nanos_.load(std::memory_order_relaxed) + other_nanos_};
}

TaskTimes SlotTask::times() const {
  TaskTimes times{base::Duration{running_nanos_.load(std::memory_order_relaxed)},
                  base::Duration{input_nanos_.load(std::memory_order_relaxed)},
                  base::Duration{output_nanos_.load(std::memory_order_relaxed)}};
  if (finished()) return times;  // the slot may be gone
  const auto since = wait_since_nanos_.load(std::memory_order_relaxed);
  if (since != 0) {
    const auto waited = slot_.clock().now() - base::TimePoint{base::Duration{since}};
    const auto reason = wait_reason_.load(std::memory_order_relaxed);
    if (reason == Wait::input) times.waiting_input += waited;
    if (reason == Wait::output) times.waiting_output += waited;
  }
  return times;
}

}  // namespace flink::fiber
