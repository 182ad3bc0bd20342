// SPDX-License-Identifier: Apache-2.0
// The user's build cache, $XDG_CACHE_HOME/flinkc (default ~/.cache/flinkc), which nobody else may
// write to:
//   pch/KEY/       a precompiled header, with KEY.deps: the stamps of the headers in it
//   object/KEY.o   with KEY.deps: the stamps of all files it was compiled from
//   generated/KEY/ a source that was made of another one: of a script of SQL
//   program/KEY    an executable with KEY.deps: objects' files, runtime, compiler
// A KEY names a request (paths, flags, mode); the stamps say whether its slot is still right.
// Every file is replaced by rename, builders of one slot exclude each other by a lock file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "codegen/files.h"

namespace flink::codegen {

class Cache {
 public:
  // Make the directories. Throw Error where that cannot be, or another user has them.
  Cache();
  explicit Cache(std::filesystem::path root, unsigned mode = own);
  static constexpr unsigned own = 0700, for_all_users = 0755;  // who may read it

  std::filesystem::path pch_dir(const std::string& key) const { return root_ / "pch" / key; }
  std::filesystem::path object(const std::string& key) const;
  // Makes the directory.
  std::filesystem::path generated_dir(const std::string& key) const;
  std::filesystem::path program(const std::string& key) const { return root_ / "program" / key; }
  std::filesystem::path lock(const std::string& key) const { return root_ / "lock" / key; }

  // Deletes what was used longest ago, until each kind is within its bound.
  void prune() const;

 private:
  std::filesystem::path root_;
};

// Stamps beside a cached file: written last, so their presence says the file is whole.
std::filesystem::path stamps_of(const std::filesystem::path& cached);
// The warnings of making it, beside a cached file.
std::filesystem::path messages_of(const std::filesystem::path& cached);
// True when the file is there and all it was made from is unchanged. Marks it as used.
bool is_current(const std::filesystem::path& cached);

}  // namespace flink::codegen
