// SPDX-License-Identifier: Apache-2.0
// From a typed Source to what the runtime drives: a SourceOperator in each subtask and an
// OperatorCoordinator on the JobManager. The untyped halves are compiled once (src/connectors).
// One event carries one thing: its first byte says what, the rest is the payload.
#pragma once

#include <flink/coordinator.h>
#include <flink/source.h>
#include <flink/transformation.h>
#include <flink/types/bytes.h>
#include <flink/types/serializer.h>

#include <optional>

namespace flink::detail {

namespace source_event {
constexpr char split_request = 'r';   // reader to enumerator
constexpr char custom = 'e';          // both ways
constexpr char split = 's';           // enumerator to reader
constexpr char no_more_splits = 'n';  // enumerator to reader
}  // namespace source_event

std::unique_ptr<SourceReaderContext> make_reader_context(OperatorContext& context);
[[noreturn]] void throw_bad_source_event(std::string_view event);

template <class SplitT>
std::string split_to_bytes(const SplitT& split) {
  std::string bytes;
  ByteWriter writer{bytes};
  Serializer<SplitT>::write(writer, split);
  writer.finish();
  return bytes;
}
template <class SplitT>
SplitT split_from_bytes(std::string_view bytes) {
  ByteReader reader{bytes};
  SplitT split{};
  Serializer<SplitT>::read(reader, split);
  return split;
}

template <class T, class SplitT>
class SourceOperatorOf final : public SourceOperator {
 public:
  explicit SourceOperatorOf(std::shared_ptr<const Source<T, SplitT>> source)
      : source_(std::move(source)) {}

  void open(OperatorContext& context) override {
    context_ = make_reader_context(context);
    output_.emplace(context.output());
    reader_ = source_->create_reader(*context_);
    reader_->start();
  }

  void handle_coordinator_event(std::string_view event) override {
    const char kind = event.empty() ? '\0' : event.front();
    if (kind == source_event::split) {
      std::vector<SplitT> splits;
      splits.push_back(split_from_bytes<SplitT>(event.substr(1)));
      reader_->add_splits(std::move(splits));
    } else if (kind == source_event::no_more_splits) {
      reader_->notify_no_more_splits();
    } else if (kind == source_event::custom) {
      reader_->handle_source_event(event.substr(1));
    } else {
      throw_bad_source_event(event);
    }
  }

  // A reader that emits one record a call is called until a batch is full or a moment has passed.
  // The batch is handed on before returning, so that nothing rests here between two polls.
  InputStatus poll() override {
    const std::uint64_t emitted = output_->batches_emitted();
    InputStatus status = reader_->poll_next(*output_);
    if (wants_more(status, emitted)) {
      const auto until = context_->now() + std::chrono::milliseconds{1};
      // Virtual time stands still during a turn: the loop must end by itself.
      for (int turns = 0; turns < turns_max && wants_more(status, emitted); ++turns) {
        status = reader_->poll_next(*output_);
        if (context_->now() >= until) break;
      }
    }
    output_->flush();
    return status;
  }

  OperatorSnapshot snapshot(std::int64_t checkpoint_id) override {
    OperatorSnapshot snapshot;
    auto& splits = snapshot["SourceReaderState"].items;
    for (const auto& split : reader_->snapshot_state(checkpoint_id)) {
      splits.push_back(split_to_bytes(split));
    }
    return snapshot;
  }

  void close() noexcept override {
    if (reader_) reader_->close();
    reader_.reset();
  }

 private:
  static constexpr int turns_max = 4096;

  // Less than half a batch so far, and none went on.
  bool wants_more(InputStatus status, std::uint64_t emitted) const {
    return status == InputStatus::more_available && output_->batches_emitted() == emitted &&
           output_->pending() < ReaderOutput<T>::records_max / 2;
  }

  std::shared_ptr<const Source<T, SplitT>> source_;
  std::unique_ptr<SourceReaderContext> context_;
  std::optional<ReaderOutput<T>> output_;
  std::unique_ptr<SourceReader<T, SplitT>> reader_;
};

// Which attempt of which subtask holds which splits, as bytes.
class SourceCoordinator : public OperatorCoordinator {
 public:
  void start(CoordinatorContext& context) final;
  void subtask_ready(int subtask, int attempt) final;
  void handle_event(int subtask, int attempt, std::string_view event) final;
  void subtask_reset(int subtask, int attempt, std::int64_t checkpoint_id) final;
  void commit() final;
  void abort() noexcept final;

 protected:
  virtual void start_enumerator() = 0;
  virtual void reader_added(int subtask) = 0;
  virtual void split_requested(int subtask) = 0;
  virtual void custom_event(int subtask, std::string_view event) = 0;
  virtual void splits_back(const std::vector<std::string>& splits, int subtask) = 0;
  virtual void close_enumerator() = 0;

  CoordinatorContext& coordinator_context() const noexcept { return *context_; }
  std::vector<int> running_readers() const;
  void assign(int subtask, std::string split_bytes);
  void tell(int subtask, char kind, std::string_view payload);

 private:
  struct Subtask {
    int attempt = 0;  // the one that runs; else the first that may come
    bool running = false;
    std::vector<std::string> splits;
    std::vector<std::pair<int, std::string>> early;  // events that overtook subtask_ready
  };
  Subtask& at(int subtask);
  void dispatch(int subtask, std::string_view event);
  void close_once();

  CoordinatorContext* context_ = nullptr;
  std::vector<Subtask> subtasks_;
  bool open_ = false;
};

template <class T, class SplitT>
class SourceCoordinatorOf final : public SourceCoordinator, SplitEnumeratorContext<SplitT> {
 public:
  explicit SourceCoordinatorOf(std::shared_ptr<const Source<T, SplitT>> source)
      : source_(std::move(source)) {}

 private:
  void start_enumerator() override {
    enumerator_ = source_->create_enumerator(*this);
    enumerator_->start();
  }
  void reader_added(int subtask) override { enumerator_->add_reader(subtask); }
  void split_requested(int subtask) override { enumerator_->handle_split_request(subtask); }
  void custom_event(int subtask, std::string_view event) override {
    enumerator_->handle_source_event(subtask, event);
  }
  void splits_back(const std::vector<std::string>& splits, int subtask) override {
    std::vector<SplitT> typed;
    for (const auto& bytes : splits) typed.push_back(split_from_bytes<SplitT>(bytes));
    enumerator_->add_splits_back(std::move(typed), subtask);
  }
  void close_enumerator() override {
    if (enumerator_) enumerator_->close();
  }

  int current_parallelism() const override { return coordinator_context().parallelism(); }
  std::vector<int> registered_readers() const override { return running_readers(); }
  void assign_split(const SplitT& split, int subtask) override {
    assign(subtask, split_to_bytes(split));
  }
  void signal_no_more_splits(int subtask) override {
    tell(subtask, source_event::no_more_splits, {});
  }
  void send_event_to_source_reader(int subtask, std::string event) override {
    tell(subtask, source_event::custom, event);
  }
  base::FileSystem& file_system() override { return coordinator_context().file_system(); }
  std::string option(std::string_view key) const override {
    return coordinator_context().option(key);
  }

  std::shared_ptr<const Source<T, SplitT>> source_;
  std::unique_ptr<SplitEnumerator<SplitT>> enumerator_;
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
  std::shared_ptr<const Source<T, SplitT>> erased = std::move(source);
  transformation.bounded = erased->boundedness() == Boundedness::bounded;
  transformation.parallelism_fixed_to_one = is_non_parallel<S>;
  transformation.output_type = &record_type<T>();
  transformation.make_source = [erased]() -> std::unique_ptr<SourceOperator> {
    return std::make_unique<SourceOperatorOf<T, SplitT>>(erased);
  };
  transformation.make_coordinator = [erased]() -> std::unique_ptr<OperatorCoordinator> {
    return std::make_unique<SourceCoordinatorOf<T, SplitT>>(erased);
  };
}

}  // namespace flink::detail
