// SPDX-License-Identifier: Apache-2.0
// From a typed Sink to what the runtime drives: an Operator in each subtask and, for sinks that
// commit, an OperatorCoordinator on the JobManager. A writer's committables travel just before each
// barrier, one event each, and when its input has ended, then followed by one that says "all".
#pragma once

#include <flink/base/algorithm.h>
#include <flink/endpoints/sink_coordinator_of.h>
#include <flink/graph/transformation.h>
#include <flink/operators/basic_operator.h>
#include <flink/operators/operator_items.h>
#include <flink/sink.h>

#include <type_traits>

namespace flink::detail {

// An item of a subtask's state: handed over for that checkpoint, not taken over by the coordinator.
template <class CommT>
struct CheckpointCommittable {
  std::int64_t checkpoint_id = no_checkpoint;
  CommittableId id;  // since format 2
  CommT committable{};
};

// A writer's context as the runtime has it.
class SinkWriterContext : public WriterInitContext {
 public:
  // The writer has handed over what belongs to that checkpoint.
  virtual void passed(std::int64_t checkpoint_id) = 0;
};
std::unique_ptr<SinkWriterContext> make_writer_context(OperatorContext& context);
[[noreturn]] void throw_not_committing(std::string_view sink);
[[noreturn]] void throw_not_stateful(std::string_view sink);
[[noreturn]] void throw_bad_sink_event(std::string_view event);

// The committing half of a sink's operator. Its functions are not inline, so that those compiled
// once are not compiled again in a job.
template <class CommT>
class CommittableSender {
 public:
  void open(OperatorContext& context);
  void prepare(OperatorContext& context, std::int64_t checkpoint_id,
               std::vector<CommT> committables);
  // A checkpoint after the input's end.
  void seal(OperatorContext& context, std::int64_t checkpoint_id);
  void snapshot(OperatorSnapshot& snapshot);
  void handle_event(std::string_view event);

 private:
  static void send(OperatorContext& context, char kind, const CheckpointCommittable<CommT>& item);

  CommittableId next_;
  std::vector<CheckpointCommittable<CommT>> pending_;
};
template <>
class CommittableSender<void> {};

template <class CommT>
void CommittableSender<CommT>::open(OperatorContext& context) {
  const auto from = context.restored_checkpoint_id().value_or(no_checkpoint);
  const auto& task = context.runtime();
  next_ = {from, task.subtask_index(), task.attempt_number(), 0};
  pending_ = restored_items<CheckpointCommittable<CommT>>(context, committables_name);
  for (std::size_t i = 0; i < pending_.size(); ++i) {  // the same for every attempt
    if (pending_[i].id.number >= 0) continue;
    pending_[i].id = {from, task.subtask_index(), -1, static_cast<std::int64_t>(i)};
  }
  if (!context.restored_checkpoint_id()) return;
  for (const auto& item : pending_) send(context, sink_event::restored, item);
  context.send_to_coordinator(std::string(1, sink_event::all_restored));
}
template <class CommT>
void CommittableSender<CommT>::prepare(OperatorContext& context, std::int64_t checkpoint_id,
                                       std::vector<CommT> committables) {
  for (CommT& committable : committables) {
    pending_.push_back({checkpoint_id, next_, std::move(committable)});
    ++next_.number;
    send(context, sink_event::committable, pending_.back());
  }
}
template <class CommT>
void CommittableSender<CommT>::seal(OperatorContext& context, std::int64_t checkpoint_id) {
  for (auto& item : pending_) {
    if (item.checkpoint_id == no_checkpoint) item.checkpoint_id = checkpoint_id;
  }
  context.send_to_coordinator(checkpoint_event(sink_event::sealed, checkpoint_id));
}
template <class CommT>
void CommittableSender<CommT>::snapshot(OperatorSnapshot& snapshot) {
  snapshot[committables_name] = item_list(pending_);
}
// That a checkpoint is complete is not enough to forget what was handed over for it: the
// coordinator may have given its state for the next one before that arrived.
template <class CommT>
void CommittableSender<CommT>::handle_event(std::string_view event) {
  if (!event.starts_with(sink_event::taken_over)) throw_bad_sink_event(event);
  const std::int64_t checkpoint_id = checkpoint_of_event(event);
  std::erase_if(pending_, [checkpoint_id](const auto& item) {
    return item.checkpoint_id != no_checkpoint && item.checkpoint_id <= checkpoint_id;
  });
}
template <class CommT>
void CommittableSender<CommT>::send(OperatorContext& context, char kind,
                                    const CheckpointCommittable<CommT>& item) {
  context.send_to_coordinator(
      committable_event(kind, item.checkpoint_id, item.id, to_bytes<CommT>(item.committable)));
}

// CommT, StateT: void for sinks without a committer, without writer state.
template <class T, class CommT, class StateT>
class SinkOperatorOf final : public BasicOperator {
 public:
  explicit SinkOperatorOf(std::shared_ptr<const Sink<T>> sink) : sink_(std::move(sink)) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    context_ = make_writer_context(context);
    writer_ = make_writer(context);
    if constexpr (commits) {
      committing_ = dynamic_cast<CommittingSinkWriter<T, CommT>*>(writer_.get());
      if (committing_ == nullptr) throw_not_committing(context.runtime().task_name());
      sender_.open(context);
    }
  }
  void process(int, BatchRef& batch) override {
    const auto records = static_cast<const RecordBatch<T>&>(*batch).records();
    for (std::size_t from = 0, count = 0; from < records.size(); from += count) {
      count = std::min(records.size() - from, pace().quick() ? quick_stretch : pace().stretch());
      writer_->write_batch(records.subspan(from, count));
      pace().look([] {});
    }
  }
  void process_watermark(Timestamp) override {}
  void process_idle(bool) override {}
  void finish() override {
    writer_->flush(true);
    finished_ = true;
    if constexpr (commits) {
      sender_.prepare(context(), no_checkpoint, committing_->prepare_commit());
      context().send_to_coordinator(std::string(1, sink_event::all));
    }
  }
  void prepare_snapshot(std::int64_t checkpoint_id) override {
    if (!finished_) writer_->flush(false);
    if constexpr (commits) {
      finished_ ? sender_.seal(context(), checkpoint_id)
                : sender_.prepare(context(), checkpoint_id, committing_->prepare_commit());
    }
    context_->passed(checkpoint_id);
  }
  OperatorSnapshot snapshot(std::int64_t checkpoint_id) override {
    OperatorSnapshot snapshot = BasicOperator::snapshot(checkpoint_id);
    if constexpr (commits) sender_.snapshot(snapshot);
    if constexpr (stateful) {
      auto* writer = dynamic_cast<StatefulSinkWriter<StateT>*>(writer_.get());
      if (writer == nullptr) throw_not_stateful(context_->runtime().task_name());
      snapshot[writer_state_name] = item_list(writer->snapshot_state(checkpoint_id));
    }
    return snapshot;
  }
  void handle_coordinator_event([[maybe_unused]] std::string_view event) override {
    if constexpr (commits) sender_.handle_event(event);
  }
  void close() noexcept override { writer_.reset(); }

 private:
  static constexpr bool commits = !std::is_void_v<CommT>;
  static constexpr bool stateful = !std::is_void_v<StateT>;
  // Records at once while it is quick: enough to share a call's cost, few if it turns slow in them.
  static constexpr std::size_t quick_stretch = 128;

  std::unique_ptr<SinkWriter<T>> make_writer(OperatorContext& context) {
    if constexpr (stateful) {
      const auto* sink = dynamic_cast<const SupportsWriterState<T, StateT>*>(sink_.get());
      if (context.restored_checkpoint_id()) {
        return sink->restore_writer(*context_, restored_items<StateT>(context, writer_state_name));
      }
    }
    return sink_->create_writer(*context_);
  }

  std::shared_ptr<const Sink<T>> sink_;
  std::unique_ptr<SinkWriterContext> context_;
  std::unique_ptr<SinkWriter<T>> writer_;
  CommittingSinkWriter<T, CommT>* committing_ = nullptr;  // writer_, when it commits
  [[no_unique_address]] CommittableSender<CommT> sender_;
  bool finished_ = false;
};

template <class S>
struct committable_of {
  using type = void;
};
template <class S>
requires requires { typename S::committable_type; }
struct committable_of<S> {
  using type = typename S::committable_type;
};
template <class S>
struct writer_state_of {
  using type = void;
};
template <class S>
requires requires { typename S::writer_state_type; }
struct writer_state_of<S> {
  using type = typename S::writer_state_type;
};

// Sinks that one subtask must write say: static constexpr bool non_parallel = true.
template <class S>
constexpr bool is_non_parallel_sink = false;
template <class S>
requires requires { S::non_parallel; }
constexpr bool is_non_parallel_sink<S> = S::non_parallel;

// Fills a transformation's sink half: make_operator, make_coordinator, is_sink, commits_at_end,
// parallelism_fixed_to_one.
template <class S>
void install_sink(std::shared_ptr<const S> sink, Transformation& transformation) {
  using T = typename S::record_type;
  using CommT = typename committable_of<S>::type;
  using StateT = typename writer_state_of<S>::type;
  transformation.is_sink = true;
  transformation.parallelism_fixed_to_one = is_non_parallel_sink<S>;
  transformation.commits_at_end = !std::is_void_v<CommT>;
  std::shared_ptr<const Sink<T>> erased = sink;
  transformation.make_operator = [erased] {
    return make_owned<Operator, SinkOperatorOf<T, CommT, StateT>>(erased);
  };
  if constexpr (!std::is_void_v<CommT>) {
    transformation.make_coordinator = sink_coordinators<CommT>(std::move(sink));
  }
}

}  // namespace flink::detail
