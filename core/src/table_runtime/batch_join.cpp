// SPDX-License-Identifier: Apache-2.0
// The join of BATCH: both sides of a key come whole before they are joined.
#include <flink/state/list_state.h>

#include "table_runtime/join.h"

namespace flink::table_runtime {

namespace {

// Both sides of a key, joined when the key's rows have all come.
class BatchJoin {
 public:
  explicit BatchJoin(std::shared_ptr<const JoinSpec> spec)
      : spec_(spec), condition_(spec), output_(spec) {}

  using Context = KeyedContext<std::string>;
  void process_element1(const Row& row, Context& context, Collector<Row>&) {
    left_.add(std::string{row.bytes});
    context.timer_service().register_event_time_timer(max_timestamp);
  }
  void process_element2(const Row& row, Context& context, Collector<Row>&) {
    right_.add(std::string{row.bytes});
    context.timer_service().register_event_time_timer(max_timestamp);
  }
  void on_timer(Timestamp, Context& context, Collector<Row>& out) {
    std::vector<std::string> left, right;
    for (const auto& row : left_.get()) left.push_back(row);
    for (const auto& row : right_.get()) right.push_back(row);
    const bool may_match = condition_.key_may_match(context.current_key());
    const std::vector<std::string_view> others(right.begin(),
                                               may_match ? right.end() : right.begin());
    std::vector<bool> found(right.size());
    for (const std::string& row : left) {
      condition_.fitting(row, true, others, fitting_);
      for (const std::uint32_t i : fitting_) found[i] = true;
      put_left(row, right, out);
    }
    for (std::size_t i = 0; pads(spec_->kind, false) && i < right.size(); ++i) {
      if (!found[i]) output_.collect(RowKind::insert, {}, right[i], out);
    }
  }

 private:
  void put_left(const std::string& row, const std::vector<std::string>& right,
                Collector<Row>& out) {
    if (gives_left_only(spec_->kind)) {
      const bool wanted = fitting_.empty() == (spec_->kind == JoinKind::anti);
      if (wanted) output_.collect(RowKind::insert, row, {}, out);
      return;
    }
    if (fitting_.empty() && pads(spec_->kind, true)) {
      output_.collect(RowKind::insert, row, {}, out);
    }
    for (const std::uint32_t i : fitting_) output_.collect(RowKind::insert, row, right[i], out);
  }

  std::shared_ptr<const JoinSpec> spec_;
  JoinCondition condition_;
  JoinOutput output_;
  std::vector<std::uint32_t> fitting_;
  ListState<std::string> left_{"left rows"}, right_{"right rows"};
};

}  // namespace

RowOperator add_batch_join(const RowStream& left, const RowStream& right, std::string name,
                           std::shared_ptr<const JoinSpec> spec) {
  return process_both(left, spec->left.key, right, spec->right.key, std::move(name),
                      BatchJoin{spec});
}

}  // namespace flink::table_runtime
