// SPDX-License-Identifier: Apache-2.0
// What is said of one task's part in a checkpoint. Plain data.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "channels/element.h"
#include "state/handles.h"

namespace flink::protocol {

// How a task took part; REST's spelling on the right.
struct CheckpointMetrics {
  std::int64_t sync_ms = 0, async_ms = 0;                  // checkpoint.sync, .async
  std::int64_t start_delay_ms = 0;                         // start_delay: trigger to barrier
  std::int64_t alignment_ms = 0;                           // alignment.duration
  std::uint64_t bytes_processed = 0, bytes_persisted = 0;  // alignment.processed, .persisted
  std::uint64_t checkpointed_bytes = 0, state_bytes = 0;   // checkpointed_size, state_size
  bool unaligned = false;                                  // unaligned_checkpoint
};

// JobManager to the tasks at which a checkpoint starts: the barrier they send.
struct TriggerCheckpoint {
  base::AttemptId attempt;
  channels::Barrier barrier;
};
// To every task: that checkpoint and all older ones are complete; or that one will never be.
struct CheckpointComplete {
  base::AttemptId attempt;
  std::int64_t checkpoint_id = 0;
};
struct CheckpointAborted {
  base::AttemptId attempt;
  std::int64_t checkpoint_id = 0;
};

// TaskManager to JobManager: the task's part is durable. Large state is named, not carried: what
// rides along is bounded (execution.checkpointing.data-inline-threshold).
struct CheckpointAck {
  base::AttemptId attempt;
  std::int64_t checkpoint_id = 0;
  state::TaskSnapshot snapshot;
  CheckpointMetrics metrics;
};
// Its part failed; the task goes on.
struct CheckpointDecline {
  base::AttemptId attempt;
  std::int64_t checkpoint_id = 0;
  std::string reason;
};

}  // namespace flink::protocol
