// SPDX-License-Identifier: Apache-2.0
// The untyped half of a source on the JobManager. An attempt's splits stay on its account when it
// has finished, and come back only when the runtime says that it counts no more (subtask_reset).
#include <flink/base/check.h>
#include <flink/endpoints/source_coordinator.h>
#include <flink/error.h>
#include <flink/operators/operator_items.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "operators/source_alignment.h"

namespace flink::detail {
namespace {

// What checkpoint() gives, behind a version byte.
struct State {
  std::string enumerator_schema;
  std::string enumerator;
};
constexpr char state_version = 1;

// Account: a split assigned before checkpoint() of N reaches its reader ahead of N's barrier, so it
// is in the reader's state of N; one assigned later is not. subtask_reset(.., N) therefore gives
// back exactly what was assigned after N. Splits assigned before a complete checkpoint are off the
// account, as no subtask is ever reset further back.
class SourceCoordinator final : public OperatorCoordinator, SplitAssigner {
 public:
  explicit SourceCoordinator(std::unique_ptr<SourceEnumerator> enumerator)
      : enumerator_(std::move(enumerator)) {}
  void start(CoordinatorContext& context) override;
  void subtask_ready(int subtask, int attempt) override;
  void handle_event(int subtask, int attempt, std::string_view event) override;
  void subtask_reset(int subtask, int attempt, std::int64_t checkpoint_id) override;
  void commit() override;
  void restore(std::int64_t checkpoint_id, std::string_view state) override;
  std::string checkpoint(std::int64_t checkpoint_id) override;
  void checkpoint_complete(std::int64_t checkpoint_id) override;
  void abort() noexcept override;

 private:
  // No checkpoint has begun since.
  static constexpr std::int64_t unsealed = INT64_MAX;

  struct Assigned {
    std::int64_t checkpoint = unsealed;  // the first that began afterwards
    std::string split;
  };
  struct Subtask {
    int attempt = 0;  // the one that runs; else the first that may come
    bool running = false;
    std::optional<std::int64_t> watermark;  // what it reported last
    bool told_no_more = false;              // and may have ended: it must be given nothing more
    std::vector<Assigned> splits;
    std::vector<std::pair<int, std::string>> early;  // events that overtook subtask_ready
  };
  CoordinatorContext& context() const override { return *context_; }
  std::vector<int> running_readers() const override;
  void assign(int subtask, std::string split_bytes) override;
  void tell_no_more(int subtask) override;
  void tell_custom(int subtask, std::string_view event) override;

  Subtask& at(int subtask);
  void tell(int subtask, char kind, std::string_view payload);
  void dispatch(int subtask, std::string_view event);
  void align(int subtask, std::string_view event);
  void close_once();

  CoordinatorContext* context_ = nullptr;
  std::unique_ptr<SourceEnumerator> enumerator_;
  std::vector<Subtask> subtasks_;
  std::int64_t complete_ = no_checkpoint;  // no subtask is reset to an older one
  std::string restored_;                   // until start()
  bool open_ = false;
};

SourceCoordinator::Subtask& SourceCoordinator::at(int subtask) {
  FLINK_CHECK(subtask >= 0 && subtask < static_cast<int>(subtasks_.size()), subtask,
              subtasks_.size());
  return subtasks_[static_cast<std::size_t>(subtask)];
}

void SourceCoordinator::start(CoordinatorContext& context) {
  context_ = &context;
  subtasks_.resize(static_cast<std::size_t>(context.parallelism()));
  open_ = true;
  if (restored_.empty()) {
    enumerator_->start(*this);
    return;
  }
  if (restored_.front() != state_version) {
    throw Error{ErrorKind::user,
                concat("source \"", context.operator_name(), "\": its state has version ",
                       static_cast<int>(restored_.front()), ", this build reads version ",
                       static_cast<int>(state_version), "; restore with the newer build")};
  }
  const auto state = from_bytes<State>(std::string_view{restored_}.substr(1));
  restored_.clear();
  enumerator_->restore(*this, state.enumerator_schema, state.enumerator);
}

void SourceCoordinator::subtask_ready(int subtask, int attempt) {
  Subtask& reader = at(subtask);
  if (attempt < reader.attempt) return;  // of an attempt that is gone
  FLINK_CHECK(reader.splits.empty(), subtask, attempt, reader.attempt, reader.splits.size());
  reader.attempt = attempt;
  reader.running = true;
  const auto early = std::exchange(reader.early, {});
  enumerator_->reader_added(subtask);
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
    // It asked twice before it heard; what has come back since is for another.
    if (!at(subtask).told_no_more) enumerator_->split_requested(subtask);
  } else if (kind == source_event::custom) {
    enumerator_->custom_event(subtask, event.substr(1));
  } else if (kind == operators::alignment_event) {
    align(subtask, event);
  } else {
    throw_bad_source_event(event);
  }
}

// The source is where its last subtask is. One that is not heard of yet, or has failed, is not
// waited for: it says so within an interval.
void SourceCoordinator::align(int subtask, std::string_view event) {
  const auto report = operators::report_of(event);
  at(subtask).watermark = report.millis;
  auto least = report.millis;
  for (const Subtask& reader : subtasks_) least = std::min(least, reader.watermark.value_or(least));
  least = context_->align_watermark(report.group, least);
  context_->send_unordered_event(subtask, operators::least_event(least));
}

void SourceCoordinator::subtask_reset(int subtask, int attempt, std::int64_t checkpoint_id) {
  Subtask& reader = at(subtask);
  if (attempt < reader.attempt) return;
  if (checkpoint_id < complete_) {
    throw Error{ErrorKind::internal,
                concat("source \"", context_->operator_name(), "\": subtask ", subtask,
                       " starts again from checkpoint ", checkpoint_id, ", but checkpoint ",
                       complete_, " is complete; its splits can no longer be told apart")};
  }
  reader.attempt = attempt + 1;
  reader.running = false;
  reader.told_no_more = false;
  reader.watermark.reset();
  std::erase_if(reader.early, [attempt](const auto& event) { return event.first <= attempt; });
  std::vector<std::string> back;
  for (Assigned& assigned : std::exchange(reader.splits, {})) {
    if (assigned.checkpoint > checkpoint_id) back.push_back(std::move(assigned.split));
  }
  if (!back.empty()) enumerator_->splits_back(back, subtask);
}

void SourceCoordinator::restore(std::int64_t checkpoint_id, std::string_view state) {
  complete_ = checkpoint_id;
  restored_ = state;
}

std::string SourceCoordinator::checkpoint(std::int64_t checkpoint_id) {
  for (Subtask& reader : subtasks_) {
    for (Assigned& assigned : reader.splits) {
      if (assigned.checkpoint == unsealed) assigned.checkpoint = checkpoint_id;
    }
  }
  State state;
  state.enumerator_schema = enumerator_->schema();
  state.enumerator = enumerator_->state(checkpoint_id);
  return state_version + to_bytes(state);
}

void SourceCoordinator::checkpoint_complete(std::int64_t checkpoint_id) {
  if (checkpoint_id <= complete_) return;
  complete_ = checkpoint_id;
  for (Subtask& reader : subtasks_) {
    std::erase_if(reader.splits, [checkpoint_id](const Assigned& assigned) {
      return assigned.checkpoint <= checkpoint_id;
    });
  }
  if (open_) enumerator_->checkpoint_complete(checkpoint_id);
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
  if (at(subtask).told_no_more) {
    throw Error{
        ErrorKind::user,
        concat("source \"", context_->operator_name(), "\": a split was assigned to subtask ",
               subtask, " after signal_no_more_splits(", subtask,
               "); its reader may have ended, so the split would be lost")};
  }
  tell(subtask, source_event::split, split_bytes);
  at(subtask).splits.push_back({unsealed, std::move(split_bytes)});
}

void SourceCoordinator::tell_no_more(int subtask) {
  at(subtask).told_no_more = true;
  tell(subtask, source_event::no_more_splits, {});
}

void SourceCoordinator::tell_custom(int subtask, std::string_view event) {
  tell(subtask, source_event::custom, event);
}

void SourceCoordinator::tell(int subtask, char kind, std::string_view payload) {
  std::string event(1, kind);
  event += payload;
  context_->send_event(subtask, std::move(event));
}

void SourceCoordinator::close_once() {
  if (std::exchange(open_, false)) enumerator_->close();
}

void SourceCoordinator::commit() { close_once(); }

void SourceCoordinator::abort() noexcept {
  try {
    close_once();
  } catch (...) {  // the job has ended; nothing depends on the enumerator any more
  }
}

}  // namespace

std::unique_ptr<OperatorCoordinator> make_source_coordinator(
    std::unique_ptr<SourceEnumerator> enumerator) {
  return std::make_unique<SourceCoordinator>(std::move(enumerator));
}

void throw_bad_source_event(std::string_view event) {
  throw Error{ErrorKind::internal,
              concat("source: an event of unknown kind and ", event.size(),
                     " bytes arrived; the processes of this job are of different builds")};
}

}  // namespace flink::detail
