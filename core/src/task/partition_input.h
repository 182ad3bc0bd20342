// SPDX-License-Identifier: Apache-2.0
// Reading what a blocking exchange keeps: whatever goes wrong with it is told as the loss of the
// producer's partition, so that the JobManager has that made again.
#pragma once

#include <flink/error.h>

#include <memory>
#include <utility>

#include "base/ids.h"
#include "channels/channel.h"

namespace flink::task {

class PartitionLost final : public Error {
 public:
  PartitionLost(const Error& cause, base::AttemptId producer)
      : Error(cause), producer_(std::move(producer)) {}
  const base::AttemptId& producer() const noexcept { return producer_; }

 private:
  base::AttemptId producer_;
};

// The same reader, whose errors are PartitionLost.
std::unique_ptr<channels::ChannelReader> partition_input(
    std::unique_ptr<channels::ChannelReader> reader, base::AttemptId producer);

}  // namespace flink::task
