// SPDX-License-Identifier: Apache-2.0
#include "codegen/lint_sql.h"

#include "sql/parser.h"

namespace flink::codegen {

SqlLint lint_sql(const SourceText& script) {
  const auto parsed = sql::parse_script(script.text);
  SqlLint out;
  out.statements = parsed.statements.size();
  for (const auto& error : parsed.errors) {
    const bool warning = error.kind == sql::SyntaxErrorKind::warning;
    const auto line_begin =
        script.text.rfind('\n', error.range.begin == 0 ? std::string::npos : error.range.begin - 1);
    const std::size_t before =
        error.range.begin == 0 || line_begin == std::string::npos ? 0 : line_begin + 1;
    out.messages.push_back({warning ? Severity::warning : Severity::error,
                            {script.path.string(), error.position.line,
                             static_cast<int>(error.range.begin - before) + 1},
                            error.what,
                            error.hint});
  }
  return out;
}

}  // namespace flink::codegen
