// SPDX-License-Identifier: Apache-2.0
// Where a tree of SQL lives: nodes are plain structs with trivial destructors, side by side, freed
// together. Names and literals are views, into the source text or in here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace flink::sql {

// Items in a row, owned by an Arena. Unlike std::span it may be a member of its own item.
template <class T>
class List {
 public:
  List() = default;
  List(const T* items, std::size_t size) : items_(items), size_(size) {}

  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  const T& front() const { return items_[0]; }
  const T& back() const { return items_[size_ - 1]; }

 private:
  const T* items_ = nullptr;
  std::size_t size_ = 0;
};

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  template <class T>
  T* make(T value) {
    static_assert(std::is_trivially_destructible_v<T>);
    return ::new (memory_.allocate(sizeof(T), alignof(T))) T(std::move(value));
  }

  template <class T>
  List<T> list(const std::vector<T>& items) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (items.empty()) return {};
    auto* const at = static_cast<T*>(memory_.allocate(items.size() * sizeof(T), alignof(T)));
    std::uninitialized_copy(items.begin(), items.end(), at);
    return {at, items.size()};
  }

  std::string_view text(std::string_view bytes) {
    if (bytes.empty()) return {};
    auto* const at = static_cast<char*>(memory_.allocate(bytes.size(), 1));
    std::copy(bytes.begin(), bytes.end(), at);
    return {at, bytes.size()};
  }

 private:
  std::pmr::monotonic_buffer_resource memory_;
};

}  // namespace flink::sql
