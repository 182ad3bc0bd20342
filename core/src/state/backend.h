// SPDX-License-Identifier: Apache-2.0
// What a task makes for each keyed operator: its state, and the driver of its snapshots.
//   KeyedStateSetup setup; …
//   auto state = make_keyed_state_backend(std::move(setup));
//   context.keyed_state() -> state.get(); checkpoints: state->begin(), work(), confirm(), abort().
// `hashmap` holds everything in memory; `lmdb` moves what is clean out of memory beyond its budget
// and reads it back from its runs. Both write the same files. Owned and used by the slot's thread;
// helpers work on runs only. work() and the other calls of KeyedStateSnapshots must not come while
// an operator is within a callback of the same state.
#pragma once

#include <flink/state/keyed_state_backend.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/file_system.h"
#include "state/handles.h"
#include "state/snapshot.h"

namespace flink::state {

struct KeyedStateSetup {
  std::string type = "lmdb";  // state.backend.type: "hashmap" or "lmdb"
  std::string operator_name;  // for messages
  int max_parallelism = 128;
  KeyGroupRange groups;          // of this subtask
  std::size_t memory_bytes = 0;  // lmdb: the budget; 0: unlimited
  base::Executor* executor = nullptr;
  base::FileSystem* files = nullptr;
  const base::Clock* clock = nullptr;
  // A private directory of this attempt on a local disk, existing; the owner removes it.
  std::string scratch_directory;
  // BATCH: what the others say of memory and runs does not matter; see one_key_at_a_time().
  bool one_key_at_a_time = false;
  // Files of checkpoints can be opened where they are (they are local and nobody changes them).
  bool direct_runs = false;
  // A run of that file that is open here already; null: there is none. Unset: none ever.
  std::function<std::shared_ptr<const Run>(const RunFile& file)> find_local;
  // What to restore, of any split into subtasks; only `groups` of it are taken.
  std::vector<KeyedStateHandle> restored;
  // Any thread: the task calls work() soon.
  std::function<void()> waker;
};

class KeyedState : public KeyedStateBackend, public KeyedStateSnapshots {
 public:
  // Bytes serialized by the slot while helpers were behind (the budget was spent).
  virtual std::uint64_t stalled_bytes() const = 0;
};

std::unique_ptr<KeyedState> make_keyed_state_backend(KeyedStateSetup setup);

}  // namespace flink::state
