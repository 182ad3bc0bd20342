// SPDX-License-Identifier: Apache-2.0
#include "client/relaunch.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "flink/check.h"
#include "flink/error.h"

namespace flink::client {
namespace {

using flink::detail::concat;

// What is said anew, in each way it can be spelled; the others stay as they are.
struct Replaced {
  std::string_view name;
  bool takes_value;
};
constexpr std::array replaced{
    Replaced{"-p", true},
    Replaced{"--parallelism", true},
    Replaced{"-s", true},
    Replaced{"--from-savepoint", true},
    Replaced{"--fromSavepoint", true},
    Replaced{"--claim-mode", true},
    Replaced{"--claimMode", true},
    Replaced{"-cm", true},
    Replaced{"--job-id", true},
    Replaced{"--recover", false},
};

bool is_setting_of_start(std::string_view setting) {
  return setting.starts_with("execution.state-recovery.path=") ||
         setting.starts_with("execution.state-recovery.claim-mode=") ||
         setting.starts_with("parallelism.default=");
}

// How many arguments from `at` on are dropped.
std::size_t dropped(const std::vector<std::string>& arguments, std::size_t at) {
  const std::string_view argument = arguments[at];
  for (const auto& [name, takes_value] : replaced) {
    if (argument == name) return takes_value ? 2 : 1;
    if (!takes_value || !argument.starts_with(name)) continue;
    const std::string_view rest = argument.substr(name.size());
    if (rest.starts_with("=") || (name.size() == 2 && !rest.empty())) return 1;
  }
  if (argument == "-D" && at + 1 < arguments.size() && is_setting_of_start(arguments[at + 1])) {
    return 2;
  }
  return argument.starts_with("-D") && is_setting_of_start(argument.substr(2)) ? 1 : 0;
}

// The number behind `name`, taken out together with it; 0: not there.
int take_number(std::vector<std::string>& arguments, std::string_view name) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const bool joined = argument.starts_with(concat(name, "="));
    if (!joined && (argument != name || i + 1 == arguments.size())) continue;
    const int number =
        std::atoi(joined ? argument.c_str() + name.size() + 1 : arguments[i + 1].c_str());
    const auto first = arguments.begin() + static_cast<std::ptrdiff_t>(i);
    arguments.erase(first, first + (joined ? 1 : 2));
    return number;
  }
  return 0;
}

std::string read_all(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    throw Error{ErrorKind::user,
                concat("cannot see how the job was started: ", path, ": ", std::strerror(errno),
                       "; only a job of this user on this machine can be rescaled")};
  }
  std::string text;
  std::array<char, 4096> piece;
  for (;;) {
    const auto got = ::read(file, piece.data(), piece.size());
    if (got <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  ::close(file);
  return text;
}

std::vector<std::string> strings_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\0', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string link_target(const std::string& path) {
  std::array<char, 4096> target;
  const auto length = ::readlink(path.c_str(), target.data(), target.size());
  if (length < 0) {
    throw Error{ErrorKind::user,
                concat("cannot see how the job was started: ", path, ": ", std::strerror(errno))};
  }
  return {target.data(), static_cast<std::size_t>(length)};
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const auto& string : strings) out.push_back(const_cast<char*>(string.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace

std::vector<std::string> rescaled_arguments(const std::vector<std::string>& arguments,
                                            const RescaleOptions& options) {
  const auto separator = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> own(arguments.begin(), separator), kept;
  for (std::size_t i = 0; i < own.size();) {
    const std::size_t drop = dropped(own, i);
    if (drop == 0) kept.push_back(own[i]);
    i += std::max<std::size_t>(drop, 1);
  }
  const int taskmanagers_before = take_number(kept, "--taskmanagers");
  const int slots_before = take_number(kept, "--slots");
  const int taskmanagers = options.taskmanagers > 0 ? options.taskmanagers : taskmanagers_before;
  int slots = options.slots > 0 ? options.slots : slots_before;
  // As many as were given would not do: the job could not start.
  if (options.slots == 0 && slots > 0 && slots * std::max(1, taskmanagers) < options.parallelism) {
    slots = (options.parallelism + std::max(1, taskmanagers) - 1) / std::max(1, taskmanagers);
  }
  const auto add = [&kept](const std::string& name, const std::string& value) {
    kept.push_back(name);
    kept.push_back(value);
  };
  if (taskmanagers > 0) add("--taskmanagers", std::to_string(taskmanagers));
  if (slots > 0) add("--slots", std::to_string(slots));
  add("--parallelism", std::to_string(options.parallelism));
  add("--from-savepoint", options.savepoint);
  kept.insert(kept.end(), separator, arguments.end());
  return kept;
}

Launch Launch::of(std::int32_t pid) {
  const std::string process = concat("/proc/", pid);
  Launch launch;
  launch.arguments_ = strings_of(read_all(process + "/cmdline"));
  if (!launch.arguments_.empty()) launch.arguments_.erase(launch.arguments_.begin());
  launch.environment_ = strings_of(read_all(process + "/environ"));
  launch.executable_ = link_target(process + "/exe");
  launch.directory_ = link_target(process + "/cwd");
  const auto reopened = [&process](const char* which) {
    const int file = ::open((process + which).c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    return file >= 0 ? file : ::open("/dev/null", O_WRONLY | O_CLOEXEC);  // a socket, say
  };
  launch.output_ = reopened("/fd/1");
  launch.errors_ = reopened("/fd/2");
  return launch;
}

Launch::Launch(Launch&& other) noexcept
    : executable_(std::move(other.executable_)),
      directory_(std::move(other.directory_)),
      arguments_(std::move(other.arguments_)),
      environment_(std::move(other.environment_)),
      output_(std::exchange(other.output_, -1)),
      errors_(std::exchange(other.errors_, -1)) {}

Launch::~Launch() {
  if (output_ >= 0) ::close(output_);
  if (errors_ >= 0) ::close(errors_);
}

std::int32_t Launch::start(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{executable_};
  command.insert(command.end(), arguments.begin(), arguments.end());
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addchdir_np(&actions, directory_.c_str());
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output_, 1);
  ::posix_spawn_file_actions_adddup2(&actions, errors_, 2);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid = 0;
  const int failure = ::posix_spawn(&pid, executable_.c_str(), &actions, &attributes,
                                    pointers(command).data(), pointers(environment_).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failure != 0) {
    throw Error{ErrorKind::resource,
                concat("cannot start ", executable_, ": ", std::strerror(failure))};
  }
  return pid;
}

}  // namespace flink::client
