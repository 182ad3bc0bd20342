// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "client/against.h"
#include "codegen/compile.h"
#include "codegen/editor_files.h"
#include "codegen/explain.h"
#include "codegen/files.h"
#include "codegen/lexer.h"
#include "codegen/process.h"
#include "codegen/scaffold.h"
#include "flink/base/check.h"
#include "flink/error.h"
#include "fs/local_file_system.h"

namespace flink::flinkc {
namespace {

using codegen::BuildOutcome;
using codegen::BuildRequest;
using codegen::BuildResult;
using codegen::Mode;
namespace fs = std::filesystem;

Mode mode_of(const Options& options, const codegen::Installation& installation) {
  if (options.asan) return Mode::asan;
  if (options.tsan) return Mode::tsan;
  if (installation.native_mode != Mode::release) return installation.native_mode;
  return options.debug ? Mode::debug : Mode::release;
}

BuildRequest request_for(const Options& options, Mode mode) {
  BuildRequest out;
  for (const auto& source : options.sources) {
    out.sources.push_back(fs::absolute(source).lexically_normal());
  }
  out.mode = mode;
  out.flags = options.flags;
  out.job_arguments = options.job_arguments;
  out.keep_generated = options.keep_generated;
  out.verbose = options.verbose;
  out.color = wants_color(options.color);
  out.write_compile_commands = !options.generated;
  return out;
}

// A job has define_job and a test has doctest's main; the test includes the job. Together they
// would be linked twice, and g++ would say so of every function.
void refuse_job_beside_test(const Options& options, bool testing) {
  for (const auto& source : options.sources) {
    const auto text = codegen::read_file(source);
    const auto included = codegen::included_files(text);
    const bool is_test = std::any_of(included.begin(), included.end(), [](std::string_view file) {
      return file.starts_with("doctest/");
    });
    if (is_test && !testing) {
      throw Error{
          ErrorKind::user,
          detail::concat(source, " is a test (it includes doctest) and no part of a job; ",
                         "build the job without it, and run the test with: flinkc test ", source)};
    }
    for (const auto file : included) {
      const auto path = (fs::path(source).parent_path() / file).lexically_normal();
      for (const auto& other : options.sources) {
        if (path != fs::path(other).lexically_normal()) continue;
        throw Error{ErrorKind::user, detail::concat(source, " includes ", other, " already; name ",
                                                    source, " alone")};
      }
    }
  }
}

codegen::Phases phases_for(const Options& options) {
  using Show = codegen::Phases::Show;
  return codegen::Phases{options.quiet ? Show::quiet : options.verbose ? Show::all : Show::slow};
}

// Builds and shows the messages; the exit code, exit_ok when there is an executable.
int build_and_report(const BuildRequest& request, const codegen::Installation& installation,
                     codegen::Phases phases, BuildResult& result) {
  result = codegen::build(request, installation, phases);
  std::fputs(result.messages.c_str(), stderr);
  switch (result.outcome) {
    case BuildOutcome::built:
      return exit_ok;
    case BuildOutcome::compile_error:
      return exit_compile_error;
    case BuildOutcome::describe_error:
      return exit_failure;
  }
  return exit_failure;
}

std::string job_name(const Options& options) {
  return fs::path(options.sources.front()).stem().string();
}

// For check and explain the quickest build does, unless a sanitizer is all there is.
Mode quick_mode(const codegen::Installation& installation) {
  return installation.native_mode == Mode::release ? Mode::check : installation.native_mode;
}

// Prints what the job says of itself; its warnings under flinkc's name, not the cached file's.
template <class Show>
int describe(const BuildResult& result, bool json, const Options& options, Show show) {
  const auto said = codegen::run_captured(
      codegen::describe_command(result.executable, json, options.job_arguments));
  std::fputs(codegen::own_messages(said.err, result.executable).c_str(), stderr);
  if (said.exit_code != 0) return exit_failure;
  std::fputs(show(said.out).c_str(), stdout);
  return exit_ok;
}

// Whether the job can go on from the savepoint: what is in the way to stderr.
int check_against(const BuildResult& result, const Options& options) {
  const auto said = codegen::run_captured(
      codegen::describe_command(result.executable, true, options.job_arguments));
  if (said.exit_code != 0) {
    std::fputs(codegen::own_messages(said.err, result.executable).c_str(), stderr);
    return exit_failure;
  }
  flink::fs::LocalFileSystem files;
  const auto found =
      client::check_against(files, options.against, said.out, options.allow_non_restored_state);
  for (const auto& problem : found.problems) {
    std::fprintf(stderr, "flinkc: error: %s\n", problem.c_str());
  }
  if (!options.quiet) {
    for (const auto& note : found.notes) std::fprintf(stderr, "flinkc: note: %s\n", note.c_str());
    if (found.problems.empty()) {
      std::fprintf(stderr, "flinkc: the job can be restored from %s\n", options.against.c_str());
    }
  }
  return found.problems.empty() ? exit_ok : exit_failure;
}

}  // namespace

bool wants_color(const std::string& choice) {
  if (choice != "auto") return choice == "always";
  const char* none = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && (none == nullptr || *none == '\0') &&
         (terminal == nullptr || std::string_view{terminal} != "dumb");
}

int run_new(const Options& options) {
  const auto installation = codegen::find_installation();
  const auto files =
      codegen::scaffold(installation.templates_dir, fs::current_path(), options.name);
  for (const auto& file : files) {
    std::fprintf(stderr, "  created %s\n", fs::relative(file).c_str());
  }
  std::fprintf(stderr, "next: cd %s && flinkc run job.cpp\n", options.name.c_str());
  return exit_ok;
}

int run_check(const Options& options) {
  refuse_job_beside_test(options, false);
  const auto installation = codegen::find_installation();
  BuildResult result;
  const auto request = request_for(options, quick_mode(installation));
  if (const int code = build_and_report(request, installation, phases_for(options), result)) {
    return code;
  }
  if (!options.against.empty()) {
    if (const int code = check_against(result, options)) return code;
  }
  return describe(result, options.json, options, [](const std::string& text) { return text; });
}

int run_build(const Options& options) {
  refuse_job_beside_test(options, false);
  const auto installation = codegen::find_installation();
  auto request = request_for(options, mode_of(options, installation));
  if (options.emit_cmake) {
    const auto path = codegen::emit_cmake(request.sources.front().parent_path(), job_name(options),
                                          request.sources, options.flags);
    std::fprintf(stderr, "  wrote %s\n", fs::relative(path).c_str());
    return exit_ok;
  }
  request.output = fs::absolute(options.output.empty() ? job_name(options) : options.output);
  if (fs::is_directory(request.output)) {
    throw Error{ErrorKind::user,
                detail::concat("cannot write the executable ", request.output.string(),
                               ": it is a directory; ", "write another name with -o")};
  }
  BuildResult result;
  const int code = build_and_report(request, installation, phases_for(options), result);
  if (code == exit_ok && !options.quiet) {
    std::fprintf(stderr, "%s %s (%.1f MB)\n", result.unchanged ? "unchanged" : "built",
                 fs::relative(result.executable).c_str(),
                 static_cast<double>(fs::file_size(result.executable)) / 1e6);
  }
  return code;
}

int run_run(const Options& options) {
  refuse_job_beside_test(options, false);
  const auto installation = codegen::find_installation();
  auto request = request_for(options, mode_of(options, installation));
  request.describe = false;  // the job says itself what is wrong with it when it starts
  BuildResult result;
  if (const int code = build_and_report(request, installation, phases_for(options), result)) {
    return code;
  }
  std::vector<std::string> command{job_name(options)};  // messages and ps show the job's name
  command.insert(command.end(), options.runtime_flags.begin(), options.runtime_flags.end());
  if (!options.job_arguments.empty()) command.push_back("--");
  command.insert(command.end(), options.job_arguments.begin(), options.job_arguments.end());
  codegen::exec_program(result.executable, command);
}

int run_test(const Options& options) {
  refuse_job_beside_test(options, true);
  const auto installation = codegen::find_installation();
  auto mode = mode_of(options, installation);
  if (mode == Mode::release) mode = Mode::debug;
  auto request = request_for(options, mode);
  request.test = true;
  request.describe = false;
  BuildResult result;
  if (const int code = build_and_report(request, installation, phases_for(options), result)) {
    return code;
  }
  std::vector<std::string> command{job_name(options)};
  command.insert(command.end(), options.job_arguments.begin(), options.job_arguments.end());
  codegen::exec_program(result.executable, command);
}

int run_precompile(const Options& options) {
  const auto installation = codegen::find_installation();
  if (options.system && installation.system_cache.empty()) {
    throw Error{ErrorKind::user,
                detail::concat("this flinkc was not installed from a package and has no cache for ",
                               "all users; without --system the headers go into your own")};
  }
  const auto toolchain = codegen::find_toolchain();
  using codegen::Cache;
  const auto cache =
      options.system ? Cache{installation.system_cache, Cache::for_all_users} : Cache{};
  auto phases = phases_for(options);
  for (const auto mode : {Mode::release, Mode::check}) {
    const codegen::CompileContext context{installation, toolchain, cache, {}, mode};
    codegen::ensure_precompiled_header(context, phases);
  }
  return exit_ok;
}

int run_explain(const Options& options) {
  refuse_job_beside_test(options, false);
  const auto installation = codegen::find_installation();
  BuildResult result;
  const auto request = request_for(options, quick_mode(installation));
  if (const int code = build_and_report(request, installation, phases_for(options), result)) {
    return code;
  }
  return describe(result, true, options, [&options](const std::string& text) {
    if (options.json) return text;
    const auto graph = json::JsonValue::parse(text);
    if (!graph) throw Error{ErrorKind::internal, "the job's description is no JSON"};
    return codegen::explain_graph(*graph);
  });
}

}  // namespace flink::flinkc
