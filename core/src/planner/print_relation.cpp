// SPDX-License-Identifier: Apache-2.0
// The algebra as text: one line a node, names for columns, inputs below.
#include "planner/expressions.h"
#include "table/value_text.h"

namespace flink::planner {

namespace {

using table::Expression;
using table::ExpressionKind;

class Printer {
 public:
  std::string take() { return std::move(out_); }
  void node(const Relation& node, std::size_t depth);

 private:
  void line(const Relation& node);
  std::string name(ColumnId id) const;
  std::string names(const ColumnIds& ids) const;
  std::string text(const Expression& expression) const;
  std::string texts(const std::vector<ExpressionPointer>& all) const;
  std::string order(const std::vector<SortKey>& keys) const;
  std::string calls(const std::vector<AggregateCall>& calls, const Relation& node) const;
  std::string window(const WindowSpec& spec) const;
  void project(const Project& node);
  void aggregate(const Aggregate& node);
  void over(const Over& node);
  void join(const Join& node);
  void rank(const Rank& node);
  void sort(const Sort& node);
  void values(const Values& node);
  void sink(const Sink& node);
  void scan(const Scan& node);

  std::string out_;
  const Relation* at_ = nullptr;
};

std::string Printer::name(ColumnId id) const {
  for (const auto& input : at_->inputs) {
    if (const Column* const column = find_column(*input, id)) return column->name;
  }
  if (const Column* const column = find_column(*at_, id)) return column->name;
  return "#" + std::to_string(id);
}

std::string Printer::names(const ColumnIds& ids) const {
  std::string out;
  for (const ColumnId id : ids) out += (out.empty() ? "" : ", ") + name(id);
  return out;
}

std::string spelled(const Expression& call) {
  static constexpr std::string_view operators[] = {"=", "<>", "<", "<=", ">", ">="};
  if (const auto op = table::comparison_of(call)) return std::string{operators[std::size_t(*op)]};
  if (table::is_not_distinct_from(call)) return "IS NOT DISTINCT FROM";
  std::string_view name = call.implementation.spelling;
  const auto colons = name.rfind("::");
  if (colons != std::string_view::npos) name.remove_prefix(colons + 2);
  const std::size_t ends = name.find_first_of("<>()[] ,;]");
  std::string out{name.substr(0, ends)};
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::string Printer::text(const Expression& expression) const {
  switch (expression.kind) {
    case ExpressionKind::column:
      return name(expression.column);
    case ExpressionKind::literal: {
      if (expression.value.null) return "NULL";
      std::string out;
      if (expression.type.is(table::TypeRoot::symbol)) return std::string{expression.value.text()};
      table::append_value(out, expression.type, expression.value, {}, table::TextStyle::client);
      return expression.type.is_character() ? "'" + out + "'" : out;
    }
    case ExpressionKind::conjunction:
      return "AND(" + texts(expression.arguments) + ")";
    case ExpressionKind::disjunction:
      return "OR(" + texts(expression.arguments) + ")";
    case ExpressionKind::choice:
      return "CASE(" + texts(expression.arguments) + ")";
    case ExpressionKind::first_known:
      return "COALESCE(" + texts(expression.arguments) + ")";
    case ExpressionKind::try_cast:
      return "TRY_CAST(" + texts(expression.arguments) + " AS " +
             expression.type.with_nullable(true).summary() + ")";
    case ExpressionKind::call:
      break;
  }
  if (const auto op = table::comparison_of(expression)) {
    return "(" + text(*expression.arguments[0]) + " " + spelled(expression) + " " +
           text(*expression.arguments[1]) + ")";
  }
  return spelled(expression) + "(" + texts(expression.arguments) + ")";
}

std::string Printer::texts(const std::vector<ExpressionPointer>& all) const {
  std::string out;
  for (const auto& one : all) out += (out.empty() ? "" : ", ") + text(*one);
  return out;
}

std::string Printer::order(const std::vector<SortKey>& keys) const {
  std::string out;
  for (const SortKey& key : keys) {
    out += (out.empty() ? "" : ", ") + name(key.column) + (key.descending ? " DESC" : " ASC");
    if (key.nulls_last != key.descending) out += key.nulls_last ? " NULLS LAST" : " NULLS FIRST";
  }
  return out;
}

std::string Printer::calls(const std::vector<AggregateCall>& calls, const Relation& node) const {
  std::string out;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const AggregateCall& call = calls[i];
    const std::string arguments = names(call.arguments);
    const bool star = arguments.empty() && call.function == "COUNT";
    out += (out.empty() ? "" : ", ") + call.function + "(" +
           (call.bound.distinct ? "DISTINCT " : "") + (star ? "*" : arguments) + ")";
    if (call.filter) out += " FILTER " + name(*call.filter);
    out += " AS " + node.columns[node.columns.size() - calls.size() + i].name;
  }
  return out;
}

std::string Printer::window(const WindowSpec& spec) const {
  static constexpr std::string_view kinds[] = {"TUMBLE", "HOP", "CUMULATE", "SESSION"};
  std::string out{kinds[static_cast<std::size_t>(spec.kind)]};
  out += "(size=[" + std::to_string(spec.size) + " ms]";
  if (spec.step != 0) out += ", step=[" + std::to_string(spec.step) + " ms]";
  if (spec.offset != 0) out += ", offset=[" + std::to_string(spec.offset) + " ms]";
  return out + ")";
}

void Printer::project(const Project& node) {
  out_ += "Project(select=[";
  for (std::size_t i = 0; i < node.columns.size(); ++i) {
    const std::string value = text(*node.expressions[i]);
    if (i > 0) out_ += ", ";
    out_ += value;
    if (value != node.columns[i].name) out_ += " AS " + node.columns[i].name;
  }
  out_ += "])";
}

void Printer::aggregate(const Aggregate& node) {
  out_ += node.window ? "WindowAggregate(" : node.group.empty() ? "Aggregate(" : "GroupAggregate(";
  if (!node.group.empty()) out_ += "groupBy=[" + names(node.group) + "], ";
  if (node.window) out_ += "window=[" + window(node.window->spec) + "], ";
  out_ += "select=[" + calls(node.calls, node) + "])";
}

std::string bound_text(const FrameBound& bound, bool lower) {
  if (bound.kind == FrameBound::Kind::unbounded) {
    return lower ? "UNBOUNDED PRECEDING" : "UNBOUNDED FOLLOWING";
  }
  if (bound.kind == FrameBound::Kind::current) return "CURRENT ROW";
  return bound.offset >= 0 ? std::to_string(bound.offset) + " PRECEDING"
                           : std::to_string(-bound.offset) + " FOLLOWING";
}

void Printer::over(const Over& node) {
  out_ += "OverAggregate(";
  if (!node.partition.empty()) out_ += "partitionBy=[" + names(node.partition) + "], ";
  if (!node.order.empty()) out_ += "orderBy=[" + order(node.order) + "], ";
  out_ += std::string{"window=["} + (node.rows ? "ROWS" : "RANGE") + " BETWEEN " +
          bound_text(node.lower, true) + " AND " + bound_text(node.upper, false) + "], select=[" +
          calls(node.calls, node) + "])";
}

void Printer::join(const Join& node) {
  static constexpr std::string_view types[] = {"Inner",     "LeftOuter", "RightOuter",
                                               "FullOuter", "LeftSemi",  "LeftAnti"};
  out_ += node.as_of ? "TemporalJoin(" : node.interval ? "IntervalJoin(" : "Join(";
  out_ += std::string{"joinType=["} + std::string{types[static_cast<std::size_t>(node.type)]} + "]";
  std::string where;
  for (const EquiKey& key : node.keys) {
    where += (where.empty() ? "" : " AND ") + name(key.left) +
             (key.nulls_match ? " IS NOT DISTINCT FROM " : " = ") + name(key.right);
  }
  if (node.residual) where += (where.empty() ? "" : " AND ") + text(*node.residual);
  if (!where.empty()) out_ += ", where=[" + where + "]";
  if (node.interval) {
    out_ += ", bounds=[" + name(node.interval->left_time) + " - " +
            name(node.interval->right_time) + " in " + std::to_string(node.interval->lower) +
            " to " + std::to_string(node.interval->upper) + " ms]";
  }
  if (node.as_of) out_ += ", asOf=[" + name(*node.as_of) + "]";
  out_ += ")";
}

void Printer::rank(const Rank& node) {
  static constexpr std::string_view functions[] = {"ROW_NUMBER", "RANK", "DENSE_RANK"};
  out_ += std::string{"Rank("} + std::string{functions[static_cast<std::size_t>(node.function)]};
  const bool open = node.last == std::numeric_limits<std::int64_t>::max();
  out_ += ", ranks=[" + std::to_string(node.first) + ", " +
          (open ? "unbounded" : std::to_string(node.last)) + "]";
  if (!node.partition.empty()) out_ += ", partitionBy=[" + names(node.partition) + "]";
  if (!node.order.empty()) out_ += ", orderBy=[" + order(node.order) + "]";
  if (node.number) out_ += ", outputRankNumber";
  out_ += ")";
}

void Printer::sort(const Sort& node) {
  const bool limited = node.limit || node.offset != 0;
  out_ += node.order.empty() ? "Limit(" : limited ? "SortLimit(" : "Sort(";
  std::string inside;
  const auto add = [&](const std::string& part) { inside += (inside.empty() ? "" : ", ") + part; };
  if (!node.order.empty()) add("orderBy=[" + order(node.order) + "]");
  if (node.offset != 0) add("offset=[" + std::to_string(node.offset) + "]");
  if (node.limit) add("fetch=[" + std::to_string(*node.limit) + "]");
  out_ += inside + ")";
}

void Printer::values(const Values& node) {
  out_ += "Values(tuples=[";
  for (std::size_t i = 0; i < node.rows.size(); ++i) {
    out_ += (i > 0 ? ", { " : "{ ") + texts(node.rows[i]) + " }";
  }
  out_ += "])";
}

void Printer::scan(const Scan& node) {
  out_ += "TableSourceScan(table=[" + node.path + "], fields=[";
  for (std::size_t i = 0; i < node.columns.size(); ++i) {
    out_ += (i > 0 ? ", " : "") + node.columns[i].name;
  }
  out_ += "])";
}

void Printer::sink(const Sink& node) {
  out_ += "Sink(table=[" + node.path + "], fields=[";
  for (std::size_t i = 0; i < node.columns.size(); ++i) {
    out_ += (i > 0 ? ", " : "") + node.columns[i].name;
  }
  out_ += "]";
  if (node.overwrite) out_ += ", overwrite";
  if (!node.not_null.empty()) out_ += ", notNull=[" + names(node.not_null) + "]";
  if (node.materialize) out_ += ", upsertMaterialize=[true]";
  out_ += ")";
}

void Printer::line(const Relation& node) {
  switch (node.kind) {
    case RelationKind::values:
      return values(as<Values>(node));
    case RelationKind::scan:
      return scan(as<Scan>(node));
    case RelationKind::watermark:
      out_ += "WatermarkAssigner(rowtime=[" + name(as<Watermark>(node).rowtime) + "], watermark=[" +
              text(*as<Watermark>(node).expression) + "])";
      return;
    case RelationKind::project:
      return project(as<Project>(node));
    case RelationKind::filter:
      out_ += "Filter(condition=[" + text(*as<Filter>(node).condition) + "])";
      return;
    case RelationKind::expand:
      out_ += "Expand(projects=[";
      for (const auto& row : as<Expand>(node).rows) {
        out_ += (out_.back() == '[' ? "{" : ", {") + texts(row) + "}";
      }
      out_ += "])";
      return;
    case RelationKind::aggregate:
      return aggregate(as<Aggregate>(node));
    case RelationKind::over:
      return over(as<Over>(node));
    case RelationKind::join:
      return join(as<Join>(node));
    case RelationKind::union_all:
      out_ += "Union(all=[true])";
      return;
    case RelationKind::sort:
      return sort(as<Sort>(node));
    case RelationKind::rank:
      return rank(as<Rank>(node));
    case RelationKind::window:
      out_ += "WindowTableFunction(window=[" + window(as<Window>(node).spec) + ", time=[" +
              name(as<Window>(node).time) + "]])";
      return;
    case RelationKind::unnest:
      out_ += std::string{as<Unnest>(node).outer ? "LeftUnnest(" : "Unnest("} +
              name(as<Unnest>(node).collection) + ")";
      return;
    case RelationKind::changelog_normalize:
      out_ += "ChangelogNormalize(key=[" + names(as<ChangelogNormalize>(node).key) + "])";
      return;
    case RelationKind::drop_update_before:
      out_ += "DropUpdateBefore";
      return;
    case RelationKind::sink:
      return sink(as<Sink>(node));
  }
}

void Printer::node(const Relation& node, std::size_t depth) {
  if (depth > 0) out_ += std::string(3 * (depth - 1), ' ') + "+- ";
  at_ = &node;
  line(node);
  out_ += "\n";
  for (const auto& input : node.inputs) this->node(*input, depth + 1);
}

}  // namespace

std::string print(const Relation& root) {
  Printer printer;
  printer.node(root, 0);
  return printer.take();
}

}  // namespace flink::planner
