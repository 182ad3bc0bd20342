// SPDX-License-Identifier: Apache-2.0
#include "endpoints/sink_commits.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <memory>

#include "base/exception_text.h"

namespace flink::detail {

void SinkCommits::end_retries() {
  no_retries_ = true;
  queue_.resume_all();
}

void SinkCommits::last_try() {
  last_ = true;
  queue_.resume_all();
}

void SinkCommits::pump() {
  if (running_) return;
  if (!works_.empty()) {
    const Work work = works_.front()();
    works_.pop_front();
    run(work, [] {});
  } else if (!queue_.only_pauses()) {
    commit_due();
  } else {
    at_rest_();
  }
}

void SinkCommits::run(Work work, Work done) {
  running_ = true;
  context_.run_async(std::move(work), [this, done = std::move(done)](std::exception_ptr error) {
    running_ = false;
    if (error) queue_.failed();
    if (error && !last_) std::rethrow_exception(error);
    if (error) why_left_ = base::exception_text(error);
    if (!error) done();
    pump();
  });
}

void SinkCommits::commit_due() {
  const auto tries = std::make_shared<std::vector<CommitTry>>(queue_.take());
  const auto outcomes = std::make_shared<std::vector<CommitOutcome>>();
  run(
      [this, tries, outcomes] {
        *outcomes = committer_.commit(*tries);
        if (outcomes->size() == tries->size()) return;
        throw Error{ErrorKind::user,
                    concat("the committer was given ", tries->size(), " requests and left ",
                           outcomes->size(), " of them: commit() must not remove any")};
      },
      [this, outcomes] { committed(*outcomes); });
}

void SinkCommits::committed(const std::vector<CommitOutcome>& outcomes) {
  const int retries_max = no_retries_ || last_ ? 0 : committer_retries(context_);
  const auto answer = queue_.answer(outcomes, retries_max);
  for (const auto& reason : answer.given_up) {
    context_.warn(
        concat("sink \"", context_.operator_name(), "\": a commit was given up: ", reason));
  }
  if (last_) {
    if (answer.exhausted) why_left_ = *answer.exhausted;
    if (answer.impossible) why_left_ = *answer.impossible;
    return;
  }
  if (answer.impossible) throw_commit_impossible(context_.operator_name(), *answer.impossible);
  if (answer.exhausted) {
    throw_commit_failed(context_.operator_name(), *answer.exhausted, retries_max);
  }
  for (const auto& pause : answer.pauses) {
    context_.run_after(pause.length, [this, ticket = pause.ticket] {
      queue_.resume(ticket);
      pump();
    });
  }
}

}  // namespace flink::detail
