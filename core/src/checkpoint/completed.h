// SPDX-License-Identifier: Apache-2.0
// The checkpoints that are complete and kept, and who still needs which file. A file may go when no
// kept checkpoint and no acknowledgement under way refers to it, and one newer than its last use is
// complete: a task that has once left a file out of its state never takes it up again. Sans-io: it
// says what to delete; the pointer to the kept ones must have been moved before.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "checkpoint/metadata.h"

namespace flink::checkpoint {

struct Completed {
  std::shared_ptr<const Metadata> metadata;
  std::string directory;
  std::set<std::string> files;

  std::int64_t id() const { return metadata->checkpoint_id; }
};

// What to delete.
struct Garbage {
  std::set<std::string> files;
  // Of checkpoints that were complete. What else lies there may be in use: a claimed savepoint's
  // runs are, until the newest checkpoint has left them out.
  std::vector<std::string> directories;
  std::vector<std::string> unfinished;  // directories of those that never were: with all in them
  bool empty() const { return files.empty() && directories.empty() && unfinished.empty(); }
};

class CompletedCheckpoints {
 public:
  explicit CompletedCheckpoints(int num_retained) : num_retained_(num_retained) {}

  // Ids that would be kept, oldest first, were this one added.
  std::vector<const Completed*> kept_with(const Completed& next) const;
  // `in_use`: files of acknowledgements under way.
  Garbage add(Completed next, const std::set<std::string>& in_use);
  // Those of a checkpoint that was not completed, or came too late for it: gone when a newer
  // checkpoint is complete without them.
  void abandon(std::int64_t checkpoint_id, const std::set<std::string>& files);
  // Everything, at the end of the job.
  Garbage clear();

  const Completed* latest() const { return kept_.empty() ? nullptr : &kept_.back(); }
  const std::deque<Completed>& kept() const { return kept_; }  // oldest first

 private:
  int num_retained_;
  std::deque<Completed> kept_;
  std::map<std::string, std::int64_t> abandoned_;  // file -> newest checkpoint that had it
};

}  // namespace flink::checkpoint
