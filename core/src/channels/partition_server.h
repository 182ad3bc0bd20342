// SPDX-License-Identifier: Apache-2.0
// Sends parts of this process's partitions to readers in other processes, which have fetched them
// (DataPlane::fetch), as a live producer would: against credit, a fiber a channel, all on one
// thread of their own. Blocks are read ahead by helpers; records travel as they were serialized.
//
// Any thread. The data plane outlives it.
#pragma once

#include <flink/types/record_type.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/executor.h"
#include "channels/data_plane.h"
#include "channels/partition_store.h"
#include "fiber/slot.h"

namespace flink::channels {

class PartitionServer {
 public:
  struct Served {
    PartitionStore::Part part;
    const RecordType* type = nullptr;
  };
  // What a channel is fed from. Throws Error, which the reader is told.
  using Find = std::function<Served(const ChannelId& id)>;

  PartitionServer(DataPlane& plane, const base::Clock& clock, base::Executor& executor, Find find);
  ~PartitionServer();  // what is being sent ends there

  std::size_t sending() const;  // channels, now

 private:
  // What the data plane reaches, as long as the server is there.
  struct Core {
    Core(DataPlane& from, const base::Clock& clock, base::Executor& helpers, Find finder);
    void serve(const Fetch& fetch, DataPlane::Refuse refuse);
    void stop(const ChannelId& id);
    void send(const Fetch& fetch);

    DataPlane& plane;
    base::Executor& executor;
    const Find find;
    mutable std::mutex mutex;
    std::map<ChannelId, std::shared_ptr<fiber::SlotTask>> sending;
    fiber::Slot slot;  // last: its tasks end while it goes, and refer to the rest
  };
  std::shared_ptr<Core> core_;
};

}  // namespace flink::channels
