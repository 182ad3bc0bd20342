// SPDX-License-Identifier: Apache-2.0
// A sink on the JobManager: between the untyped half, which knows which committables wait for which
// checkpoint (src/endpoints/sink_coordinator.cpp), and the typed one.
#pragma once

#include <flink/base/memory.h>
#include <flink/graph/coordinator.h>

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace flink {

class SinkJobContext;

namespace detail {

// Tells a committable from every other one of the jobs that continue each other: two may be equal.
struct CommittableId {
  std::int64_t started_from = no_checkpoint;  // the checkpoint that its writer was restored from
  std::int32_t subtask = -1;
  std::int32_t attempt = -1;  // of a savepoint that has no identities: none
  std::int64_t number = -1;   // counted by the writer; -1: it has no identity yet
  friend auto operator<=>(const CommittableId&, const CommittableId&) = default;
};

// Behind the byte of `committable` and `restored`: the checkpoint's id (8 bytes, no_checkpoint at
// the end of input), the committable's fields and the committable, as an item of the subtask's
// state has them.
namespace sink_event {
// Subtask to coordinator.
constexpr char committable = 'c';
constexpr char all = 'a';           // the input has ended, nothing more will come
constexpr char sealed = 's';        // those of the end of input are part of that checkpoint
constexpr char restored = 'r';      // of the checkpoint that the subtask was restored from
constexpr char restored_old = 'o';  // the same, without identity
constexpr char all_restored = 'R';  // those were all
// Coordinator to subtask. Behind the byte a checkpoint's id: what was handed over for it, and
// before, is in the coordinator's state for every checkpoint that the subtask has not been through,
// or committed.
constexpr char taken_over = 't';
}  // namespace sink_event

// `restored` or `restored_old`, for items of a subtask's state of that schema.
inline char restored_event(std::string_view item_schema) {
  const bool old = item_schema.starts_with("{checkpoint_id:i64,committable:");
  return old ? sink_event::restored_old : sink_event::restored;
}
std::string committable_event(char kind, std::int64_t checkpoint_id, const CommittableId& id,
                              std::string_view committable);
std::string checkpoint_event(char kind, std::int64_t checkpoint_id);
std::int64_t checkpoint_of_event(std::string_view event);
[[noreturn]] void throw_commit_failed(std::string_view sink, const std::string& reason,
                                      int retries);
// However often it is tried.
[[noreturn]] void throw_commit_impossible(std::string_view sink, const std::string& reason);
int committer_retries(const CoordinatorContext& context);

struct CommitTry {
  std::string committable;
  int retries = 0;  // before this one
};
struct CommitOutcome {
  enum class Result : unsigned char { done, retry, given_up, impossible };
  Result result = Result::done;
  std::string committable;  // retry: with what
  std::string reason;
};

// The typed half: the sink's committer, and committables as bytes. Up to prepare_job() it is called
// on the coordinator's thread, from then on on the one that may block.
class SinkCommitter {
 public:
  using Committables = std::vector<std::string>;

  virtual ~SinkCommitter() = default;
  // These first, in this order; converted() is called between them.
  virtual void open(CoordinatorContext& context) = 0;
  virtual void create(SinkJobContext& job) = 0;
  virtual std::string committable_schema() const = 0;
  // As this job writes them.
  virtual Committables converted(std::string_view schema, const Committables& committables) = 0;
  virtual void prepare_job() = 0;
  // What became of each, in their order.
  virtual std::vector<CommitOutcome> commit(const std::vector<CommitTry>& tries) = 0;
  virtual void clean_up_attempts(const std::vector<SubtaskAttempt>& dead,
                                 const Committables& keep) = 0;
  virtual void clean_up_earlier_runs(const Committables& keep) = 0;
  virtual void complete_job() = 0;
  virtual void abort_job(const Committables& keep) = 0;
};
std::unique_ptr<OperatorCoordinator> make_sink_coordinator(
    std::unique_ptr<SinkCommitter> committer);

}  // namespace detail
}  // namespace flink
