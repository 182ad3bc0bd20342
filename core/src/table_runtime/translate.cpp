// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/translate.h"

#include <flink/error.h>

#include "table_runtime/calc.h"
#include "table_runtime/constant_rows.h"
#include "table_runtime/lineage.h"
#include "table_runtime/rebase.h"
#include "table_runtime/sort.h"
#include "table_runtime/translate_stateful.h"
#include "table_runtime/watermark_assigner.h"

namespace flink::table_runtime {

using planner::as;
using planner::Relation;
using planner::RelationKind;
using planner::try_as;

RowLayout layout_of(const Relation& relation) {
  std::vector<LogicalType> types;
  for (const auto& column : relation.columns) types.push_back(column.type);
  return RowLayout{std::move(types)};
}

std::string Uids::unique(const std::string& name) {
  const int number = ++given_[name];
  return number == 1 ? name : name + "#" + std::to_string(number);
}

Translator::Translator(StreamExecutionEnvironment& env, const TableConnectors& connectors,
                       table::Session session, bool streaming, Uids& uids)
    : env_(env),
      connectors_(connectors),
      session_(std::move(session)),
      streaming_(streaming),
      uids_(uids) {}

RowStream Translator::rows(const planner::RelationPointer& relation) {
  const auto found = made_.find(relation.get());
  if (found != made_.end()) return found->second;
  kept_.push_back(relation);
  RowStream made = make(*relation);
  made_.emplace(relation.get(), made);
  return made;
}

RowStream Translator::input(const Relation& node, std::size_t index) {
  return rows(node.inputs[index]);
}

RowStream Translator::done(const Relation& node, RowOperator made) {
  made.uid(uids_.unique(output_ + ": " + lineage(node)));
  return made;
}

RowStream Translator::make(const Relation& node) {
  switch (node.kind) {
    case RelationKind::values:
      return values(as<planner::Values>(node));
    case RelationKind::scan:
      return scan(as<planner::Scan>(node));
    case RelationKind::watermark:
      return watermark(as<planner::Watermark>(node));
    case RelationKind::project:
    case RelationKind::filter:
      return calc(node);
    case RelationKind::expand:
      return expand(as<planner::Expand>(node));
    case RelationKind::union_all:
      return union_all(as<planner::UnionAll>(node));
    case RelationKind::drop_update_before:
      return drop_update_before(as<planner::DropUpdateBefore>(node));
    case RelationKind::sort:
      return sort(as<planner::Sort>(node));
    case RelationKind::aggregate:
      return done(node, translate_aggregate(as<planner::Aggregate>(node), input(node), session_,
                                            streaming_));
    case RelationKind::join:
      return done(node, translate_join(as<planner::Join>(node), input(node, 0), input(node, 1),
                                       session_, streaming_));
    case RelationKind::window:
      return done(node, translate_window(as<planner::Window>(node), input(node), session_));
    case RelationKind::over:
      return done(node, translate_over(as<planner::Over>(node), input(node), session_, streaming_));
    case RelationKind::unnest:
      return translate_unnest(as<planner::Unnest>(node), input(node), session_);
    case RelationKind::rank:
      return done(node, translate_rank(as<planner::Rank>(node), input(node), streaming_));
    case RelationKind::changelog_normalize:
      return done(node, translate_normalize(as<planner::ChangelogNormalize>(node), input(node)));
    default:
      break;
  }
  throw Error{ErrorKind::user, "this query cannot be run yet:\n" + planner::print(node)};
}

RowStream Translator::values(const planner::Values& node) {
  table::Memory memory;
  table::Context context{session_, memory};
  const RowLayout layout = layout_of(node);
  std::vector<std::string> packed;
  for (const auto& row : node.rows) {
    std::vector<table::Datum> values;
    for (const auto& expression : row) values.push_back(evaluate_constant(*expression, context));
    layout.pack(values, packed.emplace_back());
  }
  return add_constant_rows(env_, "Values", std::move(packed));
}

RowStream Translator::scan(const planner::Scan& node) {
  Wanted wanted;
  for (std::size_t i = 0; i < node.from.size(); ++i) {
    if (node.from[i].metadata) {
      wanted.metadata.push_back({node.from[i].key, node.columns[i].type});
    } else {
      wanted.columns.push_back(node.from[i].column);
    }
  }
  const auto source = connectors_.find(*node.table).add_source(env_, *node.table, wanted);
  // The connector gives metadata last, the relation where it likes.
  std::vector<table::ExpressionPointer> order;
  std::vector<LogicalType> types;
  bool moved = false;
  for (const bool metadata : {false, true}) {
    for (std::size_t i = 0; i < node.from.size(); ++i) {
      if (node.from[i].metadata == metadata) types.push_back(node.columns[i].type);
    }
  }
  std::size_t next_column = 0, next_metadata = wanted.columns.size();
  for (std::size_t i = 0; i < node.from.size(); ++i) {
    const std::size_t at = node.from[i].metadata ? next_metadata++ : next_column++;
    moved = moved || at != i;
    order.push_back(table::column_expression(node.columns[i].type, at));
  }
  if (!moved) return source;
  return add_calc(source, "Metadata", {RowLayout{types}, nullptr, {order}, session_});
}

RowStream Translator::watermark(const planner::Watermark& node) {
  const Relation& below = node.input();
  const std::size_t rowtime = planner::index_of(below, node.rowtime);
  return add_watermarks(input(node), "Watermark Assigner",
                        {layout_of(below), rowtime, below.columns[rowtime].name,
                         rebased(node.expression, {&below}), session_});
}

// A projection over a filter is one step.
RowStream Translator::calc(const Relation& node) {
  const auto* const project = try_as<planner::Project>(node);
  const Relation& under = project ? node.input() : node;
  const auto* const filter = try_as<planner::Filter>(under);
  const Relation& base = filter ? under.input() : under;
  CalcSpec spec{layout_of(base), nullptr, {}, session_};
  if (filter) spec.condition = rebased(filter->condition, {&base});
  if (project) {
    spec.outputs.emplace_back();
    for (const auto& expression : project->expressions) {
      spec.outputs.back().push_back(rebased(expression, {&base}));
    }
  }
  return add_calc(rows(filter ? under.inputs[0] : node.inputs[0]), "Calc", std::move(spec));
}

RowStream Translator::expand(const planner::Expand& node) {
  CalcSpec spec{layout_of(node.input()), nullptr, {}, session_};
  for (const auto& row : node.rows) {
    spec.outputs.emplace_back();
    for (const auto& expression : row) {
      spec.outputs.back().push_back(rebased(expression, {&node.input()}));
    }
  }
  return add_calc(input(node), "Expand", std::move(spec));
}

RowStream Translator::union_all(const planner::UnionAll& node) {
  RowStream all = input(node, 0);
  for (std::size_t i = 1; i < node.inputs.size(); ++i) all = all.union_with(input(node, i));
  return all;
}

RowStream Translator::drop_update_before(const planner::DropUpdateBefore& node) {
  return input(node)
      .filter([](const Row& row) { return row.kind != RowKind::update_before; })
      .name("Drop Update Before");
}

RowStream Translator::sort(const planner::Sort& node) {
  if (streaming_ && (node.limit || node.offset > 0)) {
    return done(node, translate_limit(node, input(node)));
  }
  return done(node, add_sort(input(node), "Sort",
                             {layout_of(node.input()), sort_columns(node.order, node.input()),
                              node.offset, node.limit, !streaming_}));
}

namespace {

// Lets rows pass that have a value where the table wants one.
struct NotNull {
  RowLayout layout;
  std::vector<std::size_t> columns;
  std::vector<std::string> names;
  std::string table;

  bool operator()(const Row& row) const {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!layout.is_null(row.bytes, columns[i])) continue;
      throw Error{ErrorKind::user, "column " + names[i] + " of table " + table +
                                       " is NOT NULL, and a row has NULL there: filter such rows "
                                       "out, or give them a value with COALESCE"};
    }
    return true;
  }
};

}  // namespace

DataStreamSink Translator::insert(const planner::RelationPointer& root) {
  const auto& sink = as<planner::Sink>(*root);
  output_ = sink.table->name;
  RowStream rows = input(sink);
  if (!sink.not_null.empty()) {
    NotNull check{layout_of(sink.input()), {}, {}, sink.table->name};
    for (const auto id : sink.not_null) {
      check.columns.push_back(planner::index_of(sink.input(), id));
      check.names.push_back(sink.table->columns[check.columns.back()].name);
    }
    rows = rows.filter(check).name("Not Null Enforcer");
  }
  auto written = connectors_.find(*sink.table).add_sink(rows, *sink.table, sink.overwrite);
  written.uid(uids_.unique(output_));
  return written;
}

void translate(const planner::Plan& plan, const table::Session& session,
               const TableConnectors& connectors, StreamExecutionEnvironment& env, Uids& uids) {
  Translator translator{env, connectors, session, plan.streaming, uids};
  for (const auto& root : plan.roots) translator.insert(root);
}

}  // namespace flink::table_runtime
