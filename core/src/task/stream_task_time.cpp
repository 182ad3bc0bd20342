// SPDX-License-Identifier: Apache-2.0
// The part of StreamTask that watches time: how long records take, buffer timeouts, processing-time
// timers, waiting.
#include <algorithm>
#include <utility>

#include "task/stream_task.h"

namespace flink::task {

namespace {

// How many turns pass between two looks at the clock, as long as they are short.
constexpr unsigned turns_between_clock_reads = 16;
// What may be under way to a task: as much as it works on in that time.
constexpr base::Duration in_flight_time = std::chrono::milliseconds{100};

}  // namespace

// What the work of the last turns has taken says how much to take on at once, here and upstream.
void StreamTask::measure() {
  const auto worked = fiber::SlotTask::current()->worked();
  if (const auto records = std::exchange(records_given_, 0); records > 0) {
    if (pacer_.took(records, worked - worked_) && gate_->size() > 0) want_records();
  }
  worked_ = worked;
}

void StreamTask::want_records() {
  const auto wanted = pacer_.records_in(in_flight_time);
  if (wanted == wanted_) return;
  wanted_ = wanted;
  gate_->want(std::max<std::size_t>(1, wanted / gate_->size()));
}

// Within an operator, between two of its records. Who emits may suspend, too, so others find
// nothing that they would not find then.
void StreamTask::look_up() {
  flush_late(clock().now());
  fiber::SlotTask::current()->yield();
}

void StreamTask::flush_late(base::TimePoint now) {
  if (setup_.buffer_timeout < base::Duration::zero()) return;  // only full batches
  if (now - last_flush_ < setup_.buffer_timeout || chain_->overflowing()) return;
  last_flush_ = now;
  chain_->flush_exchanges();
}

// A busy task still lets partial batches go, and time pass.
void StreamTask::between_batches() {
  if (checkpointer_->active()) checkpointer_->work();
  if (chain_->overflowing()) return;  // a barrier may be among it: nothing more until it is out
  if (++turns_ % turns_between_clock_reads != 0 && pacer_.quick() && !overdue()) return;
  counters_.bytes_in.store(gate_->bytes(), std::memory_order_relaxed);
  flush_late(clock().now());
  fire_due();
}

// What processing time has brought. True: something, and it may have suspended.
bool StreamTask::fire_due() {
  bool fired = false;
  if (chain_->wake_at_wall_millis() != INT64_MAX && !quiet() && !chain_->watermark_pending()) {
    const auto wall = clock().wall_millis();
    if (chain_->wake_at_wall_millis() <= wall) {
      chain_->on_processing_time(wall);
      fired = true;
    }
  }
  return convert_late() || fired;
}

// An aligned checkpoint that has taken too long becomes an unaligned one.
bool StreamTask::convert_late() {
  const auto at = barriers_->timeout();
  const auto wall = at ? clock().wall_millis() : 0;
  if (!at || *at > wall) return false;
  obey(barriers_->timed_out(wall));
  return true;
}

// The next time something is due though nothing comes.
base::TimePoint StreamTask::next_deadline() {
  auto deadline = std::exchange(wake_at_, base::TimePoint::never());
  auto wall = barriers_->timeout().value_or(INT64_MAX);
  if (!quiet()) wall = std::min(wall, chain_->wake_at_wall_millis());
  if (wall == INT64_MAX) return deadline;
  // Far ones would overflow; looking again once a day does no harm.
  constexpr std::int64_t farthest = 24 * 3600 * 1000;
  const auto left = std::min(farthest, std::max<std::int64_t>(0, wall - clock().wall_millis()));
  return std::min(deadline, clock().now() + std::chrono::milliseconds{left});
}

// Nothing to read: what has gathered goes on at once, so low load means low latency.
void StreamTask::wait_for_input() {
  // What may suspend spends a wake that comes meanwhile: then everything is looked at again.
  if (fire_due()) return;
  if (chain_->exchanges_pending()) {
    chain_->flush_exchanges();
    return;
  }
  auto& self = *fiber::SlotTask::current();
  // Others on the slot still run while a snapshot is written.
  if (checkpointer_->work()) return self.yield();
  if (mail_.has_mail() || (chain_->woken() && !quiet())) return;
  const auto deadline = next_deadline();
  if (deadline == base::TimePoint::never()) {
    self.suspend(fiber::Wait::input);
  } else {
    self.suspend_until(deadline, fiber::Wait::input);
  }
}

}  // namespace flink::task
