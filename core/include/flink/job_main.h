// SPDX-License-Identifier: Apache-2.0
// The main of a job's executable:
//
//   void define_job(flink::StreamExecutionEnvironment& env);
//   int main(int argc, char** argv) { return flink::run_job(argc, argv, define_job); }
//
// flinkc links one by itself. The executable is the job's whole cluster; `./job --help` says how.
#pragma once

#include <flink/environment.h>

namespace flink {

// Parses the command line and plays the role it names. Returns the process's exit code: 0 the job
// finished (or was cancelled through REST), 1 the job cannot be built or started, 2 wrong usage,
// 6 the job failed, 130 ended by Ctrl-C, 143 by SIGTERM. define_job must stay callable: every
// process of the job calls it.
int run_job(int argc, char** argv, void (*define_job)(StreamExecutionEnvironment&));

}  // namespace flink
