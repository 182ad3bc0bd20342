// SPDX-License-Identifier: Apache-2.0
// What JobManager and TaskManager say of themselves and of the job. Plain data.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/network.h"
#include "protocol/task.h"

namespace flink::protocol {

// TaskManager to JobManager, first. It may be of another build, so this alone has a schema that
// other builds read (wire/flink.capnp).
struct TaskManagerInfo {
  std::string id;
  std::string build_id;  // of the executable: closures do not travel, so both must be the same
  std::string abi;
  std::string host;
  std::string token;  // given by the driver that started it; empty: it came by itself
  std::int32_t cpu_cores = 0;
  std::uint64_t physical_memory = 0;
};

// JobManager to TaskManager, first: what define_job depends on.
struct JobAssignment {
  base::JobId job;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> configuration;
  std::map<std::string, std::string> files;  // read through env.read_file()
};
// It is of no use to this job, and ends.
struct Refusal {
  std::string reason;
};

struct MemoryBudget {
  std::uint64_t process = 0, framework = 0, network = 0, managed = 0, user = 0;
};
// TaskManager to JobManager: it has built the job and may be given tasks.
struct SlotOffer {
  std::uint64_t graph_fingerprint = 0;
  std::string graph_description;  // to show the difference
  std::int32_t slots = 0;
  base::Address data_address;
  MemoryBudget memory;
};
// The job cannot run there: define_job failed, no port for data, …
struct GiveUp {
  std::string reason;
};

// The answer to a heartbeat.
struct TaskManagerHealth {
  std::vector<std::pair<base::AttemptId, TaskMetrics>> metrics;
  std::uint64_t resident_memory = 0;
  std::vector<std::string> stuck_tasks;
};

}  // namespace flink::protocol
