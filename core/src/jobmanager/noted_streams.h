// SPDX-License-Identifier: Apache-2.0
// The files of a source's coordinator, with a note of what it found that can be read once only: a
// job that reads such a thing cannot go on from a savepoint. Thread-safe.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "base/forwarding_file_system.h"

namespace flink::jobmanager {

class NotedStreams final : public base::ForwardingFileSystem {
 public:
  using ForwardingFileSystem::ForwardingFileSystem;

  // Their paths, as people know them.
  std::set<std::string> noted() const;

  std::unique_ptr<base::ReadableStream> open_stream(const base::FileStatus& status) override;
  std::optional<base::FileStatus> status(const base::Path& path) override;
  std::vector<base::FileStatus> list(const base::Path& directory) override;

 private:
  void note(const base::FileStatus& status);

  mutable std::mutex mutex_;
  std::set<std::string> noted_;
};

}  // namespace flink::jobmanager
