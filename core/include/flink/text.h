// SPDX-License-Identifier: Apache-2.0
// Small text helpers for jobs.
#pragma once

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
    explicit iterator(std::string_view rest) noexcept : rest_(rest) { advance(); }
    std::string_view operator*() const noexcept { return word_; }
    iterator& operator++() noexcept {
      advance();
      return *this;
    }
    friend bool operator==(const iterator& a, const iterator& b) noexcept {
      return a.word_.data() == b.word_.data();
    }

   private:
    static bool is_space(char c) noexcept {
      return c == ' ' || (static_cast<unsigned char>(c) - 9u) < 5u;  // \t \n \v \f \r
    }
    void advance() noexcept {
      const char* at = rest_.data();
      const char* const end = at + rest_.size();
      while (at != end && is_space(*at)) ++at;
      const char* const start = at;
      while (at != end && !is_space(*at)) ++at;
      word_ = start == at ? std::string_view{} : std::string_view(start, at - start);
      rest_ = std::string_view(at, end - at);
    }
    std::string_view rest_, word_;
  };

  iterator begin() const noexcept { return iterator{text_}; }
  iterator end() const noexcept { return iterator{}; }

 private:
  std::string_view text_;
};

}  // namespace flink
