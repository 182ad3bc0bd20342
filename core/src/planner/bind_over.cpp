// SPDX-License-Identifier: Apache-2.0
// OVER: one node for all calls of the same window.
#include <algorithm>

#include "planner/select_state.h"
#include "table/evaluate.h"
#include "table/type_merging.h"

namespace flink::planner {

using table::reject;
using table::TypeRoot;

namespace {

bool is_ranking(std::string_view name) {
  return name == "ROW_NUMBER" || name == "RANK" || name == "DENSE_RANK" || name == "NTILE" ||
         name == "PERCENT_RANK" || name == "CUME_DIST";
}

const sql::WindowSpecification* named_window(const sql::Select& select, const sql::Name& name) {
  for (const sql::NamedWindow& window : select.windows) {
    if (window.name.text == name.text) return window.window;
  }
  reject(name.range, "there is no window '" + std::string{name.text} + "'",
         "WINDOW " + std::string{name.text} + " AS (...) behind the query declares one");
}

bool equal(const FrameBound& a, const FrameBound& b) {
  return a.kind == b.kind && a.offset == b.offset;
}

bool same_window(const Over& a, const Over& b) {
  const auto same_key = [](const SortKey& x, const SortKey& y) {
    return x.column == y.column && x.descending == y.descending && x.nulls_last == y.nulls_last;
  };
  return a.partition == b.partition && a.rows == b.rows && equal(a.lower, b.lower) &&
         equal(a.upper, b.upper) &&
         std::equal(a.order.begin(), a.order.end(), b.order.begin(), b.order.end(), same_key);
}

// A window's parts: those of its base, then its own.
struct Parts {
  std::vector<sql::Node> partition;
  std::vector<sql::OrderItem> order;
  const sql::WindowSpecification* framed = nullptr;
};

void add_parts(const sql::Select& select, const sql::WindowSpecification& window, Parts& out,
               int depth = 0) {
  if (depth > 16) reject(window.range, "this window is built on itself");
  if (window.base) add_parts(select, *named_window(select, window.base), out, depth + 1);
  out.partition.insert(out.partition.end(), window.partition_by.begin(), window.partition_by.end());
  out.order.insert(out.order.end(), window.order_by.begin(), window.order_by.end());
  if (window.frame != sql::WindowSpecification::Frame::none) out.framed = &window;
}

}  // namespace

// The calls of a SELECT, bound one after another.
class OverBinder {
 public:
  OverBinder(QueryBinder& binder, QueryBinder::SelectState& state)
      : binder_(binder), state_(state), projector_(binder.builder(), state.current()) {
    projector_.keep_all();
  }

  void add(const sql::Call& call);
  void finish();

 private:
  void bind_window(const sql::Call& call, Over& over);
  FrameBound bound_of(const sql::FrameBound& bound, bool rows, bool lower);
  AggregateCall bind_call(const sql::Call& call);
  LogicalType ranking_type(const sql::Call& call, const AggregateCall& bound);
  AggregateCall bind_shift(const sql::Call& call, std::vector<ExpressionPointer> arguments);

  QueryBinder& binder_;
  QueryBinder::SelectState& state_;
  Projector projector_;
  std::vector<std::shared_ptr<Over>> overs_;
  std::vector<std::vector<Column>> results_;
};

FrameBound OverBinder::bound_of(const sql::FrameBound& bound, bool rows, bool lower) {
  using Kind = sql::FrameBound::Kind;
  if (bound.kind == Kind::current_row) return {FrameBound::Kind::current, 0};
  if (bound.kind == Kind::unbounded_preceding || bound.kind == Kind::unbounded_following) {
    const bool before = bound.kind == Kind::unbounded_preceding;
    if (before != lower) reject({}, "a frame ends before it begins");
    return {FrameBound::Kind::unbounded, 0};
  }
  const auto value = binder_.bind_value(*bound.distance, *state_.scope);
  if (!columns_of(*value).empty()) reject(bound.distance->range, "a frame's bound is a constant");
  table::Memory memory;
  table::Context context{binder_.functions(), memory};
  const auto datum = table::evaluate_constant(*value, context);
  std::int64_t distance = 0;
  if (rows) {
    if (!value->type.is_integer()) reject(bound.distance->range, "ROWS takes a number of rows");
    distance = table::integer_of(value->type, datum);
  } else if (value->type.is(TypeRoot::interval_day_time)) {
    distance = datum.get<table::Millis>().millis;
  } else if (value->type.is_integer()) {
    distance = table::integer_of(value->type, datum);
  } else {
    reject(bound.distance->range, "RANGE takes an interval or a number");
  }
  return {FrameBound::Kind::offset, bound.kind == Kind::preceding ? distance : -distance};
}

void OverBinder::bind_window(const sql::Call& call, Over& over) {
  const auto* window = call.over ? call.over : named_window(state_.select, call.over_name);
  Parts parts;
  add_parts(state_.select, *window, parts);
  for (const sql::Node node : parts.partition) {
    over.partition.push_back(projector_.add(binder_.bind_value(*node, *state_.scope)));
  }
  for (const sql::OrderItem& item : parts.order) {
    over.order.push_back(
        sort_key(projector_.add(binder_.bind_value(*item.value, *state_.scope)), item));
  }
  const std::string name = function_name(call);
  if (is_ranking(name) || name == "LAG" || name == "LEAD") {
    if (over.order.empty() && name != "ROW_NUMBER") {
      reject(window->range, name + " needs an ORDER BY in its window");
    }
    over.rows = true;
    return;
  }
  if (!parts.framed) {
    if (over.order.empty()) over.upper = {FrameBound::Kind::unbounded};
    return;
  }
  using Frame = sql::WindowSpecification::Frame;
  over.rows = parts.framed->frame == Frame::rows;
  over.lower = bound_of(parts.framed->lower, over.rows, true);
  if (parts.framed->between) over.upper = bound_of(parts.framed->upper, over.rows, false);
}

AggregateCall OverBinder::bind_shift(const sql::Call& call,
                                     std::vector<ExpressionPointer> arguments) {
  AggregateCall out;
  out.function = function_name(call);
  if (arguments.empty() || arguments.size() > 3) {
    reject(call.range, out.function + " takes a value, a distance and what stands for no row");
  }
  LogicalType type = arguments[0]->type.with_nullable(true);
  if (arguments.size() == 3) {
    const LogicalType both[] = {arguments[0]->type, arguments[2]->type};
    const auto common = table::least_restrictive_type(both);
    if (!common) reject(call.range, "the value and what stands for no row have no type in common");
    type = common->with_nullable(arguments[2]->type.nullable());
    arguments[0] = table::cast_to(arguments[0], *common);
    arguments[2] = table::cast_to(arguments[2], *common);
  }
  if (arguments.size() >= 2 && !arguments[1]->type.is_integer()) {
    reject(call.arguments[1].value->range, out.function + " takes a number of rows");
  }
  out.bound.call.result = type;
  out.bound.call.ignores_nulls = call.nulls == sql::NullTreatment::ignore;
  out.bound.arguments = std::move(arguments);
  return out;
}

AggregateCall OverBinder::bind_call(const sql::Call& call) {
  const std::string name = function_name(call);
  std::vector<ExpressionPointer> arguments;
  for (const sql::Argument& argument : call.arguments) {
    arguments.push_back(binder_.bind_value(*argument.value, *state_.scope));
  }
  AggregateCall out;
  if (is_ranking(name)) {
    out.function = name;
    const std::size_t wanted = name == "NTILE" ? 1 : 0;
    if (arguments.size() != wanted) {
      reject(call.range, name + (wanted ? " takes the number of buckets" : " takes no arguments"));
    }
    const bool fraction = name == "PERCENT_RANK" || name == "CUME_DIST";
    out.bound.call.result = LogicalType{fraction ? TypeRoot::double_ : TypeRoot::bigint}.not_null();
    out.bound.arguments = std::move(arguments);
  } else if (name == "LAG" || name == "LEAD") {
    out = bind_shift(call, std::move(arguments));
  } else {
    table::AggregateUse use;
    use.distinct = call.distinct;
    use.ignores_nulls = call.nulls == sql::NullTreatment::ignore;
    use.filtered = call.filter != nullptr;
    use.grouped = true;
    out.function = name;
    out.bound =
        table::bind_aggregate(name, call.range, std::move(arguments), use, binder_.functions());
  }
  for (const auto& argument : out.bound.arguments)
    out.arguments.push_back(projector_.add(argument));
  if (call.filter) {
    out.filter = projector_.add(binder_.bind_condition(*call.filter, *state_.scope));
  }
  return out;
}

void OverBinder::add(const sql::Call& call) {
  auto over = std::make_shared<Over>();
  bind_window(call, *over);
  AggregateCall bound = bind_call(call);
  const auto known = std::find_if(overs_.begin(), overs_.end(),
                                  [&](const auto& other) { return same_window(*other, *over); });
  const auto index = static_cast<std::size_t>(known - overs_.begin());
  if (known == overs_.end()) {
    overs_.push_back(over);
    results_.emplace_back();
  }
  results_[index].push_back(binder_.builder().column(
      "$w" + std::to_string(index) + "$o" + std::to_string(results_[index].size()),
      bound.bound.call.result));
  overs_[index]->calls.push_back(std::move(bound));
  state_.scope->computed[&call] = column_of(results_[index].back());
}

void OverBinder::finish() {
  RelationPointer relation = projector_.finish();
  for (std::size_t i = 0; i < overs_.size(); ++i) {
    auto& over = *overs_[i];
    over.columns = relation->columns;
    over.columns.insert(over.columns.end(), results_[i].begin(), results_[i].end());
    over.inputs = {std::move(relation)};
    relation = overs_[i];
  }
  state_.current() = std::move(relation);
}

void QueryBinder::bind_overs(SelectState& state) {
  Calls calls;
  for (const sql::SelectItem& item : state.select.items) collect_calls(*item.value, calls);
  if (state.select.qualify) collect_calls(*state.select.qualify, calls);
  if (state.query) {
    for (const auto& item : state.query->order_by) collect_calls(*item.value, calls);
  }
  if (calls.overs.empty()) return;
  state.scope->clause = "OVER";
  OverBinder over{*this, state};
  // Calls within arguments of others cannot be.
  for (const sql::Call* call : calls.overs) attempt([&] { over.add(*call); });
  throw_errors();
  over.finish();
}

}  // namespace flink::planner
