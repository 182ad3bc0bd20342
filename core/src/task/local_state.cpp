// SPDX-License-Identifier: Apache-2.0
#include "task/local_state.h"

#include "state/run_reader.h"

namespace flink::task {

void LocalState::keep(const base::AttemptId& task, std::int64_t checkpoint_id,
                      std::vector<state::LocalRun> runs) {
  Runs by_path;
  for (auto& run : runs) {
    std::string path = run.file.path;
    by_path.insert_or_assign(std::move(path), std::move(run));
  }
  const std::lock_guard lock{mutex_};
  kept_[subtask_of(task)].insert_or_assign(checkpoint_id, std::move(by_path));
}

void LocalState::complete(std::int64_t checkpoint_id) {
  std::vector<Runs> gone;
  {
    const std::lock_guard lock{mutex_};
    for (auto& [subtask, checkpoints] : kept_) {
      const auto end = checkpoints.lower_bound(checkpoint_id);
      for (auto i = checkpoints.begin(); i != end; ++i) gone.push_back(std::move(i->second));
      checkpoints.erase(checkpoints.begin(), end);
    }
  }
  close(std::move(gone));
}

void LocalState::aborted(const base::AttemptId& task, std::int64_t checkpoint_id) {
  std::vector<Runs> gone;
  {
    const std::lock_guard lock{mutex_};
    auto& checkpoints = kept_[subtask_of(task)];
    const auto found = checkpoints.find(checkpoint_id);
    if (found == checkpoints.end()) return;
    gone.push_back(std::move(found->second));
    checkpoints.erase(found);
  }
  close(std::move(gone));
}

void LocalState::starts_from(const base::AttemptId& task,
                             std::optional<std::int64_t> checkpoint_id) {
  std::vector<Runs> gone;
  {
    const std::lock_guard lock{mutex_};
    auto& checkpoints = kept_[subtask_of(task)];
    for (auto i = checkpoints.begin(); i != checkpoints.end();) {
      if (i->first == checkpoint_id) {
        ++i;
        continue;
      }
      gone.push_back(std::move(i->second));
      i = checkpoints.erase(i);
    }
  }
  close(std::move(gone));
}

std::shared_ptr<const state::Run> LocalState::find(const base::AttemptId& task,
                                                   std::int64_t checkpoint_id,
                                                   const state::RunFile& file) const {
  state::LocalRun local;
  {
    const std::lock_guard lock{mutex_};
    const auto subtask = kept_.find(subtask_of(task));
    if (subtask == kept_.end()) return nullptr;
    const auto checkpoint = subtask->second.find(checkpoint_id);
    if (checkpoint == subtask->second.end()) return nullptr;
    const auto run = checkpoint->second.find(file.path);
    if (run == checkpoint->second.end()) return nullptr;
    local = run->second;
  }
  const bool same = local.file.bytes == file.bytes && local.file.checksums == file.checksums;
  return same && local.run->has_bytes_of(file) ? local.run : nullptr;
}

void LocalState::close(std::vector<Runs> runs) {
  if (runs.empty()) return;
  executor_.run_blocking(
      [runs = std::make_shared<std::vector<Runs>>(std::move(runs))] { runs->clear(); });
}

}  // namespace flink::task
