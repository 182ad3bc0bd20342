// SPDX-License-Identifier: Apache-2.0
// The in-memory file system of the tests, with faults on demand. Not thread-safe.
#pragma once

#include <flink/error.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <set>

#include "base/file_system.h"

namespace flink::test {

class MemoryFileSystem : public base::FileSystem {
 public:
  std::map<std::string, std::shared_ptr<std::string>> files;
  std::set<std::string> directories;
  // What has no size: the pieces it gives, one a read; an empty one: nothing has come yet.
  std::map<std::string, std::deque<std::string>> streams;
  std::set<std::string> synced;
  // Called before each operation; throws to inject a fault.
  std::function<void(const std::string& operation, const std::string& path)> before;
  // Largest number of bytes on the disk.
  std::uint64_t capacity = UINT64_MAX;

  void put(const std::string& where, std::string content) {
    const std::string path = base::Path{where}.text();
    files[path] = std::make_shared<std::string>(std::move(content));
    create_parents(path);
  }
  std::string content(const std::string& path) const { return *files.at(path); }
  std::vector<std::string> names(const std::string& directory) {
    std::vector<std::string> names;
    for (const auto& entry : list(directory))
      names.push_back(entry.path.substr(directory.size() + 1));
    return names;
  }

  std::unique_ptr<base::ReadableFile> open_read(const base::Path& where) override {
    const std::string& path = where.text();
    check("open", path);
    if (!files.contains(path)) fail("open", path, "No such file or directory");
    return std::make_unique<Reader>(files[path]);
  }
  std::unique_ptr<base::WritableFile> create(const base::Path& where, bool truncate) override {
    const std::string& path = where.text();
    check("create", path);
    if (files.contains(path) && !truncate) fail("create", path, "File exists");
    put(path, {});
    return std::make_unique<Writer>(*this, path, files[path]);
  }
  std::unique_ptr<base::ReadableStream> open_stream(const base::FileStatus& status) override {
    check("open", status.path);
    return std::make_unique<Stream>(streams.at(status.path));
  }
  std::optional<base::FileStatus> status(const base::Path& where) override {
    const std::string& path = where.text();
    check("status", path);
    if (streams.contains(path)) return base::FileStatus{path, 0, false, "fake " + path};
    if (const auto file = files.find(path); file != files.end()) {
      return base::FileStatus{path, file->second->size(), false};
    }
    if (directories.contains(path)) return base::FileStatus{path, 0, true};
    return {};
  }
  std::vector<base::FileStatus> list(const base::Path& where) override {
    const std::string& directory = where.text();
    check("list", directory);
    if (!directories.contains(directory)) fail("list", directory, "No such file or directory");
    std::vector<base::FileStatus> entries;
    const auto add = [&](const std::string& path, std::uint64_t size, bool is_directory) {
      if (path.starts_with(directory + "/") &&
          path.find('/', directory.size() + 1) == std::string::npos) {
        entries.push_back({path, size, is_directory});
      }
    };
    for (const auto& [path, content] : files) add(path, content->size(), false);
    for (const auto& path : directories) add(path, 0, true);
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return entries;
  }
  void create_directories(const base::Path& where) override {
    const std::string& path = where.text();
    check("create_directories", path);
    directories.insert(path);
    create_parents(path);
  }
  void rename(const base::Path& source, const base::Path& target) override {
    const std::string &from = source.text(), &to = target.text();
    check("rename", from);
    if (!files.contains(from)) fail("rename", from, "No such file or directory");
    files[to] = files[from];
    files.erase(from);
    if (synced.erase(from) > 0) synced.insert(to);
  }
  bool remove(const base::Path& where) override {
    const std::string& path = where.text();
    check("remove", path);
    if (directories.contains(path) && !list(path).empty()) {
      fail("remove", path, "Directory not empty");
    }
    return files.erase(path) + directories.erase(path) > 0;
  }
  void sync_directory(const base::Path& where) override {
    const std::string& path = where.text();
    check("sync_directory", path);
    synced.insert(path);
  }

  [[noreturn]] static void fail(const std::string& operation, const std::string& path,
                                const std::string& reason) {
    throw Error{ErrorKind::resource, operation + " '" + path + "': " + reason};
  }

 private:
  struct Stream final : base::ReadableStream {
    explicit Stream(std::deque<std::string>& all) : pieces(all) {}
    std::optional<std::size_t> read(std::span<char> out) override {
      if (pieces.empty()) return 0;
      std::string& piece = pieces.front();
      const std::size_t count = std::min(out.size(), piece.size());
      piece.copy(out.data(), count);
      piece.erase(0, count);
      if (piece.empty()) pieces.pop_front();
      return count == 0 ? std::nullopt : std::optional{count};
    }
    std::deque<std::string>& pieces;
  };
  struct Reader final : base::ReadableFile {
    explicit Reader(std::shared_ptr<std::string> bytes) : content(std::move(bytes)) {}
    std::size_t read_at(std::uint64_t offset, std::span<char> out) override {
      if (offset >= content->size()) return 0;
      const std::size_t count = std::min<std::size_t>(out.size(), content->size() - offset);
      std::memcpy(out.data(), content->data() + offset, count);
      return count;
    }
    std::uint64_t size() override { return content->size(); }
    std::shared_ptr<std::string> content;
  };
  struct Writer final : base::WritableFile {
    Writer(MemoryFileSystem& owner, std::string name, std::shared_ptr<std::string> bytes)
        : fs(owner), path(std::move(name)), content(std::move(bytes)) {}
    void append(std::span<const char> bytes) override {
      fs.check("append", path);
      std::uint64_t used = 0;
      for (const auto& [_, held] : fs.files) used += held->size();
      if (used + bytes.size() > fs.capacity) fail("write", path, "No space left on device");
      content->append(bytes.data(), bytes.size());
    }
    void sync() override {
      fs.check("sync", path);
      fs.synced.insert(path);
    }
    void close() override { fs.check("close", path); }
    MemoryFileSystem& fs;
    std::string path;
    std::shared_ptr<std::string> content;
  };

  void check(const std::string& operation, const std::string& path) {
    if (before) before(operation, path);
  }
  void create_parents(std::string path) {
    while (path.rfind('/') != std::string::npos && path.rfind('/') > 0) {
      path.resize(path.rfind('/'));
      directories.insert(path);
    }
  }
};

}  // namespace flink::test
