// SPDX-License-Identifier: Apache-2.0
// A channel within a process: a ring of elements between two tasks, on one slot or two, bounded in
// batches, in bytes, and in records when its consumer is slow. Batches pass by pointer,
// unserialized. When one end goes away without EndOfPartition the other waits: its own task is
// cancelled soon, since both belong to one pipelined region, and says nothing of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "channels/channel.h"
#include "channels/credit_window.h"

namespace flink::channels {

struct LocalChannelOptions {
  std::size_t batches = 8;              // how many may be under way
  std::int64_t own_bytes = 256 * 1024;  // of them
  // Beyond its own bytes a channel takes from what it shares with others. An empty channel takes
  // any batch, so the largest record gets through.
  std::shared_ptr<FloatingBudget> shared;
};
// Control elements find room beyond that.
std::pair<std::unique_ptr<ChannelWriter>, std::unique_ptr<ChannelReader>> make_local_channel(
    const LocalChannelOptions& options);

}  // namespace flink::channels
