// SPDX-License-Identifier: Apache-2.0
// Publications: what a helper does for a snapshot once its run is there: it copies what checkpoints
// have not; one at a time. The slot's thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "state/cold_state.h"
#include "state/flush.h"
#include "state/helpers.h"
#include "state/merges.h"

namespace flink::state {

class Publications {
 public:
  Publications(ColdState& cold, Merges& merges, Helpers& helpers, const KeyedStateSetup& setup);

  // Of all runs there are now.
  void add(std::unique_ptr<SnapshotRequest> snapshot);
  // True: something has begun or ended.
  bool work() {
    const bool taken = take();
    return start() || taken;
  }
  void abort(std::int64_t checkpoint_id, const KeyedSnapshotResult& aborted);

 private:
  struct Outcome;
  struct PublishJob;
  struct Publication {
    std::unique_ptr<SnapshotRequest> snapshot;
    std::vector<StackedRun> runs;
    std::shared_ptr<Outcome> outcome;  // shared with the helper; null: has not begun
  };
  bool start();
  bool take();
  void remove_file(const std::string& path);

  ColdState& cold_;
  Merges& merges_;
  Helpers& helpers_;
  base::FileSystem* files_;
  KeyGroupRange groups_;
  std::deque<Publication> queue_;  // the first may be under way
};

}  // namespace flink::state
