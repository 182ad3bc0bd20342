// SPDX-License-Identifier: Apache-2.0
// What REST tells of checkpoints: counts, the last ones of each kind, a short history, summaries.
// Sans-io; fed by the CheckpointCoordinator.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/clock.h"
#include "protocol/checkpoint.h"
#include "rest/checkpoint_view.h"

namespace flink::checkpoint {

class Statistics {
 public:
  // `started` has id, type, trigger time, number of subtasks and its vertices.
  void started(rest::CheckpointView started);
  void acknowledged(const protocol::CheckpointAck& ack, const base::Instant& triggered,
                    const base::Instant& now);
  void completed(std::int64_t id, const std::string& path);
  void failed(std::int64_t id, std::int64_t now_millis, const std::string& why);
  void discarded(const std::string& path);
  void restored(rest::RestoredCheckpointView restored);

  rest::CheckpointsView view() const;

 private:
  struct Sample {
    std::int64_t checkpointed_size, state_size, duration, processed, persisted;
  };
  rest::CheckpointView* find(std::int64_t id);

  std::deque<rest::CheckpointView> history_;  // newest first
  rest::CheckpointsView counts_;              // counts and latest ones only
  std::deque<Sample> samples_;
};

}  // namespace flink::checkpoint
