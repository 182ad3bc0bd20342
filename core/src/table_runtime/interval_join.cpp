// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/interval_join.h"

#include <flink/state/map_state.h>

#include <algorithm>

namespace flink::table_runtime {

namespace {

struct TimedRow {
  std::string row;
  bool joined = false;
};
using TimedRows = std::vector<TimedRow>;

class IntervalJoin {
 public:
  explicit IntervalJoin(std::shared_ptr<const IntervalJoinSpec> spec)
      : spec_(spec), condition_(spec->join), output_(spec->join) {}

  using Context = KeyedContext<std::string>;
  void process_element1(const Row& row, Context& context, Collector<Row>& out) {
    take(row, true, context, out);
  }
  void process_element2(const Row& row, Context& context, Collector<Row>& out) {
    take(row, false, context, out);
  }
  void on_timer(Timestamp at, Context&, Collector<Row>& out) {
    drop(true, at, out);
    drop(false, at, out);
  }

 private:
  // The times of partners: from time + first to time + last.
  std::int64_t first(bool is_left) const { return is_left ? -spec_->upper : spec_->lower; }
  std::int64_t last(bool is_left) const { return is_left ? -spec_->lower : spec_->upper; }

  std::int64_t time_of(std::string_view row, bool is_left) const {
    table::Memory none;
    const auto& layout = is_left ? spec_->join->left_row : spec_->join->right_row;
    const auto value = layout.get(row, is_left ? spec_->left_time : spec_->right_time, none);
    return value.null ? INT64_MIN : value.get<table::Timestamp>().millis;
  }
  const MapState<std::int64_t, TimedRows>& side(bool left) const { return left ? left_ : right_; }
  // No partner can come behind this time.
  std::int64_t until(std::int64_t time, bool is_left) const {
    return std::max(time, time + last(is_left));
  }

  void take(const Row& row, bool is_left, Context& context, Collector<Row>& out) {
    const std::int64_t time = time_of(row.bytes, is_left);
    TimedRow mine{std::string{row.bytes}};
    if (time != INT64_MIN && condition_.key_may_match(context.current_key())) {
      mine.joined = meet(row, time, is_left, out);
    }
    const std::int64_t end = until(time, is_left);
    const bool may_meet =
        time != INT64_MIN && timestamp_of_millis(end) > context.current_watermark();
    if (!may_meet) {
      if (!mine.joined) pad(mine.row, is_left, out);
      return;
    }
    const TimedRows* const held = side(is_left).get(time);
    TimedRows rows = held ? *held : TimedRows{};
    rows.push_back(std::move(mine));
    side(is_left).put(time, std::move(rows));
    context.timer_service().register_event_time_timer(timestamp_of_millis(end + 1));
  }

  bool meet(const Row& row, std::int64_t time, bool is_left, Collector<Row>& out) {
    std::vector<std::pair<std::int64_t, TimedRows>> near;
    for (const auto& [other, rows] : side(!is_left).entries()) {
      if (other >= time + first(is_left) && other <= time + last(is_left)) {
        near.emplace_back(other, rows);
      }
    }
    std::sort(near.begin(), near.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    bool met = false;
    for (auto& [other, rows] : near) {
      std::vector<std::string_view> bytes;
      for (const TimedRow& one : rows) bytes.push_back(one.row);
      condition_.fitting(row.bytes, is_left, bytes, fitting_);
      for (const std::uint32_t i : fitting_) {
        output_.collect(RowKind::insert, is_left ? row.bytes : rows[i].row,
                        is_left ? std::string_view{rows[i].row} : row.bytes, out);
        rows[i].joined = met = true;
      }
      if (!fitting_.empty()) side(!is_left).put(other, rows);
    }
    return met;
  }

  void drop(bool is_left, Timestamp now, Collector<Row>& out) {
    std::vector<std::int64_t> gone;
    for (const auto& time : side(is_left).keys()) {
      if (timestamp_of_millis(until(time, is_left)) < now) gone.push_back(time);
    }
    std::sort(gone.begin(), gone.end());
    for (const std::int64_t time : gone) {
      const TimedRows rows = *side(is_left).get(time);
      for (const TimedRow& one : rows) {
        if (!one.joined) pad(one.row, is_left, out);
      }
      side(is_left).remove(time);
    }
  }
  void pad(std::string_view row, bool is_left, Collector<Row>& out) {
    if (!pads(spec_->join->kind, is_left)) return;
    output_.collect(RowKind::insert, is_left ? row : std::string_view{},
                    is_left ? std::string_view{} : row, out);
  }

  std::shared_ptr<const IntervalJoinSpec> spec_;
  JoinCondition condition_;
  JoinOutput output_;
  std::vector<std::uint32_t> fitting_;
  MapState<std::int64_t, TimedRows> left_{"left rows"}, right_{"right rows"};
};

}  // namespace

RowOperator add_interval_join(const RowStream& left, const RowStream& right, std::string name,
                              IntervalJoinSpec spec) {
  const auto shared = std::make_shared<const IntervalJoinSpec>(std::move(spec));
  return process_both(left, shared->join->left.key, right, shared->join->right.key, std::move(name),
                      IntervalJoin{shared});
}

}  // namespace flink::table_runtime
