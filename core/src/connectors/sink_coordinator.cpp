// SPDX-License-Identifier: Apache-2.0
// The untyped half of a sink on the JobManager: committables by subtask and attempt, the job-level
// commit.
#include <flink/detail/sink_runtime.h>
#include <flink/error.h>

#include <charconv>

namespace flink::detail {

void throw_not_committing(std::string_view sink) {
  throw Error{
      ErrorKind::user,
      concat("sink \"", sink,
             "\" supports a committer, but its writer is no CommittingSinkWriter of the same "
             "committable; derive the writer from CommittingSinkWriter<T, CommT>")};
}

void throw_commit_failed(std::string_view sink, const std::string& reason, int retries) {
  throw Error{
      ErrorKind::transient,
      concat("sink \"", sink, "\": commit failed",
             retries > 0 ? concat(" after ", retries, " retries") : std::string{}, ": ", reason)};
}

int committer_retries(const CoordinatorContext& context) {
  const std::string text = context.option("sink.committer.retries");
  int retries = 10;
  if (text.empty()) return retries;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), retries);
  if (error != std::errc{} || end != text.data() + text.size() || retries < 0) {
    throw Error{ErrorKind::user,
                concat("sink.committer.retries: \"", text, "\" is no number of retries")};
  }
  return retries;
}

SinkCoordinator::Subtask& SinkCoordinator::at(int subtask) {
  FLINK_CHECK(subtask >= 0 && subtask < static_cast<int>(subtasks_.size()), subtask,
              subtasks_.size());
  return subtasks_[static_cast<std::size_t>(subtask)];
}

void SinkCoordinator::start(CoordinatorContext& context) {
  context_ = &context;
  subtasks_.resize(static_cast<std::size_t>(context.parallelism()));
  SinkJobContext job{context};
  if (hooks() != nullptr) hooks()->prepare_job(job);
}

void SinkCoordinator::subtask_ready(int, int) {}

void SinkCoordinator::handle_event(int subtask, int attempt, std::string_view event) {
  Subtask& writer = at(subtask);
  if (attempt < writer.attempt) return;  // of an attempt that is gone
  if (attempt > writer.attempt) writer = {attempt, false, {}};
  const char kind = event.empty() ? '\0' : event.front();
  if (kind == sink_event::committable) {
    writer.committables.emplace_back(event.substr(1));
  } else if (kind == sink_event::all) {
    writer.complete = true;
  } else {
    throw Error{
        ErrorKind::internal,
        concat("sink \"", context_->operator_name(), "\": an event of unknown kind and ",
               event.size(), " bytes arrived; the processes of this job are of different builds")};
  }
}

void SinkCoordinator::subtask_reset(int subtask, int attempt, std::int64_t) {
  Subtask& writer = at(subtask);
  // Late events of that attempt must not count either.
  if (attempt >= writer.attempt) writer = {attempt + 1, false, {}};
  SinkJobContext job{*context_};
  if (hooks() != nullptr) hooks()->clean_up_attempt(job, subtask, attempt);
}

void SinkCoordinator::commit() {
  if (committed_) return;
  SinkJobContext job{*context_};
  if (commits()) {
    std::vector<std::string> all;
    for (std::size_t subtask = 0; subtask < subtasks_.size(); ++subtask) {
      const Subtask& writer = subtasks_[subtask];
      if (!writer.complete) {
        throw Error{ErrorKind::internal,
                    concat("sink \"", context_->operator_name(), "\": subtask ", subtask,
                           " finished, but its committables have not arrived")};
      }
      all.insert(all.end(), writer.committables.begin(), writer.committables.end());
    }
    commit_all(job, all);
  }
  if (hooks() != nullptr) hooks()->complete_job(job);
  committed_ = true;
}

void SinkCoordinator::abort() noexcept {
  if (committed_ || context_ == nullptr || hooks() == nullptr) return;
  try {
    SinkJobContext job{*context_};
    hooks()->abort_job(job);
  } catch (...) {  // the job has failed already; what is left behind is named as unfinished
  }
}

}  // namespace flink::detail
