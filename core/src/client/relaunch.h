// SPDX-License-Identifier: Apache-2.0
// Starting a job of this machine again at another parallelism, as the same job: `flinkctl rescale`
// leaves behind with which arguments, stops the job with a savepoint, and the JobManager's process
// becomes the new one (exec): process id, outputs, directory, environment and whoever supervises it
// stay.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flink::client {

struct RescaleOptions {
  int parallelism = 1;
  int taskmanagers = 0;  // 0: as before
  int slots = 0;         // 0: as before, more where they are too few
  std::string job_id;
};

// The arguments with which the job goes on (without the program's name): another parallelism, the
// id it has, nothing of an earlier savepoint, everything else as it was. Pure.
std::vector<std::string> rescaled_arguments(const std::vector<std::string>& arguments,
                                            const RescaleOptions& options);
// The same from a savepoint.
std::vector<std::string> from_savepoint(std::vector<std::string> arguments,
                                        const std::string& savepoint);
// What `describe --json` is to be called with, to see the job as those arguments make it; `setting`
// is one more -D, unless it is empty.
std::vector<std::string> describing_arguments(const std::vector<std::string>& arguments,
                                              const std::string& setting);

inline constexpr std::string_view hidden_value = "******";
// The same with what is secret hidden, of settings and of the job's own arguments. Pure.
std::vector<std::string> without_secrets(std::vector<std::string> arguments);

// A running process as it was started.
class Launch {
 public:
  // Throws Error{user} when there is no such process, or it is another user's.
  static Launch of(std::int32_t pid);

  const std::vector<std::string>& arguments() const { return arguments_; }
  // What its executable prints with those arguments, run in its directory and environment. Throws
  // Error{user} with its messages when it fails.
  std::string output_of(const std::vector<std::string>& arguments) const;
  // For a person and a shell: "cd DIRECTORY && EXECUTABLE ARGUMENTS".
  std::string command(const std::vector<std::string>& arguments) const;
  // A process of `EXECUTABLE jobmanager`: its TaskManagers were started by others.
  bool standalone() const;

 private:
  // `running_` leads to the executable also when its file was replaced since.
  std::string running_, executable_, directory_;
  std::vector<std::string> arguments_, environment_;
};

// How a job goes on that was stopped by the request `trigger`: from flinkctl to the JobManager,
// through the private directory of running jobs (running_jobs.h). Throw Error{resource}.
struct Successor {
  std::string trigger;
  std::vector<std::string> arguments;
};
void leave_successor(const std::string& directory, const std::string& job_id,
                     const Successor& successor);
// What was left, which is gone then.
std::optional<Successor> take_successor(const std::string& directory, const std::string& job_id);

// Bytes from this process for what becomes of it (exec): what the job's past was. Throws
// Error{resource}.
void leave_history(const std::string& directory, const std::string& job_id,
                   const std::string& history);
// Gone then; nothing when there is none, or another process has left it.
std::optional<std::string> take_history(const std::string& directory, const std::string& job_id);

}  // namespace flink::client
