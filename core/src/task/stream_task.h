// SPDX-License-Identifier: Apache-2.0
// One attempt of one subtask: a fiber that drives an operator chain from its source or its channels
// to its exchanges. Life: INITIALIZING (open) -> RUNNING -> FINISHED | CANCELED | FAILED; a
// terminal state is reported once, after everything the task held is gone.
//
// Threads: start, cancel, coordinator_event and the readings from any; the rest on the slot.
#pragma once

#include <flink/fiber/turn.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "channels/barrier_handler.h"
#include "channels/input_gate.h"
#include "channels/watermark_valve.h"
#include "config/configuration.h"
#include "fiber/slot.h"
#include "task/batch_pacer.h"
#include "task/channel_state.h"
#include "task/keyed_part.h"
#include "task/operator_chain.h"
#include "task/subtask_checkpointer.h"
#include "task/task_host.h"
#include "task/task_mail.h"

namespace flink::task {

// One input of the head operator: its channels by edge.
struct TaskInput {
  int edge = -1;
  std::vector<std::unique_ptr<channels::ChannelReader>> channels;
  std::vector<int> producers;  // the subtask at the other end of each
};
struct TaskOutput {
  int edge = -1;
  std::vector<std::unique_ptr<channels::ChannelWriter>> channels;
};

struct StreamTaskSetup {
  const TaskEnvironment* environment = nullptr;
  std::shared_ptr<const graph::JobGraph> graph;
  const config::Configuration* configuration = nullptr;
  std::string job_id;
  TaskDeployment deployment;
  int vertex = -1;  // index into the graph
  base::Duration buffer_timeout{0};
  channels::BarrierOptions barriers;
  bool unaligned = false;   // barriers may overtake records
  std::string file_prefix;  // of its files in the checkpoint's directories: never used before
  std::vector<TaskInput> inputs;
  std::vector<TaskOutput> outputs;
  fiber::Slot* slot = nullptr;
  LocalState* local_state = nullptr;  // null: nothing is kept
  TaskEvents* events = nullptr;
  // On the slot's thread, when the task has ended and nothing of it is left.
  std::function<void()> ended;
};

class StreamTask final : public ChainEnvironment, private RoomWait, private detail::Turn {
 public:
  explicit StreamTask(StreamTaskSetup setup);
  ~StreamTask() override;

  void start();
  void cancel();
  void tell(TaskMail mail);
  TaskMetrics metrics() const;
  std::string name() const;  // "count -> Sink (2/4)#0"

  // ChainEnvironment, for the operators.
  void send_to_coordinator(const base::OperatorId& op, std::string event) override;
  std::function<void()> waker() override;
  void wait() override;
  void wake_after(std::chrono::nanoseconds delay) override;
  void run_blocking(const std::function<void()>& function) override;
  base::FileSystem& file_system() override { return setup_.environment->effects.file_system; }
  base::Network* network() override { return &setup_.environment->effects.network; }
  const base::Clock& clock() override { return setup_.environment->effects.clock; }
  std::chrono::nanoseconds backpressured_time() const override;
  std::string option(std::string_view key) override;
  detail::Turn& turn() override { return *this; }
  KeyedPart make_keyed_state(const graph::ChainedOperator& op,
                             const state::OperatorSubtaskState* restored) override;
  SortPart make_sort(const graph::ChainedOperator& op) override;

 private:
  KeyedPartSetup part_of(const graph::ChainedOperator& op) const;
  // Setting up and ending: stream_task.cpp. Running: stream_task_run.cpp, and what time brings:
  // stream_task_time.cpp.
  void run();
  void build_chain();
  Restored take_restored();
  void run_finished();
  void run_to_end();
  void run_source();
  void run_inputs();
  void take_element(std::size_t channel, channels::Element element);
  void take_end(std::size_t channel);
  void advance(const channels::WatermarkValve::Change& change);
  bool go_on_with_watermark();
  void finish_watermark();
  void take_mail();
  void take_wakes();
  void select_inputs();
  void check_selection() const;
  void take_barrier(std::size_t channel, const channels::Barrier& barrier);
  void refuse_checkpoint(std::int64_t id);
  enum class GivenUp : unsigned char { tell, known };
  void obey(const channels::BarrierActions& actions, GivenUp given_up = GivenUp::tell);
  void hear_announcements();
  bool record_in_flight();
  bool wait_for_room(bool full) override;
  bool wait_unless_urgent();
  bool outputs_settled();
  std::int64_t due_wall_millis(const channels::Barrier& barrier) const;
  std::int64_t urgent_wall_millis();
  bool replay_one();
  std::vector<BatchRef> cut(int input, BatchRef& batch) const;
  void process(int input, BatchRef& batch);
  channels::Barrier wanted(channels::Barrier barrier) const;
  void take_checkpoint(const channels::BarrierActions::Trigger& trigger);
  void drain();
  void checkpoint_aborted(std::int64_t id);
  void settle_checkpoints();
  void measure();
  void want_records();
  void look_up() override;
  std::size_t source_records() const override { return pacer_.records(); }
  void source_emitted(std::size_t records) override { records_given_ = records; }
  void flush_late(base::TimePoint now);
  void between_batches();
  bool fire_due();
  bool convert_late();
  base::TimePoint next_deadline();
  void wait_for_input();
  void on_ended(std::exception_ptr failure, bool cancelled);
  void set_state(TaskState state, TaskFailure failure = {});
  // Nothing may be emitted any more.
  bool quiet() const { return stopping_savepoint_ || stopped_ || drained_; }
  const base::AttemptId& id() const { return setup_.deployment.id; }
  const graph::JobVertex& vertex() const {
    return setup_.graph->vertices[static_cast<std::size_t>(setup_.vertex)];
  }

  StreamTaskSetup setup_;
  TaskCounters counters_;
  std::unique_ptr<channels::InputGate> gate_;
  std::unique_ptr<channels::WatermarkValve> valve_;
  std::unique_ptr<channels::BarrierHandler> barriers_;
  std::unique_ptr<ChannelRecorder> recorder_;
  std::deque<ReplayElement> replay_;         // restored records, before new ones
  std::vector<channels::Barrier> deferred_;  // checkpoints to start once these are through
  std::vector<channels::InputGate::Announced> heard_;
  std::optional<channels::Barrier> sending_barrier_;
  std::int64_t recorded_checkpoint_ = -1;  // unaligned: its records are held by recorder_
  std::vector<int> input_of_channel_;
  std::vector<const RecordType*> type_of_input_;
  std::unique_ptr<OperatorChain> chain_;
  std::unique_ptr<SubtaskCheckpointer> checkpointer_;
  std::shared_ptr<fiber::SlotTask> fiber_;
  base::TimePoint wake_at_ = base::TimePoint::never();
  base::TimePoint last_flush_;
  unsigned turns_ = 0;
  BatchPacer pacer_;
  std::size_t records_given_ = 0;  // to the chain since the last measure()
  base::Duration worked_{0};       // by then
  std::size_t wanted_ = 0;         // in flight, as the channels know
  std::size_t open_channels_ = 0;
  std::vector<int> open_channels_of_input_;
  bool selects_inputs_ = false;
  InputSelection selection_ = InputSelection::all();
  std::uint64_t bytes_at_alignment_ = 0;
  // In a simulation: between two timers of so many watermarks a barrier has time to come.
  int dawdles_ = 0;
  bool dawdled_ = false;
  // Stop with savepoint: taken, and nothing may follow it; over when that one is complete.
  std::optional<std::int64_t> stopping_savepoint_;
  std::vector<std::size_t> ended_meanwhile_;  // channels whose end the operators have not seen
  bool stopped_ = false;
  bool drained_ = false;  // the operators have ended
  bool ended_ = false;    // and the outputs

  TaskMailbox mail_;
  mutable std::mutex mutex_;  // fiber_, metrics_chain_, last_*
  OperatorChain* metrics_chain_ = nullptr;
  std::vector<std::pair<std::string, double>> last_user_metrics_;
  mutable fiber::TaskTimes last_times_;
  std::atomic<bool> cancel_requested_{false};
};

}  // namespace flink::task
