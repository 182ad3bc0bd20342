// SPDX-License-Identifier: Apache-2.0
#include "codegen/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/temporary_directory.h"
#include "codegen/files.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::codegen {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> environment_with_c_locale() {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!text.starts_with("LC_") && !text.starts_with("LANG")) out.emplace_back(text);
  }
  out.emplace_back("LC_ALL=C");
  return out;
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const ProcessOptions& options) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int open_flags = O_WRONLY | O_CREAT | O_TRUNC;
  if (!options.stdout_to.empty()) {
    posix_spawn_file_actions_addopen(&actions, 1, options.stdout_to.c_str(), open_flags, 0600);
  }
  if (!options.stderr_to.empty()) {
    posix_spawn_file_actions_addopen(&actions, 2, options.stderr_to.c_str(), open_flags, 0600);
  }
  std::vector<std::string> environment;
  if (options.c_locale) environment = environment_with_c_locale();
  auto arguments = pointers(command);
  auto variables = pointers(environment);
  const int failed = posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(),
                                  options.c_locale ? variables.data() : environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw Error{ErrorKind::resource,
                detail::concat("cannot start ", command[0], ": ", std::strerror(failed))};
  }
}

Process::~Process() {
  if (!exit_code_) wait();
}

std::optional<int> Process::wait_for(std::chrono::milliseconds limit) {
  if (exit_code_) return exit_code_;
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (descriptor >= 0) {
    pollfd waiting{descriptor, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(limit.count()));
    close(descriptor);
    if (ready == 0) return std::nullopt;
  }
  return wait();
}

int Process::wait() {
  if (exit_code_) return *exit_code_;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_code_ = exit_code_of(status);
  return *exit_code_;
}

ProcessResult run_captured(const std::vector<std::string>& command, bool c_locale) {
  const base::TemporaryDirectory scratch;
  ProcessOptions options;
  options.stdout_to = scratch.path() / "out";
  options.stderr_to = scratch.path() / "err";
  options.c_locale = c_locale;
  ProcessResult result;
  result.exit_code = Process(command, options).wait();
  result.out = read_file(options.stdout_to);
  result.err = read_file(options.stderr_to);
  return result;
}

void exec_program(const fs::path& program, const std::vector<std::string>& arguments) {
  auto words = pointers(arguments);
  execv(program.c_str(), words.data());
  throw Error{ErrorKind::resource,
              detail::concat("cannot run ", program.string(), ": ", std::strerror(errno))};
}

std::optional<std::filesystem::path> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (access(name.c_str(), X_OK) != 0) return std::nullopt;
    return std::filesystem::absolute(name);
  }
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const auto candidate = std::filesystem::path(rest.substr(0, colon)) / name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
  }
  return std::nullopt;
}

std::string shell_line(const std::vector<std::string>& command) {
  std::string out;
  for (const auto& word : command) {
    if (!out.empty()) out += ' ';
    const bool plain =
        !word.empty() &&
        word.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%") ==
            std::string::npos;
    if (plain) {
      out += word;
      continue;
    }
    out += '\'';
    for (char c : word) {
      if (c == '\'') out += "'\\''";
      else out += c;
    }
    out += '\'';
  }
  return out;
}

}  // namespace flink::codegen
