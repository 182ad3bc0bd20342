// SPDX-License-Identifier: Apache-2.0
// How one task took part in a checkpoint; REST's spelling on the right. Plain data.
#pragma once

#include <cstdint>

namespace flink::checkpoint {

struct CheckpointMetrics {
  std::int64_t sync_ms = 0, async_ms = 0;                  // checkpoint.sync, .async
  std::int64_t start_delay_ms = 0;                         // start_delay: trigger to barrier
  std::int64_t alignment_ms = 0;                           // alignment.duration
  std::uint64_t bytes_processed = 0, bytes_persisted = 0;  // alignment.processed, .persisted
  std::uint64_t checkpointed_bytes = 0, state_bytes = 0;   // checkpointed_size, state_size
  bool unaligned = false;                                  // unaligned_checkpoint
};

}  // namespace flink::checkpoint
