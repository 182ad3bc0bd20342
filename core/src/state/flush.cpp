// SPDX-License-Identifier: Apache-2.0
// Flushes: dirty rows captured in turns, written by a helper, and clean from then on.
#include <flink/check.h>
#include <flink/error.h>
#include <flink/types/key_group.h>

#include <algorithm>

#include "state/keyed_backend.h"

namespace flink::state {

namespace {
// Captured and not yet written: more than that, and capturing waits for the helper.
constexpr std::size_t pending_bytes_max = std::size_t{64} << 20;
constexpr std::size_t group_bytes_kept = std::size_t{4} << 10;

// Rows of a list lie anywhere in memory.
void prefetch_ahead(const std::vector<Row*>& rows, std::size_t at) {
  constexpr std::size_t rows_ahead = 12;
  if (at + rows_ahead < rows.size()) __builtin_prefetch(rows[at + rows_ahead], 1);
}
// Groups are alike. To grow a buffer of megabytes is to copy it, at once.
void expect_like_last(const Flush& last, CapturedGroup& group, std::size_t rows) {
  if (last.last_rows == 0) return;
  const auto share = [&](std::size_t of) {
    const std::size_t all = of * rows / last.last_rows;
    return all + all / 8;
  };
  group.bytes.reserve(std::min(share(last.last_bytes), pending_bytes_max));
  group.entries.reserve(share(last.last_entries));
}
}  // namespace

std::size_t Backend::group_index(const Row* row) const {
  const Row* const owner = is_element(row) ? static_cast<const Element*>(row)->owner : row;
  const KeyRows& rows = *table_of(owner).keys;
  const int group = key_group(rows.key_hash_of(owner), setup_.max_parallelism);
  FLINK_CHECK(setup_.groups.contains(group), group, setup_.groups.first, setup_.groups.last);
  return static_cast<std::size_t>(group - setup_.groups.first);
}

// Before the first change in this epoch. A flush that has not come to the row yet takes its image.
void Backend::touch_slow(Row* row) {
  const std::size_t group = group_index(row);
  if (row->epoch > clean_epoch_ && row->captured != row->epoch) {
    for (const auto& flush : flushes_) {
      if (flush->epoch != row->epoch || flush->phase != Flush::Phase::capturing) continue;
      const std::size_t before = flush->groups[group].bytes.size();
      capture(*flush, row);
      if (flush->writer->pending_bytes() > pending_bytes_max) {
        stalled_bytes_ += flush->groups[group].bytes.size() - before;
      }
      break;
    }
  }
  row->epoch = epoch_;
  dirty_bytes_ += table_of(row).rows->row_bytes() + row->heap_bytes;
  dirty_[group].rows.push_back(row);
  note_growth();
}

Flush& Backend::begin_flush(bool spill) {
  auto flush = std::make_unique<Flush>();
  flush->spill = spill;
  flush->epoch = epoch_++;
  const std::size_t groups = dirty_.size();
  flush->lists = std::exchange(dirty_, std::vector<DirtyRows>(groups));
  flush->groups.resize(groups);
  compact_due_.clear();
  std::size_t rows = 0;
  for (const DirtyRows& list : flush->lists) rows += list.rows.size();
  flush->last_rows = flush->last_entries = rows;  // about
  flush->last_bytes = std::exchange(dirty_bytes_, 0);
  std::size_t entries_a_row = 1;
  for (const auto& keys : key_rows_) entries_a_row = std::max(entries_a_row, keys->states.size());
  RunBuilderOptions options;
  options.scratch_file = scratch_file();
  options.states = descriptors();
  options.entries_max = rows * entries_a_row;
  flush->writer = std::make_shared<RunWriter>(std::move(options), budget_ != 0);
  flushes_.push_back(std::move(flush));
  return *flushes_.back();
}

bool Backend::out_of_time(base::TimePoint deadline) {
  constexpr unsigned steps_a_look = 32;
  return ++clock_reads_ % steps_a_look == 0 && setup_.clock->now() >= deadline;
}

bool Backend::capture_some(Flush& flush, base::TimePoint deadline) {
  for (; flush.group < flush.lists.size(); ++flush.group, flush.row = 0) {
    const std::vector<Row*>& rows = flush.lists[flush.group].rows;
    if (flush.row == 0) {
      if (flush.writer->pending_bytes() > pending_bytes_max) return false;
      expect_like_last(flush, flush.groups[flush.group], rows.size());
    }
    while (flush.row < rows.size()) {
      prefetch_ahead(rows, flush.row);
      Row* const row = rows[flush.row++];
      if (row->captured < flush.epoch) capture(flush, row);
      if (out_of_time(deadline)) return true;
    }
    hand_over(flush);
  }
  flush.phase = Flush::Phase::writing;
  flush.group = flush.row = 0;
  flush.writer->end();
  drain_soon(flush.writer);
  return false;
}

void Backend::hand_over(Flush& flush) {
  CapturedGroup& group = flush.groups[flush.group];
  const bool worth_it = group.bytes.size() > group_bytes_kept;
  flush.last_rows = flush.lists[flush.group].rows.size();
  flush.last_bytes = group.bytes.size();
  flush.last_entries = group.entries.size();
  flush.writer->push(std::exchange(group, {}));
  if (worth_it) drain_soon(flush.writer);
}

void Backend::drain_soon(const std::shared_ptr<RunWriter>& writer) {
  if (!writer->claim()) return;
  run_on_helper([writer, waker = setup_.waker] {
    writer->unclaim();
    writer->drain();
    if (waker) waker();
  });
}

// The run of the oldest flush is written: rows of its epoch can be read from there.
void Backend::install(Flush& flush) {
  std::shared_ptr<const Run> run;
  try {
    run = flush.writer->take();
  } catch (const std::exception& failure) {
    fail_flushes(failure.what());
    return;
  }
  if (run != nullptr) {
    StackedRun stacked;
    stacked.run = std::move(run);
    stacked.groups = setup_.groups;
    stack_.push(std::move(stacked));
  }
  flush.phase = Flush::Phase::sweeping;
  if (flush.snapshot != nullptr) publish(std::move(flush.snapshot), stack_.runs());
}

// What the flushes had is dirty again, as if they had not begun.
void Backend::fail_flushes(const std::string& why) {
  const bool spill = flushes_.front()->spill;
  for (const auto& flush : flushes_) {
    for (std::size_t group = 0; group < flush->lists.size(); ++group) {
      for (Row* const row : flush->lists[group].rows) {
        if (!is_element(row)) {
          for (const auto& state : table_of(row).keys->states) {
            if (!is_collection(state->kind)) continue;
            CollectionHead& head = state->head(row);
            if (head.cleared_epoch != flush->epoch) continue;
            head.cleared = true;
            head.cleared_epoch = epoch_;  // the flush that takes it may fail as well
          }
        }
        if (row->epoch != flush->epoch) continue;  // it is on a newer list
        row->epoch = epoch_;
        dirty_bytes_ += table_of(row).rows->row_bytes() + row->heap_bytes;
        dirty_[group].rows.push_back(row);
      }
    }
    if (flush->snapshot != nullptr) {
      KeyedSnapshotResult result;
      result.failure = why;
      end_snapshot(*flush->snapshot, std::move(result));
    }
  }
  flushes_.clear();
  if (spill) throw Error{ErrorKind::resource, why};
}

bool Backend::sweep_some(Flush& flush, base::TimePoint deadline) {
  for (; flush.group < flush.lists.size(); ++flush.group, flush.row = 0) {
    std::vector<Row*>& rows = flush.lists[flush.group].rows;
    while (flush.row < rows.size()) {
      prefetch_ahead(rows, flush.row);
      Row* const row = rows[flush.row++];
      // Removed and written: nobody else has it on a list.
      if (row->epoch == flush.epoch) {
        row->epoch = 0;
        if (removable(row)) free_row(row);
      }
      if (out_of_time(deadline)) return true;
    }
    std::exchange(rows, {});
  }
  clean_epoch_ = flush.epoch;
  flushes_.pop_front();
  if (budget_ != 0) {  // more may leave than the last time
    stayed_ = 0;
    look_at(limit_);
    note_growth();
  }
  return false;
}

bool Backend::work_on_flushes(base::TimePoint deadline) {
  for (const auto& flush : flushes_) {
    if (flush->phase != Flush::Phase::capturing) continue;
    if (capture_some(*flush, deadline)) return true;
    if (flush->phase == Flush::Phase::capturing) break;  // waits for the helper
  }
  while (!flushes_.empty()) {
    Flush& flush = *flushes_.front();
    if (flush.phase == Flush::Phase::writing) {
      if (!flush.writer->finished()) return false;
      if (stack_.size() >= runs_max && merge_.has_value()) return false;
      install(flush);
    } else if (flush.phase == Flush::Phase::sweeping) {
      if (sweep_some(flush, deadline)) return true;
    } else {
      return false;
    }
  }
  return false;
}

// Without help from others: when there is no more room. Merges are waited for unless memory grows
// and grows.
void Backend::finish_flushes_now() {
  while (!flushes_.empty()) {
    Flush& flush = *flushes_.front();
    if (flush.phase == Flush::Phase::capturing) {
      flush.writer->drain();
      capture_some(flush, base::TimePoint::never());
    } else if (flush.phase == Flush::Phase::writing) {
      flush.writer->drain();
      end_merge();
      start_merge();
      if (stack_.size() >= runs_max && merge_.has_value() && memory_bytes() <= limit_ + budget_) {
        return;
      }
      install(flush);
    } else {
      sweep_some(flush, base::TimePoint::never());
    }
  }
}

}  // namespace flink::state
