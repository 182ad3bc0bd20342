// SPDX-License-Identifier: Apache-2.0
#include "base/path.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace flink::base {
namespace {

using detail::concat;

constexpr std::string_view local_scheme = "file";

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw Error{ErrorKind::user, concat("'", text.substr(0, 300), "' is no path: ", why)};
}

bool is_scheme(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto other = [](char c) {
    return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  return !text.empty() && letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || other(c); });
}

// "/a//b/./c/.." as "/a/b"; "." for nothing.
std::string canonical(std::string_view path) {
  std::vector<std::string_view> parts;
  const bool absolute = path.starts_with('/');
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    path = slash == path.npos ? std::string_view{} : path.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    if (part != "..") parts.push_back(part);
    else if (!parts.empty() && parts.back() != "..") parts.pop_back();
    else if (!absolute) parts.push_back(part);
  }
  std::string out = absolute ? "/" : "";
  for (std::size_t i = 0; i < parts.size(); ++i) out.append(i > 0 ? "/" : "").append(parts[i]);
  return out.empty() ? "." : out;
}

// A relative path that a reader would take for a URI: "file:x", "a:", "a:/b".
bool looks_remote(std::string_view path) {
  const auto colon = path.find(':');
  if (colon == path.npos || !is_scheme(path.substr(0, colon))) return false;
  return path.substr(0, colon) == local_scheme || colon + 1 == path.size() ||
         path[colon + 1] == '/';
}

}  // namespace

Path::Path(Parsed, std::string_view text) {
  if (text.empty()) {
    throw Error{ErrorKind::user, "a path is empty: name a file or directory (\".\": this one)"};
  }
  if (text.find('\0') != text.npos) refuse(text, "it holds a zero byte");
  const auto colon = text.find(':');
  std::string_view rest = text;
  if (colon != text.npos && is_scheme(text.substr(0, colon))) {
    const auto scheme = text.substr(0, colon);
    const auto behind = text.substr(colon + 1);
    if (scheme == local_scheme && !behind.starts_with('/')) {
      refuse(text, "write file:///path, or a plain path");
    }
    if (behind.starts_with("//")) {
      const auto path = behind.find('/', 2);
      const auto authority = behind.substr(2, path == behind.npos ? path : path - 2);
      rest = path == behind.npos ? std::string_view{"/"} : behind.substr(path);
      if (scheme != local_scheme) text_ = concat(scheme, "://", authority);
      else if (!authority.empty()) {
        refuse(text, "it names a host; write file:///path for a local one");
      }
    } else if (behind.starts_with('/')) {
      rest = behind;
      if (scheme != local_scheme) text_ = concat(scheme, "://");
    }
  }
  root_ = text_.size();
  const std::string plain = canonical(rest);
  if (looks_remote(plain)) text_ += "./";
  text_ += plain;
}

Path Path::absolute(std::string_view text, std::string_view working_directory,
                    std::string_view what) {
  try {
    const Path path{text};
    return path.is_absolute() || working_directory.empty() ? path
                                                           : Path{working_directory} / path.text();
  } catch (const Error& error) {
    throw Error{error.kind(), concat(what, ": ", error.message())};
  }
}

std::string_view Path::scheme() const {
  return is_local() ? local_scheme : std::string_view{text_}.substr(0, text_.find(':'));
}
std::string_view Path::authority() const {
  if (is_local()) return {};
  const auto begin = text_.find("://") + 3;
  return std::string_view{text_}.substr(begin, root_ - begin);
}
std::string_view Path::path() const { return std::string_view{text_}.substr(root_); }

std::string Path::uri() const { return is_local() ? concat(local_scheme, ":", text_) : text_; }

std::string_view Path::name() const& {
  return path().substr(path().rfind('/') + 1);  // 0 when there is none
}

Path Path::parent() const {
  const auto slash = path().rfind('/');
  if (slash == std::string_view::npos) return Path{"."};
  return Path{std::string_view{text_}.substr(0, root_ + std::max<std::size_t>(slash, 1))};
}

Path Path::operator/(std::string_view below) const { return Path{concat(text_, "/", below)}; }

bool Path::contains(const Path& other) const {
  std::string_view below = other.text_;
  if (text_ == ".") {
    if (other.is_absolute() || !other.is_local()) return false;
  } else {
    if (!below.starts_with(text_)) return false;
    below.remove_prefix(text_.size());
    if (!text_.ends_with('/')) {
      if (!below.starts_with('/')) return false;
      below.remove_prefix(1);
    }
  }
  return !below.empty() && below != "." && below != ".." && !below.starts_with("../");
}

std::string working_directory() {
  char here[4096];
  if (::getcwd(here, sizeof here) == nullptr) {
    throw Error{ErrorKind::user,
                concat("the working directory cannot be found: ", std::strerror(errno),
                       "; was it removed? Change into another one")};
  }
  return here;
}

}  // namespace flink::base
