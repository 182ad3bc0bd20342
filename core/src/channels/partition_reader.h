// SPDX-License-Identifier: Apache-2.0
// The reading end of a blocking exchange. A BlockReader gives the blocks of one part in order and
// has a helper read the next one meanwhile; make_part_reader() makes elements of them.
#pragma once

#include <flink/types/record_type.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/executor.h"
#include "channels/channel.h"
#include "channels/partition.h"
#include "fiber/waker.h"

namespace flink::channels {

// One task's, on its slot.
class BlockReader {
 public:
  // `part`: an index into Partition::indexes.
  BlockReader(PartitionRef partition, std::size_t part, base::Executor& executor);
  void set_waker(fiber::Waker waker);
  // The next block; null: there is none left. Nothing yet: the waker is called when there is.
  // Throws Error{transient} for what cannot be read back.
  std::optional<BufferRef> poll();

 private:
  // What it shares with helpers.
  struct Ahead : std::enable_shared_from_this<Ahead> {
    void start(base::Executor& executor, std::unique_lock<std::mutex>& lock);  // gives it back
    void work();
    BufferRef read();

    PartitionRef partition;
    std::size_t part = 0;
    // The helper's while it is working.
    std::optional<std::vector<spill::BlockPlace>> places;
    std::size_t next = 0;

    std::mutex mutex;
    bool working = false, at_end = false;
    BufferRef block;
    std::exception_ptr failure;
    fiber::Waker waker;
  };
  base::Executor& executor_;
  std::shared_ptr<Ahead> ahead_;
};

// The type outlives it.
std::unique_ptr<ChannelReader> make_part_reader(PartitionRef partition, std::size_t part,
                                                const RecordType& type, base::Executor& executor);

}  // namespace flink::channels
