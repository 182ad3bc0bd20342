// SPDX-License-Identifier: Apache-2.0
// What each flinkc command does once its line is parsed. Data goes to stdout, messages to stderr.
#pragma once

#include <string>
#include <vector>

#include "codegen/build.h"

namespace flink::flinkc {

// Exit codes, as `flinkc --help` documents them.
enum Exit : int { exit_ok = 0, exit_failure = 1, exit_usage = 2, exit_compile_error = 3 };

struct Options {
  std::vector<std::string> sources;
  codegen::UserFlags flags;
  std::string output;
  bool release = false;
  bool debug = false;
  bool asan = false;
  bool tsan = false;
  bool keep_generated = false;
  bool emit_cmake = false;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  std::string color = "auto";
  std::string name;                        // of `new`
  std::string against;                     // of `check`: a savepoint
  bool allow_non_restored_state = false;   // with against
  bool generated = false;                  // the source is made of a script of SQL
  bool system = false;                     // of `precompile`: for all users
  std::vector<std::string> runtime_flags;  // of `run`: what the job's own command line takes
  std::vector<std::string> job_arguments;  // after --
};

int run_new(const Options& options);
int run_check(const Options& options);
int run_check_sql(const Options& options);  // all sources are .sql
// A script of SQL becomes a source of C++ in its place, once it has been checked; the exit code of
// that. Other sources stay.
int prepare_script(Options& options);
int run_build(const Options& options);
int run_run(const Options& options);
int run_test(const Options& options);
int run_explain(const Options& options);
int run_precompile(const Options& options);

// --color, the terminal and NO_COLOR taken together.
bool wants_color(const std::string& choice);

// A completion script, or "" for an unknown shell.
std::string completion_script(const std::string& shell);

}  // namespace flink::flinkc
