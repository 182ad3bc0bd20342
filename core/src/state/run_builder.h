// SPDX-License-Identifier: Apache-2.0
// Builds one run: sorted entries into a private local file, then published through a FileSystem.
//   RunBuilder builder({.scratch_file = tmp + "/7.run", .states = states, .entries_max = n});
//   builder.append(key, value);             // keys strictly ascending (entry_key.h)
//   RunFile run = builder.publish(files, "/checkpoints/…/shared/7.run");
//
// Blocking: for helpers. One thread at a time. Memory: `buffered_bytes_max`, the largest value
// twice, the index (24 bytes for every 512 to 4096), and the Bloom filter (at most 20 bits for each
// of `entries_max`). The scratch file goes with the builder. Equal entries give equal bytes. How a
// run is published: Run::publish().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "state/entry_key.h"
#include "state/handles.h"
#include "state/run_format.h"
#include "state/run_reader.h"

namespace flink::state {

struct RunBuilderOptions {
  std::string scratch_file;             // in a private local directory; replaced if it exists
  std::vector<StateDescriptor> states;  // of the entries
  std::uint64_t entries_max = 0;        // but timers: at most so many; fewer is fine
  std::size_t buffered_bytes_max = 1024 * 1024;
};

class RunBuilder {
 public:
  explicit RunBuilder(RunBuilderOptions options);
  RunBuilder(RunBuilder&&) noexcept;
  RunBuilder& operator=(RunBuilder&&) noexcept;
  ~RunBuilder();

  // `value`: with its header (append_value_header).
  void append(std::string_view stored_key, std::string_view value);
  // Room for a value of that size; its first byte is the tag. Valid until the next call.
  char* append(std::string_view stored_key, std::size_t value_bytes, EntryTag tag);
  void append_tombstone(std::string_view stored_key) { append(stored_key, 1, EntryTag::tombstone); }
  // Hides everything under that prefix in older runs, not what is in this one.
  void append_prefix_tombstone(std::string_view stored_prefix) {
    append(stored_prefix, 1, EntryTag::prefix_tombstone);
  }

  std::uint64_t entries() const;
  std::uint64_t bytes() const;  // of keys and values so far

  // Ends the run, and opens it where it is; Run::publish() copies it elsewhere. Once.
  std::shared_ptr<const Run> finish(bool point_reads);
  // Ends the run. Once; nothing may follow. The parent directory of `path` must exist.
  RunFile publish(base::FileSystem& files, const std::string& path);

 private:
  struct Build;
  std::unique_ptr<Build> build_;
};

}  // namespace flink::state
