// SPDX-License-Identifier: Apache-2.0
// From sources to one checked executable: lint, compile, link, ask it to describe itself. All of it
// is skipped when nothing changed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "codegen/phases.h"
#include "codegen/toolchain.h"

namespace flink::codegen {

struct BuildRequest {
  std::vector<std::filesystem::path> sources;
  Mode mode = Mode::release;
  UserFlags flags;
  std::filesystem::path output;  // empty: the executable stays in the cache
  std::vector<std::string> job_arguments;
  bool test = false;  // a doctest executable: its own main, nothing to describe
  bool describe = true;
  bool keep_generated = false;
  bool write_compile_commands = true;
  bool verbose = false;
  bool color = false;
};

enum class BuildOutcome : unsigned char {
  built,
  compile_error,   // in the user's code: exit code 3
  describe_error,  // it compiles, but the job refuses itself: exit code 1
};

struct BuildResult {
  BuildOutcome outcome = BuildOutcome::built;
  std::filesystem::path executable;  // the output if one was asked for
  std::string messages;              // rendered; warnings too
  bool unchanged = false;
};

// Throws Error for what is not the user's code: no compiler, no runtime, a full disk.
BuildResult build(const BuildRequest& request, const Installation& installation, Phases& phases);

// `program describe [--json] [-- arguments]`
std::vector<std::string> describe_command(const std::filesystem::path& program, bool json,
                                          const std::vector<std::string>& job_arguments);

// What a program wrote to stderr, with flinkc's name in place of the program's path.
std::string own_messages(const std::string& text, const std::filesystem::path& program);

}  // namespace flink::codegen
