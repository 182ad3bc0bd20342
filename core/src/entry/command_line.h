// SPDX-License-Identifier: Apache-2.0
// The command line of a job's executable as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/load.h"

namespace flink::entry {

enum class Role : unsigned char {
  cluster,     // JobManager that starts its own TaskManagers; the default
  jobmanager,  // JobManager to which TaskManagers connect
  taskmanager,
  describe,
  simulate,
  finished,  // --help, --version, a usage error: said already; exit with exit_code
};

struct CommandLine {
  Role role = Role::cluster;
  int exit_code = 0;
  std::vector<std::string> properties;     // of each -D
  std::vector<config::Flag> flags;         // options that are configuration: -p, --slots, ...
  std::vector<std::string> job_arguments;  // after --

  bool local = false;
  bool show_config = false;
  bool json = false;
  bool quiet = false;
  std::string job_id;    // 32 hexadecimal digits; empty: a random one, or with --recover the name's
  bool recover = false;  // go on where an earlier JobManager of this job stopped

  // taskmanager
  std::string jobmanager;  // HOST:PORT
  // given by a JobManager to the processes it starts
  std::string token;
  std::string log_file;
  std::int64_t parent = 0;

  // simulate
  std::uint64_t seed = 1;
  int seeds = 1;
  double hours = 0;
  bool faults = true;
  bool list_steps = false;
  bool verbose = false;
};

// Prints help, versions and usage errors itself.
CommandLine parse_command_line(int argc, char** argv);

}  // namespace flink::entry
