// SPDX-License-Identifier: Apache-2.0
// The partitions that the tasks of one process have written to blocking exchanges. A partition is
// kept from the moment in which it is whole until it is released; its file lives on until the last
// reader is gone. Any thread; outlives the ends it gives.
#pragma once

#include <flink/types/record_type.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/executor.h"
#include "channels/channel.h"
#include "channels/partition.h"
#include "channels/partition_writer.h"
#include "spill/spill_directories.h"

namespace flink::channels {

struct PartitionStoreOptions {
  std::string directories = "/tmp";  // as io.tmp.dirs has them
  std::uint64_t seed = 0;            // of files' names
  spill::Codec codec = spill::Codec::lz4;
  std::size_t memory_bytes = 4 << 20;  // of a partition's open blocks, all parts together
  std::uint64_t record_bytes_max = 64ull << 20;
};

class PartitionStore {
 public:
  // Both outlive it.
  PartitionStore(base::FileSystem& file_system, base::Executor& executor,
                 const PartitionStoreOptions& options);
  // Waits for no helper.
  ~PartitionStore();

  // A writer for each of `consumers` (subtasks), or one for all when there are none. `what` names
  // it in messages: "the output of 'map (1/2)'".
  std::vector<std::unique_ptr<ChannelWriter>> write(const PartitionId& id, std::string what,
                                                    std::vector<int> consumers,
                                                    const RecordType& type);

  // A consumer's part. Throws Error{transient} that names `what` when it is not here.
  struct Part {
    PartitionRef partition;
    std::size_t index = 0;
  };
  Part find(const PartitionId& id, int consumer, const std::string& what) const;
  std::unique_ptr<ChannelReader> read(const PartitionId& id, int consumer, const std::string& what,
                                      const RecordType& type) const;

  // It is not needed any more, also when it is not whole yet. Unknown ones are ignored.
  void release(const PartitionId& id);

  std::size_t size() const;             // partitions that are kept
  std::uint64_t spilled_bytes() const;  // in files

 private:
  // Helpers may still be at work when the store is gone.
  struct Kept {
    mutable std::mutex mutex;
    std::map<PartitionId, PartitionRef> partitions;
  };
  base::Executor& executor_;
  const PartitionStoreOptions options_;
  std::shared_ptr<spill::SpillDirectories> directories_;
  std::shared_ptr<Kept> kept_;
};

}  // namespace flink::channels
