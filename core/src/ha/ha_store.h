// SPDX-License-Identifier: Apache-2.0
// What must outlive a JobManager: which checkpoints of a job count, the next free checkpoint id,
// how the job ended; and who may write it. A JobManager first takes the next epoch of its job, then
// reads; whoever held an earlier epoch is fenced: its next write fails, and it must stop without
// touching anything. Files here; a store of another kind implements the same interface.
//
// A job that has ended is never run again: result() is asked once more after the epoch is taken,
// and the epoch stays for as long as the result does.
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

namespace flink::ha {

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
  std::string starts_from;  // a savepoint, for as long as there is no checkpoint; empty: none
};

struct JobResult {
  std::string status;  // "FINISHED", "CANCELED", "FAILED"
  std::int64_t wall_millis = 0;
  std::string detail;  // a savepoint's path, a failure
  // As in the record, which goes when the job has ended; nothing: it is not known.
  std::optional<std::int64_t> newest_savepoint;
};

// An epoch is its number, counted from 1, and twelve random digits: whoever starts again in a
// directory that was removed has another one. Earlier builds had no digits.
inline constexpr std::uint64_t epoch_random = 1'000'000'000'000;
constexpr std::uint64_t epoch_number(std::uint64_t epoch) {
  return epoch < epoch_random ? epoch : epoch / epoch_random;
}
constexpr std::uint64_t epoch_after(std::uint64_t epoch, std::uint64_t random) {
  return (epoch_number(epoch) + 1) * epoch_random + random % epoch_random;
}

class HaStore {
 public:
  virtual ~HaStore() = default;
  // Takes the next epoch; from then on earlier holders are fenced. `random`: any number.
  virtual std::uint64_t take_over(std::uint64_t random) = 0;
  // The same for a job that has left no trace; nothing when it has.
  virtual std::optional<std::uint64_t> take_first(std::uint64_t random) = 0;
  // How the job ended, unless somebody has gone on behind it.
  virtual std::optional<JobResult> result() = 0;
  // What the last holder published; nothing when nobody did.
  virtual std::optional<JobRecord> read() = 0;
  virtual void publish(const JobRecord& record) = 0;
  // Throws FencedError when somebody has taken the job over since. Any thread.
  virtual void check() = 0;
  // The last write. Throws FencedError when somebody has taken the job over before it was done: it
  // is not known then who of the two ends the job.
  virtual void finish(const JobResult& result) = 0;
  // Removes all but the result, or all.
  virtual void clean_up(bool keep_result) = 0;
};

}  // namespace flink::ha
