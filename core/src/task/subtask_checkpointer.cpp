// SPDX-License-Identifier: Apache-2.0
#include "task/subtask_checkpointer.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/exception_text.h"
namespace flink::task {

namespace {

constexpr auto turn_budget = std::chrono::microseconds{100};

std::int64_t millis_of(base::Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

// Whose fault: the function's that threw, within this checkpoint.
template <class F>
void within_checkpoint(std::int64_t id, F&& part) {
  const auto text = [&](const std::string& what) {
    return detail::concat("while taking checkpoint ", id, ": ", what);
  };
  try {
    part();
  } catch (const Error& e) {
    throw Error{e.kind(), text(e.message())};
  } catch (const std::exception& e) {
    throw Error{ErrorKind::user, text(base::exception_text(e))};
  }
}

// The last reference to a run closes its file, which may be all of the state: not on the slot.
void close_elsewhere(base::Executor& executor, std::vector<state::LocalRun> runs) {
  if (runs.empty()) return;
  executor.run_blocking(
      [runs = std::make_shared<std::vector<state::LocalRun>>(std::move(runs))] { runs->clear(); });
}

void remove_quietly(base::FileSystem& files, const std::string& path) noexcept {
  try {
    files.remove(path);
  } catch (const Error&) {  // it goes with the checkpoint's directory
  }
}

}  // namespace

SubtaskCheckpointer::SubtaskCheckpointer(Setup setup)
    : setup_(std::move(setup)), keyed_(setup_.chain->keyed_operators()) {}

SubtaskCheckpointer::~SubtaskCheckpointer() {
  for (const auto& pending : pending_) abandon(*pending);
}

// What helpers write for it is removed by them, or by who removes the checkpoint's directory.
void SubtaskCheckpointer::abandon(Pending& pending) {
  if (pending.lists) pending.lists->abandoned.store(true, std::memory_order_release);
  if (pending.recording) pending.recording->abandoned.store(true, std::memory_order_release);
}

void SubtaskCheckpointer::take(const channels::BarrierActions::Trigger& trigger,
                               std::uint64_t bytes_processed) {
  const auto& barrier = trigger.barrier;
  const auto started = setup_.effects->clock.now();
  const auto wall = setup_.effects->clock.wall_millis();
  const auto pending = std::make_shared<Pending>();
  pending->id = barrier.checkpoint_id;
  auto& metrics = pending->metrics;
  metrics.start_delay_ms =
      std::max<std::int64_t>(0, trigger.first_heard_millis - barrier.timestamp_millis);
  metrics.alignment_ms = std::max<std::int64_t>(0, wall - trigger.first_heard_millis);
  metrics.bytes_processed = bytes_processed;
  metrics.unaligned = trigger.unaligned;
  within_checkpoint(barrier.checkpoint_id, [&] {
    setup_.chain->prepare_snapshot(barrier.checkpoint_id);
    setup_.chain->send_barrier(barrier);
    pending->snapshot = setup_.chain->snapshot(barrier.checkpoint_id);
    metrics.checkpointed_bytes = metrics.state_bytes = bytes_of(pending->snapshot);
    pending->file_stem =
        detail::concat(directory_of(barrier), "/", setup_.file_prefix, "-", barrier.checkpoint_id);
    begin_lists(pending);
    if (trigger.unaligned) ++pending->parts_left;  // the channels
    begin_keyed(barrier, pending);
  });
  pending->async_since = setup_.effects->clock.now();
  metrics.sync_ms = millis_of(pending->async_since - started);
  pending_.push_back(pending);
  answer_finished();
}

std::string SubtaskCheckpointer::directory_of(const channels::Barrier& barrier) const {
  if (!barrier.directory.empty()) return barrier.directory;
  return detail::concat(setup_.directory, "/chk-", barrier.checkpoint_id);
}

void SubtaskCheckpointer::begin_lists(const std::shared_ptr<Pending>& pending) {
  if (pending->metrics.state_bytes <= setup_.inline_bytes_max) return;
  ++pending->parts_left;
  pending->lists = std::make_shared<ListStoring>();
  pending->lists->lists = take_lists(pending->snapshot);
  setup_.effects->executor.run_blocking(
      [lists = pending->lists, files = &setup_.effects->file_system,
       path = pending->file_stem + ".lists", wake = setup_.waker] {
        lists->store(*files, path);
        if (lists->abandoned.load(std::memory_order_acquire)) remove_quietly(*files, path);
        lists->done.store(true, std::memory_order_release);
        wake();
      });
}

void SubtaskCheckpointer::collect_lists(Pending& pending) {
  if (!pending.lists || !pending.lists->done.load(std::memory_order_acquire)) return;
  ListStoring& lists = *pending.lists;
  --pending.parts_left;
  for (std::size_t op = 0; op < lists.stored.size(); ++op) {
    pending.snapshot.operators[op].stored = std::move(lists.stored[op]);
  }
  if (pending.failure.empty()) pending.failure = std::move(lists.failure);
  pending.lists.reset();
}

void SubtaskCheckpointer::begin_keyed(const channels::Barrier& barrier,
                                      const std::shared_ptr<Pending>& pending) {
  state::SnapshotTarget target;
  target.checkpoint_id = barrier.checkpoint_id;
  target.savepoint = (barrier.options & channels::Barrier::savepoint) != 0;
  target.full = (barrier.options & channels::Barrier::full) != 0;
  target.directory = directory_of(barrier);
  target.shared_directory = setup_.directory + "/shared";
  for (const auto& keyed : keyed_) {
    target.file_prefix = setup_.file_prefix + "-" + std::to_string(keyed.index);
    ++pending->parts_left;
    keyed.snapshots->begin(
        target, [pending, index = keyed.index, executor = &setup_.effects->executor,
                 keep = setup_.local != nullptr](state::KeyedSnapshotResult result) {
          --pending->parts_left;
          if (result.handle) {
            pending->snapshot.operators[index].keyed = std::move(*result.handle);
          } else if (pending->failure.empty()) {
            pending->failure = std::move(result.failure);
          }
          if (!keep) close_elsewhere(*executor, std::exchange(result.local, {}));
          std::move(result.local.begin(), result.local.end(), std::back_inserter(pending->local));
          pending->metrics.checkpointed_bytes += result.bytes_written;
          pending->metrics.state_bytes += result.bytes_total;
        });
  }
}

void SubtaskCheckpointer::channels_recorded(std::int64_t checkpoint_id,
                                            std::vector<RecordedChannel> channels) {
  const auto pending = find(checkpoint_id);
  if (!pending) return;
  pending->recording = std::make_shared<ChannelRecording>();
  pending->recording->graph = setup_.graph;
  pending->recording->channels = std::move(channels);
  setup_.effects->executor.run_blocking(
      [recording = pending->recording, files = &setup_.effects->file_system,
       path = pending->file_stem + ".channels", inline_bytes_max = setup_.inline_bytes_max,
       wake = setup_.waker] {
        recording->encode(*files, path, inline_bytes_max);
        if (recording->abandoned.load(std::memory_order_acquire)) remove_quietly(*files, path);
        recording->done.store(true, std::memory_order_release);
        wake();
      });
}

void SubtaskCheckpointer::collect_recording(Pending& pending) {
  if (!pending.recording || !pending.recording->done.load(std::memory_order_acquire)) return;
  ChannelRecording& recording = *pending.recording;
  --pending.parts_left;
  pending.snapshot.operators[0].channels = std::move(recording.encoded);
  pending.metrics.bytes_persisted = recording.bytes;
  pending.metrics.checkpointed_bytes += recording.bytes;
  pending.metrics.state_bytes += recording.bytes;
  if (pending.failure.empty()) pending.failure = std::move(recording.failure);
  pending.recording.reset();
}

void SubtaskCheckpointer::forget(std::int64_t checkpoint_id) {
  std::erase_if(pending_, [&](const auto& pending) {
    if (pending->id != checkpoint_id) return false;
    abandon(*pending);
    close_elsewhere(setup_.effects->executor, std::move(pending->local));
    return true;
  });
}

void SubtaskCheckpointer::decline(std::int64_t checkpoint_id, std::string reason) {
  forget(checkpoint_id);
  setup_.events->checkpoint_declined({setup_.id, checkpoint_id, std::move(reason)});
}

std::shared_ptr<SubtaskCheckpointer::Pending> SubtaskCheckpointer::find(
    std::int64_t checkpoint_id) const {
  for (const auto& pending : pending_) {
    if (pending->id == checkpoint_id) return pending;
  }
  return nullptr;
}

bool SubtaskCheckpointer::work() {
  bool more = false;
  for (const auto& keyed : keyed_) more |= keyed.snapshots->work(turn_budget);
  if (!pending_.empty()) answer_finished();
  return more;
}

void SubtaskCheckpointer::answer_finished() {
  std::erase_if(pending_, [&](const std::shared_ptr<Pending>& pending) {
    collect_lists(*pending);
    collect_recording(*pending);
    if (pending->parts_left > 0) return false;
    if (!pending->failure.empty()) {
      close_elsewhere(setup_.effects->executor, std::move(pending->local));
      setup_.events->checkpoint_declined({setup_.id, pending->id, std::move(pending->failure)});
      return true;
    }
    pending->metrics.async_ms = millis_of(setup_.effects->clock.now() - pending->async_since);
    if (setup_.local != nullptr) {
      setup_.local->keep(setup_.id, pending->id, std::move(pending->local));
    }
    setup_.events->checkpoint_acknowledged(
        {setup_.id, pending->id, std::move(pending->snapshot), pending->metrics});
    return true;
  });
}

void SubtaskCheckpointer::complete(std::int64_t checkpoint_id) {
  if (setup_.local != nullptr) setup_.local->complete(checkpoint_id);
  setup_.chain->notify_checkpoint_complete(checkpoint_id);
}

void SubtaskCheckpointer::abort(std::int64_t checkpoint_id) {
  forget(checkpoint_id);
  if (setup_.local != nullptr) setup_.local->aborted(setup_.id, checkpoint_id);
  setup_.chain->notify_checkpoint_aborted(checkpoint_id);
}

}  // namespace flink::task
