// SPDX-License-Identifier: Apache-2.0
// A job linked with nothing but its simulation: simulate_JOB [--seed N] [--seeds N] [--hours H]
// [--verbose] [--no-faults] [-Dkey=value...] [-- job arguments]. For tests; users have `./job
// simulate`.
#include <flink/error.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "fs/local_file_system.h"
#include "sim/simulate.h"

void define_job(flink::StreamExecutionEnvironment& env);

namespace {

class Transcript final : public flink::base::Log {
 public:
  void write(flink::base::LogLevel, std::string_view message) override {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(message.size()), message.data());
  }
};

void print(std::FILE* file, std::string_view line) {
  std::fprintf(file, "%.*s\n", static_cast<int>(line.size()), line.data());
  std::fflush(file);
}

}  // namespace

int main(int argc, char** argv) {
  flink::fs::LocalFileSystem files;
  flink::base::SystemClock clock;
  Transcript transcript;
  flink::sim::SimulateOptions options;
  options.define_job = define_job;
  options.program = argv[0];
  options.real_files = &files;
  options.real_clock = &clock;
  options.parallelism = 4;
  options.report = [](std::string_view line) { print(stdout, line); };
  options.note = [](std::string_view line) { print(stderr, line); };
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const bool has_value = i + 1 < argc;
    if (argument == "--seed" && has_value) options.seed = std::strtoull(argv[++i], nullptr, 10);
    else if (argument == "--seeds" && has_value) options.seeds = std::atoi(argv[++i]);
    else if (argument == "--hours" && has_value) options.hours = std::atof(argv[++i]);
    else if (argument == "--taskmanagers" && has_value) options.taskmanagers = std::atoi(argv[++i]);
    else if (argument == "--slots" && has_value) options.slots = std::atoi(argv[++i]);
    else if (argument == "-p" && has_value) options.parallelism = std::atoi(argv[++i]);
    else if (argument == "--verbose") options.transcript = &transcript;
    else if (argument.starts_with("-D") && argument.find('=') != std::string_view::npos)
      options.configuration.emplace_back(argument.substr(2, argument.find('=') - 2),
                                         argument.substr(argument.find('=') + 1));
    else if (argument == "--list-steps") options.list_steps = true;
    else if (argument == "--no-faults") options.faults = false;
    else if (argument == "--") options.arguments.assign(argv + i + 1, argv + argc), i = argc;
    else return std::fprintf(stderr, "unknown argument %s\n", argv[i]), 2;
  }
  try {
    return flink::sim::simulate(options);
  } catch (const flink::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
