// SPDX-License-Identifier: Apache-2.0
// A flush: the rows that changed within one epoch, on their way into a run. A snapshot begins with
// one; without a target it only makes rows clean, so that they can be evicted.
//   capturing -> writing -> sweeping -> gone
// One that has most rows anyway takes the others too (`whole`): its run takes the place of all
// older ones, and nothing has to be merged.
// The slot's thread only; helpers see the writer.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "state/run_writer.h"
#include "state/snapshot.h"
#include "state/tables.h"

namespace flink::state {

// A checkpoint or savepoint under way.
struct SnapshotRequest {
  SnapshotTarget target;
  std::function<void(KeyedSnapshotResult)> done;  // empty: was called
  std::chrono::nanoseconds slot_time{0};

  void end(KeyedSnapshotResult result) {
    if (!done) return;  // aborted
    result.slot_time = slot_time;
    std::exchange(done, {})(std::move(result));
  }
};

struct Flush {
  enum class Phase : std::uint8_t { capturing, writing, sweeping };
  Phase phase = Phase::capturing;
  std::uint32_t epoch = 0;
  bool spill = false;      // to make room: it has to succeed
  bool whole = false;      // if memory has everything until the end
  bool gathering = false;  // clean rows are still to come onto the lists
  std::size_t table = 0;   // where gathering stands
  RowTable::Position at;
  std::vector<DirtyRows> lists;       // by key group
  std::vector<CapturedGroup> groups;  // images taken so far
  std::size_t group = 0, row = 0;     // where capturing, then sweeping stands
  std::size_t last_rows = 0, last_bytes = 0, last_entries = 0;  // of the group captured before
  std::shared_ptr<RunWriter> writer;
  std::unique_ptr<SnapshotRequest> snapshot;
};

}  // namespace flink::state
