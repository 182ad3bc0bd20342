// SPDX-License-Identifier: Apache-2.0
// The lists of a task's operators on their way into a checkpoint: what is more than a message
// should carry is written into a file by a helper.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "state/handles.h"

namespace flink::task {

// Filled by the task, then stored by a helper, then read by the task when `done`.
struct ListStoring {
  std::vector<OperatorSnapshot> lists;  // by operator of the chain; taken out of the snapshot
  std::vector<state::StoredLists> stored;
  std::string failure;
  std::atomic<bool> done{false};
  std::atomic<bool> abandoned{false};  // nobody will name the file

  // On the helper. The lists leave memory.
  void store(base::FileSystem& files, const std::string& path) noexcept;
};

std::uint64_t bytes_of(const state::TaskSnapshot& snapshot);  // of its lists
std::vector<OperatorSnapshot> take_lists(state::TaskSnapshot& snapshot);

}  // namespace flink::task
