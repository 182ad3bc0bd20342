// SPDX-License-Identifier: Apache-2.0
// The unit in which records travel: RecordBatch<T>. Batches, not records, cross every virtual call
// and channel. A batch owns its bytes: string fields, or views into Buffers that it pins.
//
// Ownership: reference-counted. A published batch (more than one reference) is immutable; whoever
// holds the only reference may change it and move records out. Threads: a batch belongs to one
// thread at a time unless shared; the count is atomic.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace flink {

class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;
  virtual ~RefCounted() = default;

  void add_ref() const noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  bool drop_ref() const noexcept {
    return references_.load(std::memory_order_acquire) == 1 ||
           references_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  bool unique() const noexcept { return references_.load(std::memory_order_acquire) == 1; }

 private:
  mutable std::atomic<std::uint32_t> references_{1};
};

// Shared ownership of a RefCounted object.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  explicit Ref(T* adopted) noexcept : object_(adopted) {}
  Ref(const Ref& other) noexcept : object_(other.object_) {
    if (object_) object_->add_ref();
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
  requires std::is_convertible_v<U*, T*> Ref(Ref<U>&& other)
  noexcept : object_(other.release()) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() { reset(); }

  void reset() noexcept {
    if (T* object = std::exchange(object_, nullptr); object && object->drop_ref()) {
      std::default_delete<T>{}(object);
    }
  }
  T* release() noexcept { return std::exchange(object_, nullptr); }
  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  T* object_ = nullptr;
};

template <class T, class... Args>
Ref<T> make_ref(Args&&... args) {
  return Ref<T>{::new T(std::forward<Args>(args)...)};
}

// A block of bytes that views point into. Filled by its maker, immutable once shared.
class Buffer final : public RefCounted {
 public:
  explicit Buffer(std::size_t capacity)
      : bytes_(std::make_unique_for_overwrite<char[]>(capacity)), size_(capacity) {}
  char* data() noexcept { return bytes_.get(); }
  const char* data() const noexcept { return bytes_.get(); }
  std::size_t size() const noexcept { return size_; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};
using BufferRef = Ref<Buffer>;

class Batch : public RefCounted {
 public:
  static constexpr std::size_t records_max = 1024;  // in an exchange

  virtual std::size_t size() const noexcept = 0;
  virtual std::size_t capacity() const noexcept = 0;
  // Drops records, timestamps and pins, keeps the memory. Sole reference only.
  virtual void clear() noexcept = 0;

  std::vector<std::int64_t> timestamps;  // empty, or one for each record: milliseconds
  std::vector<BufferRef> pins;           // what views in the records point into

  ~Batch() override;
  void pin(const BufferRef& buffer);
  void pin_all_of(const Batch& other) {
    if (!other.pins.empty()) pin_those_of(other);
  }

 protected:
  void clear_marks() noexcept {
    timestamps.clear();
    if (!pins.empty()) clear_pins();
  }

 private:
  void pin_those_of(const Batch& other);
  void clear_pins() noexcept;
};
using BatchRef = Ref<Batch>;

// How many records operators of a chain hand each other at once: what surely fits L1, input and
// output.
template <class T>
constexpr std::size_t chained_records_max = [] {
  constexpr std::size_t bytes = 8 * 1024;
  constexpr std::size_t records = bytes / sizeof(T);
  return records < 64                   ? std::size_t{64}
         : records < Batch::records_max ? records
                                        : Batch::records_max;
}();

// Contiguous records; grows when it must, usually does not.
template <class T>
class RecordBatch final : public Batch {
 public:
  explicit RecordBatch(std::size_t capacity = records_max) { reserve(capacity); }
  ~RecordBatch() override {
    std::destroy_n(data_, size_);
    deallocate();
  }

  std::size_t size() const noexcept override { return size_; }
  std::size_t capacity() const noexcept override { return capacity_; }
  bool full() const noexcept { return size_ == capacity_; }
  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  T& operator[](std::size_t i) noexcept { return data_[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  std::span<const T> records() const noexcept { return {data_, size_}; }

  template <class... Args>
  T& emplace(Args&&... args) {
    if (size_ == capacity_) [[unlikely]]
      reserve(capacity_ * 2);
    T* slot = data_ + size_;
    if constexpr (std::is_constructible_v<T, Args...>) {
      ::new (static_cast<void*>(slot)) T(std::forward<Args>(args)...);
    } else {
      ::new (static_cast<void*>(slot)) T{std::forward<Args>(args)...};
    }
    ++size_;
    return *slot;
  }
  // For tight loops: construct records at data() + size(), up to capacity(), then say how many.
  void set_size(std::size_t size) noexcept { size_ = size; }
  void clear() noexcept override {
    std::destroy_n(data_, size_);
    size_ = 0;
    clear_marks();
  }
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    T* fresh = std::allocator<T>{}.allocate(capacity);
    std::uninitialized_move_n(data_, size_, fresh);
    std::destroy_n(data_, size_);
    deallocate();
    data_ = fresh;
    capacity_ = capacity;
  }

 private:
  void deallocate() noexcept {
    if (data_) std::allocator<T>{}.deallocate(data_, capacity_);
  }
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace flink
