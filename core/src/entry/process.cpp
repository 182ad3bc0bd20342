// SPDX-License-Identifier: Apache-2.0
// What the roles have in common, and run_job itself.
#include "entry/process.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/job_main.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/exception_text.h"
#include "config/load.h"
#include "fiber/fault_handler.h"
#include "fs/descriptor.h"
#include "fs/local_file_system.h"

extern char** environ;

namespace flink::entry {

config::Configuration load_process_configuration(const Invocation& invocation) {
  fs::LocalFileSystem files;
  config::LoadOptions options;
  options.files = &files;
  options.environment = config::environment_map(environ);
  char path[4096];
  const auto length = ::readlink("/proc/self/exe", path, sizeof path);
  if (length > 0) {
    const std::string executable(path, static_cast<std::size_t>(length));
    options.executable_directory = executable.substr(0, executable.rfind('/'));
  }
  options.properties = invocation.command.properties;
  options.flags = invocation.command.flags;
  return config::load_configuration(options);
}

plan::JobPlan plan_of(const Invocation& invocation, config::Configuration configuration,
                      bool describing) {
  fs::LocalFileSystem files;
  plan::JobPlanRequest request;
  request.define_job = invocation.define_job;
  request.arguments = invocation.command.job_arguments;
  request.configuration = std::move(configuration);
  request.describing = describing;
  request.file_system = &files;
  return plan::plan_job(request);
}

int exit_code_of(const Error& error) {
  return dynamic_cast<const ArgumentError*>(&error) != nullptr ? exit_usage : exit_not_started;
}

int run_describe(const Invocation& invocation) {
  try {
    const auto plan = plan_of(invocation, load_process_configuration(invocation), true);
    auto warnings = plan.warnings;
    for (auto& warning : graph::uid_warnings(*plan.graph)) warnings.push_back(std::move(warning));
    for (const auto& warning : warnings) {
      std::fprintf(stderr, "%s: warning: %s\n", invocation.program.c_str(), warning.c_str());
    }
    std::string text = invocation.command.json ? graph::describe_json(*plan.graph)
                                               : graph::describe_text(*plan.graph);
    if (!text.ends_with('\n')) text += '\n';
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) return exit_not_started;
    return exit_finished;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", invocation.program.c_str(), error.message().c_str());
    return exit_not_started;
  }
}

namespace {

// glibc would raise this by itself up to 32 MB, and what grew by doubling then stays in its arenas:
// a third of what a TaskManager of 512 MB with little else than state had.
void give_back_large_allocations() {
  constexpr int bytes = 4 << 20;
  if (::getenv("MALLOC_MMAP_THRESHOLD_") == nullptr) ::mallopt(M_MMAP_THRESHOLD, bytes);
}

}  // namespace
}  // namespace flink::entry

namespace flink {

int run_job(int argc, char** argv, void (*define_job)(StreamExecutionEnvironment&)) {
  fs::fill_standard_descriptors();
  fs::allow_many_descriptors();
  entry::give_back_large_allocations();
  ::signal(SIGPIPE, SIG_IGN);  // a closed stdout or socket is an error of whoever writes
  entry::Invocation invocation;
  invocation.program = argc > 0 ? argv[0] : "job";
  invocation.command = entry::parse_command_line(argc, argv);
  invocation.define_job = define_job;
  try {
    switch (invocation.command.role) {
      case entry::Role::finished:
        return invocation.command.exit_code;
      case entry::Role::cluster:
      case entry::Role::jobmanager:
        return entry::run_cluster(invocation);
      case entry::Role::taskmanager:
        return entry::run_taskmanager(invocation);
      case entry::Role::describe:
        return entry::run_describe(invocation);
      case entry::Role::simulate:
        return entry::run_simulate(invocation);
    }
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "%s: %s\n", invocation.program.c_str(),
                 base::exception_text(exception).c_str());
  }
  return entry::exit_not_started;
}

}  // namespace flink
