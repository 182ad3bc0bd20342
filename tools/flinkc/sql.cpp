// SPDX-License-Identifier: Apache-2.0
#include "sql.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <iterator>

#include "codegen/files.h"
#include "commands.h"
#include "flink/base/check.h"
#include "flink/error.h"
#include "sql_client/client.h"
#include "sql_prompt.h"

namespace flink::flinkc {

using sql_client::Ending;

namespace {

int exit_code_of(Ending ending) {
  switch (ending) {
    case Ending::ok:
      return exit_ok;
    case Ending::statement_error:
      return exit_compile_error;
    case Ending::failed:
      return exit_failure;
    case Ending::cancelled:
      return 128 + SIGINT;
  }
  return exit_failure;
}

sql_client::ClientOptions client_options(const SqlOptions& options, bool interactive) {
  sql_client::ClientOptions out;
  if (options.json) out.result_mode = sql_client::ResultMode::json;
  if (options.csv) out.result_mode = sql_client::ResultMode::csv;
  if (options.tsv) out.result_mode = sql_client::ResultMode::tsv;
  out.schema = options.schema;
  out.echo = options.echo;
  out.keep_going = options.keep_going || interactive;
  out.chatty = interactive;
  return out;
}

std::string text_of(const std::string& file) {
  if (file != "-") return codegen::read_file(file);
  return {std::istreambuf_iterator<char>{std::cin}, std::istreambuf_iterator<char>{}};
}

}  // namespace

int run_sql(const SqlOptions& options) {
  const bool prompts = options.statements.empty() && options.file.empty();
  const bool interactive = prompts && ::isatty(STDIN_FILENO) != 0;
  sql_client::Client client{client_options(options, interactive)};
  for (const auto& setting : options.settings) {
    const auto equal = setting.find('=');
    if (equal == std::string::npos) {
      throw Error{ErrorKind::user, detail::concat("-D ", setting, ": expected KEY=VALUE")};
    }
    client.session().options[setting.substr(0, equal)] = setting.substr(equal + 1);
  }
  Ending ending = Ending::ok;
  const auto run = [&](const std::string& text, const std::string& name) {
    const auto now = client.run(text, name);
    if (ending == Ending::ok) ending = now;
    return ending == Ending::ok || (options.keep_going && now != Ending::cancelled);
  };
  if (!options.init.empty() && !run(text_of(options.init), options.init)) {
    return exit_code_of(ending);
  }
  for (const auto& statement : options.statements) {
    if (!run(statement, "-e")) return exit_code_of(ending);
  }
  if (!options.file.empty()) run(text_of(options.file), options.file);
  if (interactive) return run_prompt(client);
  if (prompts) run(text_of("-"), "stdin");
  return exit_code_of(ending);
}

}  // namespace flink::flinkc
