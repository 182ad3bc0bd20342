// SPDX-License-Identifier: Apache-2.0
// What a process keeps of its tasks' checkpoints, so that a task that comes back after a failure
// reads what is here instead of fetching it (Flink, "Task-local recovery"): the runs of keyed state
// themselves, open and without names, so that nothing is written twice and nothing is left behind.
//
// Kept is what was acknowledged and may still be restored: a completed checkpoint ends all older
// ones, a deployment all but the one it starts from. The checkpoint storage stays the truth: a run
// is given out only for the same checkpoint and file, and when its bytes have that file's
// checksums. Any thread. Runs are closed by a helper, since that takes a while.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "base/ids.h"
#include "state/snapshot.h"

namespace flink::task {

class LocalState {
 public:
  explicit LocalState(base::Executor& executor) : executor_(executor) {}

  // Before the checkpoint is acknowledged.
  void keep(const base::AttemptId& task, std::int64_t checkpoint_id,
            std::vector<state::LocalRun> runs);
  void complete(std::int64_t checkpoint_id);
  void aborted(const base::AttemptId& task, std::int64_t checkpoint_id);
  // A new attempt of a task: what it can be restored from is known. None: the beginning.
  void starts_from(const base::AttemptId& task, std::optional<std::int64_t> checkpoint_id);
  // Null: it is not here, or not as it was. Blocks: it reads the file.
  std::shared_ptr<const state::Run> find(const base::AttemptId& task, std::int64_t checkpoint_id,
                                         const state::RunFile& file) const;

 private:
  using Subtask = std::pair<base::VertexId, int>;
  using Runs = std::map<std::string, state::LocalRun>;  // by path of the checkpoint's file
  using Checkpoints = std::map<std::int64_t, Runs>;

  static Subtask subtask_of(const base::AttemptId& task) { return {task.vertex, task.subtask}; }
  void close(std::vector<Runs> runs);

  base::Executor& executor_;
  mutable std::mutex mutex_;
  std::map<Subtask, Checkpoints> kept_;
};

}  // namespace flink::task
