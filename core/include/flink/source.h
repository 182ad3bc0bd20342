// SPDX-License-Identifier: Apache-2.0
// The public shape of a source (Flink, "Sources", FLIP-27): a Source makes one SplitEnumerator on
// the JobManager, which finds splits and hands them out, and one SourceReader in each source
// subtask, which turns splits into records.
//
// Checkpoints: at any time a split is in the state of exactly one, the enumerator or a reader, and
// carries the position from which it is still to be read. A source that cannot read from a position
// again (a socket) is not exactly-once.
//
// Threads: a Source is const and shared, also between threads. The enumerator runs on a thread of
// its own on the JobManager and may block: that holds up its own splits and checkpoints only. A
// reader runs on the slot of its task and must not block: long reads go through
// context.runtime().run_blocking(). SplitT and StateT are any serializable types (see
// types/serializer.h).
#pragma once

#include <flink/base/chrono.h>
#include <flink/base/functional.h>
#include <flink/base/memory.h>
#include <flink/error.h>
#include <flink/graph/operator.h>
#include <flink/reader_output.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace flink {

// continuous_unbounded: runs until cancelled.
enum class Boundedness : unsigned char { bounded, continuous_unbounded };

namespace detail {
// Throws what pause_or_resume_splits() of a reader that cannot do it throws.
[[noreturn]] void refuse_to_pause_splits();
}  // namespace detail

// What an enumerator knows and can do. Valid as long as the enumerator.
template <class SplitT>
class SplitEnumeratorContext {
 public:
  virtual ~SplitEnumeratorContext() = default;
  virtual int current_parallelism() const = 0;
  // Subtasks whose reader runs now, ascending.
  virtual std::vector<int> registered_readers() const = 0;
  // The reader must be registered. When it dies, the splits come back by add_splits_back() that its
  // successor does not restore from a checkpoint.
  virtual void assign_split(const SplitT& split, int subtask) = 0;
  // The reader ends once it has read what it was assigned. Its successor after a restart, or a
  // restore, does not know: tell it when it asks, or in add_reader().
  virtual void signal_no_more_splits(int subtask) = 0;
  virtual void send_event_to_source_reader(int subtask, std::string event) = 0;
  virtual ConnectorContext& connector() const = 0;
  base::FileSystem& file_system() const { return connector().file_system(); }
  std::string option(std::string_view key) const { return connector().option(key); }
  // For the log: what people should know, but nothing fails for.
  virtual void warn(const std::string& text) = 0;
};

template <class SplitT, class StateT = std::vector<SplitT>>
class SplitEnumerator {
 public:
  virtual ~SplitEnumerator() = default;
  // Before any task runs: throws Error to refuse the job (missing input).
  virtual void start() = 0;
  virtual void handle_split_request(int subtask) = 0;
  // The splits of an attempt that died, to be read again from where they started. Subtask -1: those
  // that no reader held in the checkpoint that is restored.
  virtual void add_splits_back(std::vector<SplitT> splits, int subtask) = 0;
  // What a restored enumerator goes on with: the splits that no reader holds, as of now.
  virtual StateT snapshot_state(std::int64_t checkpoint_id) = 0;
  virtual void notify_checkpoint_complete(std::int64_t /*checkpoint_id*/) {}
  // A reader registered: at the start, and again after a restart of its task.
  virtual void add_reader(int /*subtask*/) {}
  virtual void handle_source_event(int /*subtask*/, std::string_view /*event*/) {}
  virtual void close() {}
};

// What a reader knows and can do. Valid as long as the reader.
class SourceReaderContext {
 public:
  virtual ~SourceReaderContext() = default;
  virtual RuntimeContext& runtime() = 0;
  virtual void send_split_request() = 0;
  virtual void send_source_event(std::string event) = 0;
  // A function that may be called from any thread, also after the reader is gone: poll_next() is
  // called again. A wake during poll_next() is not lost.
  virtual std::function<void()> waker() = 0;
  // poll_next() is called again after that time.
  virtual void wake_after(std::chrono::nanoseconds delay) = 0;
  // Monotonic; virtual under simulation. Do not ask the system.
  virtual std::chrono::nanoseconds now() const = 0;
  virtual ConnectorContext& connector() const = 0;
  base::FileSystem& file_system() const { return connector().file_system(); }
  base::Network* network() const { return connector().network(); }
  std::string option(std::string_view key) const { return connector().option(key); }
};

// What a reader is but for its records.
template <class SplitT>
class SplitReader {
 public:
  virtual ~SplitReader() = default;
  // The usual thing to do is to ask for a split. Restored splits have been added before.
  virtual void start() = 0;
  virtual void add_splits(std::vector<SplitT> splits) = 0;
  virtual void notify_no_more_splits() = 0;
  virtual void handle_source_event(std::string_view /*event*/) {}
  // Of the splits that it made outputs for, by name: what is paused is not read until it is
  // resumed, since its watermark is too far ahead (with_watermark_alignment()). Asked only when
  // there are several. Unless overridden an Error{user}, or nothing happens when
  // pipeline.watermark-alignment.allow-unaligned-source-splits is set.
  virtual void pause_or_resume_splits(const std::vector<std::string>& /*pause*/,
                                      const std::vector<std::string>& /*resume*/) {
    detail::refuse_to_pause_splits();
  }
  // What is left to read: each unfinished split, at the position after the last record emitted.
  virtual std::vector<SplitT> snapshot_state(std::int64_t checkpoint_id) = 0;
  // That one and all older ones are durable: they may be acknowledged to whoever keeps the data.
  virtual void notify_checkpoint_complete(std::int64_t /*checkpoint_id*/) {}
  virtual void close() noexcept {}
};

template <class T, class SplitT>
class SourceReader : public SplitReader<SplitT> {
 public:
  // Emits some records, at most about a batch, without blocking. nothing_available: called again
  // once the waker was called, time is up (wake_after), or splits arrived. end_of_input: never
  // called again.
  virtual InputStatus poll_next(ReaderOutput<T>& output) = 0;
};

namespace detail {

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

}  // namespace detail

// What a source is but for its records.
template <class SplitT, class StateT = std::vector<SplitT>>
class SplitSource {
 public:
  using split_type = SplitT;
  using enumerator_state_type = StateT;
  using Enumerator = SplitEnumerator<SplitT, StateT>;

  virtual ~SplitSource() = default;
  virtual Boundedness boundedness() const = 0;
  // The enumerator outlives neither its context nor this source.
  virtual std::unique_ptr<Enumerator> create_enumerator(
      SplitEnumeratorContext<SplitT>& context) const = 0;
  // From what snapshot_state() gave, perhaps at another parallelism. Unless overridden: a new
  // enumerator that gets the splits by add_splits_back(splits, -1) in place of start().
  virtual std::unique_ptr<Enumerator> restore_enumerator(SplitEnumeratorContext<SplitT>& context,
                                                         StateT state) const;
};

template <class T, class SplitT, class StateT = std::vector<SplitT>>
class Source : public SplitSource<SplitT, StateT> {
 public:
  using record_type = T;
  // The reader outlives neither its context nor this source.
  virtual std::unique_ptr<SourceReader<T, SplitT>> create_reader(
      SourceReaderContext& context) const = 0;
};

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
