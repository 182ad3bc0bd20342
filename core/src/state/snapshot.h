// SPDX-License-Identifier: Apache-2.0
// How a task drives the keyed state of one of its operators through a checkpoint. Made by
// make_keyed_state_backend(); owned by the task; its slot's thread only, but for what helpers do.
//
// At the barrier the task calls begin(): an epoch number changes and dirty lists change hands,
// nothing more. From then on it calls work() between batches (and while it waits for input) until
// that says false: dirty entries are serialized in small turns; an entry that is overwritten before
// its turn saves its old image first. Helpers sort, write, sync and upload. `done` is called once,
// on the slot's thread from within work(), or later through the waker given at construction.
// An entry stays dirty until confirm(): after abort(), or a failure, it is part of the next one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "state/handles.h"

namespace flink::state {

// Where the files of one checkpoint go.
struct SnapshotTarget {
  std::int64_t checkpoint_id = 0;
  std::string directory;  // of this checkpoint alone: <dir>/<job-id>/chk-<n>, or a savepoint's
  std::string shared_directory;  // <dir>/<job-id>/shared; unused by savepoints
  std::string file_prefix;       // unique per attempt and subtask, so that no name is ever reused
  bool full = false;       // nothing outside of `shared_directory` as it is now is referred to
  bool savepoint = false;  // all state in one merged run in `directory`, nothing shared
};

class Run;

// A checkpoint's file, and what has its bytes here.
struct LocalRun {
  RunFile file;
  std::shared_ptr<const Run> run;
};

struct KeyedSnapshotResult {
  std::optional<KeyedStateHandle> handle;  // none: it failed
  std::vector<LocalRun> local;             // its files; none of savepoints'
  std::string failure;                     // what, where, why
  std::uint64_t bytes_written = 0;         // by this checkpoint
  std::uint64_t bytes_total = 0;           // of all its runs
  std::chrono::nanoseconds slot_time{0};   // spent in turns
};

class KeyedStateSnapshots {
 public:
  virtual ~KeyedStateSnapshots() = default;
  virtual void begin(const SnapshotTarget& target,
                     std::function<void(KeyedSnapshotResult)> done) = 0;
  // Serializes, merges in, evicts for about that long. True: there is more to do now.
  virtual bool work(std::chrono::nanoseconds budget) = 0;
  // The checkpoint is complete everywhere: its entries are clean, later ones may build on its runs.
  virtual void confirm(std::int64_t checkpoint_id) = 0;
  virtual void abort(std::int64_t checkpoint_id) = 0;
};

}  // namespace flink::state
