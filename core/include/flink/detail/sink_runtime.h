// SPDX-License-Identifier: Apache-2.0
// From a typed Sink to what the runtime drives: an Operator in each subtask and, for sinks that
// commit or have job hooks, an OperatorCoordinator on the JobManager. A writer's committables
// travel when its input has ended, one event each, then one that says "all"; they are committed
// once every task FINISHED.
#pragma once

#include <flink/detail/basic_operator.h>
#include <flink/sink.h>
#include <flink/transformation.h>
#include <flink/types/bytes.h>
#include <flink/types/serializer.h>

#include <type_traits>

namespace flink::detail {

namespace sink_event {
constexpr char committable = 'c';
constexpr char all = 'a';
}  // namespace sink_event

std::unique_ptr<WriterInitContext> make_writer_context(OperatorContext& context);
[[noreturn]] void throw_not_committing(std::string_view sink);
[[noreturn]] void throw_commit_failed(std::string_view sink, const std::string& reason,
                                      int retries);
int committer_retries(const CoordinatorContext& context);

template <class CommT>
std::string committable_to_bytes(const CommT& committable) {
  std::string bytes(1, sink_event::committable);
  ByteWriter writer{bytes};
  Serializer<CommT>::write(writer, committable);
  writer.finish();
  return bytes;
}
template <class CommT>
CommT committable_from_bytes(std::string_view bytes) {
  ByteReader reader{bytes};
  CommT committable{};
  Serializer<CommT>::read(reader, committable);
  return committable;
}

// CommT is void for sinks without a committer.
template <class T, class CommT>
class SinkOperatorOf final : public BasicOperator {
 public:
  explicit SinkOperatorOf(std::shared_ptr<const Sink<T>> sink) : sink_(std::move(sink)) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    context_ = make_writer_context(context);
    writer_ = sink_->create_writer(*context_);
  }
  void process(int, BatchRef& batch) override {
    writer_->write_batch(static_cast<const RecordBatch<T>&>(*batch).records());
  }
  void process_watermark(Timestamp) override {}
  void process_idle(bool) override {}
  void finish() override {
    writer_->flush(true);
    if constexpr (!std::is_void_v<CommT>) {
      auto* committing = dynamic_cast<CommittingSinkWriter<T, CommT>*>(writer_.get());
      if (committing == nullptr) throw_not_committing(context_->runtime().task_name());
      for (const CommT& committable : committing->prepare_commit()) {
        context().send_to_coordinator(committable_to_bytes(committable));
      }
      context().send_to_coordinator(std::string(1, sink_event::all));
    }
  }
  void close() noexcept override { writer_.reset(); }

 private:
  std::shared_ptr<const Sink<T>> sink_;
  std::unique_ptr<WriterInitContext> context_;
  std::unique_ptr<SinkWriter<T>> writer_;
};

// Holds the committables of each subtask's last attempt, as bytes, until the job-level commit.
class SinkCoordinator : public OperatorCoordinator {
 public:
  void start(CoordinatorContext& context) final;
  void subtask_ready(int subtask, int attempt) final;
  void handle_event(int subtask, int attempt, std::string_view event) final;
  void subtask_reset(int subtask, int attempt, std::int64_t checkpoint_id) final;
  void commit() final;
  void abort() noexcept final;

 protected:
  virtual const SupportsJobHooks* hooks() const = 0;
  virtual bool commits() const = 0;
  // Throws when it cannot; then it may be called again with the same.
  virtual void commit_all(SinkJobContext& context,
                          const std::vector<std::string>& committables) = 0;
  CoordinatorContext& coordinator_context() const noexcept { return *context_; }

 private:
  struct Subtask {
    int attempt = 0;  // older ones no longer count
    bool complete = false;
    std::vector<std::string> committables;
  };
  Subtask& at(int subtask);

  CoordinatorContext* context_ = nullptr;
  std::vector<Subtask> subtasks_;
  bool committed_ = false;
};

// Calls the committer until nothing is left to retry.
template <class CommT>
void commit_requests(Committer<CommT>& committer, std::vector<CommitRequest<CommT>> requests,
                     const CoordinatorContext& context) {
  const int retries_max = committer_retries(context);
  for (int retries = 0; !requests.empty(); ++retries) {
    for (auto& request : requests) request.begin(retries);
    committer.commit(requests);
    std::vector<CommitRequest<CommT>> again;
    for (auto& request : requests) {
      if (request.state() == CommitRequest<CommT>::State::retry) {
        if (retries == retries_max) {
          throw_commit_failed(context.operator_name(), request.reason(), retries);
        }
        again.push_back(std::move(request));
      } else if (request.state() == CommitRequest<CommT>::State::failed) {
        if (!request.reason_known()) {
          throw_commit_failed(context.operator_name(), request.reason(), retries);
        }
        context.warn(concat("sink \"", context.operator_name(),
                            "\": a commit was given up: ", request.reason()));
      }
    }
    requests = std::move(again);
  }
}

template <class S, class CommT>
class SinkCoordinatorOf final : public SinkCoordinator {
 public:
  explicit SinkCoordinatorOf(std::shared_ptr<const S> sink) : sink_(std::move(sink)) {}

 private:
  const SupportsJobHooks* hooks() const override {
    if constexpr (std::is_base_of_v<SupportsJobHooks, S>) return sink_.get();
    return nullptr;
  }
  bool commits() const override { return !std::is_void_v<CommT>; }
  void commit_all(SinkJobContext& context, const std::vector<std::string>& committables) override {
    if constexpr (!std::is_void_v<CommT>) {
      std::vector<CommitRequest<CommT>> requests;
      for (const auto& bytes : committables) {
        requests.emplace_back(committable_from_bytes<CommT>(bytes));
      }
      const auto committer = sink_->create_committer(context);
      commit_requests<CommT>(*committer, std::move(requests), coordinator_context());
    }
  }

  std::shared_ptr<const S> sink_;
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
  transformation.is_sink = true;
  transformation.parallelism_fixed_to_one = is_non_parallel_sink<S>;
  transformation.commits_at_end = !std::is_void_v<CommT>;
  std::shared_ptr<const Sink<T>> erased = sink;
  transformation.make_operator = [erased]() -> std::unique_ptr<Operator> {
    return std::make_unique<SinkOperatorOf<T, CommT>>(erased);
  };
  if constexpr (!std::is_void_v<CommT> || std::is_base_of_v<SupportsJobHooks, S>) {
    transformation.make_coordinator = [sink]() -> std::unique_ptr<OperatorCoordinator> {
      return std::make_unique<SinkCoordinatorOf<S, CommT>>(sink);
    };
  }
}

}  // namespace flink::detail
