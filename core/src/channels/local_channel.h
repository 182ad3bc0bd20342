// SPDX-License-Identifier: Apache-2.0
// A channel within a process: a bounded ring of elements between two tasks, on one slot or two.
// Batches pass by pointer, unserialized. When one end goes away without EndOfPartition the other
// waits: its own task is cancelled soon, since both belong to one pipelined region, and says
// nothing of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "channels/channel.h"

namespace flink::channels {

// `batches`: how many may be under way; control elements find room beyond that.
std::pair<std::unique_ptr<ChannelWriter>, std::unique_ptr<ChannelReader>> make_local_channel(
    std::size_t batches);

}  // namespace flink::channels
