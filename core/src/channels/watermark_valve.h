// SPDX-License-Identifier: Apache-2.0
// Merges the watermarks of a task's channels: the least of the active ones, never going back
// (Flink's StatusWatermarkValve). A channel that was idle and comes back behind the merged
// watermark counts again once it has caught up. Idle comes out when every channel that has not
// ended is idle. Sans-io; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace flink::channels {

class WatermarkValve {
 public:
  // What has changed for the operator.
  struct Change {
    std::optional<std::int64_t> watermark;
    std::optional<bool> idle;
  };

  explicit WatermarkValve(std::size_t channels) : channels_(channels) {}

  Change watermark(std::size_t channel, std::int64_t millis);
  // One that was in the channel at a checkpoint. A producer that is restored begins anew, and may
  // be behind it for a while.
  Change replayed(std::size_t channel, std::int64_t millis);
  Change status(std::size_t channel, bool idle);
  // The channel has ended: it holds nothing back any more.
  Change ended(std::size_t channel) { return watermark(channel, INT64_MAX); }
  // The channel that the others wait for: the first one with the least watermark, if not all that
  // count are as far.
  std::optional<std::size_t> behind() const;

 private:
  struct Channel {
    std::int64_t watermark = INT64_MIN;
    std::int64_t sent = INT64_MIN;  // by this attempt of the producer
    bool idle = false;
    bool aligned = true;  // active and not behind the merged watermark
  };
  Change merge();

  std::vector<Channel> channels_;
  std::int64_t merged_ = INT64_MIN;
  bool all_idle_ = false;
};

}  // namespace flink::channels
