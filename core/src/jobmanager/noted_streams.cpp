// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/noted_streams.h"

namespace flink::jobmanager {

std::set<std::string> NotedStreams::noted() const {
  const std::lock_guard lock(mutex_);
  return noted_;
}

void NotedStreams::note(const base::FileStatus& status) {
  if (status.stream.empty()) return;
  const std::lock_guard lock(mutex_);
  noted_.insert(base::shown(status.path));
}

std::optional<base::FileStatus> NotedStreams::status(const base::Path& path) {
  auto found = to_.status(path);
  if (found) note(*found);
  return found;
}

std::vector<base::FileStatus> NotedStreams::list(const base::Path& directory) {
  auto found = to_.list(directory);
  for (const auto& entry : found) {
    const auto name = base::Path{entry.path}.name();
    // A source reads no hidden files.
    if (!name.starts_with('.') && !name.starts_with('_')) note(entry);
  }
  return found;
}

std::unique_ptr<base::ReadableStream> NotedStreams::open_stream(const base::FileStatus& status) {
  note(status);
  return to_.open_stream(status);
}

}  // namespace flink::jobmanager
