// SPDX-License-Identifier: Apache-2.0
// Starting a job of this machine again, with another parallelism and from a savepoint: what
// `flinkctl rescale` does after it has stopped the job. Its executable, arguments, directory,
// environment and outputs are those of its JobManager process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flink::client {

struct RescaleOptions {
  int parallelism = 1;
  int taskmanagers = 0;  // 0: as before
  int slots = 0;         // 0: as before, more where they are too few
  std::string savepoint;
};

// The arguments with which the job goes on (without the program's name): another parallelism, from
// that savepoint, nothing of an earlier one, and no --job-id, since the stopped job keeps its own.
// Pure.
std::vector<std::string> rescaled_arguments(const std::vector<std::string>& arguments,
                                            const RescaleOptions& options);

// A running process as it was started; holds its outputs open, so that its successor writes to the
// same files, terminal or pipe.
class Launch {
 public:
  // Throws Error{user} when there is no such process, or it is another user's.
  static Launch of(std::int32_t pid);
  Launch(Launch&& other) noexcept;
  Launch& operator=(Launch&&) = delete;
  ~Launch();

  const std::vector<std::string>& arguments() const { return arguments_; }
  // Starts it with those arguments, in a session of its own. Gives the process id.
  std::int32_t start(const std::vector<std::string>& arguments) const;

 private:
  Launch() = default;
  std::string executable_, directory_;
  std::vector<std::string> arguments_, environment_;
  int output_ = -1, errors_ = -1;
};

}  // namespace flink::client
