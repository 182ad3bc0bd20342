// SPDX-License-Identifier: Apache-2.0
// What REST shows of a job's checkpoints. Plain data; times are milliseconds since the Unix epoch,
// sizes bytes, durations milliseconds. Ids are 32 hexadecimal digits, states Flink's words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flink::rest {

struct CheckpointSubtaskView {
  std::int32_t index = 0;
  std::int64_t ack_timestamp = -1;  // -1: not yet
  std::int64_t end_to_end_duration = 0;
  std::uint64_t checkpointed_size = 0, state_size = 0;
  std::int64_t sync_duration = 0, async_duration = 0;
  std::uint64_t processed_data = 0, persisted_data = 0;
  std::int64_t alignment_duration = 0, start_delay = 0;
  bool unaligned = false;
};

struct CheckpointVertexView {
  std::string id;
  std::int32_t parallelism = 0;
  std::vector<CheckpointSubtaskView> subtasks;  // those that have acknowledged, by index
};

struct CheckpointView {
  std::int64_t id = 0;
  std::string status;  // IN_PROGRESS, COMPLETED, FAILED
  bool savepoint = false;
  std::string type;  // CHECKPOINT, UNALIGNED_CHECKPOINT, SAVEPOINT, SYNC_SAVEPOINT
  std::int64_t trigger_timestamp = 0;
  std::int64_t latest_ack_timestamp = -1;
  std::int64_t end_to_end_duration = 0;
  std::uint64_t checkpointed_size = 0, state_size = 0;
  std::uint64_t processed_data = 0, persisted_data = 0;
  std::int32_t subtasks = 0, acknowledged_subtasks = 0;
  std::string external_path;
  bool discarded = false;
  std::int64_t failure_timestamp = 0;
  std::string failure_message;
  std::vector<CheckpointVertexView> vertices;  // those that take part
};

struct RestoredCheckpointView {
  std::int64_t id = 0;
  std::int64_t restore_timestamp = 0;
  bool savepoint = false;
  std::string external_path;
};

// Over the checkpoints completed last.
struct SummaryView {
  std::int64_t min = 0, max = 0, avg = 0;
  double p50 = 0, p90 = 0, p95 = 0, p99 = 0, p999 = 0;
  bool percentiles = true;  // false: shown as "NaN"
};
SummaryView summary_of(std::vector<std::int64_t> values);

struct CheckpointsView {
  std::int64_t restored = 0, total = 0, in_progress = 0, completed = 0, failed = 0;  // counts
  SummaryView checkpointed_size, state_size, end_to_end_duration, processed_data, persisted_data;
  std::optional<CheckpointView> latest_completed, latest_savepoint, latest_failed;
  std::optional<RestoredCheckpointView> latest_restored;
  std::vector<CheckpointView> history;  // newest first
};

struct CheckpointConfigView {
  bool exactly_once = true;
  std::int64_t interval = 0, timeout = 0, min_pause = 0;
  std::int32_t max_concurrent = 1;
  bool externalized = false, delete_on_cancellation = false;
  std::string state_backend, storage;
  bool unaligned = false;
  std::int32_t tolerable_failures = 0;
  std::int64_t aligned_timeout = 0;
  bool after_tasks_finish = true;
};

}  // namespace flink::rest
