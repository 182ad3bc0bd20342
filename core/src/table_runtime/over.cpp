// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/over.h"

#include <flink/state/value_state.h>

#include <algorithm>

namespace flink::table_runtime {

namespace {

using OverRows = std::vector<OverRow>;
using Context = KeyedContext<std::string>;

bool earlier(const OverRow& a, const OverRow& b) { return a.order < b.order; }
OverRows::iterator insert(OverRows& rows, OverRow row) {
  return rows.insert(std::upper_bound(rows.begin(), rows.end(), row, earlier), std::move(row));
}

class BatchOver {
 public:
  explicit BatchOver(std::shared_ptr<const OverSpec> spec) : frames_(std::move(spec)) {}

  void process_element(const Row& row, Context& context, Collector<Row>&) {
    if (rows_.empty()) context.timer_service().register_event_time_timer(max_timestamp);
    rows_.push_back(frames_.row_of(row.bytes));
  }
  void on_timer(Timestamp, Context&, Collector<Row>& out) {
    std::stable_sort(rows_.begin(), rows_.end(), earlier);
    frames_.each(rows_, 0, [&](std::size_t, std::string_view row) {
      collect_copy(RowKind::insert, row, out);
    });
    rows_.clear();
  }

 private:
  OverFrames frames_;
  OverRows rows_;
};

// Results are for good: a row has all that its frame can reach.
class OverByTime {
 public:
  explicit OverByTime(std::shared_ptr<const OverSpec> spec)
      : spec_(spec),
        frames_(spec),
        run_(spec->aggregates, spec->session),
        maps_(spec->aggregates->maps()) {}

  void process_element(const Row& row, Context& context, Collector<Row>& out) {
    OverRow fresh = frames_.row_of(row.bytes);
    if (spec_->by_proctime) return take({&fresh, 1}, out);
    table::Memory memory;
    const auto time = spec_->input.get(row.bytes, spec_->order[0].column, memory);
    if (time.null) return;  // of no time
    const auto at = timestamp_of_millis(time.get<table::Timestamp>().millis);
    if (is_late(at, context)) return;
    context.timer_service().register_event_time_timer(at);
    if (bounded() && !spec_->rows) clean_after(at, context);
    OverRows waiting = held(waiting_);
    insert(waiting, std::move(fresh));
    waiting_.update(std::move(waiting));
  }
  void on_timer(Timestamp at, Context&, Collector<Row>& out) {
    const std::int64_t* const gone = gone_.value();
    if (gone && *gone <= millis_of(at)) {
      waiting_.clear();
      before_.clear();
      fired_.clear();
      return gone_.clear();
    }
    if (bounded()) fired_.update(millis_of(at));
    OverRows waiting = held(waiting_);
    if (waiting.empty()) return;
    table::Memory memory;
    const auto due = std::partition_point(waiting.begin(), waiting.end(), [&](const OverRow& one) {
      const auto time = spec_->input.get(one.row, spec_->order[0].column, memory);
      return timestamp_of_millis(time.get<table::Timestamp>().millis) <= at;
    });
    take({waiting.begin(), due}, out);
    waiting.erase(waiting.begin(), due);
    put(waiting_, std::move(waiting));
  }

 private:
  static std::int64_t millis_of(Timestamp at) { return at.time_since_epoch().count(); }
  bool bounded() const { return spec_->lower.kind != planner::FrameBound::Kind::unbounded; }
  // As Flink has it: what an unbounded frame has passed by is late, of a bounded one what comes
  // before the last timer of its key, one that cleans too (RowTimeRangeBoundedPrecedingFunction).
  bool is_late(Timestamp at, Context& context) const {
    if (!bounded()) return at <= context.current_watermark();
    const std::int64_t* const fired = fired_.value();
    return fired && millis_of(at) <= *fired;
  }
  // Nothing of a key is needed once a frame after its last row is empty. Between the first time of
  // that and half as late again no other timer is set.
  void clean_after(Timestamp at, Context& context) {
    const std::int64_t reach = spec_->lower.kind == planner::FrameBound::Kind::offset
                                   ? std::max<std::int64_t>(spec_->lower.offset, 0)
                                   : 0;
    const std::int64_t* const gone = gone_.value();
    if (gone && *gone >= millis_of(at) + reach + 1) return;
    const std::int64_t latest = millis_of(at) + reach + reach / 2 + 1;
    context.timer_service().register_event_time_timer(timestamp_of_millis(latest));
    gone_.update(latest);
  }
  static OverRows held(const ValueState<OverRows>& state) {
    const OverRows* const rows = state.value();
    return rows ? *rows : OverRows{};
  }
  static void put(const ValueState<OverRows>& state, OverRows rows) {
    if (rows.empty()) return state.clear();
    state.update(std::move(rows));
  }

  // Rows of one time.
  void take(std::span<const OverRow> rows, Collector<Row>& out) {
    if (spec_->lower.kind == planner::FrameBound::Kind::unbounded) {
      grow(rows, out);
    } else {
      slide(rows, out);
    }
  }
  void grow(std::span<const OverRow> rows, Collector<Row>& out) {
    const std::string* const group = group_.value();
    run_.begin(group ? std::string_view{*group} : std::string_view{}, maps_.all());
    if (!spec_->rows) {
      for (const OverRow& row : rows) run_.take(true, row.row);
    }
    OverRows near = held(before_);
    for (const OverRow& row : rows) {
      if (spec_->rows) run_.take(true, row.row);
      near.push_back(row);
      collect_copy(RowKind::insert, frames_.with_results(near, run_), out);
      const auto reach = frames_.reach(row);
      if (reach && near.size() > *reach) {
        near.erase(near.begin(), near.end() - static_cast<std::ptrdiff_t>(*reach));
      }
    }
    put(before_, std::move(near));
    group_.update(run_.bytes());
  }
  void slide(std::span<const OverRow> rows, Collector<Row>& out) {
    OverRows all = held(before_);
    const std::size_t first = all.size();
    all.insert(all.end(), rows.begin(), rows.end());
    frames_.each(all, first, [&](std::size_t, std::string_view row) {
      collect_copy(RowKind::insert, row, out);
    });
    const auto needed = static_cast<std::ptrdiff_t>(frames_.first_needed(all));
    all.erase(all.begin(), all.begin() + needed);
    put(before_, std::move(all));
  }

  std::shared_ptr<const OverSpec> spec_;
  OverFrames frames_;
  AggregateRun run_;
  StateMaps maps_;
  ValueState<OverRows> waiting_{"waiting rows"}, before_{"rows before"};
  ValueState<std::string> group_{"group"};
  // Of a bounded frame: the last timer, and the one after which nothing is needed.
  ValueState<std::int64_t> fired_{"last timer"}, gone_{"cleaned at"};
};

// By a column whose values come in any order: what comes between others corrects them.
class OverByValue {
 public:
  explicit OverByValue(std::shared_ptr<const OverSpec> spec)
      : spec_(spec), frames_(std::move(spec)) {}

  void process_element(const Row& row, Context&, Collector<Row>& out) {
    const OverRows* const held = rows_.value();
    OverRows rows = held ? *held : OverRows{};
    auto before = outputs(rows);
    if (table::adds(row.kind)) {
      const auto place = insert(rows, frames_.row_of(row.bytes));
      const auto at = place - rows.begin();
      auto after = outputs(rows);
      collect_copy(RowKind::insert, after[static_cast<std::size_t>(at)], out);
      after.erase(after.begin() + at);
      correct(before, after, out);
    } else {
      const auto found = std::find_if(rows.begin(), rows.end(),
                                      [&](const OverRow& one) { return one.row == row.bytes; });
      if (found == rows.end()) return;
      const auto at = found - rows.begin();
      rows.erase(found);
      collect_copy(RowKind::delete_, before[static_cast<std::size_t>(at)], out);
      before.erase(before.begin() + at);
      correct(before, outputs(rows), out);
    }
    if (rows.empty()) return rows_.clear();
    rows_.update(std::move(rows));
  }

 private:
  std::vector<std::string> outputs(const OverRows& rows) {
    std::vector<std::string> out;
    frames_.each(rows, 0, [&](std::size_t, std::string_view row) { out.emplace_back(row); });
    return out;
  }
  void correct(const std::vector<std::string>& before, const std::vector<std::string>& after,
               Collector<Row>& out) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i] == after[i]) continue;
      if (spec_->update_before) collect_copy(RowKind::update_before, before[i], out);
      collect_copy(RowKind::update_after, after[i], out);
    }
  }

  std::shared_ptr<const OverSpec> spec_;
  OverFrames frames_;
  ValueState<OverRows> rows_{"rows"};
};

}  // namespace

RowOperator add_over(const RowStream& rows, std::string name, OverSpec spec) {
  const auto shared = std::make_shared<const OverSpec>(std::move(spec));
  const auto add = [&](auto function) {
    auto out = process_keyed(rows, shared->partition, std::move(name), std::move(function));
    if (shared->partition.layout().size() == 0) out.set_parallelism(1);
    return out;
  };
  if (shared->batch) return add(BatchOver{shared});
  if (shared->by_rowtime || shared->by_proctime) return add(OverByTime{shared});
  return add(OverByValue{shared});
}

}  // namespace flink::table_runtime
