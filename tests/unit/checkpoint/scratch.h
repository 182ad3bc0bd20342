// SPDX-License-Identifier: Apache-2.0
// A directory of a test's own, and checkpoints in it.
#pragma once

#include <flink/error.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/file_system.h"
#include "base/ids.h"
#include "base/temporary_directory.h"
#include "checkpoint/storage.h"
#include "unit/checkpoint/sample.h"

namespace flink::checkpoint::test {

struct Scratch {
  base::TemporaryDirectory directory{"flinkc-checkpoint-"};
  const std::filesystem::path& path = directory.path();
  std::string at(const std::string& name) const { return path / name; }
};

inline void write_file(const std::string& path, std::size_t bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << std::string(bytes, 'x');
}

template <class F>
std::string refusal(F&& f) {
  try {
    f();
    return {};
  } catch (const Error& error) {
    return error.message();
  }
}

inline const base::JobId job{1, 2};

// A checkpoint of `job` with its files.
inline std::string make_checkpoint(base::FileSystem& files, const Scratch& scratch, std::int64_t id,
                                   bool savepoint = false) {
  const auto directory = checkpoint_directory(scratch.at(job.hex()), id);
  make_durable_directory(files, directory);
  Metadata metadata;
  metadata.job_high = job.high;
  metadata.job_low = job.low;
  metadata.checkpoint_id = id;
  metadata.savepoint = savepoint;
  metadata.operators.push_back(keyed_operator(2, 1, 128, directory));
  for (const auto& file : files_of(metadata)) write_file(file, 4096);
  write_durably(files, directory + "/_metadata", encode_metadata(metadata, directory));
  return directory;
}

}  // namespace flink::checkpoint::test
