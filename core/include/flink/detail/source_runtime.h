// SPDX-License-Identifier: Apache-2.0
// From a typed Source to what the runtime drives: a SourceOperator in each subtask and an
// OperatorCoordinator on the JobManager. The untyped halves are compiled once (src/connectors).
// One event carries one thing: its first byte says what, the rest is the payload.
#pragma once

#include <flink/detail/operator_items.h>
#include <flink/detail/source_coordinator.h>
#include <flink/error.h>
#include <flink/source.h>
#include <flink/transformation.h>

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
    output_.emplace(context.output());
    const auto& source = static_cast<const Source<T, SplitT, StateT>&>(this->source());
    auto reader = source.create_reader(this->reader_context());
    reader_ = reader.get();
    this->start(context, std::move(reader));
  }

  // A reader that emits one record a call is called until a batch is full or a moment has passed.
  // The batch is handed on before returning, so that nothing rests here between two polls.
  InputStatus poll() override {
    const std::uint64_t emitted = output_->batches_emitted();
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
    return status;
  }

 private:
  static constexpr int turns_max = 4096;

  // Less than half a batch so far, and none went on.
  bool wants_more(InputStatus status, std::uint64_t emitted) const {
    return status == InputStatus::more_available && output_->batches_emitted() == emitted &&
           output_->pending() < ReaderOutput<T>::records_max / 2;
  }

  std::optional<ReaderOutput<T>> output_;
  SourceReader<T, SplitT>* reader_ = nullptr;
};

template <class SplitT, class StateT>
class SourceCoordinatorOf final : public SourceCoordinator, SplitEnumeratorContext<SplitT> {
 public:
  explicit SourceCoordinatorOf(std::shared_ptr<const SplitSource<SplitT, StateT>> source)
      : source_(std::move(source)) {}

 private:
  void start_enumerator() override {
    enumerator_ = source_->create_enumerator(*this);
    enumerator_->start();
  }
  void restore_enumerator(std::string_view schema, std::string_view state) override {
    const auto name = coordinator_context().operator_name();
    StoredItems<StateT> stored{"state of source \"" + std::string{name} + "\"", schema};
    enumerator_ = source_->restore_enumerator(*this, stored.read(state));
    enumerator_->start();
  }
  std::string enumerator_state(std::int64_t checkpoint_id) override {
    return to_bytes<StateT>(enumerator_->snapshot_state(checkpoint_id));
  }
  std::string enumerator_schema() const override { return schema_of<StateT>(); }
  void reader_added(int subtask) override { enumerator_->add_reader(subtask); }
  void split_requested(int subtask) override { enumerator_->handle_split_request(subtask); }
  void custom_event(int subtask, std::string_view event) override {
    enumerator_->handle_source_event(subtask, event);
  }
  void splits_back(const std::vector<std::string>& splits, int subtask) override {
    std::vector<SplitT> typed;
    for (const auto& bytes : splits) typed.push_back(from_bytes<SplitT>(bytes));
    enumerator_->add_splits_back(std::move(typed), subtask);
  }
  void enumerator_checkpoint_complete(std::int64_t checkpoint_id) override {
    enumerator_->notify_checkpoint_complete(checkpoint_id);
  }
  void close_enumerator() override {
    if (enumerator_) enumerator_->close();
  }

  int current_parallelism() const override { return coordinator_context().parallelism(); }
  std::vector<int> registered_readers() const override { return running_readers(); }
  void assign_split(const SplitT& split, int subtask) override {
    assign(subtask, to_bytes<SplitT>(split));
  }
  void signal_no_more_splits(int subtask) override { tell_no_more(subtask); }
  void send_event_to_source_reader(int subtask, std::string event) override {
    tell_custom(subtask, event);
  }
  base::FileSystem& file_system() override { return coordinator_context().file_system(); }
  std::string option(std::string_view key) const override {
    return coordinator_context().option(key);
  }
  void warn(const std::string& text) override { coordinator_context().warn(text); }

  std::shared_ptr<const SplitSource<SplitT, StateT>> source_;
  std::unique_ptr<SplitEnumerator<SplitT, StateT>> enumerator_;
};

// A new enumerator that takes its splits from a checkpoint in place of looking for them.
template <class SplitT, class StateT>
class RestoredEnumerator final : public SplitEnumerator<SplitT, StateT> {
 public:
  RestoredEnumerator(std::unique_ptr<SplitEnumerator<SplitT, StateT>> fresh, StateT splits)
      : inner_(std::move(fresh)), splits_(std::move(splits)) {}
  void start() override { inner_->add_splits_back(std::exchange(splits_, {}), -1); }
  void handle_split_request(int subtask) override { inner_->handle_split_request(subtask); }
  void add_splits_back(std::vector<SplitT> splits, int subtask) override {
    inner_->add_splits_back(std::move(splits), subtask);
  }
  StateT snapshot_state(std::int64_t checkpoint_id) override {
    return inner_->snapshot_state(checkpoint_id);
  }
  void notify_checkpoint_complete(std::int64_t checkpoint_id) override {
    inner_->notify_checkpoint_complete(checkpoint_id);
  }
  void add_reader(int subtask) override { inner_->add_reader(subtask); }
  void handle_source_event(int subtask, std::string_view event) override {
    inner_->handle_source_event(subtask, event);
  }
  void close() override { inner_->close(); }

 private:
  std::unique_ptr<SplitEnumerator<SplitT, StateT>> inner_;
  StateT splits_;
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
  transformation.make_source = [erased]() -> std::unique_ptr<SourceOperator> {
    return std::make_unique<SourceOperatorOf<T, SplitT, StateT>>(erased);
  };
  transformation.make_coordinator = [erased]() -> std::unique_ptr<OperatorCoordinator> {
    return std::make_unique<SourceCoordinatorOf<SplitT, StateT>>(erased);
  };
}

}  // namespace detail

template <class SplitT, class StateT>
std::unique_ptr<SplitEnumerator<SplitT, StateT>> SplitSource<SplitT, StateT>::restore_enumerator(
    SplitEnumeratorContext<SplitT>& context, StateT state) const {
  if constexpr (std::is_same_v<StateT, std::vector<SplitT>>) {
    return std::make_unique<detail::RestoredEnumerator<SplitT, StateT>>(create_enumerator(context),
                                                                        std::move(state));
  } else {
    throw Error{ErrorKind::user,
                "the source's enumerator has a state of its own, but the source does not override "
                "restore_enumerator(); without it the job cannot be restored"};
  }
}

}  // namespace flink
