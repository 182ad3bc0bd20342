// SPDX-License-Identifier: Apache-2.0
// Shared ownership by a count within the object, and the blocks of bytes that views point into. The
// count is atomic; the object belongs to one thread at a time unless it is immutable.
#pragma once

#include <flink/base/atomic.h>
#include <flink/base/memory.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace flink {

class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;
  virtual ~RefCounted() = default;

  void add_ref() const noexcept { references_.fetch_add(1); }
  bool drop_ref() const noexcept {
    return references_.load_acquire() == 1 || references_.fetch_sub_acq_rel(1) == 1;
  }
  bool unique() const noexcept { return references_.load_acquire() == 1; }

 private:
  mutable detail::Atomic<std::uint32_t> references_{1};
};

// Shared ownership of a RefCounted object. Every job has many kinds of it, so it is spelled in as
// few functions as can be.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  explicit Ref(T* adopted) noexcept : object_(adopted) {}
  Ref(const Ref& other) noexcept : object_(other.object_) {
    if (object_) object_->add_ref();
  }
  Ref(Ref&& other) noexcept : object_(other.release()) {}
  template <class U>
  requires std::is_convertible_v<U*, T*> Ref(Ref<U>&& other)
  noexcept : object_(other.release()) {}
  Ref& operator=(Ref other) noexcept {
    T* const mine = object_;
    object_ = other.object_;
    other.object_ = mine;
    return *this;
  }
  ~Ref() { reset(); }

  void reset() noexcept {
    if (T* const object = release(); object && object->drop_ref()) destroy(object);
  }
  T* release() noexcept {
    T* const object = object_;
    object_ = nullptr;
    return object;
  }
  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  // Once, not wherever a reference ends.
  [[gnu::noinline]] static void destroy(T* object) noexcept { std::default_delete<T>{}(object); }

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

extern template class Ref<RefCounted>;
extern template class Ref<Buffer>;

}  // namespace flink
