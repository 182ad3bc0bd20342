// SPDX-License-Identifier: Apache-2.0
// Where a function puts its results: out.collect(record). Records gather in a batch that goes on
// when it is full and when the input batch is done, so collect() may suspend the task: hold no lock
// across it, and do not call it from a destructor.
#pragma once

#include <flink/batch.h>
#include <flink/operator.h>
#include <flink/types/short_strings.h>
#include <flink/types/views.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace flink {

// Bytes that live as long as the batch being filled: for records with view fields.
class Arena {
 public:
  // A copy of `bytes` that a view in a collected record may point to. Use it in the next collect().
  std::string_view copy(std::string_view bytes) {
    char* place = allocate(bytes.size());
    std::memcpy(place, bytes.data(), bytes.size());
    return {place, bytes.size()};
  }
  char* allocate(std::size_t size) {
    if (!buffer_ || used_ + size > buffer_->size()) {
      buffer_ = make_ref<Buffer>(size > block_bytes ? size : block_bytes);
      used_ = 0;
    }
    touched_ = true;
    char* place = buffer_->data() + used_;
    used_ += size;
    return place;
  }

 private:
  template <class T>
  friend class Collector;
  static constexpr std::size_t block_bytes = 64 * 1024;
  BufferRef buffer_;
  std::size_t used_ = 0;
  bool touched_ = false;
};

template <class T>
class Collector final {
 public:
  Collector() = default;
  explicit Collector(Output& output) : output_(&output) {}

  [[gnu::always_inline]] void collect(const T& record) { add(record); }
  [[gnu::always_inline]] void collect(T&& record) { add(std::move(record)); }
  Arena& arena() noexcept { return arena_; }

  // For operators, not for user functions.
  void bind(Output& output) noexcept { output_ = &output; }
  // The batch whose records are being processed: its pins keep views in results alive.
  void begin(const Batch& input) noexcept { input_ = &input; }
  void set_timestamp(std::int64_t millis) noexcept {
    timestamp_ = millis;
    stamped_ = true;
  }
  void clear_timestamp() noexcept { stamped_ = false; }
  // Room for n records at once, to be constructed there; then commit(n). Without timestamps and
  // views.
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
  void commit(std::size_t n) { batch_->set_size(batch_->size() + n); }
  // Hands on what has gathered.
  [[gnu::noinline]] void flush() {
    if (!batch_ || batch_->size() == 0) return;
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
  }

 private:
  // Inlined: a record that a call has to find in memory was written there field by field, and is
  // read back 16 bytes at once; the processor waits for that.
  template <class U>
  [[gnu::always_inline]] void add(U&& record) {
    if (!batch_ || batch_->full()) [[unlikely]]
      make_room();
    RecordBatch<T>& batch = *batch_;
    if constexpr (has_views<T>) {
      if (batch.size() == 0 && input_ != nullptr) batch.pin_all_of(*input_);
      if (arena_.touched_) {
        batch.pin(arena_.buffer_);
        arena_.touched_ = false;
      }
    }
    detail::construct(batch.data() + batch.size(), std::forward<U>(record));
    batch.set_size(batch.size() + 1);
    if (stamped_) batch.timestamps.push_back(timestamp_);
    if (batch.size() >= chained_records_max<T>) [[unlikely]]
      flush();
  }
  [[gnu::noinline]] void make_room() {
    if (!batch_) batch_ = make_ref<RecordBatch<T>>(chained_records_max<T>);
    if (batch_->full()) batch_->reserve(batch_->capacity() * 2);
  }

  Output* output_ = nullptr;
  Ref<RecordBatch<T>> batch_;
  const Batch* input_ = nullptr;
  std::int64_t timestamp_ = 0;
  bool stamped_ = false;
  Arena arena_;
};

}  // namespace flink
