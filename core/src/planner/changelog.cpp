// SPDX-License-Identifier: Apache-2.0
// Which kinds of rows flow where. Updates are told with what was before (-U +U) up to the sink; one
// that finds rows by key has the -U taken out right before it.
#include <algorithm>

#include "flink/error.h"
#include "planner/optimize.h"
#include "planner/rewrite.h"

namespace flink::planner {

namespace {

using table::RowKind;

const ChangelogMode inserts = ChangelogMode::insert_only();

bool updates(ChangelogMode mode) {
  return mode.contains(RowKind::update_after) || mode.contains(RowKind::delete_);
}

ChangelogMode united(ChangelogMode a, ChangelogMode b) {
  for (const RowKind kind :
       {RowKind::insert, RowKind::update_before, RowKind::update_after, RowKind::delete_}) {
    if (b.contains(kind)) a = a.with(kind);
  }
  return a;
}

const ChangelogMode updating = inserts.with(RowKind::update_before).with(RowKind::update_after);

[[noreturn]] void refuse(std::string_view who, const Relation& input) {
  std::string line = print(input);
  line.resize(line.find('\n'));
  throw table::BindError{
      {},
      std::string{who} + " cannot take updates and deletes, which come from " + line,
      "aggregate by window, keep the first row, or write to a table with a "
      "PRIMARY KEY whose connector takes updates"};
}

class Inference {
 public:
  explicit Inference(const Session& session) : session_(session) {}

  RelationPointer visit(const RelationPointer& node);

 private:
  RelationPointer scan(const RelationPointer& node) const;
  RelationPointer sink(const RelationPointer& node, const RelationPointer& input) const;
  static ChangelogMode of_aggregate(const Aggregate& node);
  static ChangelogMode of_over(const Over& node);
  static ChangelogMode of_join(const Join& node);
  static ChangelogMode of_sort(const Sort& node);
  static ChangelogMode of_rank(const Rank& node);
  static ChangelogMode provided(const Relation& node);

  const Session& session_;
};

ChangelogMode Inference::of_aggregate(const Aggregate& node) {
  if (node.window) return inserts;
  const ChangelogMode in = node.input().changelog;
  return updates(in) ? ChangelogMode::all() : updating;
}

bool by_time(const Relation& input, const std::vector<SortKey>& order) {
  if (order.empty()) return false;
  const Column* const column = find_column(input, order[0].column);
  return column && column->time != TimeAttribute::none && !order[0].descending;
}

// What Flink's streaming OVER has no plan for.
void check_over(const Over& node) {
  for (const AggregateCall& call : node.calls) {
    for (const std::string_view refused :
         {"RANK", "DENSE_RANK", "NTILE", "PERCENT_RANK", "CUME_DIST", "LEAD"}) {
      if (call.function != refused) continue;
      throw table::BindError{{},
                             std::string{refused} + " needs all rows: there is none in streaming",
                             "ROW_NUMBER with a bound is a top-N, or use batch mode"};
    }
  }
  if (node.order.empty()) {
    throw table::BindError{{},
                           "OVER without ORDER BY needs all rows: there is none in streaming",
                           "order by a time attribute, or use batch mode"};
  }
  if (node.order[0].descending) {
    throw table::BindError{{},
                           "OVER is ordered in ascending order in streaming",
                           "order by a time attribute, or use batch mode"};
  }
}

ChangelogMode Inference::of_over(const Over& node) {
  check_over(node);
  if (!by_time(node.input(), node.order)) return ChangelogMode::all();
  if (updates(node.input().changelog)) refuse("OVER by time", node.input());
  return inserts;
}

ChangelogMode Inference::of_join(const Join& node) {
  const ChangelogMode left = node.input(0).changelog, right = node.input(1).changelog;
  if (node.interval) {
    if (updates(left)) refuse("an interval join", node.input(0));
    if (updates(right)) refuse("an interval join", node.input(1));
    return inserts;
  }
  if (node.as_of) return left;
  if (node.type == JoinType::inner || node.type == JoinType::semi) return united(left, right);
  return ChangelogMode::all();
}

ChangelogMode Inference::of_sort(const Sort& node) {
  if (!node.limit) {
    const bool timed = by_time(node.input(), node.order) && node.offset == 0;
    if (timed) return inserts;
    throw table::BindError{{},
                           "ORDER BY needs all rows in streaming, unless its first column is a "
                           "time attribute in ascending order",
                           "add a LIMIT, or use batch mode"};
  }
  return node.order.empty() ? node.input().changelog : ChangelogMode::all();
}

ChangelogMode Inference::of_rank(const Rank& node) {
  const bool first = node.first == 1 && node.last == 1 && node.order.size() == 1;
  const bool keeps_first = first && by_time(node.input(), node.order);
  const Column* const time =
      node.order.empty() ? nullptr : find_column(node.input(), node.order[0].column);
  // By processing time nothing earlier comes later.
  if (keeps_first && time->time == TimeAttribute::proctime && !updates(node.input().changelog)) {
    return inserts;
  }
  return ChangelogMode::all();
}

ChangelogMode Inference::provided(const Relation& node) {
  switch (node.kind) {
    case RelationKind::values:
      return inserts;
    case RelationKind::aggregate:
      return of_aggregate(as<Aggregate>(node));
    case RelationKind::over:
      return of_over(as<Over>(node));
    case RelationKind::join:
      return of_join(as<Join>(node));
    case RelationKind::sort:
      return of_sort(as<Sort>(node));
    case RelationKind::rank:
      return of_rank(as<Rank>(node));
    case RelationKind::union_all: {
      ChangelogMode out = ChangelogMode::none();
      for (const auto& input : node.inputs) out = united(out, input->changelog);
      return out;
    }
    default:
      return node.input().changelog;
  }
}

// Rows that only say what is now become rows that say what was, too.
RelationPointer Inference::scan(const RelationPointer& node) const {
  const auto& scan = as<Scan>(*node);
  auto out = std::make_shared<Scan>(scan);
  out->changelog = scan.traits.changelog;
  const bool upsert = out->changelog.contains(RowKind::update_after) &&
                      !out->changelog.contains(RowKind::update_before);
  if (!upsert) return out;
  if (scan.primary_key.empty()) {
    throw table::BindError{{},
                           "table " + scan.path + " gives updates by key and declares no key",
                           "PRIMARY KEY (...) NOT ENFORCED in CREATE TABLE declares one"};
  }
  out->key_only_deletes = true;
  auto normalize = std::make_shared<ChangelogNormalize>();
  normalize->columns = out->columns;
  normalize->key = scan.primary_key;
  normalize->changelog = ChangelogMode::all();
  normalize->inputs = {out};
  return normalize;
}

RelationPointer Inference::sink(const RelationPointer& node, const RelationPointer& input) const {
  auto out = std::make_shared<Sink>(as<Sink>(*node));
  const ChangelogMode comes = input->changelog;
  ChangelogMode accepts = inserts;
  try {
    accepts = session_.factories->find(*out->table).sink_traits(*out->table, comes).accepts;
  } catch (const Error& error) {
    throw table::BindError{{}, "table " + out->path + ": " + error.message(), ""};
  }
  for (const RowKind kind : {RowKind::update_after, RowKind::delete_}) {
    if (comes.contains(kind) && !accepts.contains(kind)) refuse("table " + out->path, *input);
  }
  RelationPointer last = input;
  if (comes.contains(RowKind::update_before) && !accepts.contains(RowKind::update_before)) {
    auto drop = std::make_shared<DropUpdateBefore>();
    drop->columns = input->columns;
    drop->changelog = comes.without(RowKind::update_before);
    drop->inputs = {input};
    last = drop;
  }
  out->changelog = last->changelog;
  out->inputs = {std::move(last)};
  return out;
}

// A join without a bound in time, and what follows it, goes by no time.
TimeAttribute time_before(const Relation& node, std::size_t index) {
  const Column& column = node.columns[index];
  ColumnId id = column.id;
  if (const auto* project = try_as<Project>(node)) {
    if (project->expressions[index]->kind != table::ExpressionKind::column) return column.time;
    id = project->expressions[index]->column;
  }
  if (node.kind == RelationKind::union_all) {
    for (const auto& input : node.inputs) {
      if (input->columns[index].time != column.time) return TimeAttribute::none;
    }
    return column.time;
  }
  for (const auto& input : node.inputs) {
    if (const Column* const from = find_column(*input, id)) return from->time;
  }
  return column.time;
}

void settle_times(Relation& node) {
  const auto* join = try_as<Join>(node);
  const bool loses = join && !join->interval && !join->as_of && join->type != JoinType::semi &&
                     join->type != JoinType::anti;
  for (std::size_t i = 0; i < node.columns.size(); ++i) {
    auto& time = node.columns[i].time;
    if (time == TimeAttribute::none || node.kind == RelationKind::watermark) continue;
    time = loses ? TimeAttribute::none : time_before(node, i);
  }
}

RelationPointer Inference::visit(const RelationPointer& node) {
  if (node->kind == RelationKind::scan) return scan(node);
  std::vector<RelationPointer> inputs;
  for (const auto& input : node->inputs) inputs.push_back(visit(input));
  if (node->kind == RelationKind::sink) return sink(node, inputs[0]);
  auto out = copy_of(*node);
  out->inputs = std::move(inputs);
  settle_times(*out);
  out->changelog = provided(*out);
  return out;
}

}  // namespace

RelationPointer infer_changelog(const RelationPointer& root, const Session& session) {
  return Inference{session}.visit(root);
}

}  // namespace flink::planner
