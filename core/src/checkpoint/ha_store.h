// SPDX-License-Identifier: Apache-2.0
// What must outlive a JobManager: which checkpoints of a job count, the next free checkpoint id,
// how the job ended; and who may write it. A JobManager first takes the next epoch of its job, then
// reads; whoever held an earlier epoch is fenced: its next write fails, and it must stop without
// touching anything. Files here; a store of another kind implements the same interface.
//
// Calls block (helpers only) and throw Error. After a failed publish() it is known that the record
// is the old one, unless the error is a FencedError or an UncertainError: then nobody may delete
// anything.
#pragma once

#include <flink/error.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/ids.h"

namespace flink::checkpoint {

// Another JobManager has taken the job over.
class FencedError : public Error {
  using Error::Error;
};
// Whether the write took effect cannot be found out.
class UncertainError : public Error {
  using Error::Error;
};

struct JobRecord {
  std::int64_t next_checkpoint_id = 1;   // never given out before
  std::vector<std::string> checkpoints;  // directories of those that count, oldest first
  // No savepoint has been begun with a greater id; 0: none at all.
  std::int64_t newest_savepoint = 0;
};

struct JobResult {
  std::string status;  // "FINISHED", "CANCELED", "FAILED"
  std::int64_t wall_millis = 0;
  std::string detail;  // a savepoint's path, a failure
};

class HaStore {
 public:
  virtual ~HaStore() = default;
  // Takes the next epoch; from then on earlier holders are fenced.
  virtual std::uint64_t take_over() = 0;
  virtual std::optional<JobResult> result() = 0;
  // What the last holder published; nothing when nobody did.
  virtual std::optional<JobRecord> read() = 0;
  virtual void publish(const JobRecord& record) = 0;
  // Throws FencedError when somebody has taken the job over since. Nobody has whose traces are
  // gone with all others.
  virtual void check() = 0;
  // The last write: the job is never run again.
  virtual void finish(const JobResult& result) = 0;
  // Removes all but the result, or all.
  virtual void clean_up(bool keep_result) = 0;
};

// <directory>/<job-id>/ha/{epoch-<n>,record-<n>,result}
std::unique_ptr<HaStore> make_file_ha_store(base::FileSystem& files, const std::string& directory,
                                            const base::JobId& job);

}  // namespace flink::checkpoint
