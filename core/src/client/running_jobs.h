// SPDX-License-Identifier: Apache-2.0
// How command lines find the jobs of this user on this machine: a running JobManager leaves a small
// JSON file in a private directory and removes it when it ends; the file of a process that died is
// ignored and removed by whoever reads next. Not used under simulation: the real file system only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/http_client.h"

namespace flink::client {

struct RunningJob {
  std::int32_t pid = 0;
  Endpoint rest;
  std::string job_id;  // 32 hexadecimal digits
  std::string name;
};

// $XDG_RUNTIME_DIR/flinkc, else /tmp/flinkc-<uid>.
std::string runtime_directory(const std::map<std::string, std::string>& environment);

// Small files of that directory. Nothing: it is not there, or not this user's alone.
std::optional<std::string> read_private_file(const std::string& directory, const std::string& path);
// Throws Error{resource}.
void write_private_file(const std::string& path, const std::string& text);

// Whether this process, as it was found, still runs; one that nobody has collected yet does not.
bool process_runs(std::int32_t pid);

// The JobManager's side: the file exists as long as this does.
class RunningJobFile {
 public:
  // Makes the directory (mode 0700) when needed; job.pid 0 means this process. Throws
  // Error{resource} when the directory cannot be made or is not this user's alone: the caller warns
  // and runs on, only --jobmanager finds the job then.
  RunningJobFile(const std::string& directory, RunningJob job);
  ~RunningJobFile();
  RunningJobFile(const RunningJobFile&) = delete;
  RunningJobFile& operator=(const RunningJobFile&) = delete;
  const std::string& path() const { return path_; }
  // What is left of it then, for commands that wait for the job's end: read by last_state().
  void ended(const std::string& state);

 private:
  std::string directory_, path_, ended_path_;
};

// How a job of this directory ended last, as its JobManager has left it ("FINISHED", …; also
// "SUSPENDED"); nothing when it is not known.
std::optional<std::string> last_state(const std::string& directory, const std::string& job_id);

// The reading side: sorted by job id. A directory that is missing or not this user's alone has
// none.
std::vector<RunningJob> find_running_jobs(const std::string& directory);

}  // namespace flink::client
