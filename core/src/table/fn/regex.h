// SPDX-License-Identifier: Apache-2.0
// One compiled regular expression of Java's syntax.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flink::table::fn {

class Regex {
 public:
  // `valid()` is false when the pattern is none.
  explicit Regex(std::string_view pattern);
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  ~Regex();

  bool valid() const noexcept { return code_ != nullptr; }
  int groups() const noexcept { return groups_; }

  struct Match {
    std::size_t from = 0, to = 0;
    std::vector<std::optional<std::string_view>> groups;  // 0: the whole
  };
  // The first match at `from` or behind it.
  std::optional<Match> find(std::string_view text, std::size_t from) const;
  // Where to look for the next: behind the match, a code point further when it is empty.
  static std::size_t next(std::string_view text, const Match& match);

 private:
  void* code_ = nullptr;
  void* data_ = nullptr;
  int groups_ = 0;
};

// Compiled ones of a call.
class RegexCache {
 public:
  const Regex& get(std::string_view pattern);

 private:
  std::map<std::string, std::unique_ptr<Regex>, std::less<>> known_;
};

}  // namespace flink::table::fn
