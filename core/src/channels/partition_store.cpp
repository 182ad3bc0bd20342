// SPDX-License-Identifier: Apache-2.0
#include "channels/partition_store.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <utility>

#include "channels/partition_reader.h"

namespace flink::channels {

namespace {

constexpr std::size_t block_bytes_most = 32 * 1024, block_bytes_least = 4 * 1024;

}  // namespace

PartitionStore::PartitionStore(base::FileSystem& file_system, base::Executor& executor,
                               const PartitionStoreOptions& options)
    : executor_(executor),
      options_(options),
      directories_(std::make_shared<spill::SpillDirectories>(file_system, options.directories,
                                                             options.seed)),
      kept_(std::make_shared<Kept>()) {}

PartitionStore::~PartitionStore() {
  executor_.run_blocking([kept = std::move(kept_)] {});
}

std::vector<std::unique_ptr<ChannelWriter>> PartitionStore::write(const PartitionId& id,
                                                                  std::string what,
                                                                  std::vector<int> consumers,
                                                                  const RecordType& type) {
  const std::size_t parts = std::max<std::size_t>(1, consumers.size());
  SpoolerSetup setup;
  setup.directories = directories_;
  setup.executor = &executor_;
  setup.codec = options_.codec;
  setup.what = std::move(what);
  setup.consumers = std::move(consumers);
  setup.finished = [kept = kept_, id](PartitionRef partition) {
    const std::lock_guard lock{kept->mutex};
    kept->partitions.insert_or_assign(id, std::move(partition));
  };
  PartWriterOptions writer;
  writer.block_bytes =
      std::clamp(options_.memory_bytes / parts, block_bytes_least, block_bytes_most);
  writer.record_bytes_max = options_.record_bytes_max;
  return make_part_writers(std::make_shared<PartitionSpooler>(std::move(setup)), type, writer);
}

PartitionStore::Part PartitionStore::find(const PartitionId& id, int consumer,
                                          const std::string& what) const {
  Part part;
  {
    const std::lock_guard lock{kept_->mutex};
    const auto found = kept_->partitions.find(id);
    if (found != kept_->partitions.end()) part.partition = found->second;
  }
  if (!part.partition) {
    throw Error{ErrorKind::transient,
                detail::concat(what, ", attempt ", id.producer_attempt,
                               ", is not on the TaskManager that wrote it any more; it has to be "
                               "made again")};
  }
  const auto& consumers = part.partition->consumers;
  if (consumers.empty()) return part;
  const auto at = std::find(consumers.begin(), consumers.end(), consumer);
  if (at == consumers.end()) {
    throw Error{ErrorKind::internal, detail::concat(what, " has no part for subtask ", consumer,
                                                    ", which asks for one")};
  }
  part.index = static_cast<std::size_t>(at - consumers.begin());
  return part;
}

std::unique_ptr<ChannelReader> PartitionStore::read(const PartitionId& id, int consumer,
                                                    const std::string& what,
                                                    const RecordType& type) const {
  auto part = find(id, consumer, what);
  return make_part_reader(std::move(part.partition), part.index, type, executor_);
}

void PartitionStore::release(const PartitionId& id) {
  PartitionRef released;
  {
    const std::lock_guard lock{kept_->mutex};
    const auto found = kept_->partitions.find(id);
    if (found == kept_->partitions.end()) return;
    released = std::move(found->second);
    kept_->partitions.erase(found);
  }
  // Its file goes on a helper: that of a large one takes its time.
  executor_.run_blocking([released = std::move(released)] {});
}

std::size_t PartitionStore::size() const {
  const std::lock_guard lock{kept_->mutex};
  return kept_->partitions.size();
}

std::uint64_t PartitionStore::spilled_bytes() const { return directories_->bytes(); }

}  // namespace flink::channels
