// SPDX-License-Identifier: Apache-2.0
// Small text helpers for jobs.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace flink {

// The words of a line: runs of bytes other than the six ASCII white-space characters.
// for (std::string_view word : split_whitespace(line)) ...
class split_whitespace {
 public:
  explicit split_whitespace(std::string_view text) noexcept : text_(text) {}

  class iterator {
   public:
    iterator() = default;
    explicit iterator(std::string_view text) noexcept
        : at_(text.data()),
          end_(text.data() + text.size()),
          last_block_(text.size() >= block ? end_ - block : nullptr) {
      advance();
    }
    std::string_view operator*() const noexcept { return word_; }
    iterator& operator++() noexcept {
      advance();
      return *this;
    }
    friend bool operator==(const iterator& a, const iterator& b) noexcept {
      return a.word_.data() == b.word_.data();
    }

   private:
    static constexpr std::ptrdiff_t block = 16;

    static bool is_space(char c) noexcept {
      return c == ' ' || (static_cast<unsigned char>(c) - 9u) < 5u;  // \t \n \v \f \r
    }
    void advance() noexcept {
      while (at_ != end_ && is_space(*at_)) ++at_;
      const char* const start = at_;
      skip_word();
      word_ = start == at_ ? std::string_view{} : std::string_view(start, at_ - start);
    }
    // Words are short and of any length: a loop over their bytes would mispredict at each one's
    // end. So many bytes are looked at together, the last ones of the text as part of its last
    // block.
    void skip_word() noexcept {
#if defined(__SSE2__)
      if (last_block_ != nullptr) [[likely]] {
        while (at_ != end_) {
          const char* const from = at_ < last_block_ ? at_ : last_block_;
          const unsigned spaces = spaces_in(from) >> (at_ - from);
          if (spaces != 0) {
            at_ += std::countr_zero(spaces);
            return;
          }
          at_ = from + block;
        }
        return;
      }
#endif
      while (at_ != end_ && !is_space(*at_)) ++at_;
    }
#if defined(__SSE2__)
    // A bit for each byte of the block.
    static unsigned spaces_in(const char* from) noexcept {
      typedef unsigned char Bytes __attribute__((vector_size(block)));
      typedef char Signed __attribute__((vector_size(block)));
      Bytes bytes;
      std::memcpy(&bytes, from, sizeof(bytes));
      const auto spaces = (bytes == ' ') | (bytes - 9 < 5);
      return static_cast<unsigned>(__builtin_ia32_pmovmskb128(reinterpret_cast<Signed>(spaces)));
    }
#endif

    const char* at_ = nullptr;
    const char* end_ = nullptr;
    const char* last_block_ = nullptr;  // null: the text is shorter than a block
    std::string_view word_;
  };

  iterator begin() const noexcept { return iterator{text_}; }
  iterator end() const noexcept { return iterator{}; }

 private:
  std::string_view text_;
};

}  // namespace flink
