// SPDX-License-Identifier: Apache-2.0
// flinkc check of SQL scripts: what is wrong with their text, and, once it is well-formed, with
// what they say: names, types, functions, tables, and whether there is a plan.
#include <algorithm>
#include <cstdio>

#include "codegen/files.h"
#include "codegen/lint_sql.h"
#include "codegen/sql_source.h"
#include "commands.h"
#include "flink/base/check.h"
#include "flink/error.h"
#include "planner/plan.h"
#include "sql/parser.h"
#include "table_connectors/factories.h"

namespace flink::flinkc {
namespace {

constexpr std::size_t messages_max = 100;

using codegen::Message;
using codegen::Severity;

// As far as it goes: a statement that is wrong leaves nothing behind for those after it.
void check_plans(const codegen::SourceText& script, std::vector<Message>& messages) {
  const table_connectors::Connectors connectors;
  planner::Session session{connectors};
  const auto parsed = sql::parse_script(script.text);
  for (const auto* statement : parsed.statements) {
    try {
      planner::plan_statement(*statement, script.text, session);
    } catch (const planner::PlanError& error) {
      for (const auto& one : error.errors) {
        messages.push_back(
            codegen::sql_message(script, Severity::error, one.range, one.what, one.hint));
      }
    } catch (const Error& error) {
      messages.push_back(
          codegen::sql_message(script, Severity::error, statement->range, error.message(), ""));
    }
  }
}

bool is_script(const std::string& name) {
  return std::filesystem::path(name).extension() == ".sql";
}

}  // namespace

int run_check_sql(const Options& options) {
  bool failed = false;
  for (const auto& source : options.sources) {
    const codegen::SourceText script{source, codegen::read_file(source)};
    auto lint = codegen::lint_sql(script);
    if (!codegen::has_errors(lint.messages)) check_plans(script, lint.messages);
    const codegen::RenderOptions shown{wants_color(options.color), messages_max};
    std::fputs(codegen::render(lint.messages, shown).c_str(), stderr);
    failed = failed || codegen::has_errors(lint.messages);
    if (options.quiet || options.json || codegen::has_errors(lint.messages)) continue;
    std::printf("%s: %zu statement%s right\n", source.c_str(), lint.statements,
                lint.statements == 1 ? ", which is" : "s, all");
  }
  std::fflush(stdout);
  return failed ? exit_compile_error : exit_ok;
}

int prepare_script(Options& options) {
  const auto scripts = std::count_if(options.sources.begin(), options.sources.end(), is_script);
  if (scripts == 0) return exit_ok;
  if (options.sources.size() > 1) {
    throw Error{ErrorKind::user,
                "a job of SQL is one script: build, run and explain take a single .sql file"};
  }
  Options quiet = options;
  quiet.quiet = true;
  if (const int code = run_check_sql(quiet)) return code;
  options.sources[0] = codegen::write_sql_job(options.sources[0]).string();
  options.generated = true;
  return exit_ok;
}

}  // namespace flink::flinkc
