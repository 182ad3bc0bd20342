// SPDX-License-Identifier: Apache-2.0
// The seam between typed functions and the runtime: what the api makes of a user's function, and
// what the task layer drives. One virtual call a batch. Everything here runs on the task's slot, in
// the task's fiber: an operator never sees another thread. Output::emit may suspend the fiber (no
// room downstream); an operator must be in a consistent state then.
#pragma once

#include <flink/base/chrono.h>
#include <flink/base/functional.h>
#include <flink/base/maker.h>
#include <flink/base/memory.h>
#include <flink/graph/connector_context.h>
#include <flink/runtime_context.h>
#include <flink/state/operator_state.h>
#include <flink/timestamp.h>
#include <flink/types/batch.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flink {

namespace base {
class Clock;
}
namespace state {
class KeyedStateBackend;
}
namespace detail {
class Turn;
}

// Where an operator's results go: the next operator of the chain, or channels.
class Output {
 public:
  virtual ~Output() = default;
  // The callee takes the batch (leaves null, or an empty one to be filled next) or is done with it
  // when it returns: then the caller may clear and refill it.
  virtual void emit(BatchRef& batch) = 0;
  virtual void emit_watermark(Timestamp watermark) = 0;
  // True: no more records for now; downstream leaves this input out of its watermark.
  virtual void emit_idle(bool idle) = 0;
};

// Of a source whose splits have watermarks of their own: an output for each.
class SplitOutputs {
 public:
  virtual ~SplitOutputs() = default;
  // The same one when asked again; valid until it is released.
  virtual Output& create_output_for_split(std::string_view split) = 0;
  virtual void release_output_for_split(std::string_view split) = 0;
};

// One operator's place in a task.
class OperatorContext : public ConnectorContext {
 public:
  virtual RuntimeContext& runtime() = 0;
  virtual Output& output() = 0;
  // Null: it does not matter which split a record is of.
  virtual SplitOutputs* split_outputs() { return nullptr; }
  // Null when nobody reads that side output.
  virtual Output* side_output(std::string_view tag) = 0;
  // To this operator's coordinator on the JobManager, in order, at most once an attempt.
  virtual void send_to_coordinator(std::string event) = 0;
  // To be called by any thread, as often as it likes: the task polls its source again (data
  // arrived), or calls the operator's on_wake() (an answer from outside did). May outlive the task;
  // does nothing then.
  virtual std::function<void()> waker() = 0;
  // Suspends the task until done() says so; it is asked again whenever the waker was called. For
  // process() when too much is under way, and for finish(), until all is back. As with emit, a
  // checkpoint waits meanwhile, and a cancellation is thrown from here.
  virtual void wait_until(const std::function<bool()>& done);
  // The task polls its source again after that time, whatever else happens.
  virtual void wake_after(std::chrono::nanoseconds delay) = 0;
  virtual const base::Clock& clock() = 0;
  // How long the task has waited for room downstream so far.
  virtual std::chrono::nanoseconds backpressured_time() const { return {}; }
  // A number that people see beside the function's counters, as it was set last.
  virtual void set_metric(std::string_view /*name*/, double /*value*/) {}
  virtual void remove_metric(std::string_view /*name*/) {}

  // The keyed state of this operator's subtask, restored when it was. Null unless the operator's
  // transformation is keyed. Its tables are registered in open() only.
  virtual state::KeyedStateBackend* keyed_state() { return nullptr; }
  // What this subtask restores from, redistributed already; empty when it starts afresh.
  virtual const OperatorSnapshot& restored_state() const;
  // What the restored watermark of its inputs was; they give none any more that is not later.
  virtual Timestamp restored_watermark() const { return min_timestamp; }
  // It was not worked off whole: timers that it fires are left.
  virtual bool restored_watermark_pending() const { return false; }
  // See Operator::process_watermark().
  virtual bool may_pause() const { return false; }
  // The checkpoint or savepoint that was restored; nothing when it starts afresh.
  virtual std::optional<std::int64_t> restored_checkpoint_id() const { return std::nullopt; }
  // The operator's on_processing_time() is called when that millisecond of the wall clock is over,
  // or soon after; an earlier call replaces a later one.
  virtual void wake_at_processing_time(std::int64_t /*wall_millis*/) {}
  // What operators look at between records; see fiber/turn.h. Unless overridden it never ends.
  virtual detail::Turn& turn();
};

// Which inputs of an operator are read next.
class InputSelection {
 public:
  static constexpr int inputs_max = 64;
  static constexpr InputSelection all() { return InputSelection{~std::uint64_t{0}}; }
  static constexpr InputSelection only(int input) { return InputSelection{0}.with(input); }
  constexpr InputSelection with(int input) const {
    return InputSelection{bits_ | std::uint64_t{1} << input};
  }
  constexpr bool contains(int input) const { return (bits_ >> input & 1) != 0; }
  friend constexpr bool operator==(InputSelection, InputSelection) = default;

 private:
  constexpr explicit InputSelection(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_;
};

class Operator {
 public:
  virtual ~Operator() = default;
  virtual void open(OperatorContext& context) = 0;
  // Asked before each batch, of operators whose transformation says so (selects_inputs). What came
  // on the others waits, and so do their watermarks and ends.
  virtual InputSelection select_inputs() { return InputSelection::all(); }
  virtual void process(int input, BatchRef& batch) = 0;
  // Its function threw: the results of the records before that go on, as they would have one by
  // one.
  virtual void hand_on() {}
  // The merged watermark over all inputs has advanced. May leave work where
  // OperatorContext::may_pause(): then watermark_pending(), and nothing else comes in but barriers
  // until go_on_with_watermark() has done the rest. Only then the watermark is handed on.
  virtual void process_watermark(Timestamp watermark) = 0;
  virtual bool watermark_pending() const { return false; }
  virtual void go_on_with_watermark() {}
  virtual void process_idle(bool idle) = 0;
  virtual void end_input(int input) = 0;  // that input has ended
  // All inputs have ended: emit what is left. Not called when the task fails or is cancelled.
  virtual void finish() = 0;

  // ---- checkpoints, in this order (Flink, "Stateful Stream Processing"):
  // Just before the barrier goes out: the last chance to emit into this checkpoint.
  virtual void prepare_snapshot(std::int64_t /*checkpoint_id*/) {}
  // Right behind it: the state that is not keyed, as of now. Keyed state takes care of itself.
  virtual OperatorSnapshot snapshot(std::int64_t checkpoint_id) = 0;
  // All of it and of all older ones is durable. May be skipped, or come for a later id only.
  virtual void notify_checkpoint_complete(std::int64_t /*checkpoint_id*/) {}
  virtual void notify_checkpoint_aborted(std::int64_t /*checkpoint_id*/) {}

  // What its coordinator sent it (CoordinatorContext::send_event()).
  virtual void handle_coordinator_event(std::string_view /*event*/) {}
  // See OperatorContext::wake_at_processing_time().
  virtual void on_processing_time(std::int64_t /*wall_millis*/) {}
  // After OperatorContext::waker() was called, once for many calls: between two batches, so it may
  // emit. Not any more once finish() was called.
  virtual void on_wake() {}
  // Always called when open() was, also after failures; must not emit.
  virtual void close() noexcept = 0;
};

enum class InputStatus : unsigned char { more_available, nothing_available, end_of_input };

// The head of a source task.
class SourceOperator {
 public:
  virtual ~SourceOperator() = default;
  virtual void open(OperatorContext& context) = 0;
  virtual void handle_coordinator_event(std::string_view event) = 0;
  // Emits at most about a batch. nothing_available: polled again after the waker was called.
  virtual InputStatus poll() = 0;
  // Of the splits that it made outputs for, by name: what is paused is not read until it is
  // resumed. See SplitReader.
  virtual void pause_or_resume_splits(const std::vector<std::string>& /*pause*/,
                                      const std::vector<std::string>& /*resume*/) {}
  // It threw: the records before that go on.
  virtual void hand_on() {}
  // Splits and their positions.
  virtual OperatorSnapshot snapshot(std::int64_t checkpoint_id) = 0;
  virtual void notify_checkpoint_complete(std::int64_t /*checkpoint_id*/) {}
  virtual void notify_checkpoint_aborted(std::int64_t /*checkpoint_id*/) {}
  virtual void close() noexcept = 0;
};

using OperatorFactory = detail::MakerOf<Operator>;
using SourceFactory = detail::MakerOf<SourceOperator>;

}  // namespace flink
