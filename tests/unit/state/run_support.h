// SPDX-License-Identifier: Apache-2.0
// What the tests of runs share: a directory of their own, entries, an oracle of a stack of runs.
#pragma once

#include <doctest/doctest.h>
#include <flink/error.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "fs/local_file_system.h"
#include "state/run_builder.h"
#include "state/run_reader.h"
#include "unit/scratch_directory.h"

namespace flink::state::test {

using flink::test::Scratch;

inline std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

inline std::string stored_key(const EntryKey& key) {
  std::string out;
  append_stored_key(out, key);
  return out;
}

inline std::string random_bytes(base::Random& random, std::size_t size) {
  std::string out(size, '\0');
  // Few values, so that zeros, escapes and ties come up.
  for (char& c : out)
    c = "\0\1\2\xFF"
        "abc"[random.below(7)];
  return out;
}

// A whole run: stored key to stored value (tag first).
using Entries = std::map<std::string, std::string>;

inline RunFile build_run(const std::string& path, const Entries& entries,
                         std::vector<StateDescriptor> states = {}, std::size_t buffered = 1 << 20) {
  fs::LocalFileSystem files;
  RunBuilder builder({.scratch_file = path + ".scratch",
                      .states = std::move(states),
                      .entries_max = entries.size(),
                      .buffered_bytes_max = buffered});
  for (const auto& [key, value] : entries) builder.append(key, value);
  return builder.publish(files, path);
}

inline std::shared_ptr<const Run> open_run(const RunFile& file, bool direct = true) {
  fs::LocalFileSystem files;
  return Run::open(files, file,
                   {.scratch_file = file.path + ".fetched", .direct = direct, .point_reads = true});
}

inline Entries all_of(RunScan scan) {
  Entries out;
  std::string last;
  for (; scan.valid(); scan.next()) {
    CHECK(last < scan.key());
    last = scan.key();
    out.emplace(scan.key(), scan.value());
  }
  return out;
}

}  // namespace flink::state::test
