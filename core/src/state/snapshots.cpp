// SPDX-License-Identifier: Apache-2.0
// Snapshots from the barrier to their result, and the merging of runs in the background.
#include <flink/check.h>
#include <flink/error.h>
#include <flink/types/evolution.h>

#include <atomic>
#include <utility>

#include "state/keyed_backend.h"

namespace flink::state {

// Written by the helper until `ready`, read by the slot afterwards.
struct Publication::Outcome {
  KeyedSnapshotResult result;
  std::vector<std::pair<std::uint64_t, RunFile>> published;
  std::atomic<bool> ready{false};
};
struct BackgroundMerge::Outcome {
  std::shared_ptr<const Run> run;
  std::string failure;
  std::atomic<bool> ready{false};
};

namespace {

constexpr std::size_t runs_wanted = 4;
constexpr int aging_rows_a_turn = 32;

std::string name_of(const SnapshotTarget& target, std::uint64_t number) {
  return flink::detail::concat(target.file_prefix, "-", target.checkpoint_id, "-", number, ".run");
}

bool can_refer_to(const StackedRun& run, const SnapshotTarget& target) {
  return !target.full && run.standing == StackedRun::Standing::confirmed;
}

// What a helper needs to publish; values, so that the backend may go meanwhile.
struct PublishJob {
  SnapshotTarget target;
  std::vector<StackedRun> runs;
  KeyedStateHandle handle;  // its runs come here
  MergeOptions merge;       // savepoints
  base::FileSystem* files = nullptr;
  std::shared_ptr<Publication::Outcome> outcome;

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

}  // namespace

void Backend::run_on_helper(std::function<void()> job) {
  if (setup_.executor == nullptr) {
    job();
  } else {
    setup_.executor->run_blocking(std::move(job));
  }
}

std::string Backend::scratch_file() {
  return flink::detail::concat(setup_.scratch_directory, "/", ++files_made_, ".run");
}

// ---- KeyedStateSnapshots

void Backend::begin(const SnapshotTarget& target, std::function<void(KeyedSnapshotResult)> done) {
  if (!started_) start();  // nobody uses it: what was restored is carried on
  const base::TimePoint begun = setup_.clock->now();
  auto snapshot = std::make_unique<SnapshotRequest>();
  snapshot->target = target;
  snapshot->done = std::move(done);
  Flush& flush = begin_flush(false);
  flush.snapshot = std::move(snapshot);
  flush.snapshot->slot_time += setup_.clock->now() - begun;
}

bool Backend::work(std::chrono::nanoseconds budget) {
  const base::TimePoint start = setup_.clock->now();
  const base::TimePoint deadline = start + budget;
  leave_key();
  SnapshotRequest* timed = nullptr;
  for (const auto& flush : flushes_) {
    if (flush->phase != Flush::Phase::capturing) continue;
    timed = flush->snapshot.get();
    break;
  }
  bool more = end_merge();
  more |= work_on_flushes(deadline);
  if (timed != nullptr) {
    for (const auto& flush : flushes_) {  // it may have moved on
      if (flush->snapshot.get() == timed) timed->slot_time += setup_.clock->now() - start;
    }
  }
  more |= end_publication();
  more |= start_publication();
  more |= start_merge();
  // What is too old leaves even when nobody looks at it.
  for (Aging& aging : aging_) aging.due += aging_rows_a_turn;
  if (unsettled_ || !aging_.empty()) settle_slow();
  return more;
}

void Backend::confirm(std::int64_t checkpoint_id) { stack_.confirm(checkpoint_id); }

void Backend::abort(std::int64_t checkpoint_id) {
  stack_.abort(checkpoint_id);
  KeyedSnapshotResult aborted;
  aborted.failure = flink::detail::concat("checkpoint ", checkpoint_id, " was aborted");
  for (const auto& flush : flushes_) {
    if (flush->snapshot == nullptr || flush->snapshot->target.checkpoint_id != checkpoint_id) {
      continue;
    }
    end_snapshot(*flush->snapshot, aborted);
    flush->snapshot.reset();  // what it wrote stays a run of ours
  }
  for (Publication& publication : publications_) {
    if (publication.snapshot->target.checkpoint_id != checkpoint_id) continue;
    end_snapshot(*publication.snapshot, aborted);
  }
}

void Backend::end_snapshot(SnapshotRequest& snapshot, KeyedSnapshotResult result) {
  if (!snapshot.done) return;  // aborted
  result.slot_time = snapshot.slot_time;
  std::exchange(snapshot.done, {})(std::move(result));
}

// ---- publications, one at a time

void Backend::publish(std::unique_ptr<SnapshotRequest> snapshot, std::vector<StackedRun> runs) {
  publications_.push_back({std::move(snapshot), std::move(runs), nullptr});
}

bool Backend::start_publication() {
  while (!publications_.empty() && publications_.front().outcome == nullptr &&
         !publications_.front().snapshot->done) {
    publications_.pop_front();  // aborted
  }
  if (publications_.empty() || publications_.front().outcome != nullptr) return false;
  Publication& publication = publications_.front();
  publication.outcome = std::make_shared<Publication::Outcome>();
  PublishJob job;
  job.target = publication.snapshot->target;
  // Older checkpoints may have been confirmed since.
  for (StackedRun& run : publication.runs) {
    for (const StackedRun& now : stack_.runs()) {
      if (now.number != run.number) continue;
      run.standing = now.standing;
      run.published = now.published;
    }
  }
  job.runs = std::move(publication.runs);
  job.handle.groups = setup_.groups;
  job.handle.states = descriptors();
  job.merge = merge_options(true, true);
  job.files = setup_.files;
  job.outcome = publication.outcome;
  run_on_helper([job = std::make_shared<PublishJob>(std::move(job)), waker = setup_.waker] {
    job->run();
    if (waker) waker();
  });
  return true;
}

bool Backend::end_publication() {
  if (publications_.empty() || publications_.front().outcome == nullptr) return false;
  Publication publication = std::move(publications_.front());
  if (!publication.outcome->ready.load(std::memory_order_acquire)) {
    publications_.front() = std::move(publication);
    return false;
  }
  publications_.pop_front();
  const bool taken = publication.snapshot->done && publication.outcome->result.handle.has_value();
  for (auto& [number, file] : publication.outcome->published) {
    if (taken && publication.snapshot->target.savepoint) continue;  // not ours any more
    if (taken) {
      stack_.published(number, publication.snapshot->target.checkpoint_id, std::move(file));
    } else {
      remove_file(file.path);  // nobody was ever told of it
    }
  }
  end_snapshot(*publication.snapshot, std::move(publication.outcome->result));
  return true;
}

void Backend::remove_file(const std::string& path) {
  run_on_helper([path, files = setup_.files] {
    try {
      files->remove(path);
    } catch (const Error&) {  // left over: it is in nobody's way
    }
  });
}

// ---- merges

MergeOptions Backend::merge_options(bool bottom, bool full_snapshot) {
  MergeOptions options;
  options.within = setup_.groups;
  options.bottom = bottom;
  options.states = descriptors();
  options.scratch_file = scratch_file();
  std::map<std::uint32_t, std::string> defaults;
  std::map<std::uint32_t, std::uint64_t> lifetimes;
  for (const auto& rows : key_rows_) {
    for (const auto& state : rows->states) {
      defaults[state->id] = state->value->defaults();
      const bool cleans =
          full_snapshot ? state->ttl.cleans_full_snapshot() : state->ttl.cleans_in_background();
      if (state->has_ttl && cleans) {
        lifetimes[state->id] = static_cast<std::uint64_t>(state->ttl.time_to_live().count());
      }
    }
  }
  options.conversion = [defaults](const StateDescriptor& from, const StateDescriptor& to) {
    const auto found = defaults.find(to.id);
    auto converter = std::make_shared<SchemaConverter>(
        from.value_schema, to.value_schema,
        found == defaults.end() ? std::string_view{} : std::string_view{found->second});
    return
        [converter](std::string_view bytes, std::string& out) { converter->convert(bytes, out); };
  };
  if (!lifetimes.empty()) {
    options.keep = [lifetimes, now = static_cast<std::uint64_t>(wall_millis())](
                       const StateDescriptor& state, const EntryValue& value) {
      const auto found = lifetimes.find(state.id);
      return found == lifetimes.end() || value.last_access_millis + found->second > now;
    };
  }
  return options;
}

bool Backend::start_merge() {
  if (merge_.has_value()) return false;
  const RunStack::Choice choice = stack_.choose_merge(runs_wanted);
  if (choice.count == 0) return false;
  BackgroundMerge merge;
  std::vector<MergeInput> inputs;
  for (std::size_t i = choice.first; i < choice.first + choice.count; ++i) {
    merge.numbers.push_back(stack_.runs()[i].number);
    inputs.push_back(stack_.runs()[i].input());
  }
  merge.outcome = std::make_shared<BackgroundMerge::Outcome>();
  run_on_helper([inputs = std::move(inputs), outcome = merge.outcome,
                 options = merge_options(choice.first == 0, false), point_reads = budget_ != 0,
                 waker = setup_.waker] {
    try {
      outcome->run = merge_runs(inputs, options, point_reads);
    } catch (const std::exception& failure) {
      outcome->failure = failure.what();
    }
    outcome->ready.store(true, std::memory_order_release);
    if (waker) waker();
  });
  merge_ = std::move(merge);
  return true;
}

bool Backend::end_merge() {
  if (!merge_.has_value() || !merge_->outcome->ready.load(std::memory_order_acquire)) return false;
  const BackgroundMerge merge = std::move(*merge_);
  merge_.reset();
  if (!merge.outcome->failure.empty()) throw Error{ErrorKind::resource, merge.outcome->failure};
  std::shared_ptr<const Run> run = merge.outcome->run;
  if (run->info().entries == 0) run = nullptr;
  // To close a large file takes a while: not on the slot.
  std::vector<StackedRun> before = stack_.runs();
  stack_.replace(merge.numbers, std::move(run), setup_.groups);
  run_on_helper(
      [before = std::make_shared<std::vector<StackedRun>>(std::move(before))] { before->clear(); });
  return true;
}

}  // namespace flink::state
