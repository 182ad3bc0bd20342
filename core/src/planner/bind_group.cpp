// SPDX-License-Identifier: Apache-2.0
// GROUP BY and aggregates: a Project of what they read, an Expand of grouping sets, an Aggregate.
#include <algorithm>

#include "planner/select_state.h"
#include "planner/walk.h"

namespace flink::planner {

using table::reject;

namespace {

using KeySet = std::vector<std::size_t>;  // indexes of keys

bool is_grouping_function(std::string_view name) {
  return name == "GROUPING" || name == "GROUPING_ID" || name == "GROUP_ID";
}

// TUMBLE_START and its like: what of the window it is; nothing: it is none of them.
std::optional<std::string_view> window_property(std::string_view name) {
  for (const std::string_view kind : {"TUMBLE_", "HOP_", "SESSION_"}) {
    if (name.substr(0, kind.size()) != kind) continue;
    const std::string_view what = name.substr(kind.size());
    if (what == "START" || what == "END" || what == "ROWTIME" || what == "PROCTIME") return what;
  }
  return {};
}

std::vector<KeySet> prefixes(const std::vector<KeySet>& parts) {
  std::vector<KeySet> out;
  for (std::size_t n = parts.size() + 1; n-- > 0;) {
    KeySet one;
    for (std::size_t i = 0; i < n; ++i) one.insert(one.end(), parts[i].begin(), parts[i].end());
    out.push_back(one);
  }
  return out;
}

std::vector<KeySet> subsets(const std::vector<KeySet>& parts, sql::Range range) {
  if (parts.size() > 12) reject(range, "CUBE takes at most 12 expressions");
  std::vector<KeySet> out;
  for (std::size_t bits = std::size_t{1} << parts.size(); bits-- > 0;) {
    KeySet one;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if ((bits >> (parts.size() - 1 - i) & 1) == 0) continue;
      one.insert(one.end(), parts[i].begin(), parts[i].end());
    }
    out.push_back(one);
  }
  return out;
}

std::vector<KeySet> crossed(const std::vector<KeySet>& left, const std::vector<KeySet>& right) {
  std::vector<KeySet> out;
  for (const KeySet& a : left) {
    for (const KeySet& b : right) {
      KeySet one = a;
      one.insert(one.end(), b.begin(), b.end());
      out.push_back(one);
    }
  }
  return out;
}

}  // namespace

bool is_aggregate_name(std::string_view name) {
  return !table::aggregates().find(name).empty() || is_grouping_function(name);
}

void collect_calls(const sql::Expression& node, Calls& out) {
  if (const auto* json = sql::try_as<sql::Json>(&node);
      json && (json->function == sql::JsonFunction::objectagg ||
               json->function == sql::JsonFunction::arrayagg)) {
    out.aggregates.push_back(&node);
    return;
  }
  if (const auto* call = sql::try_as<sql::Call>(&node)) {
    const std::string name = function_name(*call);
    if (call->over || call->over_name) {
      out.overs.push_back(call);
    } else if (is_aggregate_name(name) || window_property(name)) {
      out.aggregates.push_back(call);
      return;
    }
  }
  for_each_child(node, [&](const sql::Expression& child) { collect_calls(child, out); });
}

// GROUP BY while it is bound.
class GroupBinder {
 public:
  GroupBinder(QueryBinder& binder, QueryBinder::SelectState& state)
      : binder_(binder), state_(state), builder_(binder.builder()) {}

  void bind(const Calls& calls);

 private:
  std::vector<KeySet> sets_of(const sql::GroupItem& item);
  std::vector<KeySet> key(const sql::Expression& node);
  std::size_t add_key(const ExpressionPointer& value);
  bool bind_window(const sql::Call& call);
  void part_session();
  void bind_aggregate(const sql::Expression& node);
  void bind_call(const sql::Call& call);
  void bind_json(const sql::Json& node);
  std::vector<ExpressionPointer> bind_arguments(const std::vector<sql::Node>& nodes,
                                                sql::Range range);
  table::AggregateUse use_of(bool filtered) const;
  void add_call(const sql::Expression& node, AggregateCall bound);
  void bind_grouping(const sql::Call& call);
  void expand();
  void find_window(Aggregate& node, const Relation& from);

  QueryBinder& binder_;
  QueryBinder::SelectState& state_;
  Builder& builder_;
  std::vector<ExpressionPointer> keys_;
  std::vector<KeySet> sets_ = {{}};

  std::unique_ptr<Projector> projector_;
  ColumnIds key_ids_;
  std::vector<AggregateCall> calls_;
  std::vector<const sql::Expression*> call_nodes_;
  std::vector<Column> call_columns_;
  std::vector<std::size_t> call_of_;  // of each node
  struct GroupingCall {
    const sql::Call* node;
    std::vector<std::int64_t> values;  // one a set
  };
  std::vector<GroupingCall> groupings_;
  std::optional<WindowGroup> window_;
  Column window_time_;
  std::vector<const sql::Call*> properties_;
  RelationPointer relation_;
};

std::size_t GroupBinder::add_key(const ExpressionPointer& value) {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (same(*keys_[i], *value)) return i;
  }
  keys_.push_back(value);
  return keys_.size() - 1;
}

// TUMBLE(ts, INTERVAL ...): rows get their windows here, and group by them.
bool GroupBinder::bind_window(const sql::Call& call) {
  const std::string name = function_name(call);
  if (name != "TUMBLE" && name != "HOP" && name != "SESSION") return false;
  if (call.arguments.size() < 2) reject(call.range, name + " takes a time column and an interval");
  if (window_) reject(call.range, "GROUP BY takes one window");
  const auto time = binder_.bind_value(*call.arguments[0].value, *state_.input);
  const Column* const column = time->kind == table::ExpressionKind::column
                                   ? find_column(*state_.from.relation, time->column)
                                   : nullptr;
  if (!column || !time->type.is_timestamp()) {
    reject(call.arguments[0].value->range, name + " takes a column that is a time attribute",
           "declare a WATERMARK FOR it in its table");
  }
  const auto kind = column->time == TimeAttribute::none ? TimeAttribute::rowtime : column->time;
  const WindowSpec spec = window_spec(name, call, 1, kind);
  state_.from.relation = window_of(builder_, state_.from.relation, column->id, spec, {});
  const auto& columns = state_.from.relation->columns;
  const Column& start = columns[columns.size() - 3];
  const Column& end = columns[columns.size() - 2];
  window_time_ = columns.back();
  window_ = WindowGroup{spec, start.id, end.id};
  return true;
}

// A session is of one key: all else that is grouped by parts its rows.
void GroupBinder::part_session() {
  if (!window_ || window_->spec.kind != WindowKind::session) return;
  auto node = std::make_shared<Window>(as<Window>(*state_.from.relation));
  const std::vector<Column> own{node->columns.end() - 3, node->columns.end()};
  Projector below{builder_, node->inputs[0]};
  below.keep_all();
  for (const ExpressionPointer& value : keys_) {
    const bool of_window = std::any_of(own.begin(), own.end(), [&](const Column& column) {
      return value->kind == table::ExpressionKind::column && value->column == column.id;
    });
    if (!of_window) node->partition.push_back(below.add(value));
  }
  node->inputs = {below.finish()};
  node->columns = node->input().columns;
  node->columns.insert(node->columns.end(), own.begin(), own.end());
  state_.from.relation = node;
}

std::vector<KeySet> GroupBinder::key(const sql::Expression& node) {
  if (const auto* tuple = sql::try_as<sql::Constructor>(&node);
      tuple && tuple->constructor == sql::ConstructorKind::tuple) {
    KeySet out;
    for (const sql::Node element : tuple->elements) {
      out.push_back(add_key(binder_.bind_value(*element, *state_.input)));
    }
    return {out};
  }
  const auto* call = sql::try_as<sql::Call>(&node);
  if (call && bind_window(*call)) {
    const auto& relation = *state_.from.relation;
    return {{add_key(column_of(*find_column(relation, window_->start))),
             add_key(column_of(*find_column(relation, window_->end))),
             add_key(column_of(window_time_))}};
  }
  return {{add_key(binder_.bind_value(node, *state_.input))}};
}

std::vector<KeySet> GroupBinder::sets_of(const sql::GroupItem& item) {
  if (item.kind == sql::GroupKind::empty) return {{}};
  if (item.kind == sql::GroupKind::expression) return key(*item.value);
  std::vector<KeySet> parts;
  for (const sql::GroupItem& part : item.items) {
    const auto sets = sets_of(part);
    parts.insert(parts.end(), sets.begin(), sets.end());
  }
  if (item.kind == sql::GroupKind::rollup) return prefixes(parts);
  if (item.kind == sql::GroupKind::cube) return subsets(parts, item.range);
  return parts;
}

void GroupBinder::bind_grouping(const sql::Call& call) {
  GroupingCall out{&call, std::vector<std::int64_t>(sets_.size(), 0)};
  for (const sql::Argument& argument : call.arguments) {
    const auto value = binder_.bind_value(*argument.value, *state_.input);
    std::size_t index = 0;
    while (index < keys_.size() && !same(*keys_[index], *value)) ++index;
    if (index == keys_.size()) {
      reject(argument.value->range, function_name(call) + " takes what is grouped by");
    }
    for (std::size_t s = 0; s < sets_.size(); ++s) {
      const bool grouped = std::find(sets_[s].begin(), sets_[s].end(), index) != sets_[s].end();
      out.values[s] = out.values[s] * 2 + (grouped ? 0 : 1);
    }
  }
  groupings_.push_back(std::move(out));
}

std::vector<ExpressionPointer> GroupBinder::bind_arguments(const std::vector<sql::Node>& nodes,
                                                           sql::Range range) {
  std::vector<ExpressionPointer> out;
  for (const sql::Node node : nodes) {
    Calls nested;
    collect_calls(*node, nested);
    if (!nested.aggregates.empty()) reject(range, "aggregates cannot be nested");
    out.push_back(binder_.bind_value(*node, *state_.input));
  }
  return out;
}

table::AggregateUse GroupBinder::use_of(bool filtered) const {
  table::AggregateUse out;
  out.filtered = filtered;
  out.grouped =
      std::none_of(sets_.begin(), sets_.end(), [](const KeySet& set) { return set.empty(); });
  return out;
}

void GroupBinder::bind_aggregate(const sql::Expression& node) {
  if (const auto* json = sql::try_as<sql::Json>(&node)) return bind_json(*json);
  bind_call(sql::as<sql::Call>(node));
}

void GroupBinder::bind_json(const sql::Json& node) {
  const bool object = node.function == sql::JsonFunction::objectagg;
  std::vector<sql::Node> nodes;
  if (object) nodes.push_back(node.pairs[0].key);
  nodes.push_back(node.pairs[0].value);
  AggregateCall bound;
  bound.function = object ? "JSON_OBJECTAGG" : "JSON_ARRAYAGG";
  bound.bound = table::bind_json_aggregate(node, bind_arguments(nodes, node.range), use_of(false),
                                           binder_.functions());
  add_call(node, std::move(bound));
}

void GroupBinder::bind_call(const sql::Call& call) {
  const std::string name = function_name(call);
  if (is_grouping_function(name)) return bind_grouping(call);
  if (window_property(name)) {
    if (!window_) reject(call.range, name + " needs the window itself in GROUP BY");
    properties_.push_back(&call);
    return;
  }
  std::vector<sql::Node> nodes;
  for (const sql::Argument& argument : call.arguments) nodes.push_back(argument.value);
  auto arguments = bind_arguments(nodes, call.range);
  table::AggregateUse use = use_of(call.filter != nullptr);
  use.distinct = call.distinct;
  use.ignores_nulls = call.nulls == sql::NullTreatment::ignore;
  AggregateCall bound;
  bound.function = name;
  if (name == "COUNT" && arguments.size() == 1 && !call.distinct &&
      !arguments[0]->type.nullable()) {
    arguments.clear();
  }
  bound.bound =
      table::bind_aggregate(name, call.range, std::move(arguments), use, binder_.functions());
  if (call.filter) {
    const auto before = state_.input->clause;
    state_.input->clause = "FILTER";
    bound.filter = projector_->add(binder_.bind_condition(*call.filter, *state_.input));
    state_.input->clause = before;
  }
  add_call(call, std::move(bound));
}

// Each aggregate once, however often it is written.
void GroupBinder::add_call(const sql::Expression& node, AggregateCall bound) {
  for (const auto& argument : bound.bound.arguments) {
    bound.arguments.push_back(projector_->add(argument));
  }
  const auto is_it = [&](const AggregateCall& other) {
    return other.bound.function == bound.bound.function && other.arguments == bound.arguments &&
           other.filter == bound.filter && other.bound.distinct == bound.bound.distinct &&
           other.bound.call.ignores_nulls == bound.bound.call.ignores_nulls;
  };
  const auto known = std::find_if(calls_.begin(), calls_.end(), is_it);
  call_nodes_.push_back(&node);
  call_of_.push_back(static_cast<std::size_t>(known - calls_.begin()));
  if (known != calls_.end()) return;
  call_columns_.push_back(
      builder_.column("$a" + std::to_string(calls_.size()), bound.bound.call.result));
  calls_.push_back(std::move(bound));
}

// A row for each grouping set, with NULL for what it does not group by, and the set's number.
void GroupBinder::expand() {
  auto node = std::make_shared<Expand>();
  std::vector<Column> keys;
  for (const ColumnId id : key_ids_) {
    Column column = projector_->column(id);
    keys.push_back(builder_.column(column.name, column.type.with_nullable(true)));
  }
  const Column set = builder_.column("$e", LogicalType{table::TypeRoot::bigint}.not_null());
  node->columns = keys;
  node->columns.push_back(set);
  std::vector<Column> flags;
  for (const auto& grouping : groupings_) {
    flags.push_back(builder_.column(function_name(*grouping.node), set.type));
    node->columns.push_back(flags.back());
  }
  ColumnIds through;
  for (const auto& call : calls_) {
    through.insert(through.end(), call.arguments.begin(), call.arguments.end());
    if (call.filter) through.push_back(*call.filter);
  }
  // An argument that is a key too must not become NULL.
  std::sort(through.begin(), through.end());
  through.erase(std::unique(through.begin(), through.end()), through.end());
  for (const ColumnId id : through) node->columns.push_back(projector_->column(id));
  for (std::size_t s = 0; s < sets_.size(); ++s) {
    auto& row = node->rows.emplace_back();
    for (std::size_t k = 0; k < keys.size(); ++k) {
      const Column& from = projector_->column(key_ids_[k]);
      const bool grouped = std::find(sets_[s].begin(), sets_[s].end(), k) != sets_[s].end();
      row.push_back(grouped ? column_of(from) : null_of(keys[k].type));
    }
    row.push_back(number_literal(static_cast<std::int64_t>(s)));
    for (const auto& grouping : groupings_) row.push_back(number_literal(grouping.values[s]));
    for (const ColumnId id : through) row.push_back(column_of(projector_->column(id)));
  }
  node->inputs = {relation_};
  relation_ = node;
  // A key that is in all sets is never made NULL.
  for (std::size_t k = 0; k < keys.size(); ++k) {
    const bool always = std::all_of(sets_.begin(), sets_.end(), [&](const KeySet& one) {
      return std::find(one.begin(), one.end(), k) != one.end();
    });
    if (!always) continue;
    const Column& from = projector_->column(key_ids_[k]);
    keys[k].type = from.type;
    node->columns[k].type = from.type;
    node->columns[k].time = from.time;
    for (auto* id : {window_ ? &window_->start : nullptr, window_ ? &window_->end : nullptr}) {
      if (id && *id == from.id) *id = keys[k].id;
    }
    if (window_time_.id == from.id) window_time_ = node->columns[k];
  }
  for (std::size_t k = 0; k < keys.size(); ++k) key_ids_[k] = keys[k].id;
  key_ids_.push_back(set.id);
  for (std::size_t g = 0; g < groupings_.size(); ++g) {
    key_ids_.push_back(flags[g].id);
    state_.scope->computed[groupings_[g].node] = column_of(flags[g]);
  }
}

void GroupBinder::bind(const Calls& calls) {
  state_.input->clause = "GROUP BY";
  for (const sql::GroupItem& item : state_.select.group_by) {
    binder_.attempt([&] { sets_ = crossed(sets_, sets_of(item)); });
  }
  for (KeySet& set : sets_) {
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
  }
  if (state_.select.group_quantifier == sql::SetQuantifier::distinct) {
    std::sort(sets_.begin(), sets_.end());
    sets_.erase(std::unique(sets_.begin(), sets_.end()), sets_.end());
  }
  binder_.throw_errors();
  part_session();
  state_.input->clause = "an aggregate";
  projector_ = std::make_unique<Projector>(builder_, state_.from.relation);
  for (const auto& value : keys_) key_ids_.push_back(projector_->add(value));
  for (const sql::Expression* call : calls.aggregates) {
    binder_.attempt([&] { bind_aggregate(*call); });
  }
  binder_.throw_errors();
  state_.input->relation = nullptr;

  state_.grouping.input = state_.input.get();
  state_.grouping.keys = keys_;
  relation_ = projector_->finish();
  if (sets_.size() > 1) expand();
  auto node = std::make_shared<Aggregate>();
  node->group = key_ids_;
  for (const ColumnId id : key_ids_) node->columns.push_back(*find_column(*relation_, id));
  for (Column& column : node->columns) {
    const bool window_time = window_time_.name == "window_time" && column.id == window_time_.id;
    if (column.name != "window_time" && !window_time) column.time = TimeAttribute::none;
  }
  if (sets_.size() == 1) {
    // Without sets GROUPING is 0.
    for (const auto& grouping : groupings_) {
      state_.scope->computed[grouping.node] = number_literal(grouping.values[0]);
    }
  }
  for (std::size_t k = 0; k < keys_.size(); ++k)
    state_.grouping.columns.push_back(node->columns[k]);
  node->columns.insert(node->columns.end(), call_columns_.begin(), call_columns_.end());
  node->calls = calls_;
  node->window = window_;
  if (!node->window) find_window(*node, *state_.from.relation);
  for (std::size_t i = 0; i < call_nodes_.size(); ++i) {
    state_.scope->computed[call_nodes_[i]] = column_of(call_columns_[call_of_[i]]);
  }
  for (const sql::Call* property : properties_) {
    const std::string_view what = *window_property(function_name(*property));
    const ColumnId id = what == "START" ? window_->start
                        : what == "END" ? window_->end
                                        : window_time_.id;
    Column column = *find_column(*node, id);
    // As Flink has it: only start and end are known to be.
    if (id == window_time_.id) column.type = column.type.with_nullable(true);
    state_.scope->computed[property] = column_of(column);
  }
  node->inputs = {relation_};
  state_.grouped = node;
}

// The window whose start and end are among the columns, on the way of time.
static const Window* window_below(const Relation& node, const ColumnSet& columns) {
  if (const auto* window = try_as<Window>(node)) {
    const auto& own = window->columns;
    if (columns.count(own[own.size() - 3].id) != 0 && columns.count(own[own.size() - 2].id) != 0) {
      return window;
    }
  }
  if (const auto* aggregate = try_as<Aggregate>(node); aggregate && !aggregate->window) {
    return nullptr;
  }
  for (const auto& input : node.inputs) {
    if (const Window* const found = window_below(*input, columns)) return found;
  }
  return nullptr;
}

// Grouped by the start and the end of a window in all sets: each window has its groups.
void GroupBinder::find_window(Aggregate& node, const Relation& from) {
  std::map<ColumnId, ColumnId> always;
  for (std::size_t k = 0; k < keys_.size(); ++k) {
    const bool in_all = std::all_of(sets_.begin(), sets_.end(), [&](const KeySet& one) {
      return std::find(one.begin(), one.end(), k) != one.end();
    });
    if (in_all && keys_[k]->kind == table::ExpressionKind::column) {
      always[keys_[k]->column] = key_ids_[k];
    }
  }
  ColumnSet columns;
  for (const auto& [from_id, id] : always) columns.insert(from_id);
  const Window* const window = window_below(from, columns);
  if (!window) return;
  const auto& own = window->columns;
  node.window = WindowGroup{window->spec, always.at(own[own.size() - 3].id),
                            always.at(own[own.size() - 2].id)};
}

void QueryBinder::bind_groups(SelectState& state) {
  Calls calls;
  for (const sql::SelectItem& item : state.select.items) collect_calls(*item.value, calls);
  if (state.select.having) collect_calls(*state.select.having, calls);
  if (state.select.qualify) collect_calls(*state.select.qualify, calls);
  for (const sql::NamedWindow& window : state.select.windows) {
    for (const sql::Node node : window.window->partition_by) collect_calls(*node, calls);
    for (const auto& item : window.window->order_by) collect_calls(*item.value, calls);
  }
  if (state.query) {
    for (const auto& item : state.query->order_by) collect_calls(*item.value, calls);
  }
  state.scope = state.input.get();
  state.scope->clause = "SELECT";
  if (!state.select.grouped && !state.select.having && calls.aggregates.empty()) return;
  state.grouped_scope = std::make_unique<ClauseScope>(*this, state.from, state.outer);
  state.scope = state.grouped_scope.get();
  state.scope->grouping = &state.grouping;
  GroupBinder{*this, state}.bind(calls);
  state.scope->relation = &state.grouped;
}

}  // namespace flink::planner
