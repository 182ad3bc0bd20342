// SPDX-License-Identifier: Apache-2.0
#include "client/relaunch.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "client/running_jobs.h"
#include "config/option_table.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::client {
namespace {

using flink::detail::concat;

// What is said anew, in each way it can be spelled; the others stay as they are.
constexpr std::string_view replaced[] = {
    "-p",           "--parallelism", "-s",  "--from-savepoint", "--fromSavepoint",
    "--claim-mode", "--claimMode",   "-cm", "--job-id"};

bool is_setting_of_start(std::string_view setting) {
  return setting.starts_with("execution.state-recovery.path=") ||
         setting.starts_with("execution.state-recovery.claim-mode=") ||
         setting.starts_with("parallelism.default=");
}

// How many arguments from `at` on are dropped.
std::size_t dropped(const std::vector<std::string>& arguments, std::size_t at) {
  const std::string_view argument = arguments[at];
  for (const auto name : replaced) {
    if (argument == name) return 2;
    if (!argument.starts_with(name)) continue;
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

// As a shell reads it back.
std::string quoted(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return out + "'";
}

std::string successor_path(const std::string& directory, const std::string& job_id) {
  return concat(directory, "/", job_id, ".successor");
}

std::string history_path(const std::string& directory, const std::string& job_id) {
  return concat(directory, "/", job_id, ".history");
}

// Names the process, since a job's id may be given again to another one.
std::string history_head() { return std::to_string(::getpid()) + '\n'; }

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
  add("--job-id", options.job_id);
  kept.insert(kept.end(), separator, arguments.end());
  return kept;
}

std::vector<std::string> from_savepoint(std::vector<std::string> arguments,
                                        const std::string& savepoint) {
  const bool role = !arguments.empty() && !arguments.front().starts_with('-');
  arguments.insert(arguments.begin() + (role ? 1 : 0), {"--from-savepoint", savepoint});
  return arguments;
}

std::vector<std::string> describing_arguments(const std::vector<std::string>& arguments,
                                              const std::string& setting) {
  std::vector<std::string> out{"describe", "--json"};
  const auto separator = std::find(arguments.begin(), arguments.end(), "--");
  for (auto at = arguments.begin(); at != separator; ++at) {
    const bool value_follows = *at == "-D" || *at == "-p" || *at == "--parallelism";
    const bool described = value_follows || at->starts_with("-D") || at->starts_with("-p") ||
                           at->starts_with("--parallelism=");
    if (!described) continue;
    out.push_back(*at);
    if (value_follows && at + 1 != separator) out.push_back(*++at);
  }
  if (!setting.empty()) out.push_back("-D" + setting);
  out.insert(out.end(), separator, arguments.end());
  return out;
}

std::vector<std::string> without_secrets(std::vector<std::string> arguments) {
  bool next_is_secret = false;
  for (auto& argument : arguments) {
    if (std::exchange(next_is_secret, false) && !argument.starts_with("--")) {
      argument = hidden_value;
      continue;
    }
    // "key=value" of -D KEY=VALUE, "-Dkey=value", "--name=value", "--name" before its value.
    const auto equals = argument.find('=');
    const auto dashes = std::min(argument.find_first_not_of('-'), argument.size());
    if (!config::is_secret_key(std::string_view{argument}.substr(dashes, equals - dashes)))
      continue;
    if (equals != std::string::npos) argument.replace(equals + 1, std::string::npos, hidden_value);
    else next_is_secret = dashes > 0;
  }
  return arguments;
}

Launch Launch::of(std::int32_t pid) {
  const std::string process = concat("/proc/", pid);
  Launch launch;
  launch.arguments_ = strings_of(read_all(process + "/cmdline"));
  if (!launch.arguments_.empty()) launch.arguments_.erase(launch.arguments_.begin());
  launch.environment_ = strings_of(read_all(process + "/environ"));
  launch.running_ = process + "/exe";
  launch.executable_ = link_target(launch.running_);
  constexpr std::string_view replaced_since = " (deleted)";
  if (launch.executable_.ends_with(replaced_since)) {
    launch.executable_.resize(launch.executable_.size() - replaced_since.size());
  }
  launch.directory_ = link_target(process + "/cwd");
  return launch;
}

std::string Launch::command(const std::vector<std::string>& arguments) const {
  std::string out = concat("cd ", quoted(directory_), " && ", quoted(executable_));
  for (const auto& argument : without_secrets(arguments)) out += " " + quoted(argument);
  return out;
}

bool Launch::standalone() const {
  return !arguments_.empty() && arguments_.front() == "jobmanager";
}

std::string Launch::output_of(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{executable_};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::FILE* const output = std::tmpfile();
  std::FILE* const messages = std::tmpfile();
  if (output == nullptr || messages == nullptr) {
    throw Error{ErrorKind::resource, concat("no temporary file: ", std::strerror(errno))};
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addchdir_np(&actions, directory_.c_str());
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, ::fileno(output), 1);
  ::posix_spawn_file_actions_adddup2(&actions, ::fileno(messages), 2);
  pid_t pid = 0;
  const int failure = ::posix_spawn(&pid, running_.c_str(), &actions, nullptr,
                                    pointers(command).data(), pointers(environment_).data());
  ::posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (failure == 0) {
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
  }
  const auto text_of = [](std::FILE* file) {
    std::string text;
    std::array<char, 4096> piece;
    std::rewind(file);
    while (const auto got = std::fread(piece.data(), 1, piece.size(), file)) {
      text.append(piece.data(), got);
    }
    std::fclose(file);
    return text;
  };
  const std::string text = text_of(output), said = text_of(messages);
  if (failure != 0) {
    throw Error{ErrorKind::resource,
                concat("cannot start ", executable_, ": ", std::strerror(failure))};
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw Error{ErrorKind::user, said};
  return text;
}

void leave_successor(const std::string& directory, const std::string& job_id,
                     const Successor& successor) {
  std::string text = successor.trigger + '\0';
  for (const auto& argument : successor.arguments) text += argument + '\0';
  write_private_file(successor_path(directory, job_id), text);
}

std::optional<Successor> take_successor(const std::string& directory, const std::string& job_id) {
  const auto path = successor_path(directory, job_id);
  const auto text = read_private_file(directory, path);
  if (!text) return std::nullopt;
  ::unlink(path.c_str());
  auto strings = strings_of(*text);
  if (strings.empty()) return std::nullopt;
  Successor out{strings.front(), {}};
  out.arguments.assign(strings.begin() + 1, strings.end());
  return out;
}

void leave_history(const std::string& directory, const std::string& job_id,
                   const std::string& history) {
  write_private_file(history_path(directory, job_id), history_head() + history);
}

std::optional<std::string> take_history(const std::string& directory, const std::string& job_id) {
  const auto path = history_path(directory, job_id);
  const auto text = read_private_file(directory, path);
  if (!text) return std::nullopt;
  ::unlink(path.c_str());
  if (!text->starts_with(history_head())) return std::nullopt;
  return text->substr(history_head().size());
}

}  // namespace flink::client
