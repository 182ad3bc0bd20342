// SPDX-License-Identifier: Apache-2.0
// The part of StreamTask that runs on its fiber from RUNNING to the end: input, mail, checkpoints.
#include <flink/base/check.h>
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

}  // namespace

// One batch a turn: then whoever is downstream runs.
void StreamTask::run_source() {
  auto& self = *fiber::SlotTask::current();
  for (;;) {
    measure();
    take_mail();
    if (stopped_) return;
    if (!outputs_settled()) continue;
    take_wakes();
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

// Answers from outside. Nothing may follow a savepoint that stops the job: they wait for what
// becomes of it.
void StreamTask::take_wakes() {
  if (chain_->woken() && !quiet()) chain_->on_wake();
}

// Blocked channels are those that are not read now: a task that selects aligns no barriers.
void StreamTask::select_inputs() {
  const InputSelection selection = chain_->select_inputs();
  if (selection == selection_) return;
  selection_ = selection;
  gate_->unblock_all();
  for (std::size_t channel = 0; channel < gate_->size(); ++channel) {
    if (!selection.contains(input_of_channel_[channel])) gate_->block(channel);
  }
}

// Before it waits for what the operator has selected.
void StreamTask::check_selection() const {
  for (std::size_t input = 0; input < open_channels_of_input_.size(); ++input) {
    if (open_channels_of_input_[input] > 0 && selection_.contains(static_cast<int>(input))) return;
  }
  throw Error{ErrorKind::user,
              detail::concat("operator '", vertex().chain.front().name,
                             "' selects only inputs that have ended, while others go on: it would "
                             "wait for ever; its select_inputs() must select one that goes on")};
}

void StreamTask::run_inputs() {
  auto& self = *fiber::SlotTask::current();
  while (open_channels_ > 0 || stopping_savepoint_) {
    measure();
    take_mail();
    if (setup_.unaligned && !selects_inputs_) {
      do {
        hear_announcements();
      } while (record_in_flight());
    }
    if (!outputs_settled()) continue;
    take_wakes();
    if (go_on_with_watermark()) {
      self.yield();
      continue;
    }
    if (selects_inputs_) select_inputs();
    if (replay_one()) {
      between_batches();
      self.yield();
    } else if (auto got = gate_->poll(barriers_.get())) {
      take_element(got->channel, std::move(got->element));
      between_batches();
      self.yield();
    } else if (gate_->leaves_some_alone()) {
      self.yield();
    } else if (open_channels_ > 0 || stopping_savepoint_) {
      if (selects_inputs_ && open_channels_ > 0) check_selection();
      wait_for_input();
    }
  }
}

// It had finished before: downstream hears so again.
void StreamTask::run_finished() {
  set_state(TaskState::running);
  ended_ = true;  // takes no checkpoints
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

void StreamTask::advance(const channels::WatermarkValve::Change& change) {
  gate_->wait_for(valve_->behind());
  if (change.watermark) {
    counters_.input_watermark.store(*change.watermark, std::memory_order_relaxed);
    if (FLINK_BUGGIFY("watermarks take their time")) dawdles_ = 100;
    else if (dawdles_ > 0) --dawdles_;
    if (dawdles_ > 0) setup_.slot->raise_overdue();
    chain_->process_watermark(timestamp_of_millis(*change.watermark));
  }
  if (!change.idle) return;
  finish_watermark();
  chain_->process_idle(*change.idle);
}

// A piece of what a watermark brings: then mail is looked at, and barriers that come right behind
// it; what is left is state. Not so the barrier after which the task stops.
bool StreamTask::go_on_with_watermark() {
  if (!chain_->watermark_pending() || quiet()) return false;
  if (dawdles_ > 0 && (dawdled_ = !dawdled_)) {
    fiber::SlotTask::current()->sleep_until(clock().now() + std::chrono::milliseconds{20});
    return true;
  }
  const auto may_come = [](const channels::Barrier& barrier) {
    return (barrier.options & channels::Barrier::terminate) == 0;
  };
  // Restored records come first: no checkpoint begins before they are through.
  if (replay_.empty()) {
    if (auto got = gate_->poll_barrier(*barriers_, may_come)) {
      take_element(got->channel, std::move(got->element));
      if (!outputs_settled()) return true;
    }
  }
  if (dawdles_ > 0) setup_.slot->raise_overdue();
  chain_->go_on_with_watermark();
  between_batches();
  return true;
}

// Where something follows that cannot wait.
void StreamTask::finish_watermark() {
  while (chain_->watermark_pending()) {
    chain_->go_on_with_watermark();
    look_up();
  }
}

void StreamTask::take_element(std::size_t channel, channels::Element element) {
  std::visit(Overloaded{
                 [&](BatchRef& batch) {
                   auto rest = cut(input_of_channel_[channel], batch);
                   if (!rest.empty()) gate_->put_back(channel, std::move(rest));
                   process(input_of_channel_[channel], batch);
                   if (!batch || !batch->unique()) return;
                   batch->clear();
                   gate_->give_back(channel, std::move(batch));
                 },
                 [&](channels::Watermark& w) { advance(valve_->watermark(channel, w.millis)); },
                 [&](channels::WatermarkStatus& s) { advance(valve_->status(channel, s.idle)); },
                 [&](channels::Barrier& barrier) { take_barrier(channel, barrier); },
                 [&](channels::EndOfPartition&) {
                   obey(barriers_->ended(channel, clock().wall_millis()));
                   --open_channels_;
                   // After a savepoint that stops the job operators see no end: they go on when it
                   // is restored. If it is given up they see it then.
                   if (stopping_savepoint_) ended_meanwhile_.push_back(channel);
                   else if (!stopped_) take_end(channel);
                 },
             },
             element);
}

void StreamTask::take_end(std::size_t channel) {
  advance(valve_->ended(channel));
  finish_watermark();
  const int input = input_of_channel_[channel];
  if (--open_channels_of_input_[static_cast<std::size_t>(input)] == 0) chain_->end_input(input);
}

// A batch that would take too long at once: its first records stay in it.
std::vector<BatchRef> StreamTask::cut(int input, BatchRef& batch) const {
  const std::size_t size = batch->size(), most = pacer_.records();
  std::vector<BatchRef> rest;
  if (size <= most) return rest;
  const RecordType& type = *type_of_input_[static_cast<std::size_t>(input)];
  const bool sole_owner = batch->unique();
  for (std::size_t from = most; from < size; from += most) {
    rest.push_back(type.slice(*batch, from, std::min(size, from + most), sole_owner));
  }
  batch = type.slice(*batch, 0, most, sole_owner);
  return rest;
}

void StreamTask::process(int input, BatchRef& batch) {
  records_given_ = batch->size();
  TaskCounters::add(counters_.records_in, batch->size());
  chain_->process(input, batch);
}

void StreamTask::take_mail() {
  if (!mail_.has_mail()) return;
  for (auto& mail : mail_.take()) {
    std::visit(Overloaded{
                   [&](CoordinatorEvent& e) { chain_->coordinator_event(e.op, e.event); },
                   [&](TriggerCheckpoint& t) {
                     if (ended_) return;  // no barrier follows the end
                     if (selects_inputs_) {
                       refuse_checkpoint(t.barrier.checkpoint_id);
                     } else if (!replay_.empty()) {
                       deferred_.push_back(t.barrier);
                     } else {
                       obey(barriers_->start(wanted(t.barrier), clock().wall_millis()));
                     }
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

void StreamTask::take_barrier(std::size_t channel, const channels::Barrier& barrier) {
  if (selects_inputs_) return refuse_checkpoint(barrier.checkpoint_id);
  obey(barriers_->barrier(channel, barrier, clock().wall_millis()));
}

// It might wait for ever for a barrier on an input that the operator does not select.
void StreamTask::refuse_checkpoint(std::int64_t id) {
  checkpointer_->decline(id, detail::concat("operator '", vertex().chain.front().name,
                                            "' selects which input it reads next; a job with such "
                                            "an operator takes no checkpoints or savepoints"));
}

// With a timeout a checkpoint begins aligned.
channels::Barrier StreamTask::wanted(channels::Barrier barrier) const {
  if (setup_.barriers.aligned_timeout_millis) barrier.options &= ~channels::Barrier::unaligned;
  return barrier;
}

void StreamTask::obey(const channels::BarrierActions& actions, GivenUp given_up) {
  if (actions.unblock_all) gate_->unblock_all();
  if (actions.block) {
    if (bytes_at_alignment_ == 0) bytes_at_alignment_ = gate_->bytes();
    gate_->block(*actions.block);
  }
  for (const auto id : actions.given_up) {
    if (recorded_checkpoint_ == id) recorder_->abandon();
    if (given_up == GivenUp::tell) {
      checkpointer_->decline(id, "the barrier of a newer checkpoint came before its own");
    }
  }
  if (actions.recorded) checkpointer_->channels_recorded(*actions.recorded, recorder_->take());
  for (const auto& trigger : actions.triggers) take_checkpoint(trigger);
}

void StreamTask::take_checkpoint(const channels::BarrierActions::Trigger& trigger) {
  const auto options = trigger.barrier.options;
  const bool terminate = (options & channels::Barrier::terminate) != 0;
  if (terminate && (options & channels::Barrier::drain) != 0) drain();
  const auto since = std::exchange(bytes_at_alignment_, 0);
  const auto wall = clock().wall_millis();
  counters_.alignment_ms = std::max<std::int64_t>(0, wall - trigger.first_heard_millis);
  counters_.start_delay_ms =
      std::max<std::int64_t>(0, trigger.first_heard_millis - trigger.barrier.timestamp_millis);
  sending_barrier_ = trigger.barrier;
  checkpointer_->take(trigger, since == 0 ? 0 : gate_->bytes() - since);
  sending_barrier_.reset();
  if (trigger.unaligned) {
    recorded_checkpoint_ = trigger.barrier.checkpoint_id;
    recorder_->start();
  }
  if (terminate) stopping_savepoint_ = trigger.barrier.checkpoint_id;
}

// The operators end before the savepoint, which holds what they still had to say. The last
// watermark came with the channels, or comes from the source here.
void StreamTask::drain() {
  finish_watermark();
  for (std::size_t input = 0; input < open_channels_of_input_.size(); ++input) {
    if (open_channels_of_input_[input] > 0) chain_->end_input(static_cast<int>(input));
  }
  chain_->finish();
  drained_ = true;
}

void StreamTask::checkpoint_aborted(std::int64_t id) {
  checkpointer_->abort(id);
  obey(barriers_->aborted(id), GivenUp::known);
  if (stopping_savepoint_ == id) {
    stopping_savepoint_.reset();
    if (drained_) {
      throw Error{ErrorKind::transient,
                  detail::concat("the savepoint that was to stop the job (checkpoint ", id,
                                 ") failed after the operators had drained; they start again "
                                 "from the last checkpoint")};
    }
    // Otherwise the source goes on; or it has ended, having heard of this before.
    for (const auto channel : std::exchange(ended_meanwhile_, {})) take_end(channel);
  }
  // A checkpoint that was announced meanwhile has its turn now.
  if (!ended_) obey(barriers_->timed_out(clock().wall_millis()));
}

// What was taken is answered before the task ends.
void StreamTask::settle_checkpoints() {
  while (checkpointer_->pending()) {
    take_mail();
    wait_for_input();
  }
}

// ---- barriers that overtake

// Restored records come first: no checkpoint begins before they are through.
void StreamTask::hear_announcements() {
  if (!replay_.empty()) return;
  for (;;) {  // what obeys may suspend, and more come meanwhile
    while (const auto announced = gate_->poll_announced()) heard_.push_back(*announced);
    if (heard_.empty()) return;
    for (const auto& [channel, barrier] : std::exchange(heard_, {})) {
      obey(barriers_->announced(channel, barrier, clock().wall_millis()));
    }
  }
}

// False: nothing has changed, and it has not suspended.
bool StreamTask::record_in_flight() {
  if (!barriers_->recording_any()) return false;
  const auto actions = recorder_->take_in(clock().wall_millis());
  if (actions) obey(*actions);
  return actions.has_value();
}

// When that barrier must not wait behind records any more.
std::int64_t StreamTask::due_wall_millis(const channels::Barrier& barrier) const {
  using channels::Barrier;
  if ((barrier.options & (Barrier::savepoint | Barrier::terminate)) != 0) return INT64_MAX;
  if ((barrier.options & Barrier::unaligned) != 0) return INT64_MIN;
  const auto& timeout = setup_.barriers.aligned_timeout_millis;
  return timeout ? barrier.timestamp_millis + *timeout : INT64_MAX;
}

// When a checkpoint that is known here must not wait any more for room downstream.
std::int64_t StreamTask::urgent_wall_millis() {
  if (!setup_.unaligned || ended_ || selects_inputs_ || !replay_.empty()) return INT64_MAX;
  auto due = barriers_->timeout().value_or(INT64_MAX);
  if (sending_barrier_) due = std::min(due, due_wall_millis(*sending_barrier_));
  while (const auto announced = gate_->poll_announced()) heard_.push_back(*announced);
  for (const auto& [channel, barrier] : heard_) due = std::min(due, due_wall_millis(barrier));
  mail_.peek([&](const TaskMail& mail) {
    if (const auto* trigger = std::get_if<TriggerCheckpoint>(&mail)) {
      due = std::min(due, due_wall_millis(wanted(trigger->barrier)));
    }
  });
  return due;
}

// Within an operator. A checkpoint that is urgent, or under way, lets the operator get through with
// its batch: what it emits is kept by the writer, and the checkpoint goes on between batches. One
// that emits without end waits, and the checkpoint with it; but not while a barrier goes out, which
// other tasks may be waiting for.
bool StreamTask::wait_for_room(bool full) {
  if (full && !sending_barrier_) {
    fiber::SlotTask::current()->suspend(fiber::Wait::output);
    return true;
  }
  if (setup_.unaligned && !ended_ && checkpointer_ && checkpointer_->pending()) return false;
  return wait_unless_urgent();
}

bool StreamTask::wait_unless_urgent() {
  auto& self = *fiber::SlotTask::current();
  const auto urgent = urgent_wall_millis();
  if (urgent == INT64_MAX) {
    self.suspend(fiber::Wait::output);
    return true;
  }
  const auto wall = clock().wall_millis();
  if (urgent <= wall) return false;
  self.suspend_until(clock().now() + std::chrono::milliseconds{urgent - wall}, fiber::Wait::output);
  return true;
}

// What the writers kept goes out before anything else is processed.
bool StreamTask::outputs_settled() {
  if (!chain_->overflowing() || chain_->send_overflow()) return true;
  if (convert_late()) return false;
  if (checkpointer_->work()) {
    fiber::SlotTask::current()->yield();
  } else if (!mail_.has_mail()) {
    wait_unless_urgent();
  }
  return false;
}

}  // namespace flink::task
