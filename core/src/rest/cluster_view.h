// SPDX-License-Identifier: Apache-2.0
// What a running cluster shows of itself: the plain data behind REST, and the interface through
// which REST reads it and asks for a cancel. The JobManager implements ClusterView.
//
// Every method is called on the control-plane thread, returns at once and copies. States are
// spelled as Flink spells them ("RUNNING", "CANCELLING" for jobs, "CANCELING" for tasks), ids are
// 32 hexadecimal digits, times are milliseconds since the Unix epoch (0 or -1: not yet).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/checkpoint_view.h"

namespace flink::rest {

using Millis = std::int64_t;

// When a state was last entered. A state never entered is left out.
struct StateTime {
  std::string state;
  Millis at = 0;
};

// What an attempt has read from and written to other tasks so far, and how it spent its time.
struct IoMetrics {
  std::uint64_t read_bytes = 0;
  std::uint64_t write_bytes = 0;
  std::uint64_t read_records = 0;
  std::uint64_t write_records = 0;
  Millis back_pressured_ms = 0;
  Millis idle_ms = 0;
  Millis busy_ms = 0;
  bool complete = true;  // false: the attempt's TaskManager has not reported yet
};

struct AttemptView {
  std::int32_t subtask = 0;
  std::int32_t attempt = 0;
  std::string state;
  std::string endpoint;        // host:data port of its TaskManager; empty: not deployed yet
  std::string taskmanager_id;  // empty: not deployed yet
  std::vector<StateTime> timestamps;
  IoMetrics io;
  std::vector<std::pair<std::string, double>> metrics;  // all of the task's, by name
};

struct VertexView {
  std::string id;
  std::string name;  // "Source: lines -> split"
  std::string slot_sharing_group_id;
  std::int32_t parallelism = 1;
  std::int32_t max_parallelism = -1;
  std::vector<AttemptView> subtasks;  // the current attempt of each, in order
  std::vector<AttemptView> former;    // earlier attempts that are still remembered
};

struct PlanInput {
  std::string id;  // the vertex that sends
  std::int32_t num = 0;
  std::string ship_strategy = "FORWARD";  // HASH, REBALANCE, RESCALE, BROADCAST, ...
  std::string exchange = "pipelined_bounded";
};

struct PlanNode {
  std::string id;
  std::int32_t parallelism = 1;
  std::string description;  // "Source: lines<br/>+- split<br/>"
  std::vector<PlanInput> inputs;
};

struct ExceptionView {
  std::string name;        // the kind of error, where Flink has the Java class
  std::string stacktrace;  // the whole text, once: operator, subtask, cause
  Millis timestamp = 0;
  std::string task_name;  // "Source: lines -> split (1/2) - execution #3"; empty: a global failure
  std::string endpoint;
  std::string taskmanager_id;
  std::vector<ExceptionView> concurrent;
};

// Which input holds a vertex's event time back.
struct WatermarkHolderView {
  std::string vertex_id, vertex_name;                 // that waits
  std::string holder_id, holder_name, operator_name;  // that it waits for
  std::vector<std::int32_t> subtasks;                 // of the holder that stand there, from 0
  std::vector<std::string> sources;                   // behind the operator, if it is none
  std::string split;                                  // of the first; empty: the whole subtask
  std::int64_t watermark = INT64_MIN;                 // of the holder; INT64_MIN: none yet
  Millis since = 0;                                   // it stands there
  std::string advice;
};

struct JobView {
  std::string id;
  std::string name;
  std::string state;               // the spelling of Flink's JobStatus
  std::string type = "STREAMING";  // or BATCH
  Millis start_time = 0;
  Millis end_time = -1;
  std::int32_t parallelism = 1;
  std::int32_t max_parallelism = -1;
  std::string restart_strategy;  // in words
  std::vector<StateTime> timestamps;
  std::vector<VertexView> vertices;       // sources first
  std::vector<PlanNode> plan;             // sinks first, as Flink lists them
  std::vector<ExceptionView> exceptions;  // newest first
  bool exceptions_truncated = false;
  std::vector<WatermarkHolderView> watermark_holders;  // of a running job, sources first
  std::vector<std::string> read_once_inputs;  // paths of pipes and the like that sources read
  std::vector<std::pair<std::string, std::string>> user_config;  // the job's arguments
};

// Bytes, as the memory budget of a TaskManager splits them (config/memory_budget.h).
struct MemoryView {
  std::uint64_t process = 0;
  std::uint64_t framework = 0;
  std::uint64_t network = 0;
  std::uint64_t managed = 0;
  std::uint64_t user = 0;
};

struct SlotView {
  std::string job_id;
  std::int32_t assigned_tasks = 0;
};

struct TaskManagerView {
  std::string id;    // "localhost:40509-923db7"
  std::string path;  // its RPC address
  std::int32_t data_port = -1;
  Millis last_heartbeat = 0;
  std::int32_t slots = 0;
  std::vector<SlotView> allocated;  // the occupied ones
  std::int32_t cpu_cores = 0;
  std::uint64_t physical_memory = 0;
  std::uint64_t resident_memory = 0;
  MemoryView memory;
};

enum class CancelOutcome : unsigned char {
  accepted,  // cancelling now, or has ended already (Flink answers 202 to both)
  unknown,   // no such job
};

enum class OperationKind : unsigned char { checkpoint, savepoint, stop, disposal };

// Something that takes a while: started with one request, asked for with others.
struct OperationRequest {
  OperationKind kind = OperationKind::checkpoint;
  bool full = false;       // checkpoint: builds on no earlier one
  bool drain = false;      // stop: event time runs to its end
  bool cancel = false;     // savepoint: the job is cancelled when it is complete
  std::string path;        // target directory, or the savepoint to dispose of
  std::string trigger_id;  // given by the client; empty: made here
};
struct OperationStart {
  std::string trigger_id;
  std::string refused;  // why nothing was started
};
struct OperationView {
  bool done = false;
  std::int64_t checkpoint_id = 0;
  std::string location;
  std::string failure;  // empty: it went well
};

// Control-plane thread only.
class ClusterView {
 public:
  virtual ~ClusterView() = default;
  virtual Millis now() const = 0;
  virtual std::vector<std::string> job_ids() const = 0;  // newest first, ended ones too
  virtual std::optional<JobView> job(std::string_view id) const = 0;
  virtual std::vector<TaskManagerView> taskmanagers() const = 0;
  // The effective options that differ from their defaults, without secrets.
  virtual std::vector<std::pair<std::string, std::string>> configuration() const = 0;
  virtual CancelOutcome request_cancel(std::string_view job_id) = 0;

  // Checkpoints of a job that job() knows.
  virtual CheckpointsView checkpoints(std::string_view /*job_id*/) const { return {}; }
  virtual CheckpointConfigView checkpoint_config(std::string_view /*job_id*/) const { return {}; }
  virtual OperationStart start_operation(std::string_view /*job_id*/, OperationRequest) {
    return {{}, "not supported"};
  }
  virtual std::optional<OperationView> operation(OperationKind, std::string_view /*trigger*/) {
    return std::nullopt;
  }
};

}  // namespace flink::rest
