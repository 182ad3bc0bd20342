// SPDX-License-Identifier: Apache-2.0
#include "codegen/cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "flink/error.h"

namespace flink::codegen {
namespace {

constexpr const char* no_cache = "set XDG_CACHE_HOME to a directory of your own";

fs::path default_root() {
  if (const char* dir = std::getenv("XDG_CACHE_HOME"); dir != nullptr && *dir == '/') {
    return fs::path(dir) / "flinkc";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return fs::path(home) / ".cache" / "flinkc";
  }
  return fs::temp_directory_path() / ("flinkc-cache-" + std::to_string(::geteuid()));
}

// What lies there ends up in what this user runs: nobody else may have put it there. A link counts
// as its maker's.
void check_private(const fs::path& root) {
  struct stat link {
  }, directory{};
  if (::lstat(root.c_str(), &link) != 0 || ::stat(root.c_str(), &directory) != 0) {
    throw Error{ErrorKind::resource, "cannot look at the cache directory " + root.string() + ": " +
                                         std::strerror(errno) + "; " + no_cache};
  }
  const auto me = ::geteuid();
  const char* wrong = nullptr;
  if (link.st_uid != me || directory.st_uid != me) wrong = "belongs to another user";
  else if (!S_ISDIR(directory.st_mode)) wrong = "is no directory";
  else if ((directory.st_mode & 022) != 0) wrong = "can be written to by other users";
  if (wrong == nullptr) return;
  throw Error{ErrorKind::user, "the cache directory " + root.string() + " " + wrong +
                                   ", who could put code into what is built here: remove it, or " +
                                   no_cache};
}

// Keeps the `count` entries whose stamps were used last; an entry is X.deps and the file or
// directory X.
void keep_newest(const fs::path& directory, std::size_t count) {
  struct Entry {
    fs::file_time_type used;
    std::string name;
  };
  std::vector<Entry> entries;
  std::error_code ignored;
  for (const auto& item : fs::directory_iterator(directory, ignored)) {
    if (item.path().extension() != ".deps") continue;
    entries.push_back({item.last_write_time(ignored), item.path().filename().string()});
  }
  if (entries.size() <= count) return;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.used != b.used ? a.used > b.used : a.name < b.name;
  });
  for (auto entry = entries.begin() + static_cast<std::ptrdiff_t>(count); entry != entries.end();
       ++entry) {
    const auto stamps = directory / entry->name;
    fs::remove(stamps, ignored);
    const auto cached = fs::path(stamps).replace_extension();
    fs::remove(messages_of(cached), ignored);
    fs::remove_all(cached, ignored);
  }
}

}  // namespace

Cache::Cache() : Cache(default_root()) {}

Cache::Cache(fs::path root, unsigned mode) : root_(std::move(root)) {
  std::error_code shown_below;
  fs::create_directories(root_.parent_path(), shown_below);
  if (::mkdir(root_.c_str(), own) == 0) ::chmod(root_.c_str(), mode);  // else it is there
  check_private(root_);
  for (const char* part : {"pch", "object", "program", "lock"}) {
    std::error_code failed;
    fs::create_directories(root_ / part, failed);
    if (failed) {
      throw Error{ErrorKind::resource, "cannot make the cache directory " +
                                           (root_ / part).string() + ": " + failed.message() +
                                           "; " + no_cache};
    }
  }
}

fs::path Cache::generated_dir(const std::string& key) const {
  const auto out = root_ / "generated" / key;
  fs::create_directories(out);
  return out;
}

fs::path Cache::object(const std::string& key) const { return root_ / "object" / (key + ".o"); }

void Cache::prune() const {
  keep_newest(root_ / "pch", 12);  // 30-100 MB each
  keep_newest(root_ / "object", 400);
  keep_newest(root_ / "program", 60);
}

fs::path stamps_of(const fs::path& cached) {
  auto out = cached;
  out += ".deps";
  return out;
}

fs::path messages_of(const fs::path& cached) {
  auto out = cached;
  out += ".messages";
  return out;
}

bool is_current(const fs::path& cached) {
  const auto text = try_read_file(stamps_of(cached));
  if (!text || !fs::exists(cached)) return false;
  const auto stamps = parse_stamps(*text);
  if (stamps.empty() || !all_match(stamps)) return false;
  std::error_code ignored;
  fs::last_write_time(stamps_of(cached), fs::file_time_type::clock::now(), ignored);
  return true;
}

}  // namespace flink::codegen
