// SPDX-License-Identifier: Apache-2.0
#include "client/running_jobs.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>

#include "base/ids.h"
#include "flink/base/check.h"
#include "flink/error.h"
#include "json/json_value.h"
#include "json/json_writer.h"

namespace flink::client {
namespace {

using flink::detail::concat;

constexpr std::string_view ended_suffix = ".ended";
constexpr std::size_t file_bytes_max = 4 << 20;

// A small file as a whole; nothing when it cannot be read. Never follows a link.
std::optional<std::string> read_small_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  std::string text;
  ssize_t got = 0;
  do {
    char piece[4096];
    got = ::read(fd, piece, sizeof piece);
    if (got > 0) text.append(piece, static_cast<std::size_t>(got));
  } while (got > 0 && text.size() < file_bytes_max);
  ::close(fd);
  if (got < 0) return std::nullopt;
  return text;
}

// When the process started, in the kernel's ticks since boot: with the pid it names a process for
// good. 0: no such process, or no /proc.
std::int64_t start_ticks(std::int32_t pid) {
  const auto stat = read_small_file(concat("/proc/", pid, "/stat"));
  if (!stat) return 0;
  const auto name_end = stat->rfind(')');  // the name may hold anything
  if (name_end == std::string::npos) return 0;
  std::string_view rest = std::string_view(*stat).substr(name_end + 1);
  for (int field = 3; field <= 22; ++field) {
    const auto space = rest.find(' ');
    if (space == std::string_view::npos) return 0;
    rest.remove_prefix(space + 1);
  }
  return std::strtoll(std::string(rest.substr(0, rest.find(' '))).c_str(), nullptr, 10);
}

bool is_alive(std::int32_t pid, std::int64_t started) {
  if (pid <= 0) return false;
  if (::kill(pid, 0) != 0 && errno == ESRCH) return false;
  const auto ticks = start_ticks(pid);
  return ticks == 0 || started == 0 || ticks == started;
}

// A directory of this user's that nobody else can write to or read.
bool is_private_directory(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return false;
  return S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() && (status.st_mode & 077) == 0;
}

}  // namespace

void write_private_file(const std::string& path, const std::string& text) {
  const std::string temporary = concat(path, ".", ::getpid());
  const int fd =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (written && ::rename(temporary.c_str(), path.c_str()) == 0) return;
  const int reason = written ? errno : error;
  ::unlink(temporary.c_str());
  throw Error(ErrorKind::resource, concat("cannot write ", path, ": ", std::strerror(reason)));
}

std::optional<std::string> read_private_file(const std::string& directory,
                                             const std::string& path) {
  if (!is_private_directory(directory)) return std::nullopt;
  return read_small_file(path);
}

bool process_runs(std::int32_t pid) {
  const auto stat = read_small_file(concat("/proc/", pid, "/stat"));
  if (!stat) return false;
  const auto name_end = stat->rfind(") ");
  return name_end == std::string::npos || (*stat)[name_end + 2] != 'Z';
}

namespace {

// Nothing: no file of ours.
struct Found {
  RunningJob job;
  bool alive = false;
};
std::optional<Found> read_job(const std::string& path) {
  const auto text = read_small_file(path);
  const auto json = text ? json::JsonValue::parse(*text) : std::nullopt;
  if (!json) return std::nullopt;
  Found found;
  found.job.pid = static_cast<std::int32_t>((*json)["pid"].as_int());
  found.job.job_id = (*json)["jid"].as_string();
  found.job.name = (*json)["name"].as_string();
  const auto endpoint = parse_endpoint((*json)["rest"].as_string());
  if (!endpoint || !base::JobId::parse(found.job.job_id)) return std::nullopt;
  found.job.rest = *endpoint;
  found.alive = is_alive(found.job.pid, (*json)["started"].as_int());
  return found;
}

// Nobody waits for so long to hear how a job ended. There may be hundreds.
void remove_old_ends(const std::string& directory) {
  constexpr std::time_t kept_seconds = 3600;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(directory.c_str()), ::closedir);
  while (const dirent* entry = entries ? ::readdir(entries.get()) : nullptr) {
    const std::string path = concat(directory, "/", entry->d_name);
    struct stat status {};
    if (path.ends_with(ended_suffix) && ::lstat(path.c_str(), &status) == 0 &&
        status.st_mtime + kept_seconds < std::time(nullptr)) {
      ::unlink(path.c_str());
    }
  }
}

}  // namespace

std::string runtime_directory(const std::map<std::string, std::string>& environment) {
  const auto found = environment.find("XDG_RUNTIME_DIR");
  if (found != environment.end() && found->second.starts_with('/'))
    return found->second + "/flinkc";
  return concat("/tmp/flinkc-", ::geteuid());
}

RunningJobFile::RunningJobFile(const std::string& directory, RunningJob job)
    : directory_(directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    throw Error(ErrorKind::resource, concat("cannot make ", directory, ": ", std::strerror(errno)));
  }
  if (!is_private_directory(directory)) {
    throw Error(ErrorKind::resource,
                concat(directory, " is not a directory of this user alone (mode 0700): remove it"));
  }
  if (job.pid == 0) job.pid = ::getpid();
  json::JsonWriter json;
  json.begin_object().member("pid", job.pid).member("started", start_ticks(job.pid));
  json.member("rest", job.rest.text()).member("jid", job.job_id).member("name", job.name);
  json.end_object();
  const std::string path = concat(directory, "/", job.job_id, ".json");
  write_private_file(path, json.text() + "\n");
  path_ = path;
  ended_path_ = concat(directory, "/", job.job_id, ended_suffix);
  ::unlink(ended_path_.c_str());  // of an earlier run
}

RunningJobFile::~RunningJobFile() { ::unlink(path_.c_str()); }

void RunningJobFile::ended(const std::string& state) {
  try {
    write_private_file(ended_path_, state + "\n");
    remove_old_ends(directory_);
  } catch (const Error&) {
    // Whoever waits for the end is told that it is not known.
  }
}

std::optional<std::string> last_state(const std::string& directory, const std::string& job_id) {
  auto text = read_private_file(directory, concat(directory, "/", job_id, ended_suffix));
  if (text && text->ends_with('\n')) text->pop_back();
  return text;
}

std::vector<RunningJob> find_running_jobs(const std::string& directory) {
  std::vector<RunningJob> jobs;
  if (!is_private_directory(directory)) return jobs;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(directory.c_str()), ::closedir);
  if (!entries) return jobs;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string name = entry->d_name;
    if (!name.ends_with(".json")) continue;
    const std::string path = concat(directory, "/", name);
    auto found = read_job(path);
    if (!found) continue;
    if (found->alive) jobs.push_back(std::move(found->job));
    else ::unlink(path.c_str());
  }
  std::sort(jobs.begin(), jobs.end(),
            [](const RunningJob& a, const RunningJob& b) { return a.job_id < b.job_id; });
  return jobs;
}

}  // namespace flink::client
