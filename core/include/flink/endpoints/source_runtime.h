// SPDX-License-Identifier: Apache-2.0
// From a typed Source to what the runtime drives: a SourceOperator in each subtask and an
// OperatorCoordinator on the JobManager. The untyped halves are compiled once (src/endpoints).
// One event carries one thing: its first byte says what, the rest is the payload.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/endpoints/source_coordinator_of.h>
#include <flink/fiber/turn.h>
#include <flink/graph/transformation.h>
#include <flink/operators/operator_items.h>
#include <flink/source.h>

#include <optional>

namespace flink {
namespace detail {

std::unique_ptr<SourceReaderContext> make_reader_context(OperatorContext& context);

// All that needs to know the splits only: for those of the sources here it is compiled once.
template <class SplitT, class StateT>
class SplitReaderOperator : public SourceOperator {
 public:
  explicit SplitReaderOperator(std::shared_ptr<const SplitSource<SplitT, StateT>> source)
      : source_(std::move(source)) {}

  void handle_coordinator_event(std::string_view event) override {
    const char kind = event.empty() ? '\0' : event.front();
    if (kind == source_event::split) {
      std::vector<SplitT> splits;
      splits.push_back(from_bytes<SplitT>(event.substr(1)));
      reader_->add_splits(std::move(splits));
    } else if (kind == source_event::no_more_splits) {
      reader_->notify_no_more_splits();
    } else if (kind == source_event::custom) {
      reader_->handle_source_event(event.substr(1));
    } else {
      throw_bad_source_event(event);
    }
  }
  void pause_or_resume_splits(const std::vector<std::string>& pause,
                              const std::vector<std::string>& resume) override {
    reader_->pause_or_resume_splits(pause, resume);
  }
  OperatorSnapshot snapshot(std::int64_t checkpoint_id) override {
    OperatorSnapshot snapshot;
    snapshot[reader_state_name] = item_list(reader_->snapshot_state(checkpoint_id));
    return snapshot;
  }
  void notify_checkpoint_complete(std::int64_t checkpoint_id) override {
    reader_->notify_checkpoint_complete(checkpoint_id);
  }
  void close() noexcept override {
    if (reader_) reader_->close();
    reader_.reset();
  }

 protected:
  void open_context(OperatorContext& context) { context_ = make_reader_context(context); }
  void start(OperatorContext& context, std::unique_ptr<SplitReader<SplitT>> reader) {
    reader_ = std::move(reader);
    auto splits = restored_items<SplitT>(context, reader_state_name);
    if (!splits.empty()) reader_->add_splits(std::move(splits));
    reader_->start();
  }

  const SplitSource<SplitT, StateT>& source() const noexcept { return *source_; }
  SourceReaderContext& reader_context() const noexcept { return *context_; }

 private:
  std::shared_ptr<const SplitSource<SplitT, StateT>> source_;
  std::unique_ptr<SourceReaderContext> context_;
  std::unique_ptr<SplitReader<SplitT>> reader_;
};

template <class T, class SplitT, class StateT>
class SourceOperatorOf final : public SplitReaderOperator<SplitT, StateT> {
 public:
  explicit SourceOperatorOf(std::shared_ptr<const Source<T, SplitT, StateT>> source)
      : SplitReaderOperator<SplitT, StateT>(std::move(source)) {}

  void open(OperatorContext& context) override {
    this->open_context(context);
    output_.emplace(context.output(), context.split_outputs());
    turn_ = &context.turn();
    const auto& source = static_cast<const Source<T, SplitT, StateT>&>(this->source());
    auto reader = source.create_reader(this->reader_context());
    reader_ = reader.get();
    this->start(context, std::move(reader));
  }

  // A reader that emits one record a call is called until a batch is full or a moment has passed.
  // The batch is handed on before returning, so that nothing rests here between two polls.
  InputStatus poll() override {
    output_->set_goal(turn_->source_records());
    const std::uint64_t emitted = output_->batches_emitted();
    const std::uint64_t records = output_->records_emitted();
    InputStatus status = reader_->poll_next(*output_);
    if (wants_more(status, emitted)) {
      const auto until = this->reader_context().now() + std::chrono::milliseconds{1};
      // Virtual time stands still during a turn: the loop must end by itself.
      for (int turns = 0; turns < turns_max && wants_more(status, emitted); ++turns) {
        status = reader_->poll_next(*output_);
        if (this->reader_context().now() >= until) break;
      }
    }
    output_->flush();
    turn_->source_emitted(output_->records_emitted() - records);
    return status;
  }
  void hand_on() override { output_->flush(); }

 private:
  static constexpr int turns_max = 4096;

  // Less than half a batch so far, and none went on.
  bool wants_more(InputStatus status, std::uint64_t emitted) const {
    return status == InputStatus::more_available && output_->batches_emitted() == emitted &&
           !output_->half_full();
  }

  std::optional<ReaderOutput<T>> output_;
  SourceReader<T, SplitT>* reader_ = nullptr;
  Turn* turn_ = nullptr;
};

// Sources that one subtask must read say: static constexpr bool non_parallel = true.
template <class S>
constexpr bool is_non_parallel = false;
template <class S>
requires requires { S::non_parallel; }
constexpr bool is_non_parallel<S> = S::non_parallel;

// Fills a transformation's source half: make_source, make_coordinator, bounded, output_type,
// parallelism_fixed_to_one.
template <class S>
void install_source(std::shared_ptr<const S> source, Transformation& transformation) {
  using T = typename S::record_type;
  using SplitT = typename S::split_type;
  using StateT = typename S::enumerator_state_type;
  std::shared_ptr<const Source<T, SplitT, StateT>> erased = std::move(source);
  transformation.bounded = erased->boundedness() == Boundedness::bounded;
  transformation.parallelism_fixed_to_one = is_non_parallel<S>;
  transformation.output_type = &record_type<T>();
  transformation.make_coordinator = source_coordinators<SplitT, StateT>(erased);
  transformation.make_source = [erased] {
    return make_owned<SourceOperator, SourceOperatorOf<T, SplitT, StateT>>(erased);
  };
}

}  // namespace detail

}  // namespace flink
