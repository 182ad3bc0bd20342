// SPDX-License-Identifier: Apache-2.0
// The part of StreamTask that runs on its fiber from RUNNING to the end: input, mail, checkpoints,
// time.
#include <flink/check.h>
#include <flink/error.h>

#include <algorithm>
#include <utility>

#include "base/buggify.h"
#include "task/stream_task.h"

namespace flink::task {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

// How many turns pass between two looks at the clock.
constexpr unsigned turns_between_clock_reads = 16;

}  // namespace

// One batch a turn: then whoever is downstream runs.
void StreamTask::run_source() {
  auto& self = *fiber::SlotTask::current();
  for (;;) {
    take_mail();
    if (stopped_) return;
    if (stopping_savepoint_) {  // nothing may follow its barrier
      wait_for_input();
      continue;
    }
    const InputStatus status = chain_->poll();
    if (status == InputStatus::end_of_input) return;
    if (status == InputStatus::more_available && FLINK_BUGGIFY("source pauses")) {
      wake_after(std::chrono::milliseconds{1});  // nobody else would
      wait_for_input();
    } else if (status == InputStatus::more_available) {
      between_batches();
      self.yield();
    } else if (!mail_.has_mail()) {
      wait_for_input();
    }
  }
}

void StreamTask::run_inputs() {
  auto& self = *fiber::SlotTask::current();
  while (open_channels_ > 0 || stopping_savepoint_) {
    take_mail();
    if (auto got = gate_->poll()) {
      take_element(got->channel, std::move(got->element));
      between_batches();
      self.yield();
    } else if (open_channels_ > 0 || stopping_savepoint_) {
      wait_for_input();
    }
  }
}

// It had finished before: downstream hears so again.
void StreamTask::run_finished() {
  set_state(TaskState::running);
  chain_->broadcast(channels::Element{channels::Watermark{INT64_MAX}});
  chain_->broadcast(channels::Element{channels::EndOfPartition{}});
  while (open_channels_ > 0) {
    const auto got = gate_->poll();
    if (!got) {
      fiber::SlotTask::current()->suspend(fiber::Wait::input);
    } else if (std::holds_alternative<channels::EndOfPartition>(got->element)) {
      --open_channels_;
    }
  }
}

void StreamTask::take_element(std::size_t channel, channels::Element element) {
  const auto advance = [this](const channels::WatermarkValve::Change& change) {
    if (change.watermark) chain_->process_watermark(timestamp_of_millis(*change.watermark));
    if (change.idle) chain_->process_idle(*change.idle);
  };
  std::visit(
      Overloaded{
          [&](BatchRef& batch) {
            TaskCounters::add(counters_.records_in, batch->size());
            chain_->process(input_of_channel_[channel], batch);
          },
          [&](channels::Watermark& w) { advance(valve_->watermark(channel, w.millis)); },
          [&](channels::WatermarkStatus& s) { advance(valve_->status(channel, s.idle)); },
          [&](channels::Barrier& barrier) {
            obey(barriers_->barrier(channel, barrier, clock().wall_millis()));
          },
          [&](channels::EndOfPartition&) {
            obey(barriers_->ended(channel, clock().wall_millis()));
            --open_channels_;
            auto& open =
                open_channels_of_input_[static_cast<std::size_t>(input_of_channel_[channel])];
            --open;
            // After a savepoint that stops the job operators see no end: they go on when it
            // is restored.
            if (stopping_savepoint_ || stopped_) return;
            advance(valve_->ended(channel));
            if (open == 0) chain_->end_input(input_of_channel_[channel]);
          },
      },
      element);
}

void StreamTask::take_mail() {
  if (!mail_.has_mail()) return;
  for (auto& mail : mail_.take()) {
    std::visit(Overloaded{
                   [&](CoordinatorEvent& e) { chain_->coordinator_event(e.op, e.event); },
                   [&](TriggerCheckpoint& t) {
                     if (ended_) return;  // no barrier follows the end
                     obey(barriers_->start(t.barrier, clock().wall_millis()));
                   },
                   [&](CheckpointComplete& c) {
                     checkpointer_->complete(c.id);
                     if (!stopping_savepoint_ || *stopping_savepoint_ > c.id) return;
                     stopping_savepoint_.reset();
                     stopped_ = true;
                   },
                   [&](CheckpointAborted& a) { checkpoint_aborted(a.id); },
               },
               mail);
  }
}

// ---- checkpoints

void StreamTask::obey(const channels::BarrierActions& actions) {
  if (actions.unblock_all) gate_->unblock_all();
  if (actions.block) {
    if (bytes_at_alignment_ == 0) bytes_at_alignment_ = gate_->bytes();
    gate_->block(*actions.block);
  }
  for (const auto& trigger : actions.triggers) take_checkpoint(trigger);
}

void StreamTask::take_checkpoint(const channels::BarrierActions::Trigger& trigger) {
  const auto options = trigger.barrier.options;
  const bool terminate = (options & channels::Barrier::terminate) != 0;
  if (terminate && (options & channels::Barrier::drain) != 0) drain();
  const auto since = std::exchange(bytes_at_alignment_, 0);
  checkpointer_->take(trigger, since == 0 ? 0 : gate_->bytes() - since);
  if (terminate) stopping_savepoint_ = trigger.barrier.checkpoint_id;
}

// The operators end before the savepoint, which holds what they still had to say. The last
// watermark came with the channels, or comes from the source here.
void StreamTask::drain() {
  for (std::size_t input = 0; input < open_channels_of_input_.size(); ++input) {
    if (open_channels_of_input_[input] > 0) chain_->end_input(static_cast<int>(input));
  }
  chain_->finish();
  drained_ = true;
}

void StreamTask::checkpoint_aborted(std::int64_t id) {
  checkpointer_->abort(id);
  obey(barriers_->aborted(id));
  if (stopping_savepoint_ != id) return;
  stopping_savepoint_.reset();
  if (!drained_) return;  // the source goes on
  throw Error{ErrorKind::transient,
              detail::concat("the savepoint that was to stop the job (checkpoint ", id,
                             ") failed after the operators had drained; they start again from "
                             "the last checkpoint")};
}

// What was taken is answered before the task ends.
void StreamTask::settle_checkpoints() {
  while (checkpointer_->pending()) {
    take_mail();
    wait_for_input();
  }
}

// ---- time

// A busy task still lets partial batches go, and time pass.
void StreamTask::between_batches() {
  if (checkpointer_->has_keyed_state()) checkpointer_->work();
  if (++turns_ % turns_between_clock_reads != 0) return;
  const auto now = clock().now();
  if (setup_.buffer_timeout >= base::Duration::zero() &&  // below: only full batches
      now - last_flush_ >= setup_.buffer_timeout) {
    last_flush_ = now;
    chain_->flush_exchanges();
  }
  fire_due();
}

// What processing time has brought. True: something, and it may have suspended.
bool StreamTask::fire_due() {
  bool fired = false;
  if (chain_->wake_at_wall_millis() != INT64_MAX && !stopping_savepoint_ && !drained_) {
    const auto wall = clock().wall_millis();
    if (chain_->wake_at_wall_millis() <= wall) {
      chain_->on_processing_time(wall);
      fired = true;
    }
  }
  if (const auto at = barriers_->timeout()) {
    const auto wall = clock().wall_millis();
    if (*at <= wall) {
      obey(barriers_->timed_out(wall));
      fired = true;
    }
  }
  return fired;
}

// The next time something is due though nothing comes.
base::TimePoint StreamTask::next_deadline() {
  auto deadline = std::exchange(wake_at_, base::TimePoint::never());
  auto wall = barriers_->timeout().value_or(INT64_MAX);
  if (!stopping_savepoint_ && !drained_) wall = std::min(wall, chain_->wake_at_wall_millis());
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
  if (mail_.has_mail()) return;
  const auto deadline = next_deadline();
  if (deadline == base::TimePoint::never()) {
    self.suspend(fiber::Wait::input);
  } else {
    self.suspend_until(deadline, fiber::Wait::input);
  }
}

}  // namespace flink::task
