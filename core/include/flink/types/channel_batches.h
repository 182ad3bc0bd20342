// SPDX-License-Identifier: Apache-2.0
// Where the records of a batch go that is split over channels.
#pragma once

#include <flink/types/batch.h>

namespace flink {

// The open batch of each outgoing channel. Lives in the task's exchange writer.
class ChannelBatches {
 public:
  virtual ~ChannelBatches() = default;
  // Sends the open batch of a channel and opens a new one; may suspend the fiber.
  virtual void flush(int channel) = 0;

  int count = 0;             // channels; hash: the parallelism of the consumer
  BatchRef* open = nullptr;  // one a channel; never null
  int max_parallelism = 0;   // of the consumer
};

}  // namespace flink
