// SPDX-License-Identifier: Apache-2.0
// The writing end of a blocking exchange: a ChannelWriter for each part, which gathers items into
// blocks on the task's slot, and the spooler they share, which has helpers write the blocks to the
// partition's file while the task goes on. push_some() says "no room" while much is under way;
// for the last EndOfPartition until the file is whole. When the writers go before that, so does the
// file.
#pragma once

#include <flink/types/bytes.h>
#include <flink/types/record_type.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "channels/channel.h"
#include "channels/partition.h"
#include "fiber/waker.h"

namespace flink::channels {

struct SpoolerSetup {
  std::shared_ptr<spill::SpillDirectories> directories;
  base::Executor* executor = nullptr;  // outlives it
  spill::Codec codec = spill::Codec::lz4;
  std::string what;
  std::vector<int> consumers;  // empty: one part for all
  // On a helper, before the last writer is told that the partition is whole; never after
  // abandon(). Calls nothing of the spooler.
  std::function<void(PartitionRef)> finished;
};

class PartitionSpooler : public std::enable_shared_from_this<PartitionSpooler> {
 public:
  explicit PartitionSpooler(SpoolerSetup setup);
  std::size_t parts() const { return places_.size(); }

  // The task's side. Rethrows what went wrong on a helper.
  //  False: no room now, the waker is called when there is.
  bool give(std::size_t part, std::string_view block, const fiber::Waker& waker);
  //  All parts are given. True: the partition is finished; else the waker is called.
  bool finish(const fiber::Waker& waker);
  //  What is not finished goes, with its file.
  void abandon();

 private:
  static constexpr std::size_t under_way_max = 512 * 1024;
  using Blocks = std::vector<std::pair<std::size_t, std::string>>;

  void start(std::unique_lock<std::mutex>& lock);
  void work();
  void open();
  void write(const Blocks& blocks);
  void write_indexes();

  const SpoolerSetup setup_;
  // The helper's, one at a time.
  std::shared_ptr<Partition> partition_;
  std::vector<std::vector<spill::BlockPlace>> places_;  // of each part

  std::mutex mutex_;
  Blocks queue_;
  std::size_t under_way_ = 0;  // bytes, with those a helper is writing
  bool working_ = false, finishing_ = false, finished_ = false, abandoned_ = false;
  std::exception_ptr failure_;
  fiber::Waker waker_;
};

struct PartWriterOptions {
  std::size_t block_bytes = 32 * 1024;
  std::uint64_t record_bytes_max = 64ull << 20;
};
// In the order of the spooler's parts. The type outlives them.
std::vector<std::unique_ptr<ChannelWriter>> make_part_writers(
    std::shared_ptr<PartitionSpooler> spooler, const RecordType& type,
    const PartWriterOptions& options);

}  // namespace flink::channels
