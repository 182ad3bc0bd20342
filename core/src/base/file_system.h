// SPDX-License-Identifier: Apache-2.0
// Files, passed in: the operating system's (fs/local_file_system.h) or a simulated one with faults.
// Calls block: the control plane never makes them; slots make them through the helpers. Every
// failure throws flink::Error whose message names the operation, the path and the reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/path.h"
#include "base/recoverable_writer.h"

namespace flink::base {

struct FileStatus {
  std::string path;  // a Path's text
  std::uint64_t size = 0;
  bool is_directory = false;
  // What has no size and is read once, from front to back (a pipe, terminal or device, a file of
  // /proc): what open_stream() wants. Empty: a file or directory.
  std::string stream;
};

// FileStatus::stream of what gives every reader all its bytes (a file of /proc, /dev/null), so that
// any number may read it. Others give each byte to one reader.
inline constexpr const char* stream_for_all = "no size";

// As people know the file: standard input's name for other processes is /proc/PID/fd/0.
std::string shown(const std::string& path);

// Positional reads; thread-safe.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  // Bytes read: less than out.size() only at the end of the file.
  virtual std::size_t read_at(std::uint64_t offset, std::span<char> out) = 0;
  virtual std::uint64_t size() = 0;
};

// What has no size: bytes come when they come. One thread at a time.
class ReadableStream {
 public:
  virtual ~ReadableStream() = default;
  // Bytes read, without waiting for any; 0: the end; nothing: none have come yet.
  virtual std::optional<std::size_t> read(std::span<char> out) = 0;
};

// Appends; one thread at a time. Closing without sync() promises nothing about durability.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual void append(std::span<const char> bytes) = 0;
  virtual void sync() = 0;
  virtual void close() = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual std::unique_ptr<ReadableFile> open_read(const Path& path) = 0;
  // What status() calls a stream, perhaps in another process. Unless overridden refused by name.
  virtual std::unique_ptr<ReadableStream> open_stream(const FileStatus& status);
  // Creates the file; an existing one is an error unless truncate.
  virtual std::unique_ptr<WritableFile> create(const Path& path, bool truncate = false) = 0;
  virtual std::optional<FileStatus> status(const Path& path) = 0;   // absent: nothing
  virtual std::vector<FileStatus> list(const Path& directory) = 0;  // sorted by path
  virtual void create_directories(const Path& path) = 0;
  // A new directory that nobody but this user may look into; its parents are made as they come. One
  // that is there already is an error: it may be somebody else's.
  virtual void create_private_directory(const Path& path) { create_directories(path); }
  virtual void rename(const Path& from, const Path& to) = 0;  // replaces `to`
  virtual bool remove(const Path& path) = 0;  // a file or an empty directory; false: absent
  virtual void sync_directory(const Path& path) = 0;
  // Files that become visible later: see there. Here: by renaming them.
  virtual std::unique_ptr<RecoverableWriter> recoverable_writer();
  // The same file's name for the operating system; none: it has no file of its own there.
  virtual std::optional<std::string> local_path(const Path&) { return std::nullopt; }
};

}  // namespace flink::base
