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
  auto found = files_->status(path);
  if (found) note(*found);
  return found;
}

std::vector<base::FileStatus> NotedStreams::list(const base::Path& directory) {
  auto found = files_->list(directory);
  for (const auto& entry : found) {
    const auto name = base::Path{entry.path}.name();
    // A source reads no hidden files.
    if (!name.starts_with('.') && !name.starts_with('_')) note(entry);
  }
  return found;
}

std::unique_ptr<base::ReadableFile> NotedStreams::open_read(const base::Path& path) {
  return files_->open_read(path);
}

std::unique_ptr<base::ReadableStream> NotedStreams::open_stream(const base::FileStatus& status) {
  note(status);
  return files_->open_stream(status);
}

std::unique_ptr<base::WritableFile> NotedStreams::create(const base::Path& path, bool truncate) {
  return files_->create(path, truncate);
}

void NotedStreams::create_directories(const base::Path& path) { files_->create_directories(path); }

void NotedStreams::create_private_directory(const base::Path& path) {
  files_->create_private_directory(path);
}

void NotedStreams::rename(const base::Path& from, const base::Path& to) {
  files_->rename(from, to);
}

bool NotedStreams::remove(const base::Path& path) { return files_->remove(path); }

void NotedStreams::sync_directory(const base::Path& path) { files_->sync_directory(path); }

std::unique_ptr<base::RecoverableWriter> NotedStreams::recoverable_writer() {
  return files_->recoverable_writer();
}

std::optional<std::string> NotedStreams::local_path(const base::Path& path) {
  return files_->local_path(path);
}

}  // namespace flink::jobmanager
