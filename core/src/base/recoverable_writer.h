// SPDX-License-Identifier: Apache-2.0
// Files whose bytes are durable before anybody may see them: one process writes and persists, and
// whoever holds the token commits or discards, later and from elsewhere. Each file system has its
// own way: an upload that is completed by its id, or, where names can be changed, RenamingWriter.
// Calls block; one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/path.h"

namespace flink::base {

class FileSystem;
class WritableFile;

// The token. Plain data, to be serialized; what it says must stay readable for ever.
struct PersistedFile {
  Path held;    // where the bytes are until then
  Path target;  // where they will be seen
  std::uint64_t bytes = 0;
};

// Closed and synced, but under a name that is not durable yet.
struct ClosedFile {
  Path open_name;
  Path target;
  std::uint64_t bytes = 0;
};

class RecoverableFile {
 public:
  virtual ~RecoverableFile() = default;  // gives the handle back; what was written stays
  virtual void append(std::span<const char> bytes) = 0;
  virtual ClosedFile close() = 0;  // syncs
};

class RecoverableWriter {
 public:
  virtual ~RecoverableWriter() = default;
  // Nothing has that target, be it open, persisted or committed.
  virtual bool is_free(const Path& target) = 0;
  // The target's directory exists.
  virtual std::unique_ptr<RecoverableFile> open(const Path& target) = 0;
  // Durable from now on, names of directories up to and including `root` as well.
  virtual std::vector<PersistedFile> persist(const std::vector<ClosedFile>& files,
                                             const Path& root) = 0;

  enum class Outcome : unsigned char {
    committed,
    committed_before,
    gone,     // neither the bytes nor the target are there
    damaged,  // the bytes are not those that were persisted; they are left alone
  };
  // May be called again with the same, whatever became of the first call. Durable after
  // sync_commits() of the targets' directories.
  virtual Outcome commit(const PersistedFile& file) = 0;
  virtual void sync_commits(const std::vector<PersistedFile>& files) = 0;
  // Removes what is not committed and whose name carries `mark`, which proves whose it is; without
  // that proof it is left alone. False: it is not there, or not theirs.
  virtual bool discard(const Path& held, std::string_view mark) = 0;
};

// "DIR/NAME.inprogress" while it is open, "DIR/.NAME.pending" persisted: hidden from people's
// globs too. A commit renames it. `files` outlives it.
std::unique_ptr<RecoverableWriter> make_renaming_writer(FileSystem& files);

inline constexpr std::string_view in_progress_suffix = ".inprogress";
inline constexpr std::string_view pending_suffix = ".pending";

}  // namespace flink::base
