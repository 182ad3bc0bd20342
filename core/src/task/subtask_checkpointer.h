// SPDX-License-Identifier: Apache-2.0
// Takes the checkpoints of one task (Flink, SubtaskCheckpointCoordinator). take() is the part that
// stops the task: operators prepare, the barrier goes out, operators snapshot, keyed state begins
// its own. The rest goes on beside the records: work() between batches and while the task waits,
// until every part is done; then the acknowledgement goes out, or the refusal.
//
// Owned by the task, used by its fiber only; take() may suspend it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/effects.h"
#include "channels/barrier_handler.h"
#include "task/channel_state.h"
#include "task/list_state.h"
#include "task/local_state.h"
#include "task/operator_chain.h"
#include "task/task_host.h"

namespace flink::task {

class SubtaskCheckpointer {
 public:
  struct Setup {
    base::AttemptId id;
    std::shared_ptr<const graph::JobGraph> graph;
    OperatorChain* chain = nullptr;
    const base::Effects* effects = nullptr;
    TaskEvents* events = nullptr;
    LocalState* local = nullptr;  // null: nothing is kept
    std::function<void()> waker;  // any thread: work() has something to do
    std::string directory;        // <dir>/<job-id>
    std::string file_prefix;      // never used before
    // What is not keyed state rides along in the acknowledgement up to that, else lies in files.
    std::uint64_t inline_bytes_max = 0;
  };
  explicit SubtaskCheckpointer(Setup setup);
  ~SubtaskCheckpointer();

  // `bytes_processed`: while it was being aligned. What an operator throws ends the task.
  void take(const channels::BarrierActions::Trigger& trigger, std::uint64_t bytes_processed);
  // The records that an unaligned one overtook are all there.
  void channels_recorded(std::int64_t checkpoint_id, std::vector<RecordedChannel> channels);
  // It gets no further here.
  void decline(std::int64_t checkpoint_id, std::string reason);
  // Does a turn's worth. True: there is more to do now, so the task must not park.
  bool work();
  // work() may have something to do.
  bool active() const { return !keyed_.empty() || !pending_.empty(); }
  // Something is taken and not yet answered.
  bool pending() const { return !pending_.empty(); }

  // From the JobManager.
  void complete(std::int64_t checkpoint_id);
  void abort(std::int64_t checkpoint_id);

 private:
  // Shared with the callbacks of keyed state.
  struct Pending {
    std::int64_t id = 0;
    state::TaskSnapshot snapshot;
    std::vector<state::LocalRun> local;
    CheckpointMetrics metrics;
    base::TimePoint async_since;
    std::size_t parts_left = 0;
    std::string failure;                          // the first one
    std::string file_stem;                        // of its own files
    std::shared_ptr<ListStoring> lists;           // being written
    std::shared_ptr<ChannelRecording> recording;  // being written
  };

  void begin_keyed(const channels::Barrier& barrier, const std::shared_ptr<Pending>& pending);
  std::string directory_of(const channels::Barrier& barrier) const;
  void begin_lists(const std::shared_ptr<Pending>& pending);
  void collect_lists(Pending& pending);
  void collect_recording(Pending& pending);
  static void abandon(Pending& pending);
  void forget(std::int64_t checkpoint_id);
  void answer_finished();
  std::shared_ptr<Pending> find(std::int64_t checkpoint_id) const;

  Setup setup_;
  std::vector<OperatorChain::KeyedOperator> keyed_;
  std::deque<std::shared_ptr<Pending>> pending_;
};

}  // namespace flink::task
