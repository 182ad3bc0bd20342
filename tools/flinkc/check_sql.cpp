// SPDX-License-Identifier: Apache-2.0
// flinkc check of SQL scripts: what their text has against it.
#include <cstdio>

#include "codegen/files.h"
#include "codegen/lint_sql.h"
#include "commands.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::flinkc {
namespace {

constexpr std::size_t messages_max = 100;

}  // namespace

int run_check_sql(const Options& options) {
  if (options.json || !options.against.empty()) {
    throw Error{ErrorKind::user,
                "of an SQL script flinkc check reads the syntax alone: no --json, no --against"};
  }
  bool failed = false;
  for (const auto& source : options.sources) {
    const auto lint = codegen::lint_sql({source, codegen::read_file(source)});
    const codegen::RenderOptions shown{wants_color(options.color), messages_max};
    std::fputs(codegen::render(lint.messages, shown).c_str(), stderr);
    failed = failed || codegen::has_errors(lint.messages);
    if (options.quiet || codegen::has_errors(lint.messages)) continue;
    std::printf("%s: %zu statement%s well-formed\n", source.c_str(), lint.statements,
                lint.statements == 1 ? ", which is" : "s, all");
  }
  if (!options.quiet && !failed) {
    std::fflush(stdout);
    std::fputs(
        "flinkc: note: not checked yet: whether names exist, types fit, functions are known, "
        "and a plan can be made\n",
        stderr);
  }
  return failed ? exit_compile_error : exit_ok;
}

}  // namespace flink::flinkc
