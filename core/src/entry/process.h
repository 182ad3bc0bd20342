// SPDX-License-Identifier: Apache-2.0
// The roles of a job's executable. Each returns the process's exit code.
#pragma once

#include <string>

#include "api/job_definition.h"
#include "entry/command_line.h"
#include "plan/job_plan.h"

namespace flink::entry {

inline constexpr int exit_finished = 0;
inline constexpr int exit_not_started = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_failed = 6;
inline constexpr int exit_signal = 128;  // plus the signal's number

// What a task that overflows its stack is told.
inline constexpr const char* stack_advice =
    "give tasks larger stacks with -Dflinkc.task.stack-size=64mb, or put large local variables on "
    "the heap and bound the recursion";

struct Invocation {
  std::string program;  // argv[0]
  CommandLine command;
  api::DefineJob define_job = nullptr;
};

// Throws Error for what cannot be read.
config::Configuration load_process_configuration(const Invocation& invocation);
// Throws Error when the job cannot be built.
plan::JobPlan plan_of(const Invocation& invocation, config::Configuration configuration,
                      bool describing);
// The exit code for an Error that kept the job from being built: wrong job arguments are usage.
int exit_code_of(const Error& error);

int run_cluster(const Invocation& invocation);  // cluster, cluster --local, jobmanager
int run_taskmanager(const Invocation& invocation);
int run_describe(const Invocation& invocation);
int run_simulate(const Invocation& invocation);

}  // namespace flink::entry
