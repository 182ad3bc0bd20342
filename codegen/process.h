// SPDX-License-Identifier: Apache-2.0
// Child processes of the command line tools: start, wait, captured output. One thread; a child
// inherits the process group, so Ctrl-C reaches it as well.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace flink::codegen {

struct ProcessResult {
  int exit_code = 0;  // 128 + signal when killed
  std::string out;
  std::string err;
};

// What a child does with its standard streams: an empty path inherits ours.
struct ProcessOptions {
  std::filesystem::path stdout_to;
  std::filesystem::path stderr_to;
  bool c_locale = false;  // LC_ALL=C: for programs whose messages are parsed
};

// A started child. Must be waited for; the destructor does it as a last resort.
class Process {
 public:
  Process(const std::vector<std::string>& command, const ProcessOptions& options);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  // The exit code, or nothing when `limit` passed first.
  std::optional<int> wait_for(std::chrono::milliseconds limit);
  int wait();

 private:
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

// Runs a command to its end with both outputs captured.
ProcessResult run_captured(const std::vector<std::string>& command, bool c_locale = false);

// Replaces this process by `program`, whose arguments start with its shown name, as in execv.
// Throws when that fails.
[[noreturn]] void exec_program(const std::filesystem::path& program,
                               const std::vector<std::string>& arguments);

// The absolute path of a program: itself when it has a slash, else the first hit in PATH.
std::optional<std::filesystem::path> find_program(const std::string& name);

// A command as one line a shell would accept.
std::string shell_line(const std::vector<std::string>& command);

}  // namespace flink::codegen
