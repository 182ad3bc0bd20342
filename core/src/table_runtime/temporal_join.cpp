// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/temporal_join.h"

#include <flink/state/value_state.h>

#include <algorithm>

namespace flink::table_runtime {

namespace {

struct Version {
  std::int64_t time;
  RowKind kind;
  std::string row;
};
using Versions = std::vector<Version>;

class TemporalJoin {
 public:
  explicit TemporalJoin(std::shared_ptr<const TemporalJoinSpec> spec)
      : spec_(spec), condition_(spec->join), output_(spec->join) {}

  using Context = KeyedContext<std::string>;
  void process_element1(const Row& row, Context& context, Collector<Row>&) {
    keep(left_, row, spec_->join->left_row, spec_->left_time, context, true);
  }
  void process_element2(const Row& row, Context& context, Collector<Row>&) {
    keep(right_, row, spec_->join->right_row, spec_->right_time, context, false);
  }
  void on_timer(Timestamp, Context& context, Collector<Row>& out) {
    const Timestamp now = context.current_watermark();
    Versions left = held(left_), right = held(right_);
    const auto by_time = [](const Version& a, const Version& b) { return a.time < b.time; };
    std::stable_sort(left.begin(), left.end(), by_time);
    std::stable_sort(right.begin(), right.end(), by_time);
    const auto is_due = [&](const Version& one) { return timestamp_of_millis(one.time) <= now; };
    const auto due = std::partition_point(left.begin(), left.end(), is_due);
    for (auto one = left.begin(); one != due; ++one) {
      meet(*one, right, context.current_key(), out);
    }
    left.erase(left.begin(), due);
    // Of the versions that have come, later rows can meet the newest alone.
    const auto past = std::partition_point(right.begin(), right.end(), is_due);
    if (past != right.begin()) right.erase(right.begin(), std::prev(past));
    put(left_, std::move(left));
    put(right_, std::move(right));
  }

 private:
  static Versions held(const ValueState<Versions>& state) {
    const Versions* const all = state.value();
    return all ? *all : Versions{};
  }
  static void put(const ValueState<Versions>& state, Versions all) {
    if (all.empty()) return state.clear();
    state.update(std::move(all));
  }
  static void keep(const ValueState<Versions>& state, const Row& row, const RowLayout& layout,
                   std::size_t column, Context& context, bool waits) {
    table::Memory none;
    const auto value = layout.get(row.bytes, column, none);
    if (value.null) return;
    const std::int64_t time = value.get<table::Timestamp>().millis;
    // What was before is a version that ends when the next one begins.
    if (!waits && row.kind == RowKind::update_before) return;
    if (waits && timestamp_of_millis(time) <= context.current_watermark()) return;  // too late
    Versions all = held(state);
    all.push_back({time, row.kind, std::string{row.bytes}});
    state.update(std::move(all));
    context.timer_service().register_event_time_timer(timestamp_of_millis(time));
  }

  void meet(const Version& row, const Versions& versions, const std::string& key,
            Collector<Row>& out) {
    const auto after =
        std::partition_point(versions.begin(), versions.end(),
                             [&](const Version& version) { return version.time <= row.time; });
    if (after != versions.begin() && condition_.key_may_match(key)) {
      const Version& version = *std::prev(after);
      const std::string_view other[] = {version.row};
      condition_.fitting(row.row, true, other, fitting_);
      if (table::adds(version.kind) && !fitting_.empty()) {
        return output_.collect(row.kind, row.row, version.row, out);
      }
    }
    if (pads(spec_->join->kind, true)) output_.collect(row.kind, row.row, {}, out);
  }

  std::shared_ptr<const TemporalJoinSpec> spec_;
  JoinCondition condition_;
  JoinOutput output_;
  std::vector<std::uint32_t> fitting_;
  ValueState<Versions> left_{"waiting rows"}, right_{"versions"};
};

}  // namespace

RowOperator add_temporal_join(const RowStream& left, const RowStream& right, std::string name,
                              TemporalJoinSpec spec) {
  const auto shared = std::make_shared<const TemporalJoinSpec>(std::move(spec));
  return process_both(left, shared->join->left.key, right, shared->join->right.key, std::move(name),
                      TemporalJoin{shared});
}

}  // namespace flink::table_runtime
