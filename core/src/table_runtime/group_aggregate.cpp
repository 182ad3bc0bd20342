// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/group_aggregate.h"

#include <flink/state/value_state.h>

#include "table_runtime/row_maker.h"

namespace flink::table_runtime {

RowLayout GroupAggregateSpec::output() const {
  std::vector<LogicalType> types = key.layout().types();
  if (result_columns) types.resize(*result_columns);
  for (const AggregateStep& step : aggregates->steps()) types.push_back(step.result);
  return RowLayout{std::move(types)};
}

namespace {

// What both modes share.
class Grouping {
 public:
  explicit Grouping(const GroupAggregateSpec& spec)
      : spec_(spec),
        layout_(spec.output()),
        run_(spec.aggregates, spec.session),
        maps_(spec.aggregates->maps()) {}

 protected:
  using Context = KeyedContext<std::string>;

  void load() {
    const std::string* const held = group_.value();
    run_.begin(held ? std::string_view{*held} : std::string_view{}, maps_.all());
  }
  std::string result(const std::string& key) {
    values_.assign(spec_.key.layout().size(), table::Datum{});
    spec_.key.layout().unpack(key, values_, run_.memory());
    if (spec_.result_columns) values_.resize(*spec_.result_columns);
    run_.results(values_);
    std::string out;
    layout_.pack(values_, out);
    return out;
  }

  GroupAggregateSpec spec_;
  RowLayout layout_;
  AggregateRun run_;
  StateMaps maps_;
  ValueState<std::string> group_{"group"};

 private:
  std::vector<table::Datum> values_;
};

class GroupAggregate : public Grouping {
 public:
  using Grouping::Grouping;

  void process_element(const Row& row, Context& context, Collector<Row>& out) {
    const bool adds = table::adds(row.kind);
    const bool first = group_.value() == nullptr;
    if (first && !adds) return;  // of a group that is not known: its state has gone
    load();
    const std::string before = first ? std::string{} : result(context.current_key());
    run_.take(adds, row.bytes);
    if (run_.rows() == 0) {
      if (!first) collect_copy(RowKind::delete_, before, out);
      group_.clear();
      maps_.clear();
      return;
    }
    const std::string after = result(context.current_key());
    group_.update(run_.bytes());
    if (first) return collect_copy(RowKind::insert, after, out);
    if (before == after) return;
    if (spec_.update_before) collect_copy(RowKind::update_before, before, out);
    collect_copy(RowKind::update_after, after, out);
  }
};

class BatchGroupAggregate : public Grouping {
 public:
  using Grouping::Grouping;

  void process_element(const Row& row, Context& context, Collector<Row>&) {
    if (group_.value() == nullptr) {
      context.timer_service().register_event_time_timer(max_timestamp);
    }
    load();
    run_.take(table::adds(row.kind), row.bytes);
    group_.update(run_.bytes());
  }
  // The key's rows have all come.
  void on_timer(Timestamp, Context& context, Collector<Row>& out) {
    load();
    if (run_.rows() > 0) collect_copy(RowKind::insert, result(context.current_key()), out);
  }
};

class WindowAggregate : public Grouping {
 public:
  using Grouping::Grouping;

  void process_element(const Row& row, Context& context, Collector<Row>&) {
    const flink::Timestamp last = last_of_window(context.current_key());
    TimerService& timers = context.timer_service();
    if (spec_.processing_time) {
      timers.register_processing_time_timer(last);
    } else {
      if (last <= context.current_watermark()) return;  // too late
      timers.register_event_time_timer(last);
    }
    load();
    run_.take(table::adds(row.kind), row.bytes);
    group_.update(run_.bytes());
  }
  void on_timer(flink::Timestamp, Context& context, Collector<Row>& out) {
    load();
    if (run_.rows() > 0) collect_copy(RowKind::insert, result(context.current_key()), out);
    group_.clear();
    maps_.clear();
  }

 private:
  flink::Timestamp last_of_window(const std::string& key) {
    table::Memory none;
    const auto end = spec_.key.layout().get(key, spec_.window_end, none).get<table::Timestamp>();
    return timestamp_of_millis(spec_.clock.time_of(end.millis) - 1);
  }
};

}  // namespace

RowOperator add_window_aggregate(const RowStream& rows, std::string name,
                                 const GroupAggregateSpec& spec) {
  return process_keyed(rows, spec.key, std::move(name), WindowAggregate{spec});
}

RowOperator add_group_aggregate(const RowStream& rows, std::string name,
                                const GroupAggregateSpec& spec) {
  if (spec.batch) {
    return process_keyed(rows, spec.key, std::move(name), BatchGroupAggregate{spec});
  }
  return process_keyed(rows, spec.key, std::move(name), GroupAggregate{spec});
}

}  // namespace flink::table_runtime
