// SPDX-License-Identifier: Apache-2.0
// flinkc's command line. Everything after the first `--` belongs to the job and is cut off before
// CLI11 sees it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "codegen/files.h"
#include "commands.h"
#include "flink/base/check.h"
#include "flink/error.h"
#include "fs/descriptor.h"
#include "sql.h"
#include "tools/suggestions.h"

namespace flink::flinkc {
namespace {

constexpr const char* help_examples =
    R"(flinkc compiles a stream-processing job into one executable that is its own cluster.

Examples:
  flinkc new fraud                              a directory with a job that runs
  flinkc check job.cpp                          types, uids, state and plan, in a second or two
  flinkc check --against SAVEPOINT job.cpp      can this version go on from there?
  flinkc sql -e 'SELECT 1 + 1'                  a statement of SQL; without one a prompt
  flinkc check job.sql                          an SQL script, all errors at once; also build, run
  flinkc build job.cpp -o myjob                 one executable: ./myjob --taskmanagers 2 -p 4
  flinkc run job.cpp -p 4 -- --input clicks.csv the job's flags, then -- and its own arguments
  flinkc test job_test.cpp                      doctest, flink/testing.h
  flinkc explain job.cpp                        the graph: chains, exchanges, state
)";

constexpr const char* help_footer = R"(
Exit codes: 0 ok, 1 failure (the job refuses itself, a test fails), 2 usage, 3 compile error.
Everything after -- goes to the job. Builds are cached in $XDG_CACHE_HOME/flinkc
(~/.cache/flinkc); compile_commands.json for editors is written beside the first source.
A colored terminal is respected: NO_COLOR, --color=auto|always|never.)";

bool is_source(const std::string& name) {
  const auto extension = std::filesystem::path(name).extension();
  for (const char* known : {".cpp", ".cc", ".cxx", ".c++", ".C", ".c"}) {
    if (extension == known) return true;
  }
  return false;
}

bool is_script(const std::string& name) {
  return std::filesystem::path(name).extension() == ".sql";
}

void add_common(CLI::App& command, Options& options) {
  command.add_flag("-q,--quiet", options.quiet, "errors only");
  command.add_flag("-v,--verbose", options.verbose, "every command, and the compiler's own words");
  command.add_option("--color", options.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

void add_compile(CLI::App& command, Options& options) {
  command.add_option("sources", options.sources, "the job's .cpp files, or its .sql file")
      ->required();
  command.add_option("-I", options.flags.include_dirs, "a directory of headers")
      ->allow_extra_args(false);
  command.add_option("-D", options.flags.defines, "a macro: NAME or NAME=VALUE")
      ->allow_extra_args(false);
  command.add_option("-L", options.flags.library_dirs, "a directory of libraries")
      ->allow_extra_args(false);
  command.add_option("-l", options.flags.libraries, "a library")->allow_extra_args(false);
  add_common(command, options);
}

void add_modes(CLI::App& command, Options& options) {
  auto* release = command.add_flag("--release", options.release, "-O2, the default");
  auto* debug = command.add_flag("--debug", options.debug, "-O0 -g");
  auto* asan = command.add_flag("--asan", options.asan, "address and undefined sanitizers");
  auto* tsan = command.add_flag("--tsan", options.tsan, "thread sanitizer");
  debug->excludes(release);
  asan->excludes(release)->excludes(debug);
  tsan->excludes(release)->excludes(debug)->excludes(asan);
}

bool is_macro(const std::string& define) {
  const auto name = define.substr(0, define.find('='));
  return name.find_first_of(".-") == std::string::npos;
}

// -Dkey.with.dots=value is the job's configuration: `run` hands it on, others cannot use it.
void sort_out_defines(Options& options, bool runs) {
  std::vector<std::string> macros;
  for (const auto& define : options.flags.defines) {
    if (is_macro(define)) {
      macros.push_back(define);
      continue;
    }
    if (!runs) {
      throw Error{ErrorKind::user,
                  detail::concat("-D ", define, " is no macro; configuration is given when the ",
                                 "job runs: ./job -D", define)};
    }
    options.runtime_flags.insert(options.runtime_flags.begin(), "-D" + define);
  }
  options.flags.defines = std::move(macros);
}

// `run` takes the job's own flags as well. flinkc's flags and sources come first; from the first
// word that is neither on, all is the job's.
void split_run(std::vector<std::string>& words, Options& options) {
  constexpr std::string_view flags_with_value = "-I -D -L -l --color";
  constexpr std::string_view plain_flags =
      " --release --debug --asan --tsan -q --quiet -v --verbose -h --help --keep-generated ";
  std::size_t i = 1;
  for (; i < words.size(); ++i) {
    const auto& word = words[i];
    if (is_source(word) || is_script(word) ||
        plain_flags.find(" " + word + " ") != std::string_view::npos)
      continue;
    if (word.starts_with("-D") && !is_macro(word.size() > 2        ? word.substr(2)
                                            : i + 1 < words.size() ? words[i + 1]
                                                                   : "")) {
      break;
    }
    const auto flag = word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
    const bool known = flag.size() > 1 && flags_with_value.find(flag) != std::string_view::npos;
    if (!known) break;
    if (word == flag) ++i;
  }
  i = std::min(i, words.size());
  // A source that does not exist is better refused by flinkc than by the job.
  if (i == 1 && i < words.size() && !words[i].starts_with('-')) return;
  options.runtime_flags.assign(words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
  words.resize(i);
}

void check_sources(const Options& options) {
  for (const auto& source : options.sources) {
    if (!is_source(source) && !is_script(source)) {
      throw Error{ErrorKind::user, detail::concat("'", source, "' is no C++ source (.cpp, .cc, ",
                                                  ".cxx); arguments of the job go after --")};
    }
    if (!std::filesystem::exists(source)) {
      throw Error{ErrorKind::user, detail::concat("no file ", source, " in ",
                                                  std::filesystem::current_path().string())};
    }
  }
}

void add_sql(CLI::App& command, SqlOptions& options) {
  command.add_option("-e,--execute", options.statements, "statements, with semicolons between")
      ->allow_extra_args(false);
  command.add_option("-f,--file", options.file, "a script; - is stdin");
  command.add_option("-i,--init", options.init, "a script that runs first: tables, settings");
  command.add_option("-D", options.settings, "a setting: KEY=VALUE, as SET does")
      ->allow_extra_args(false);
  auto* json = command.add_flag("--json", options.json, "a row a line: [\"+I\", 1, \"a\"]");
  auto* csv = command.add_flag("--csv", options.csv, "a row a line, names first");
  auto* tsv = command.add_flag("--tsv", options.tsv, "the same with tabs, values as in boxes");
  csv->excludes(json);
  tsv->excludes(json)->excludes(csv);
  command.add_flag("--schema", options.schema, "names and types of columns before the rows");
  command.add_flag("--echo", options.echo, "each statement before its answer, errors on stdout");
  command.add_flag("-k,--keep-going", options.keep_going, "go on after an error");
}

struct Commands {
  CLI::App* fresh;
  CLI::App* check;
  CLI::App* build;
  CLI::App* run;
  CLI::App* test;
  CLI::App* explain;
  CLI::App* sql;
  CLI::App* precompile;
  CLI::App* completion;
};

Commands add_commands(CLI::App& app, Options& options, SqlOptions& sql, std::string& shell) {
  Commands out{};
  out.fresh = app.add_subcommand("new", "a directory with a job that runs");
  out.fresh->add_option("name", options.name, "the job's name")->required();
  out.check = app.add_subcommand("check", "types, uids, state and plan, without optimizing");
  add_compile(*out.check, options);
  out.check->add_flag("--json", options.json, "the description as JSON");
  out.check->add_option("--against", options.against,
                        "a savepoint or checkpoint: can the job be restored from it?");
  out.check->add_flag("-n,--allow-non-restored-state", options.allow_non_restored_state,
                      "with --against: operators may be gone");
  out.build = app.add_subcommand("build", "one executable that is its own cluster");
  add_compile(*out.build, options);
  add_modes(*out.build, options);
  out.build->add_option("-o,--output", options.output, "the executable (default: the job's name)");
  out.build->add_flag("--keep-generated", options.keep_generated,
                      "keep objects and commands in OUTPUT.flinkc/");
  out.build->add_flag("--emit-cmake", options.emit_cmake,
                      "write a CMakeLists.txt with find_package(flink) instead of building");
  out.run = app.add_subcommand("run", "build into the cache and run");
  add_compile(*out.run, options);
  add_modes(*out.run, options);
  out.run->footer(
      "From the first flag that is not flinkc's on, all is the job's own: "
      "flinkc run job.cpp --taskmanagers 2 -p 4 -- --input x");
  out.test = app.add_subcommand("test", "build with doctest's main and run (arguments after --)");
  add_compile(*out.test, options);
  add_modes(*out.test, options);
  out.explain = app.add_subcommand("explain", "the graph: chains, exchanges, state");
  add_compile(*out.explain, options);
  out.explain->add_flag("--json", options.json, "the description as JSON");
  out.sql = app.add_subcommand("sql", "statements of SQL, at once or at a prompt");
  add_sql(*out.sql, sql);
  out.precompile = app.add_subcommand(
      "precompile", "the headers of check, build and run now, so that a first build need not");
  out.precompile->add_flag("--system", options.system, "for all users (a package's installation)");
  add_common(*out.precompile, options);
  out.completion = app.add_subcommand("completion", "a completion script: bash, zsh or fish");
  out.completion->add_option("shell", shell)
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  return out;
}

int dispatch(const Commands& commands, Options& options, const SqlOptions& sql,
             const std::string& shell) {
  if (commands.fresh->parsed()) return run_new(options);
  if (commands.completion->parsed()) {
    std::fputs(completion_script(shell).c_str(), stdout);
    return exit_ok;
  }
  if (commands.precompile->parsed()) return run_precompile(options);
  if (commands.sql->parsed()) return run_sql(sql);
  sort_out_defines(options, commands.run->parsed());
  check_sources(options);
  const auto scripts = std::count_if(options.sources.begin(), options.sources.end(), is_script);
  const bool all_scripts = scripts == static_cast<std::ptrdiff_t>(options.sources.size());
  const bool describes = options.json || !options.against.empty();
  if (commands.check->parsed() && all_scripts && !describes) return run_check_sql(options);
  if (commands.test->parsed() && scripts > 0) {
    throw Error{ErrorKind::user, "flinkc test is of C++; a script is run by flinkc sql -f"};
  }
  if (scripts > 0 && !all_scripts) {
    throw Error{ErrorKind::user, "a script of SQL and C++ sources are two jobs: two commands"};
  }
  if (const int code = prepare_script(options)) return code;
  if (commands.check->parsed()) return run_check(options);
  if (commands.build->parsed()) return run_build(options);
  if (commands.run->parsed()) return run_run(options);
  if (commands.test->parsed()) return run_test(options);
  return run_explain(options);
}

int run(std::vector<std::string> words) {
  Options options;
  SqlOptions sql;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != "--") continue;
    options.job_arguments.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
    words.resize(i);
    break;
  }
  CLI::App app{help_examples, "flinkc"};
  app.footer(help_footer);
  app.set_version_flag("--version", "flinkc " FLINKC_VERSION);
  app.require_subcommand(1);
  std::string shell;
  const auto commands = add_commands(app, options, sql, shell);
  if (words.empty()) {
    std::fputs(app.help().c_str(), stderr);
    return exit_usage;
  }
  if (words[0] == "help") {  // help SUB
    words.erase(words.begin());
    words.push_back("--help");
  }
  if (const auto problem = tools::unknown_command(app, words)) {
    std::fprintf(stderr, "flinkc: %s; see flinkc --help\n", problem->c_str());
    return exit_usage;
  }
  if (words[0] == "run") split_run(words, options);
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::fprintf(stderr, "flinkc: error: %s; see flinkc %s --help\n",
                 tools::parse_problem(app, words, error).c_str(), words[0].c_str());
    return exit_usage;
  }
  return dispatch(commands, options, sql, shell);
}

}  // namespace
}  // namespace flink::flinkc

int main(int argc, char** argv) {
  flink::fs::fill_standard_descriptors();
  try {
    return flink::flinkc::run({argv + 1, argv + argc});
  } catch (const flink::Error& error) {
    std::fprintf(stderr, "flinkc: error: %s\n", error.what());
    return error.kind() == flink::ErrorKind::user ? flink::flinkc::exit_usage
                                                  : flink::flinkc::exit_failure;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "flinkc: error: %s\n", error.what());
    return flink::flinkc::exit_failure;
  }
}
