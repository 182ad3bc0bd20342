// SPDX-License-Identifier: Apache-2.0
// Window functions over tables: TUMBLE, HOP, CUMULATE, SESSION.
#include <algorithm>
#include <set>

#include "planner/query_binder.h"
#include "table/evaluate.h"

namespace flink::planner {

using table::reject;
using table::TypeRoot;

bool is_window_function(std::string_view name) {
  return name == "TUMBLE" || name == "HOP" || name == "CUMULATE" || name == "SESSION";
}

namespace {

std::int64_t interval_of(const sql::Expression& node, std::string_view what) {
  const table::Session session;
  const auto value = table::Binder{table::builtins(), session}.bind(node);
  if (!value->type.is(TypeRoot::interval_day_time) || !columns_of(*value).empty()) {
    reject(node.range, "the " + std::string{what} + " is an interval of days to seconds, such as " +
                           "INTERVAL '10' MINUTE");
  }
  table::Memory memory;
  table::Context context{session, memory};
  return table::evaluate_constant(*value, context).get<table::Millis>().millis;
}

std::string upper(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

// Arguments by name, where they have names: those of `names` in order, null where absent.
std::vector<sql::Node> by_name(const sql::Call& call, const std::vector<std::string>& names) {
  std::vector<sql::Node> out(names.size(), nullptr);
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const sql::Argument& argument = call.arguments[i];
    std::size_t index = i;
    if (argument.name) {
      const auto found = std::find(names.begin(), names.end(), upper(argument.name.text));
      if (found == names.end()) {
        reject(argument.name.range, upper(call.name.back().text) + " has no argument " +
                                        std::string{argument.name.text});
      }
      index = static_cast<std::size_t>(found - names.begin());
    }
    if (index >= names.size()) reject(call.range, "there are too many arguments");
    out[index] = argument.value;
  }
  return out;
}

std::vector<std::string> argument_names(WindowKind kind) {
  switch (kind) {
    case WindowKind::hop:
      return {"SLIDE", "SIZE", "OFFSET"};
    case WindowKind::cumulate:
      return {"STEP", "SIZE", "OFFSET"};
    case WindowKind::session:
      return {"GAP"};
    case WindowKind::tumble:
      break;
  }
  return {"SIZE", "OFFSET"};
}

WindowKind kind_of(std::string_view name) {
  if (name == "HOP") return WindowKind::hop;
  if (name == "CUMULATE") return WindowKind::cumulate;
  return name == "SESSION" ? WindowKind::session : WindowKind::tumble;
}

void check(const WindowSpec& spec, std::string_view name, sql::Range range) {
  const std::string function{name};
  if (spec.size <= 0) reject(range, function + ": the size must be positive");
  const bool steps = spec.kind == WindowKind::hop || spec.kind == WindowKind::cumulate;
  if (steps && spec.step <= 0) reject(range, function + ": the step must be positive");
  if (spec.kind == WindowKind::cumulate && spec.size % spec.step != 0) {
    reject(range, "CUMULATE: the size must be a multiple of the step, and " +
                      std::to_string(spec.size) + " ms is none of " + std::to_string(spec.step) +
                      " ms");
  }
}

WindowSpec spec_of(WindowKind kind, std::string_view name, const std::vector<sql::Node>& arguments,
                   TimeAttribute time, sql::Range range) {
  WindowSpec out;
  out.kind = kind;
  out.time = time;
  const auto names = argument_names(kind);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const sql::Node node = i < arguments.size() ? arguments[i] : nullptr;
    if (!node) {
      if (names[i] != "OFFSET") reject(range, std::string{name} + " needs its " + names[i]);
      continue;
    }
    const std::int64_t value = interval_of(*node, names[i]);
    if (names[i] == "OFFSET") {
      out.offset = value;
    } else if (names[i] == "SLIDE" || names[i] == "STEP") {
      out.step = value;
    } else {
      out.size = value;
    }
  }
  check(out, name, range);
  return out;
}

}  // namespace

WindowSpec window_spec(std::string_view name, const sql::Call& call, std::size_t first,
                       TimeAttribute time) {
  std::vector<sql::Node> arguments;
  for (std::size_t i = first; i < call.arguments.size(); ++i) {
    arguments.push_back(call.arguments[i].value);
  }
  return spec_of(kind_of(name), name, arguments, time, call.range);
}

RelationPointer window_of(Builder& builder, RelationPointer input, ColumnId time, WindowSpec spec,
                          ColumnIds partition) {
  auto node = std::make_shared<Window>();
  node->spec = spec;
  node->time = time;
  node->partition = std::move(partition);
  node->columns = input->columns;
  const Column& from = *find_column(*input, time);
  // Windows are cut by the local clock: start and end of an instant are such too.
  const LogicalType wall = LogicalType{TypeRoot::timestamp, 3}.not_null();
  const LogicalType at{from.type.root(), 3};
  node->columns.push_back(builder.column("window_start", wall));
  node->columns.push_back(builder.column("window_end", wall));
  node->columns.push_back(builder.column("window_time", at.not_null(), from.time));
  node->inputs = {std::move(input)};
  return node;
}

RelationPointer QueryBinder::bind_argument_table(const sql::Expression& node,
                                                 const ClauseScope* outer, ColumnIds& partition) {
  const auto* argument = sql::try_as<sql::TableArgument>(&node);
  if (!argument) reject(node.range, "here stands a table: TABLE t, or TABLE (query)");
  From from;
  if (argument->query) {
    auto relation = bind_query(*argument->query, outer);
    from = {relation, {{"", relation->columns}}, {}};
  } else {
    from = bind_table_body(argument->name, {}, outer);
  }
  ClauseScope scope{*this, from, outer};
  for (const sql::Node key : argument->partition_by) {
    const auto value = bind_value(*key, scope);
    if (value->kind != table::ExpressionKind::column) {
      reject(key->range, "PARTITION BY takes columns here");
    }
    partition.push_back(value->column);
  }
  return from.relation;
}

From QueryBinder::bind_function(const sql::TableFunction& node, const ClauseScope* outer) {
  const auto* call = sql::try_as<sql::Call>(node.call);
  if (!call) reject(node.range, "a table function stands here");
  const std::string name = function_name(*call);
  if (!is_window_function(name)) {
    reject(call->range, "there is no table function " + name,
           "there are TUMBLE, HOP, CUMULATE and SESSION");
  }
  const WindowKind kind = kind_of(name);
  std::vector<std::string> names = {"DATA", "TIMECOL"};
  for (auto& one : argument_names(kind)) names.push_back(std::move(one));
  auto arguments = by_name(*call, names);
  if (!arguments[0] || !arguments[1]) {
    reject(call->range, name + " takes TABLE t, DESCRIPTOR(time column) and intervals");
  }
  ColumnIds partition;
  auto input = bind_argument_table(*arguments[0], outer, partition);
  const auto* descriptor = sql::try_as<sql::Descriptor>(arguments[1]);
  if (!descriptor || descriptor->columns.size() != 1) {
    reject(arguments[1]->range, name + " takes DESCRIPTOR(time column)");
  }
  const sql::Name& wanted = descriptor->columns[0];
  const Column* time = nullptr;
  std::vector<std::string> known;
  for (const Column& column : input->columns) {
    known.push_back(column.name);
    if (column.name == wanted.text) time = &column;
  }
  if (!time) {
    reject(wanted.range, "there is no column '" + std::string{wanted.text} + "'",
           nearest_name(wanted.text, known));
  }
  if (!time->type.is_timestamp()) {
    reject(wanted.range, name + " takes a TIMESTAMP or TIMESTAMP_LTZ as time, and '" + time->name +
                             "' is " + time->type.summary());
  }
  if (time->time == TimeAttribute::none && session_.streaming()) {
    reject(wanted.range, "'" + time->name + "' is no time attribute",
           "declare a WATERMARK FOR it in its table");
  }
  arguments.erase(arguments.begin(), arguments.begin() + 2);
  const auto attribute = time->time == TimeAttribute::none ? TimeAttribute::rowtime : time->time;
  const WindowSpec spec = spec_of(kind, name, arguments, attribute, call->range);
  auto relation = window_of(builder_, std::move(input), time->id, spec, std::move(partition));
  return named(std::move(relation), node, "");
}

}  // namespace flink::planner
