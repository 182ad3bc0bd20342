// SPDX-License-Identifier: Apache-2.0
// Where a file or directory lies: scheme, authority and path, in one spelling only, so that two
// paths are of the same place exactly when they are equal. A local one is spelled plainly:
// "file:/a", "file:///a", "/a/", "//a/./b/.." are all "/a". As in Flink, ".." is resolved by its
// text: it goes up from a symbolic link, not from where the link leads. Plain data.
#pragma once

#include <compare>
#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace flink::base {

class Path {
 public:
  // Throws Error{user} for text that is empty or no path. Implicit: text that is one already is
  // taken as it is. A relative path stays relative: where people's words come in, absolute().
  template <class Text>
  requires std::convertible_to<const Text&, std::string_view> Path(
      const Text& text)  // NOLINT(google-explicit-constructor)
      : Path(Parsed{}, std::string_view{text}) {}

  // What `text` means to a process that works in that directory (empty: relative ones stay). `what`
  // begins the message of an error: "output directory".
  static Path absolute(std::string_view text, std::string_view working_directory,
                       std::string_view what);

  // "/a/b", "a/b", "." or "s3://bucket/a/b". Of a temporary path, which a view would outlive,
  // text() and name() give text of its own.
  const std::string& text() const& { return text_; }
  std::string text() && { return std::move(text_); }
  std::string_view scheme() const;     // "file" for a local one
  std::string_view authority() const;  // "bucket"; empty for a local one
  std::string_view path() const;       // "/a/b"
  // With the scheme: "file:/a/b".
  std::string uri() const;
  bool is_local() const { return root_ == 0; }
  bool is_absolute() const { return path().starts_with('/'); }

  // The last component: "b"; of a root "".
  std::string_view name() const&;
  std::string name() && { return std::string{std::as_const(*this).name()}; }
  // "/a"; of a root itself, of a relative path of one component ".".
  Path parent() const;
  // `below` is relative.
  Path operator/(std::string_view below) const;
  // `other` lies somewhere below this one.
  bool contains(const Path& other) const;

  friend bool operator==(const Path& a, const Path& b) { return a.text_ == b.text_; }
  friend auto operator<=>(const Path& a, const Path& b) { return a.text_ <=> b.text_; }

 private:
  struct Parsed {};
  Path(Parsed, std::string_view text);

  std::string text_;
  std::size_t root_ = 0;  // where the path begins in text_
};

// Of the operating system.
std::string working_directory();

}  // namespace flink::base
