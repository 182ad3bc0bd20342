// SPDX-License-Identifier: Apache-2.0
// What one attempt of a subtask has written to one blocking exchange, whole and unchanging: a part
// for each consumer, or one for all (broadcast), in a file that goes with this. Any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "spill/spill_file.h"

namespace flink::channels {

struct PartitionId {
  std::int32_t edge = 0;  // index into JobGraph::edges
  std::int32_t producer = 0, producer_attempt = 0;
  friend auto operator<=>(const PartitionId&, const PartitionId&) = default;
};

struct Partition {
  std::string what;            // for messages: "the output of 'map (1/2)'"
  std::vector<int> consumers;  // subtasks, a part each; empty: one part that all of them read
  std::shared_ptr<spill::SpillDirectories> directories;  // the file's
  std::unique_ptr<spill::SpillFile> file;
  std::vector<spill::BlockPlace> indexes;  // a part's index (partition_format.h) each
};
using PartitionRef = std::shared_ptr<const Partition>;

}  // namespace flink::channels
