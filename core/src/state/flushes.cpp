// SPDX-License-Identifier: Apache-2.0
// Flushes: dirty rows captured in turns, written by a helper, and clean from then on.
#include "state/flushes.h"

#include <flink/base/check.h>
#include <flink/base/prefetch.h>
#include <flink/error.h>

#include <algorithm>

namespace flink::state {

namespace {
// Captured and not yet written: more than that, and capturing waits for the helper.
constexpr std::size_t pending_bytes_most = std::size_t{64} << 20;
constexpr std::size_t pending_bytes_least = std::size_t{1} << 20;
// Of rows, when all of them are looked at: between two looks at the time, and at most for each row.
constexpr std::size_t places_a_step = 64, places_a_row = 4;
constexpr std::size_t group_bytes_kept = std::size_t{4} << 10;
// Of a row that is captured: the rest of a longer one follows line by line.
constexpr std::size_t capture_lines = 3;

// Rows of a list lie anywhere in memory.
void prefetch_ahead(const std::vector<Row*>& rows, std::size_t at, std::size_t lines) {
  constexpr std::size_t rows_ahead = 12;
  if (at + rows_ahead >= rows.size()) return;
  const auto* row = reinterpret_cast<const char*>(rows[at + rows_ahead]);
  for (std::size_t line = 0; line < lines; ++line) detail::prefetch(row + line * 64);
}
// Groups are alike. To grow a buffer of megabytes is to copy it, at once.
void expect_like_last(const Flush& last, CapturedGroup& group, std::size_t rows, std::size_t most) {
  if (last.last_rows == 0) return;
  const auto share = [&](std::size_t of) {
    const std::size_t all = of * rows / last.last_rows;
    return all + all / 8;
  };
  group.bytes.reserve(std::min(share(last.last_bytes), most));
  group.entries.reserve(share(last.last_entries));
}
}  // namespace

Flushes::Flushes(StateTables& tables, ColdState& cold, Gauges& gauges, Helpers& helpers,
                 const KeyedStateSetup& setup, bool point_reads, std::function<void()> on_clean)
    : tables_(tables),
      cold_(cold),
      gauges_(gauges),
      helpers_(helpers),
      clock_(*setup.clock),
      groups_(setup.groups),
      point_reads_(point_reads),
      pending_bytes_max_(
          point_reads ? std::clamp(setup.memory_bytes / 8, pending_bytes_least, pending_bytes_most)
                      : pending_bytes_most),
      run_bytes_max_(setup.memory_bytes / 2),
      on_clean_(std::move(on_clean)),
      entries_(setup.max_parallelism),
      merges_(tables, cold, helpers, setup, point_reads),
      publications_(cold, merges_, helpers, setup) {}

// Before its first change in this epoch: a flush that has not come to it yet takes its image.
void Flushes::save_image(Row* row, std::size_t group) {
  for (const auto& flush : flushes_) {
    if (flush->epoch != row->epoch || flush->phase != Flush::Phase::capturing) continue;
    const std::size_t before = flush->groups[group].bytes.size();
    capture(*flush, row, group);
    if (flush->writer->pending_bytes() > pending_bytes_max_) {
      stalled_bytes_ += flush->groups[group].bytes.size() - before;
    }
    break;
  }
}

void Flushes::save_clean_image(Row* row, std::size_t group) {
  if (flushes_.empty() || !flushes_.front()->gathering) return;
  Flush& flush = *flushes_.front();
  row->epoch = flush.epoch;
  capture(flush, row, group);
}

void Flushes::capture(Flush& flush, Row* row, std::size_t group) {
  row->captured = flush.epoch;
  entries_.capture(flush.groups[group], tables_.table_of(row), row);
}

// Worth it when at least half of all rows have changed: then a merge would copy more than that.
// Elements and timers leave memory, and are removed, in ways of their own.
bool Flushes::may_be_whole(std::size_t dirty_rows) const {
  if (!flushes_.empty() || cold_.stack().empty() || !gauges_.complete) return false;
  if (!cold_.knows_all_states() || !tables_.timers().empty()) return false;
  std::size_t rows = 0, places = 0;
  for (const StateTables::Table& table : tables_.all()) {
    if (!table.has_key_rows()) return false;
    rows += table.rows->size();
    places += table.rows->places();
  }
  if (places / places_a_row > rows) return false;  // most have gone: to walk all is too much
  return dirty_rows >= rows - dirty_rows;
}

Flush& Flushes::begin(bool spill) {
  auto flush = std::make_unique<Flush>();
  flush->spill = spill;
  flush->epoch = gauges_.epoch;
  flush->lists = tables_.end_epoch();
  flush->groups.resize(flush->lists.size());
  std::size_t rows = 0;
  for (const DirtyRows& list : flush->lists) rows += list.rows.size();
  flush->whole = flush->gathering = may_be_whole(rows);
  if (flush->whole) {
    rows = 0;
    for (const StateTables::Table& table : tables_.all()) rows += table.rows->size();
  }
  flush->last_rows = flush->last_entries = rows;  // about
  flush->last_bytes = std::exchange(gauges_.dirty_bytes, 0);
  std::size_t entries_a_row = 1;
  for (const auto& keys : tables_.key_rows()) {
    entries_a_row = std::max(entries_a_row, keys->states.size());
  }
  RunBuilderOptions options;
  options.scratch_file = helpers_.scratch_file();
  options.states = cold_.descriptors();
  options.entries_max = rows * entries_a_row;
  flush->writer = std::make_shared<RunWriter>(std::move(options), point_reads_);
  flushes_.push_back(std::move(flush));
  tables_.set_oldest_flush(flushes_.front()->epoch);
  return *flushes_.back();
}

bool Flushes::out_of_time(base::TimePoint deadline) {
  constexpr unsigned steps_a_look = 32;
  return ++clock_reads_ % steps_a_look == 0 && clock_.now() >= deadline;
}

// A clean row is on the flush's list as if it had changed in its epoch, so that it stays.
bool Flushes::gather_some(Flush& flush, base::TimePoint deadline) {
  for (; flush.table < tables_.all().size(); ++flush.table) {
    RowTable& rows = *tables_.all()[flush.table].rows;
    do {
      Row* const row = rows.next(flush.at, places_a_step);
      if (row != nullptr && tables_.is_clean(row)) {
        row->epoch = flush.epoch;
        flush.lists[tables_.group_index(row)].rows.push_back(row);
      }
      if (out_of_time(deadline)) return true;
    } while (flush.at.row != 0);
  }
  flush.gathering = false;
  return false;
}

bool Flushes::capture_some(Flush& flush, base::TimePoint deadline) {
  if (flush.gathering && gather_some(flush, deadline)) return true;
  for (; flush.group < flush.lists.size(); ++flush.group, flush.row = 0) {
    const std::vector<Row*>& rows = flush.lists[flush.group].rows;
    if (flush.row == 0) {
      if (flush.writer->pending_bytes() > pending_bytes_max_) return false;
      expect_like_last(flush, flush.groups[flush.group], rows.size(), pending_bytes_max_);
    }
    while (flush.row < rows.size()) {
      prefetch_ahead(rows, flush.row, capture_lines);
      Row* const row = rows[flush.row++];
      if (row->captured < flush.epoch) capture(flush, row, flush.group);
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

void Flushes::hand_over(Flush& flush) {
  CapturedGroup& group = flush.groups[flush.group];
  const bool worth_it = group.bytes.size() > group_bytes_kept;
  flush.last_rows = flush.lists[flush.group].rows.size();
  flush.last_bytes = group.bytes.size();
  flush.last_entries = group.entries.size();
  flush.writer->push(std::exchange(group, {}));
  if (worth_it) drain_soon(flush.writer);
}

void Flushes::drain_soon(const std::shared_ptr<RunWriter>& writer) {
  if (!writer->claim()) return;
  helpers_.run([writer] {
    writer->unclaim();
    writer->drain();
  });
}

// The run of the oldest flush is written: rows of its epoch can be read from there.
void Flushes::install(Flush& flush) {
  std::shared_ptr<const Run> run;
  try {
    run = flush.writer->take();
  } catch (const std::exception& failure) {
    fail_flushes(failure.what());
    return;
  }
  if (flush.whole && gauges_.complete) merges_.drop_runs();
  if (run != nullptr) {
    StackedRun stacked;
    stacked.run = std::move(run);
    stacked.groups = groups_;
    cold_.stack().push(std::move(stacked));
  }
  if (point_reads_) {
    // However many keys there are, rows keep some room.
    tables_.note_run_bytes(std::min(cold_.stack().filter_bytes(), run_bytes_max_));
    cold_.stack().let_go_of_pages();
  }
  flush.phase = Flush::Phase::sweeping;
  if (flush.snapshot != nullptr) publications_.add(std::move(flush.snapshot));
}

// What the flushes had is dirty again, as if they had not begun.
void Flushes::fail_flushes(const std::string& why) {
  const bool spill = flushes_.front()->spill;
  for (const auto& flush : flushes_) {
    for (std::size_t group = 0; group < flush->lists.size(); ++group) {
      for (Row* const row : flush->lists[group].rows) {
        if (tables_.table_of(row).has_key_rows()) {
          for (const auto& state : tables_.table_of(row).keys->states) {
            if (!is_collection(state->kind)) continue;
            CollectionHead& head = state->head(row);
            if (head.cleared_epoch != flush->epoch) continue;
            head.cleared = true;
            head.cleared_epoch = gauges_.epoch;  // the flush that takes it may fail as well
          }
        }
        if (row->epoch != flush->epoch) continue;  // it is on a newer list
        tables_.make_dirty(row, group);
      }
    }
    if (flush->snapshot != nullptr) {
      KeyedSnapshotResult result;
      result.failure = why;
      flush->snapshot->end(std::move(result));
    }
  }
  flushes_.clear();
  tables_.set_oldest_flush(0);
  if (spill) throw Error{ErrorKind::resource, why};
}

bool Flushes::sweep_some(Flush& flush, base::TimePoint deadline) {
  for (; flush.group < flush.lists.size(); ++flush.group, flush.row = 0) {
    std::vector<Row*>& rows = flush.lists[flush.group].rows;
    while (flush.row < rows.size()) {
      prefetch_ahead(rows, flush.row, 1);
      Row* const row = rows[flush.row++];
      // Removed and written: nobody else has it on a list.
      if (row->epoch == flush.epoch) {
        row->epoch = 0;
        if (tables_.removable(row)) {
          tables_.free_row(row);
        } else if (tables_.table_of(row).timers == nullptr) {
          tables_.clean_rows().note(row);
        }
      }
      if (out_of_time(deadline)) return true;
    }
    std::exchange(rows, {});
  }
  tables_.set_clean(flush.epoch);
  flushes_.pop_front();
  tables_.set_oldest_flush(flushes_.empty() ? 0 : flushes_.front()->epoch);
  on_clean_();
  return false;
}

bool Flushes::work(base::TimePoint deadline) {
  for (const auto& flush : flushes_) {
    if (flush->phase != Flush::Phase::capturing) continue;
    if (capture_some(*flush, deadline)) return true;
    if (flush->phase == Flush::Phase::capturing) break;  // waits for the helper
  }
  while (!flushes_.empty()) {
    Flush& flush = *flushes_.front();
    if (flush.phase == Flush::Phase::writing) {
      if (!flush.writer->finished()) return false;
      if (merges_.must_wait()) return false;
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
void Flushes::finish_now(std::size_t memory_max) {
  while (!flushes_.empty()) {
    Flush& flush = *flushes_.front();
    if (flush.phase == Flush::Phase::capturing) {
      flush.writer->drain();
      capture_some(flush, base::TimePoint::never());
    } else if (flush.phase == Flush::Phase::writing) {
      flush.writer->drain();
      merges_.work();
      if (merges_.must_wait() && tables_.memory_bytes() <= memory_max) {
        return;
      }
      install(flush);
    } else {
      sweep_some(flush, base::TimePoint::never());
    }
  }
}

// ---- snapshots

void Flushes::begin(const SnapshotTarget& target, std::function<void(KeyedSnapshotResult)> done) {
  const base::TimePoint begun = clock_.now();
  auto snapshot = std::make_unique<SnapshotRequest>();
  snapshot->target = target;
  snapshot->done = std::move(done);
  Flush& flush = begin(false);
  flush.snapshot = std::move(snapshot);
  flush.snapshot->slot_time += clock_.now() - begun;
}

bool Flushes::work_on_snapshots(base::TimePoint start, base::TimePoint deadline) {
  SnapshotRequest* timed = nullptr;
  for (const auto& flush : flushes_) {
    if (flush->phase != Flush::Phase::capturing) continue;
    timed = flush->snapshot.get();
    break;
  }
  bool more = merges_.take();
  more |= work(deadline);
  if (timed != nullptr) {
    for (const auto& flush : flushes_) {  // it may have moved on
      if (flush->snapshot.get() == timed) timed->slot_time += clock_.now() - start;
    }
  }
  more |= publications_.work();
  more |= merges_.start();
  return more;
}

void Flushes::abort(std::int64_t checkpoint_id) {
  cold_.stack().abort(checkpoint_id);
  KeyedSnapshotResult aborted;
  aborted.failure = flink::detail::concat("checkpoint ", checkpoint_id, " was aborted");
  for (const auto& flush : flushes_) {
    if (flush->snapshot == nullptr || flush->snapshot->target.checkpoint_id != checkpoint_id) {
      continue;
    }
    flush->snapshot->end(aborted);
    flush->snapshot.reset();  // what it wrote stays a run of ours
  }
  publications_.abort(checkpoint_id, aborted);
}

}  // namespace flink::state
