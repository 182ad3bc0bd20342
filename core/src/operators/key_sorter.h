// SPDX-License-Identifier: Apache-2.0
// KeySorter: an external sort of one input's records by key and time. What memory cannot hold is
// spilled in sorted runs; so many runs are merged at once as have room for a block each, and more
// of them in several passes. The task's fiber; sorting and all I/O are a helper's.
//   sorter.add(batch)…; sorter.finish(); EntryMerge{sorter.take_sequences(input)}
#pragma once

#include <memory>
#include <vector>

#include "operators/entry_merge.h"
#include "operators/sort_buffer.h"
#include "operators/sorted_run.h"

namespace flink::operators {

class KeySorter {
 public:
  KeySorter(SpillSetup setup, std::size_t memory_bytes, SortBuffer::Write write);

  void add(const Batch& batch);
  // No more come. Afterwards it takes no more memory than it had.
  void finish();
  // What there is, in order; read while this lives.
  std::vector<EntryMerge::Sequence> take_sequences(int input);

  // Written to files so far, those of merges too.
  std::uint64_t bytes_spilled() const { return bytes_spilled_; }
  std::size_t runs_spilled() const { return runs_spilled_; }

 private:
  using Runs = std::vector<std::unique_ptr<SortedRun>>;
  void spill();
  void merge_down();
  void count(const SortedRun& run);

  SpillSetup setup_;
  std::size_t block_bytes_, runs_max_;
  SortBuffer::Write write_;
  SortBuffer buffer_;
  Runs runs_;  // in the order of arrival
  std::uint64_t bytes_spilled_ = 0;
  std::size_t runs_spilled_ = 0;
};

}  // namespace flink::operators
