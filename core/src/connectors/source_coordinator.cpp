// SPDX-License-Identifier: Apache-2.0
// The untyped half of a source on the JobManager: who runs, who holds which splits. An attempt's
// splits stay on its account when it has finished, and come back only when the runtime says that it
// counts no more (subtask_reset).
#include <flink/detail/source_runtime.h>
#include <flink/error.h>

namespace flink::detail {

void throw_bad_source_event(std::string_view event) {
  throw Error{ErrorKind::internal,
              concat("source: an event of unknown kind and ", event.size(),
                     " bytes arrived; the processes of this job are of different builds")};
}

SourceCoordinator::Subtask& SourceCoordinator::at(int subtask) {
  FLINK_CHECK(subtask >= 0 && subtask < static_cast<int>(subtasks_.size()), subtask,
              subtasks_.size());
  return subtasks_[static_cast<std::size_t>(subtask)];
}

void SourceCoordinator::start(CoordinatorContext& context) {
  context_ = &context;
  subtasks_.resize(static_cast<std::size_t>(context.parallelism()));
  open_ = true;
  start_enumerator();
}

void SourceCoordinator::subtask_ready(int subtask, int attempt) {
  Subtask& reader = at(subtask);
  if (attempt < reader.attempt) return;  // of an attempt that is gone
  FLINK_CHECK(reader.splits.empty(), subtask, attempt, reader.attempt, reader.splits.size());
  reader.attempt = attempt;
  reader.running = true;
  const auto early = std::exchange(reader.early, {});
  reader_added(subtask);
  for (const auto& [sender, event] : early) {
    if (sender == attempt) dispatch(subtask, event);
  }
}

void SourceCoordinator::handle_event(int subtask, int attempt, std::string_view event) {
  Subtask& reader = at(subtask);
  if (reader.running && attempt == reader.attempt) {
    dispatch(subtask, event);
  } else if (attempt >= reader.attempt) {
    reader.early.emplace_back(attempt, event);
  }
}

void SourceCoordinator::dispatch(int subtask, std::string_view event) {
  const char kind = event.empty() ? '\0' : event.front();
  if (kind == source_event::split_request) {
    split_requested(subtask);
  } else if (kind == source_event::custom) {
    custom_event(subtask, event.substr(1));
  } else {
    throw_bad_source_event(event);
  }
}

void SourceCoordinator::subtask_reset(int subtask, int attempt, std::int64_t) {
  Subtask& reader = at(subtask);
  if (attempt < reader.attempt) return;
  reader.attempt = attempt + 1;
  reader.running = false;
  std::erase_if(reader.early, [attempt](const auto& event) { return event.first <= attempt; });
  const auto splits = std::exchange(reader.splits, {});
  if (!splits.empty()) splits_back(splits, subtask);
}

std::vector<int> SourceCoordinator::running_readers() const {
  std::vector<int> running;
  for (std::size_t subtask = 0; subtask < subtasks_.size(); ++subtask) {
    if (subtasks_[subtask].running) running.push_back(static_cast<int>(subtask));
  }
  return running;
}

void SourceCoordinator::assign(int subtask, std::string split_bytes) {
  if (subtask < 0 || subtask >= static_cast<int>(subtasks_.size()) || !at(subtask).running) {
    throw Error{ErrorKind::user, concat("source \"", context_->operator_name(),
                                        "\": a split was assigned to subtask ", subtask,
                                        ", whose reader is not registered; assign to the subtasks "
                                        "of registered_readers()")};
  }
  tell(subtask, source_event::split, split_bytes);
  at(subtask).splits.push_back(std::move(split_bytes));
}

void SourceCoordinator::tell(int subtask, char kind, std::string_view payload) {
  std::string event(1, kind);
  event += payload;
  context_->send_event(subtask, std::move(event));
}

void SourceCoordinator::close_once() {
  if (std::exchange(open_, false)) close_enumerator();
}

void SourceCoordinator::commit() { close_once(); }

void SourceCoordinator::abort() noexcept {
  try {
    close_once();
  } catch (...) {  // the job has ended; nothing depends on the enumerator any more
  }
}

}  // namespace flink::detail
