// SPDX-License-Identifier: Apache-2.0
// `simulate`: the job's cluster in this one thread, under virtual time and injected faults.
#include <flink/error.h>

#include <cstdio>

#include "config/options.h"
#include "entry/process.h"
#include "fs/local_file_system.h"
#include "sim/simulate.h"

namespace flink::entry {
namespace {

class TranscriptLog final : public base::Log {
 public:
  void write(base::LogLevel, std::string_view message) override {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(message.size()), message.data());
  }
};

}  // namespace

int run_simulate(const Invocation& invocation) {
  namespace options = config::options;
  const auto& command = invocation.command;
  fs::LocalFileSystem files;
  base::SystemClock clock;
  TranscriptLog transcript;
  sim::SimulateOptions setup;
  setup.define_job = invocation.define_job;
  setup.arguments = command.job_arguments;
  setup.program = invocation.program;
  setup.seed = command.seed;
  setup.seeds = command.seeds;
  setup.hours = command.hours;
  setup.faults = command.faults;
  setup.list_steps = command.list_steps;
  setup.real_files = &files;
  setup.real_clock = &clock;
  setup.transcript = command.verbose ? &transcript : nullptr;
  setup.report = [](std::string_view line) {
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
  };
  setup.note = [](std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  };
  try {
    const auto configuration = load_process_configuration(invocation);
    setup.configuration = configuration.to_list();
    if (configuration.is_set(options::taskmanagers)) {
      setup.taskmanagers = configuration.get(options::taskmanagers);
    }
    if (configuration.is_set(options::task_slots)) {
      setup.slots = configuration.get(options::task_slots);
    }
    if (configuration.is_set(options::parallelism_default)) {
      setup.parallelism = configuration.get(options::parallelism_default);
    }
    return sim::simulate(setup);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", invocation.program.c_str(), error.message().c_str());
    return exit_code_of(error);
  }
}

}  // namespace flink::entry
