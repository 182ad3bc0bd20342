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
};

}  // namespace flink
