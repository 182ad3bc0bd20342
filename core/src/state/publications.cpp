// SPDX-License-Identifier: Apache-2.0
#include "state/publications.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <atomic>
#include <utility>

namespace flink::state {

// Written by the helper until `ready`, read by the slot afterwards.
struct Publications::Outcome {
  KeyedSnapshotResult result;
  std::vector<std::pair<std::uint64_t, RunFile>> published;
  std::atomic<bool> ready{false};
};

namespace {

std::string name_of(const SnapshotTarget& target, std::uint64_t number) {
  return flink::detail::concat(target.file_prefix, "-", target.checkpoint_id, "-", number, ".run");
}

bool can_refer_to(const StackedRun& run, const SnapshotTarget& target) {
  return !target.full && run.standing == StackedRun::Standing::confirmed;
}

}  // namespace

// What a helper needs to publish; values, so that the backend may go meanwhile.
struct Publications::PublishJob {
  SnapshotTarget target;
  std::vector<StackedRun> runs;
  KeyedStateHandle handle;  // its runs come here
  MergeOptions merge;       // savepoints
  base::FileSystem* files = nullptr;
  std::shared_ptr<Outcome> outcome;

  void write(const Run& run, std::uint64_t number, KeyGroupRange groups,
             const std::string& directory) {
    RunFile file = run.publish(*files, directory + "/" + name_of(target, number));
    outcome->result.bytes_written += file.bytes;
    outcome->published.emplace_back(number, file);
    handle.runs.push_back({std::move(file), groups});
  }
  void write_savepoint() {
    if (runs.empty()) return;
    std::vector<MergeInput> inputs;
    for (const StackedRun& run : runs) inputs.push_back(run.input());
    const auto merged = merge_runs(inputs, merge, false);
    if (merged->info().entries == 0) return;
    write(*merged, 0, handle.groups, target.directory);
  }
  void write_checkpoint() {
    for (const StackedRun& run : runs) {
      if (can_refer_to(run, target)) {
        handle.runs.push_back({run.published, run.groups});
      } else {
        write(*run.run, run.number, run.groups, target.shared_directory);
      }
      outcome->result.local.push_back({handle.runs.back().file, run.run});
    }
  }
  void run() {
    try {
      if (target.savepoint) {
        write_savepoint();
      } else {
        write_checkpoint();
      }
      for (const RunRef& ref : handle.runs) outcome->result.bytes_total += ref.file.bytes;
      outcome->result.handle = std::move(handle);
    } catch (const std::exception& failure) {
      outcome->result.failure = failure.what();
    }
    outcome->ready.store(true, std::memory_order_release);
  }
};

Publications::Publications(ColdState& cold, Merges& merges, Helpers& helpers,
                           const KeyedStateSetup& setup)
    : cold_(cold), merges_(merges), helpers_(helpers), files_(setup.files), groups_(setup.groups) {}

void Publications::add(std::unique_ptr<SnapshotRequest> snapshot) {
  queue_.push_back({std::move(snapshot), cold_.stack().runs(), nullptr});
}

void Publications::abort(std::int64_t checkpoint_id, const KeyedSnapshotResult& aborted) {
  for (Publication& publication : queue_) {
    if (publication.snapshot->target.checkpoint_id != checkpoint_id) continue;
    publication.snapshot->end(aborted);
  }
}

bool Publications::start() {
  while (!queue_.empty() && queue_.front().outcome == nullptr && !queue_.front().snapshot->done) {
    queue_.pop_front();  // aborted
  }
  if (queue_.empty() || queue_.front().outcome != nullptr) return false;
  Publication& publication = queue_.front();
  publication.outcome = std::make_shared<Outcome>();
  PublishJob job;
  job.target = publication.snapshot->target;
  // Older checkpoints may have been confirmed since.
  for (StackedRun& run : publication.runs) {
    for (const StackedRun& now : cold_.stack().runs()) {
      if (now.number != run.number) continue;
      run.standing = now.standing;
      run.published = now.published;
    }
  }
  job.runs = std::move(publication.runs);
  job.handle.groups = groups_;
  job.handle.states = cold_.descriptors();
  job.merge = merges_.options(true, true);
  job.files = files_;
  job.outcome = publication.outcome;
  helpers_.run([job = std::make_shared<PublishJob>(std::move(job))] { job->run(); });
  return true;
}

bool Publications::take() {
  if (queue_.empty() || queue_.front().outcome == nullptr) return false;
  Publication publication = std::move(queue_.front());
  if (!publication.outcome->ready.load(std::memory_order_acquire)) {
    queue_.front() = std::move(publication);
    return false;
  }
  queue_.pop_front();
  const bool taken = publication.snapshot->done && publication.outcome->result.handle.has_value();
  for (auto& [number, file] : publication.outcome->published) {
    if (taken && publication.snapshot->target.savepoint) continue;  // not ours any more
    if (taken) {
      cold_.stack().published(number, publication.snapshot->target.checkpoint_id, std::move(file));
    } else {
      remove_file(file.path);  // nobody was ever told of it
    }
  }
  publication.snapshot->end(std::move(publication.outcome->result));
  return true;
}

void Publications::remove_file(const std::string& path) {
  helpers_.run_quietly([path, files = files_] {
    try {
      files->remove(path);
    } catch (const Error&) {  // left over: it is in nobody's way
    }
  });
}

}  // namespace flink::state
