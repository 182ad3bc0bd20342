// SPDX-License-Identifier: Apache-2.0
#include "sql_client/client.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <signal.h>

#include <climits>

#include "base/exception_text.h"
#include "config/value_syntax.h"
#include "minicluster/run_local.h"
#include "sql/parser.h"
#include "sql_client/collect_sink.h"
#include "sql_client/result_table.h"
#include "sql_job/plan_job.h"
#include "table_connectors/scalar_text.h"

namespace flink::sql_client {

using jobmanager::JobStatus;
using planner::Outcome;

namespace {

constexpr int width_max_default = 30;

void put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int width_max(const planner::Session& session) {
  for (const char* key :
       {"table.display.max-column-width", "sql-client.display.max-column-width"}) {
    const auto told = session.option(key, "");
    if (const auto width = config::parse_int32(told); width && *width > 0) return *width;
  }
  return width_max_default;
}

// The rows of a query on their way to the screen.
class Showing {
 public:
  Showing(std::vector<table::Field> fields, bool streaming, ResultMode mode,
          const table::Session& session, int width)
      : values_(fields.size()) {
    std::vector<table::LogicalType> types;
    for (const auto& field : fields) types.push_back(field.type);
    layout_ = table::RowLayout{std::move(types)};
    view_ = make_view(mode, {std::move(fields), streaming}, session, width);
  }

  void begin() {
    view_->begin(text_);
    flush();
  }
  void add(table::RowKind kind, std::span<const table::Datum> values) {
    view_->add(kind, values, text_);
  }
  void take(std::span<const table::Row> rows) {
    for (const auto& row : rows) {
      layout_.unpack(row.bytes, values_, memory_);
      add(row.kind, values_);
      memory_.clear();
    }
    flush();
  }
  void end() {
    view_->end(text_);
    flush();
  }

 private:
  void flush() {
    if (!text_.empty()) put(text_);
    text_.clear();
  }

  table::RowLayout layout_;
  table::Memory memory_;
  std::vector<table::Datum> values_;
  std::unique_ptr<ResultView> view_;
  std::string text_;
};

std::vector<table::Field> fields_of(const planner::Relation& root) {
  std::vector<table::Field> out;
  for (const auto& column : root.columns) out.push_back({column.name, column.type});
  return out;
}

std::string schema_of(const std::vector<table::Field>& columns) {
  std::string out;
  for (const auto& [name, type] : columns) {
    out += detail::concat("col ", name, "\t", type.summary(), "\n");
  }
  return out;
}

}  // namespace

Client::Client(ClientOptions options) : options_(options), session_(connectors_) {}

Ending Client::run(std::string_view text, std::string_view name) {
  Ending ending = Ending::ok;
  for (const auto& range : sql::split_script(text)) {
    const Ending now = run_statement({text, name, range});
    if (ending == Ending::ok) ending = now;
    if (now == Ending::cancelled || (now != Ending::ok && !options_.keep_going)) break;
  }
  return ending;
}

Ending Client::run_statement(const Source& source) {
  const auto statement = sql::spelled(source.text, source.statement);
  if (options_.echo) {
    put(detail::concat(">> ", statement.substr(0, statement.find('\n')), "\n"));
  }
  try {
    return run_parsed(source);
  } catch (const planner::PlanError& error) {
    std::string text;
    for (auto one : error.errors) {
      one.range.begin += source.statement.begin;
      one.range.end += source.statement.begin;
      text += planner::render(one, source.text, source.name);
    }
    return fail(Ending::statement_error, text);
  } catch (const Error& error) {
    return fail(Ending::failed, "error: " + error.message());
  } catch (const std::exception& error) {
    return fail(Ending::failed, "error: " + base::exception_text(error));
  }
}

Ending Client::run_parsed(const Source& source) {
  const auto statement = sql::spelled(source.text, source.statement);
  auto parsed = sql::parse_script(statement);
  std::string problems;
  for (auto& error : parsed.errors) {
    error.range.begin += source.statement.begin;
    error.range.end += source.statement.begin;
    error.position = sql::position_of(source.text, error.range.begin);
    problems += sql::render(error, source.text, source.name);
  }
  if (sql::has_errors(parsed.errors)) return fail(Ending::statement_error, problems);
  if (!problems.empty()) std::fputs(problems.c_str(), stderr);
  for (const auto* one : parsed.statements) {
    const auto outcome = planner::plan_statement(*one, statement, session_);
    const auto ending = outcome.kind == Outcome::Kind::query    ? run_query(outcome)
                        : outcome.kind == Outcome::Kind::insert ? run_insert(outcome)
                                                                : Ending::ok;
    if (ending != Ending::ok) return ending;
    show(outcome);
  }
  return Ending::ok;
}

void Client::show_table(const planner::TextTable& table) {
  const auto mode = options_.result_mode.value_or(ResultMode::table);
  const bool boxes = mode == ResultMode::tableau || mode == ResultMode::changelog;
  if (options_.schema) put(schema_of(table.columns));
  const auto functions = session_.functions();
  Showing showing{table.columns, false, boxes ? ResultMode::table : mode, functions, INT_MAX};
  showing.begin();
  table::Memory memory;
  for (const auto& row : table.rows) {
    std::vector<table::Datum> values;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto value =
          row[i] ? table_connectors::scalar_of_text(table.columns[i].type, *row[i], {}, memory)
                 : std::nullopt;
      values.push_back(value.value_or(table::Datum{}));
    }
    showing.add(table::RowKind::insert, values);
  }
  showing.end();
}

void Client::show(const Outcome& outcome) {
  const auto mode = options_.result_mode.value_or(ResultMode::table);
  const bool lines = mode == ResultMode::json || mode == ResultMode::csv || mode == ResultMode::tsv;
  switch (outcome.kind) {
    case Outcome::Kind::table:
      return show_table(outcome.table);
    case Outcome::Kind::text:
      if (lines) return show_table({{{"result", table::LogicalType::string()}}, {{outcome.text}}});
      return put(outcome.text.ends_with('\n') ? outcome.text : outcome.text + "\n");
    case Outcome::Kind::ok:
      if (options_.echo) put("OK\n");
      if (options_.chatty) put("[INFO] Execute statement succeeded.\n");
      return;
    default:
      return;
  }
}

Ending Client::run_query(const Outcome& outcome) {
  const auto& plan = outcome.plan;
  const auto columns = fields_of(*plan.roots[0]);
  if (options_.schema) put(schema_of(columns));
  const auto told = session_.option("sql-client.execution.result-mode", "TABLEAU");
  const auto mode = options_.result_mode ? *options_.result_mode : result_mode_of(told);
  const auto functions = session_.functions();
  Showing showing{columns, plan.streaming, mode, functions, width_max(session_)};
  const CollectSink sink{[&](std::span<const table::Row> rows) { showing.take(rows); }};
  showing.begin();
  const auto ending = run_job([&](StreamExecutionEnvironment& env) {
    table_runtime::Uids uids;
    sql_job::add_query(env, plan, session_, connectors_, uids).sink_to(sink).set_parallelism(1);
  });
  if (ending == Ending::ok) showing.end();
  return ending;
}

Ending Client::run_insert(const Outcome& outcome) {
  const auto ending = run_job([&](StreamExecutionEnvironment& env) {
    table_runtime::Uids uids;
    sql_job::add_inserts(env, outcome.plan, session_, connectors_, uids);
  });
  if (ending != Ending::ok) return ending;
  if (options_.echo) put("OK\n");
  if (options_.chatty) put("[INFO] Complete execution of the SQL update statement.\n");
  return ending;
}

Ending Client::run_job(const std::function<void(StreamExecutionEnvironment&)>& define) {
  minicluster::LocalRun run;
  run.define_job = define;
  run.cancelling_signals = {SIGINT};
  const auto result = minicluster::run_local(run);
  switch (result.status) {
    case JobStatus::finished:
      return Ending::ok;
    case JobStatus::canceled:
      std::fputs("cancelled\n", stderr);
      return Ending::cancelled;
    default:
      return fail(Ending::failed, "error: " + result.failure);
  }
}

Ending Client::fail(Ending ending, std::string_view text) {
  std::string line{text};
  if (!line.ends_with('\n')) line += '\n';
  if (options_.echo) put("ERROR " + line);
  else std::fputs(line.c_str(), stderr);
  return ending;
}

}  // namespace flink::sql_client
