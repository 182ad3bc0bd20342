// SPDX-License-Identifier: Apache-2.0
#include "codegen/lint_sql.h"

#include "sql/parser.h"

namespace flink::codegen {

Message sql_message(const SourceText& script, Severity severity, sql::Range range, std::string what,
                    std::string hint) {
  const auto line_begin =
      script.text.rfind('\n', range.begin == 0 ? std::string::npos : range.begin - 1);
  const std::size_t before =
      range.begin == 0 || line_begin == std::string::npos ? 0 : line_begin + 1;
  return {severity,
          {script.path.string(), sql::position_of(script.text, range.begin).line,
           static_cast<int>(range.begin - before) + 1},
          std::move(what),
          std::move(hint)};
}

SqlLint lint_sql(const SourceText& script) {
  const auto parsed = sql::parse_script(script.text);
  SqlLint out;
  out.statements = parsed.statements.size();
  for (const auto& error : parsed.errors) {
    const bool warning = error.kind == sql::SyntaxErrorKind::warning;
    out.messages.push_back(sql_message(script, warning ? Severity::warning : Severity::error,
                                       error.range, error.what, error.hint));
  }
  return out;
}

}  // namespace flink::codegen
