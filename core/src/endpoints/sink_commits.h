// SPDX-License-Identifier: Apache-2.0
// The calls of a sink's committer, which may block: apart from the coordinator's, one at a time.
// Commits that are due, with retries after pauses; and other work, which goes first.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "endpoints/commit_queue.h"

namespace flink::detail {

// The coordinator's thread only. Errors are thrown where the context calls what was run apart.
class SinkCommits {
 public:
  using Work = std::function<void()>;

  // `at_rest`: called when nothing runs and nothing can be tried before a pause has ended.
  SinkCommits(CoordinatorContext& context, SinkCommitter& committer, Work at_rest)
      : context_(context), committer_(committer), at_rest_(std::move(at_rest)) {}

  // Due from the next pump() on.
  void add(PlacedCommittable committable) { queue_.add(std::move(committable)); }
  void rename(const CommittableId& from, const CommittableId& to) { queue_.rename(from, to); }
  // When its turn comes `prepare` is asked for what is to be run.
  void run_next(std::function<Work()> prepare) { works_.push_back(std::move(prepare)); }
  void resume_all() { queue_.resume_all(); }
  // What is left is tried once more, and what fails then is an error.
  void end_retries();
  // What is left is tried once more; failures end nothing any more, see why_left().
  void last_try();
  // Begins what can be begun.
  void pump();
  // Now: nothing runs. `done` is called if it did not throw.
  void run(Work work, Work done);

  bool running() const { return running_; }
  const CommitQueue& queue() const { return queue_; }
  // Why the last try left something in the queue.
  const std::string& why_left() const { return why_left_; }

 private:
  void commit_due();
  void committed(const std::vector<CommitOutcome>& outcomes);

  CoordinatorContext& context_;
  SinkCommitter& committer_;
  Work at_rest_;
  CommitQueue queue_;
  std::deque<std::function<Work()>> works_;
  bool running_ = false;
  bool no_retries_ = false;
  bool last_ = false;
  std::string why_left_;
};

}  // namespace flink::detail
