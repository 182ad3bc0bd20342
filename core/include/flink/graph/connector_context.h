// SPDX-License-Identifier: Apache-2.0
// What the two halves of a source or sink, on the JobManager and in a task, reach of the world.
// Valid as long as the context that gives it.
#pragma once

#include <string>
#include <string_view>

namespace flink {

namespace base {
class FileSystem;
class Network;
}  // namespace base

class ConnectorContext {
 public:
  virtual ~ConnectorContext() = default;
  virtual base::FileSystem& file_system() = 0;
  // Null: no sockets here (the JobManager, the simulation).
  virtual base::Network* network() { return nullptr; }
  // The effective configuration's value; empty when the key is not set.
  virtual std::string option(std::string_view /*key*/) const { return {}; }
  // 32 hexadecimal digits: the same in every run and restore of the job.
  virtual std::string_view operator_id() const { return {}; }
  // For what gives its bytes once, to one reader (a pipe), by a name that says which one it is: the
  // operator of this job that has claimed it before, perhaps this one; empty: none had, and now
  // this one has, until the job's coordinators start anew. Any thread of the JobManager. Here: none
  // ever had.
  virtual std::string claim(std::string_view /*thing*/) { return {}; }
};

}  // namespace flink
