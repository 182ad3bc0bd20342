// SPDX-License-Identifier: Apache-2.0
// What a query says of tables that change, put together, is what it says in BATCH of the tables as
// they are in the end: at any parallelism, and restored at another one in the middle.
#include "unit/table_runtime/changelog.h"

#include <doctest/doctest.h>
#include <flink/testing.h>

#include <functional>

#include "sql/parser.h"
#include "table_runtime/group_aggregate.h"
#include "table_runtime/interval_join.h"
#include "table_runtime/join.h"
#include "table_runtime/over.h"
#include "table_runtime/rank.h"
#include "table_runtime/sort.h"
#include "table_runtime/temporal_join.h"
#include "table_runtime/window_rows.h"
#include "unit/test_seed.h"

namespace flink::table_runtime {
namespace {

using table::Datum;

// One input twice, or two.
using Query = std::function<RowOperator(const RowStream&, const RowStream&, bool batch)>;

using Run = testing::TwoInputHarness<Row, Row, Row>;

std::unique_ptr<Run> run_of(const Query& query, int parallelism, bool batch) {
  return std::make_unique<Run>(
      [&](const RowStream& left, const RowStream& right) { return query(left, right, batch); },
      testing::Parallelism{parallelism}, batch ? std::optional{testing::Batch{}} : std::nullopt);
}

std::map<std::string, int> in_batch(const Query& query, const Changelog& left,
                                    const Changelog& right) {
  const auto run = run_of(query, 1, true);
  for (const Change& change : left.final_rows) run->push1(change.row());
  for (const Change& change : right.final_rows) run->push2(change.row());
  run->finish();
  Materialised out;
  for (const Row& row : run->output()) {
    CHECK(row.kind == RowKind::insert);
    out.take(row);
  }
  return out.rows();
}

// `ordered`: rows of one place come in order, so that what goes has come before.
void check_output(const Run& run, Materialised& all, bool ordered) {
  for (const Row& row : run.output()) {
    const bool was_there = all.take(row);
    if (ordered) CHECK(was_there);
  }
}

std::map<std::string, int> in_streaming(const Query& query, const Changelog& left,
                                        const Changelog& right, std::mt19937_64& random,
                                        int parallelism, int parallelism_later, bool in_time) {
  auto run = run_of(query, parallelism, false);
  Materialised out;
  std::size_t l = 0, r = 0;
  const std::size_t all = left.changes.size() + right.changes.size();
  const std::size_t middle = random() % all;
  while (l + r < all) {
    if (l + r == middle && parallelism_later > 0) {
      const auto snapshot = run->snapshot();
      check_output(*run, out, parallelism == 1);
      run = run_of(query, parallelism_later, false);
      run->restore(snapshot);
    }
    const bool take_left = r == right.changes.size() ||
                           (l < left.changes.size() && random() % all < left.changes.size());
    const bool mark = in_time && random() % 4 == 0;
    if (take_left) {
      run->push1(left.changes[l].row());
      if (mark) run->push_watermark1(timestamp_of_millis(left.changes[l].millis() - 1));
      ++l;
    } else {
      run->push2(right.changes[r].row());
      if (mark) run->push_watermark2(timestamp_of_millis(right.changes[r].millis() - 1));
      ++r;
    }
  }
  run->finish();
  check_output(*run, out, parallelism == 1 && parallelism_later <= 1);
  return out.rows();
}

void check(const Query& query, std::mt19937_64& random, bool updates) {
  const Changelog left = random_changelog(random, 5 + random() % 120, updates);
  const Changelog right = random_changelog(random, 5 + random() % 120, updates);
  const auto expected = in_batch(query, left, right);
  CHECK(in_streaming(query, left, right, random, 1, 0, !updates) == expected);
  CHECK(in_streaming(query, left, right, random, 2, 0, !updates) == expected);
  CHECK(in_streaming(query, left, right, random, 1, 3, !updates) == expected);
  CHECK(in_streaming(query, left, right, random, 2, 1, !updates) == expected);
}

RowPicker columns(std::vector<std::size_t> picked) { return {table_layout(), std::move(picked)}; }

// A call over columns of the table.
AggregateStep step(std::string_view name, std::vector<std::size_t> arguments, bool distinct,
                   std::optional<std::size_t> filter, bool retracts) {
  std::vector<table::ExpressionPointer> columns;
  for (const std::size_t column : arguments) {
    columns.push_back(table::column_expression(table_layout().type(column), column));
  }
  const auto bound = table::bind_aggregate(
      name, {}, columns, {distinct, false, filter.has_value(), true}, table::Session{});
  return {table::make_aggregate(bound, retracts), std::move(arguments), filter, bound.call.result};
}

TEST_CASE("groups") {
  const std::uint64_t seed = test::seed_or(3);
  INFO("FLINK_TEST_SEED=", seed);
  std::mt19937_64 random{seed};
  for (int round = 0; round < 40; ++round) {
    const bool updates = round % 4 != 0;
    std::vector<AggregateStep> steps;
    const auto maybe = [&](std::string_view name, std::vector<std::size_t> arguments,
                           bool distinct = false) {
      if (random() % 2 == 0) return;
      const auto filter = random() % 3 == 0 ? std::optional<std::size_t>{b} : std::nullopt;
      steps.push_back(step(name, std::move(arguments), distinct, filter, updates));
    };
    maybe("COUNT", {});
    maybe("COUNT", {v});
    maybe("COUNT", {s}, true);
    maybe("SUM", {v});
    maybe("SUM", {v}, true);
    maybe("SUM", {d});
    maybe("AVG", {d});
    maybe("AVG", {v});
    maybe("MIN", {s});
    maybe("MAX", {d});
    maybe("MIN", {v}, true);
    maybe("COLLECT", {s});
    GroupAggregateSpec spec;
    const std::vector<std::vector<std::size_t>> keys{{k}, {s}, {k, s}, {b, k}};
    spec.key = columns(keys[random() % keys.size()]);
    spec.aggregates = std::make_shared<const AggregateSet>(table_layout(), steps);
    check(
        [spec](const RowStream& left, const RowStream& right, bool batch) {
          GroupAggregateSpec of_mode = spec;
          of_mode.batch = batch;
          return add_group_aggregate(left.union_with(right), "groups", of_mode);
        },
        random, updates);
  }
}

TEST_CASE("all rows as one group") {
  std::mt19937_64 random{test::seed_or(4)};
  for (const bool updates : {false, true}) {
    GroupAggregateSpec spec;
    spec.key = columns({});
    spec.aggregates = std::make_shared<const AggregateSet>(
        table_layout(),
        std::vector{step("COUNT", {}, false, {}, updates), step("MAX", {s}, false, b, updates)});
    check(
        [spec](const RowStream& left, const RowStream& right, bool batch) {
          GroupAggregateSpec of_mode = spec;
          of_mode.batch = batch;
          return add_global_aggregate(left.union_with(right), "all", of_mode);
        },
        random, updates);
  }
}

// l.v < r.v
table::ExpressionPointer less() {
  const auto type = table_layout().type(v);
  return table::compare_expression(table::Comparison::less, table::column_expression(type, v),
                                   table::column_expression(type, v + table_layout().size()));
}

TEST_CASE("joins") {
  const std::uint64_t seed = test::seed_or(5);
  INFO("FLINK_TEST_SEED=", seed);
  std::mt19937_64 random{seed};
  for (int round = 0; round < 48; ++round) {
    JoinSpec spec;
    spec.kind = static_cast<JoinKind>(round % 6);
    spec.left_row = spec.right_row = table_layout();
    const std::vector<std::vector<std::size_t>> keys{{k}, {id}, {k, s}, {s}};
    const auto& key = keys[random() % keys.size()];
    spec.left.key = spec.right.key = columns(key);
    for (JoinSideSpec* side : {&spec.left, &spec.right}) {
      if (key == keys[1] && random() % 2 == 0) side->unique = columns({});
      if (key != keys[1] && random() % 2 == 0) side->unique = columns({id});
    }
    if (random() % 2 == 0) spec.condition = less();
    spec.null_safe.assign(key.size(), random() % 4 == 0);
    CAPTURE(round);
    check(
        [spec](const RowStream& left, const RowStream& right, bool batch) {
          JoinSpec of_mode = spec;
          of_mode.batch = batch;
          return add_join(left, right, "join", of_mode);
        },
        random, round % 3 != 0);
  }
}

TEST_CASE("the best rows") {
  const std::uint64_t seed = test::seed_or(6);
  INFO("FLINK_TEST_SEED=", seed);
  std::mt19937_64 random{seed};
  for (int round = 0; round < 40; ++round) {
    const bool updates = round % 3 != 0;
    RankSpec spec;
    spec.row = table_layout();
    spec.partition =
        columns(random() % 3 == 0 ? std::vector<std::size_t>{} : std::vector<std::size_t>{k});
    spec.order = {table::sort_column(random() % 2 == 0 ? s : v, random() % 2 == 0),
                  table::sort_column(id, random() % 2 == 0)};
    spec.first = random() % 2 == 0 ? 1 : 1 + static_cast<std::int64_t>(random() % 3);
    spec.last = spec.first + static_cast<std::int64_t>(random() % 4);
    spec.with_number = random() % 2 == 0;
    spec.retracts = updates;
    CAPTURE(round);
    check(
        [spec](const RowStream& left, const RowStream& right, bool batch) {
          RankSpec of_mode = spec;
          of_mode.batch = batch;
          return add_rank(left, "best", of_mode);
        },
        random, updates);
  }
}

TEST_CASE("sorted rows come in order, at the end") {
  std::mt19937_64 random{test::seed_or(13)};
  for (const bool updates : {false, true}) {
    const Changelog table = random_changelog(random, 100, updates);
    const SortSpec spec{
        table_layout(), {table::sort_column(v, true), table::sort_column(id, false)}, 3, 20};
    const auto order_of = [&](bool batch) {
      auto run = run_of(
          [&](const RowStream& rows, const RowStream& more, bool) {
            SortSpec of_mode = spec;
            of_mode.batch = batch;
            return add_sort(rows.union_with(more), "sort", of_mode);
          },
          1, batch);
      for (const Change& one : batch ? table.final_rows : table.changes) run->push1(one.row());
      run->finish();
      std::vector<std::string> out;
      for (const Row& row : run->output()) {
        CHECK(row.kind == RowKind::insert);
        out.emplace_back(row.bytes);
      }
      return out;
    };
    const auto expected = order_of(true);
    CHECK(expected.size() == std::min<std::size_t>(20, table.final_rows.size() - 3));
    CHECK(order_of(false) == expected);
  }
}

WindowRowsSpec window_spec(std::mt19937_64& random) {
  WindowRowsSpec spec;
  spec.input = table_layout();
  std::vector<LogicalType> types = table_layout().types();
  types.insert(types.end(), 3, table_layout().type(t));
  spec.output = RowLayout{std::move(types)};
  spec.time = t;
  spec.window.kind = static_cast<planner::WindowKind>(random() % 4);
  spec.window.step = 1000 * (1 + static_cast<std::int64_t>(random() % 3));
  spec.window.size = spec.window.step * (1 + static_cast<std::int64_t>(random() % 3));
  if (spec.window.kind != planner::WindowKind::session) {
    spec.window.offset = static_cast<std::int64_t>(random() % 900);
  }
  spec.partition = columns({k});
  return spec;
}

TEST_CASE("windows") {
  const std::uint64_t seed = test::seed_or(8);
  INFO("FLINK_TEST_SEED=", seed);
  std::mt19937_64 random{seed};
  for (int round = 0; round < 32; ++round) {
    const WindowRowsSpec windows = window_spec(random);
    const std::size_t start = table_layout().size(), end = start + 1;
    GroupAggregateSpec spec;
    spec.key = RowPicker{windows.output, {k, start, end}};
    spec.result_columns = 2;
    spec.window_end = 2;
    spec.aggregates = std::make_shared<const AggregateSet>(
        windows.output,
        std::vector{step("COUNT", {}, false, {}, false), step("SUM", {d}, false, b, false),
                    step("COUNT", {s}, true, {}, false)});
    CAPTURE(round);
    check(
        [windows, spec](const RowStream& left, const RowStream& right, bool batch) {
          const auto rows = add_window_rows(left.union_with(right), "windows", windows);
          GroupAggregateSpec of_mode = spec;
          of_mode.batch = batch;
          if (batch) return add_group_aggregate(rows, "groups", of_mode);
          return add_window_aggregate(rows, "groups", of_mode);
        },
        random, false);
  }
}

planner::FrameBound bound(std::mt19937_64& random, bool rows) {
  const auto kind = static_cast<planner::FrameBound::Kind>(random() % 3);
  const auto offset = static_cast<std::int64_t>(random() % 4) * (rows ? 1 : 700);
  return {kind, kind == planner::FrameBound::Kind::offset ? offset : 0};
}

TEST_CASE("OVER") {
  const std::uint64_t seed = test::seed_or(9);
  INFO("FLINK_TEST_SEED=", seed);
  std::mt19937_64 random{seed};
  for (int round = 0; round < 48; ++round) {
    OverSpec spec;
    spec.input = table_layout();
    spec.partition = columns({k});
    spec.rows = random() % 2 == 0;
    spec.by_rowtime = random() % 3 != 0;
    spec.order = {table::sort_column(spec.by_rowtime ? t : v, false)};
    // What has no order of its own would differ from run to run.
    if (!spec.by_rowtime) spec.order.push_back(table::sort_column(id, false));
    spec.lower = bound(random, spec.rows);
    spec.upper = {planner::FrameBound::Kind::current, 0};
    const std::vector steps{step("COUNT", {}, false, {}, false), step("SUM", {v}, false, b, false),
                            step("MIN", {s}, false, {}, false),
                            step("COUNT", {s}, true, {}, false)};
    spec.aggregates = std::make_shared<const AggregateSet>(table_layout(), steps);
    std::vector<LogicalType> types = table_layout().types();
    for (const AggregateStep& one : steps) {
      types.push_back(one.result);
      spec.calls.push_back({OverFunction::aggregate, one.arguments, false});
    }
    const bool numbers = spec.rows && spec.lower.kind == planner::FrameBound::Kind::unbounded;
    if (numbers) {
      spec.calls.push_back({OverFunction::row_number, {}, false});
      spec.calls.push_back({OverFunction::lag, {v}, false});
      types.push_back(LogicalType{table::TypeRoot::bigint});
      types.push_back(table_layout().type(v));
    }
    spec.output = RowLayout{std::move(types)};
    CAPTURE(round);
    check(
        [spec](const RowStream& left, const RowStream&, bool batch) {
          OverSpec of_mode = spec;
          of_mode.batch = batch;
          return add_over(left, "over", of_mode);
        },
        random, !spec.by_rowtime && random() % 2 == 0);
  }
}

// t of the left at least t of the right - 1.4 s, and at most + 2.1 s.
table::ExpressionPointer near() {
  struct Both : table::Scope {
    table::ExpressionPointer find(const sql::Path& path, std::size_t& used) const override {
      used = 1;
      const bool left = path.front().text == "l";
      return table::column_expression(table_layout().type(t), left ? t : t + table_layout().size());
    }
  } both;
  const auto parsed =
      sql::parse_expression("l BETWEEN r - INTERVAL '1.4' SECOND AND r + INTERVAL '2.1' SECOND");
  REQUIRE(parsed.ok());
  const table::Session session;
  return table::Binder{table::builtins(), session, &both}.bind(*parsed.root);
}

TEST_CASE("joins of rows that are near in time") {
  const std::uint64_t seed = test::seed_or(10);
  INFO("FLINK_TEST_SEED=", seed);
  std::mt19937_64 random{seed};
  for (int round = 0; round < 32; ++round) {
    JoinSpec spec;
    spec.kind = static_cast<JoinKind>(round % 4);
    spec.left_row = spec.right_row = table_layout();
    spec.left.key = spec.right.key = columns({k});
    spec.null_safe = {false};
    JoinSpec batch_spec = spec;
    batch_spec.batch = true;
    batch_spec.condition = near();
    CAPTURE(round);
    check(
        [spec, batch_spec](const RowStream& left, const RowStream& right, bool batch) {
          if (batch) return add_join(left, right, "join", batch_spec);
          return add_interval_join(left, right, "join",
                                   {std::make_shared<const JoinSpec>(spec), t, t, -1400, 2100});
        },
        random, false);
  }
}

TEST_CASE("rows meet the versions of their time") {
  const std::uint64_t seed = test::seed_or(12);
  INFO("FLINK_TEST_SEED=", seed);
  std::mt19937_64 random{seed};
  for (int round = 0; round < 20; ++round) {
    const Changelog left = random_changelog(random, 60, false);
    const Changelog right = random_changelog(random, 60, false);
    JoinSpec spec;
    spec.kind = round % 2 == 0 ? JoinKind::inner : JoinKind::left;
    spec.left_row = spec.right_row = table_layout();
    spec.left.key = spec.right.key = columns({k});
    spec.null_safe = {false};
    const auto shared = std::make_shared<const JoinSpec>(spec);
    const Query query = [&](const RowStream& rows, const RowStream& versions, bool) {
      return add_temporal_join(rows, versions, "join", {shared, t, t});
    };
    Materialised expected;
    for (const Change& row : left.changes) {
      const Change* version = nullptr;
      for (const Change& one : right.changes) {
        const bool same = !table_layout().is_null(row.bytes, k) &&
                          spec.left.key.key(one.bytes) == spec.left.key.key(row.bytes);
        if (same && one.millis() <= row.millis()) version = &one;
      }
      if (!version && spec.kind == JoinKind::inner) continue;
      std::vector<Datum> values(2 * table_layout().size());
      table::Memory memory;
      const auto both = std::span{values};
      table_layout().unpack(row.bytes, both.first(table_layout().size()), memory);
      if (version) {
        table_layout().unpack(version->bytes, both.subspan(table_layout().size()), memory);
      }
      std::string packed;
      spec.output().pack(values, packed);
      expected.take({RowKind::insert, packed});
    }
    CHECK(in_streaming(query, left, right, random, 1, 0, true) == expected.rows());
    CHECK(in_streaming(query, left, right, random, 1, 2, true) == expected.rows());
  }
}

}  // namespace
}  // namespace flink::table_runtime
