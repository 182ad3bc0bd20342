// SPDX-License-Identifier: Apache-2.0
// Elements<T>: what a window holds, as its function gets it: a range of const T&, in order of
// arrival (of the first session first, where sessions were merged). A view, passed by value; valid
// until the function returns. Forward iteration, as often as you like.
#pragma once

#include <cstddef>
#include <iterator>
#include <span>

namespace flink {

namespace detail {

// Elements that lie one `stride` of bytes apart.
struct ElementsPiece {
  const char* first;
  std::size_t count;
};

}  // namespace detail

template <class T>
class Elements {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = T;
    using reference = const T&;
    using pointer = const T*;

    Iterator() = default;
    const T& operator*() const { return *reinterpret_cast<const T*>(at_); }
    const T* operator->() const { return &**this; }
    Iterator& operator++() {
      at_ += stride_;
      if (at_ == end_) enter(piece_ + 1);
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    friend class Elements;
    Iterator(const Elements& all)
        : stride_(all.stride_), last_(all.pieces_.data() + all.pieces_.size()) {
      enter(all.pieces_.data());
    }
    void enter(const detail::ElementsPiece* piece) {
      piece_ = piece;
      at_ = piece == last_ ? nullptr : piece->first;
      end_ = piece == last_ ? nullptr : at_ + piece->count * stride_;
    }
    const char* at_ = nullptr;
    const char* end_ = nullptr;
    std::size_t stride_ = 0;
    const detail::ElementsPiece* piece_ = nullptr;
    const detail::ElementsPiece* last_ = nullptr;
  };
  using value_type = T;
  using iterator = Iterator;
  using const_iterator = Iterator;

  Elements() = default;
  Iterator begin() const { return Iterator{*this}; }
  Iterator end() const { return {}; }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  // Of what is not empty.
  const T& front() const { return *begin(); }

  // For operators. No piece is empty.
  Elements(std::span<const detail::ElementsPiece> pieces, std::size_t stride)
      : pieces_(pieces), stride_(stride) {
    for (const auto& piece : pieces) size_ += piece.count;
  }

 private:
  std::span<const detail::ElementsPiece> pieces_;
  std::size_t stride_ = 0;
  std::size_t size_ = 0;
};

}  // namespace flink
