// SPDX-License-Identifier: Apache-2.0
// flinkctl's commands: what the parsed command line asks for. Data to stdout, messages to stderr;
// the result is the exit code.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "client/job_commands.h"

namespace CLI {
class App;
}

namespace flink::flinkctl {

enum ExitCode { exit_ok = 0, exit_failure = 1, exit_usage = 2, exit_unreachable = 5 };

struct Invocation {
  std::string jobmanager;  // HOST:PORT; empty: the local jobs
  double timeout_seconds = 10;
  bool json = false;

  bool running = false, scheduled = false, all = false;  // list
  std::string job;                                       // info, cancel, savepoint, …
  std::string directory;                                 // savepoint, stop: the target
  std::string dispose;                                   // savepoint: the one to remove
  bool drain = false;                                    // stop
  bool full = false;                                     // checkpoint
  bool detached = false;                                 // cancel
  double wait_seconds = 300;                             // cancel, savepoint, …
  int parallelism = 0, taskmanagers = 0, slots = 0;      // rescale
  std::string shell;                                     // completion

  // state
  std::string savepoint, other_savepoint;
  std::string uid, state, key, name_space;
  bool ttl = false, internal = false;
  std::uint64_t lines_max = 100;
};
using Command = int (*)(const Invocation&);

int list(const Invocation& invocation);
int info(const Invocation& invocation);
int cancel(const Invocation& invocation);
int savepoint(const Invocation& invocation);
int stop(const Invocation& invocation);
int checkpoint(const Invocation& invocation);
int completion(const Invocation& invocation);
int rescale(const Invocation& invocation);

// What commands share. print() fails when stdout is closed or full, so that a lost answer is not
// called a success.
void print(const std::string& text);
void message(const std::string& text);
std::string runtime_directory();  // of the running jobs
std::chrono::milliseconds seconds(double count);
// The job that is named and has not ended. Throws Error.
client::JobSummary wanted_job(const Invocation& invocation);
// Stops it with a savepoint and gives where that is, before the job's end is certain. `requested`
// is called with the request's id once the JobManager has accepted it. Throws Error.
std::string stop_for(const Invocation& invocation, const client::JobSummary& job,
                     const std::function<void(const std::string& trigger)>& requested);

void add_common(CLI::App& command, Invocation& invocation);
void add_wait(CLI::App& command, Invocation& invocation);
// Running a command sets `chosen`.
void add_rescale_command(CLI::App& app, Invocation& invocation, Command& chosen);
// `state` and what is below it.
void add_state_command(CLI::App& app, Invocation& invocation, Command& chosen);

}  // namespace flink::flinkctl
