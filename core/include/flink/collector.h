// SPDX-License-Identifier: Apache-2.0
// Where a function puts its results: out.collect(record). Records gather in a batch that goes on
// when it is full and when the input batch is done, so collect() may suspend the task: hold no lock
// across it, and do not call it from a destructor.
#pragma once

#include <flink/arena.h>
#include <flink/base/algorithm.h>
#include <flink/fiber/turn.h>
#include <flink/graph/operator.h>
#include <flink/types/batch.h>
#include <flink/types/heap_bytes.h>
#include <flink/types/short_strings.h>
#include <flink/types/views.h>

#include <type_traits>
#include <utility>

namespace flink {

template <class T>
class Collector final {
 public:
  Collector() = default;
  explicit Collector(Output& output) : output_(&output) {}

  [[gnu::always_inline]] void collect(const T& record) { add(record); }
  [[gnu::always_inline]] void collect(T&& record) { add(std::move(record)); }
  Arena& arena() noexcept { return arena_; }

  // For operators, not for user functions.
  void bind(Output& output, detail::Turn& turn) noexcept {
    output_ = &output;
    turn_ = &turn;
  }
  // The batch whose records are being processed: its pins keep views in results alive.
  void begin(const Batch& input) noexcept {
    input_ = &input;
    arena_.begin_call();
  }
  // The user's function is called for one more record or timer. Copies that only side outputs can
  // need are kept until the batch is done: most functions make none, and need not look.
  void begin_call() noexcept {
    if constexpr (has_views<T>) arena_.begin_call();
  }
  // The next record may hold views into another collector's arena.
  void pin_from(Arena& arena) {
    if constexpr (has_views<T>) {
      if (!arena.copied_) return;
      if (!batch_ || batch_->full()) make_room();
      if (batch_->size() == 0) pin_first(*batch_);
      if (!batch_->pins.empty() && batch_->pins.back().get() == arena.block_.get()) return;
      for (const BufferRef& block : arena.left_) batch_->pin(block);
      batch_->pin(arena.block_);
    }
  }
  void set_timestamp(std::int64_t millis) noexcept {
    timestamp_ = millis;
    stamped_ = true;
  }
  // Among records that have one, those to come are marked as having none.
  void clear_timestamp() noexcept {
    timestamp_ = no_timestamp;
    stamped_ = batch_ && batch_->stamped();
  }
  // Room for n records at once, to be constructed there; then commit(n). Without views.
  T* room(std::size_t n) {
    if (!batch_) [[unlikely]]
      batch_ = make_ref<RecordBatch<T>>(chained_records_max<T>);
    if (batch_->size() + n > batch_->capacity()) {
      flush();
      if (!batch_) batch_ = make_ref<RecordBatch<T>>(std::max(n, chained_records_max<T>));
      batch_->reserve(n);
    }
    return batch_->data() + batch_->size();
  }
  void commit(std::size_t n) {
    batch_->set_size(batch_->size() + n);
    if constexpr (!flat) weigh_and_flush();
  }
  // How many records to ask room() for.
  std::size_t stretch() const noexcept {
    if constexpr (flat) {
      return chained_records_max<T>;
    } else {
      return std::max<std::size_t>(1, Batch::bytes_max / (record_bytes_ + 1));
    }
  }
  // Hands on what has gathered.
  [[gnu::noinline]] void flush() {
    if (!batch_ || batch_->size() == 0) return;
#ifndef NDEBUG
    batch_->check_timestamps();
#endif
    if constexpr (!flat) {
      weigh();
      record_bytes_ = bytes_ / batch_->size();
      batch_->bytes = bytes_;
      bytes_ = weighed_ = 0;
    }
    set_limit(0);
    BatchRef handed{batch_.release()};
    output_->emit(handed);
    if (handed && handed->unique()) {
      handed->clear();
      batch_ = Ref<RecordBatch<T>>{static_cast<RecordBatch<T>*>(handed.release())};
    }
  }
  void end() {
    flush();
    input_ = nullptr;
    arena_.begin_call();
  }

 private:
  // A record is all that it takes.
  static constexpr bool flat = std::is_trivially_copyable_v<T>;

  // Inlined: a record that a call has to find in memory was written there field by field, and is
  // read back 16 bytes at once; the processor waits for that.
  template <class U>
  [[gnu::always_inline]] void add(U&& record) {
    if (!batch_ || batch_->full()) [[unlikely]]
      make_room();
    RecordBatch<T>& batch = *batch_;
    if constexpr (has_views<T>) {
      if (batch.size() == 0) [[unlikely]]
        pin_first(batch);
      if (arena_.fresh_) arena_.pin_new_in(batch);
    }
    detail::construct(batch.data() + batch.size(), std::forward<U>(record));
    batch.grow();
    if (stamped_) batch.stamp(timestamp_);
    if (batch.size() >= limit_) [[unlikely]]
      at_limit();
  }
  [[gnu::noinline]] void make_room() {
    if (!batch_) batch_ = make_ref<RecordBatch<T>>(chained_records_max<T>);
    if (batch_->full()) batch_->reserve(batch_->capacity() * 2);
  }
  // What the batch's records may point to, wherever they were made.
  [[gnu::noinline]] void pin_first(Batch& batch) {
    if (input_ != nullptr) batch.pin_all_of(*input_);
    arena_.pin_all_in(batch);
  }
  // A function that collects slowly sees each record go on; one that is quick fills batches. It may
  // turn slow at any record.
  [[gnu::noinline]] void at_limit() {
    const bool slow = turn_->overdue();
    if (!slow && takes_more()) return set_limit(batch_->size());
    flush();
    goal_ = slow || turn_->overdue() ? 1 : std::min(2 * goal_, chained_records_max<T>);
    if (turn_->overdue()) [[unlikely]]
      turn_->look_up();
    set_limit(0);
  }
  bool takes_more() {
    if constexpr (!flat) weigh();
    return batch_->size() < goal_ && bytes_ < Batch::bytes_max;
  }
  void set_limit(std::size_t size) noexcept {
    limit_ = std::min(goal_, size + std::min(looked_at_after, stretch()));
  }
  void weigh() {
    const std::size_t size = batch_->size();
    bytes_ += (size - weighed_) * sizeof(T);
    for (; weighed_ < size; ++weighed_) bytes_ += heap_bytes((*batch_)[weighed_]);
  }
  void weigh_and_flush() {
    weigh();
    if (bytes_ >= Batch::bytes_max) flush();
  }

  // So many records are collected between two looks at the clock and at what they weigh.
  static constexpr std::size_t looked_at_after = flat ? 32 : 16;

  Output* output_ = nullptr;
  detail::Turn* turn_ = &detail::Turn::endless();
  Ref<RecordBatch<T>> batch_;
  const Batch* input_ = nullptr;
  std::size_t limit_ = 1;  // records at which to look whether the batch goes on
  std::size_t goal_ = 1;   // records with which it does
  std::int64_t timestamp_ = no_timestamp;
  bool stamped_ = false;
  // Of records that are not flat: what the first weighed_ of the batch take, and each of the last.
  std::size_t weighed_ = 0, bytes_ = 0, record_bytes_ = Batch::bytes_max / 16;
  Arena arena_;
};

}  // namespace flink
