// SPDX-License-Identifier: Apache-2.0
// Files of the build driver: whole-file reads and writes, atomic replacement, content stamps,
// locks. A stamp is (size, mtime, hash): when size and mtime still match, the content is taken as
// the same; else the hash decides, so a touched but equal file rebuilds nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flink::codegen {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path);
std::optional<std::string> try_read_file(const fs::path& path);
// Written beside the target and renamed over it, so a reader sees the old or the new text.
void write_file(const fs::path& path, std::string_view text);
// Copies content, mode and time; a reflink where the file system can. Replaces `to` atomically.
void replace_file(const fs::path& from, const fs::path& to);

// 32 hexadecimal digits of XXH3-128.
std::string hash_text(std::string_view text);

struct FileStamp {
  std::string path;
  std::int64_t size = -1;  // -1: the file does not exist
  std::int64_t mtime_ns = 0;
  std::string hash;  // empty for a file that does not exist
};

FileStamp stamp_file(const fs::path& path);
// True when the file's content is what the stamp says.
bool still_matches(const FileStamp& stamp);

std::string format_stamps(const std::vector<FileStamp>& stamps);
std::vector<FileStamp> parse_stamps(std::string_view text);
bool all_match(const std::vector<FileStamp>& stamps);

// An exclusive lock between processes, held for the scope. The file stays.
class FileLock {
 public:
  explicit FileLock(const fs::path& path);
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  int descriptor_;
};

}  // namespace flink::codegen
