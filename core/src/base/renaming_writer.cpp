// SPDX-License-Identifier: Apache-2.0
// RecoverableWriter for file systems that can rename.
#include <flink/base/check.h>

#include <set>
#include <utility>

#include "base/file_system.h"
#include "base/recoverable_writer.h"

namespace flink::base {
namespace {

using detail::concat;

Path open_name(const Path& target) { return concat(target.text(), in_progress_suffix); }
Path pending_name(const Path& target) {
  return target.parent() / concat(".", target.name(), pending_suffix);
}

class OpenFile final : public RecoverableFile {
 public:
  OpenFile(Path target, std::unique_ptr<WritableFile> file)
      : target_(std::move(target)), file_(std::move(file)) {}
  void append(std::span<const char> bytes) override {
    file_->append(bytes);
    bytes_ += bytes.size();
  }
  ClosedFile close() override {
    file_->sync();
    file_->close();
    return {open_name(target_), target_, bytes_};
  }

 private:
  Path target_;
  std::unique_ptr<WritableFile> file_;
  std::uint64_t bytes_ = 0;
};

class RenamingWriter final : public RecoverableWriter {
 public:
  explicit RenamingWriter(FileSystem& files) : files_(files) {}

  bool is_free(const Path& target) override {
    return !files_.status(target) && !files_.status(pending_name(target)) &&
           !files_.status(open_name(target));
  }

  std::unique_ptr<RecoverableFile> open(const Path& target) override {
    return std::make_unique<OpenFile>(target, files_.create(open_name(target)));
  }

  // A commit comes later and from elsewhere, so the names must outlive this machine as the bytes
  // do.
  std::vector<PersistedFile> persist(const std::vector<ClosedFile>& files,
                                     const Path& root) override {
    std::vector<PersistedFile> out;
    std::set<Path> directories;
    for (const auto& file : files) {
      Path held = pending_name(file.target);
      files_.rename(file.open_name, held);
      for (Path at = held.parent(); root.contains(at); at = at.parent()) directories.insert(at);
      directories.insert(root);
      out.push_back({std::move(held), file.target, file.bytes});
    }
    for (const auto& directory : directories) files_.sync_directory(directory);
    return out;
  }

  Outcome commit(const PersistedFile& file) override {
    const auto written = files_.status(file.held);
    if (!written) return files_.status(file.target) ? Outcome::committed_before : Outcome::gone;
    if (written->size != file.bytes) return Outcome::damaged;
    files_.rename(file.held, file.target);
    return Outcome::committed;
  }
  void sync_commits(const std::vector<PersistedFile>& files) override {
    std::set<Path> directories;
    for (const auto& file : files) directories.insert(file.target.parent());
    for (const auto& directory : directories) {
      if (files_.status(directory)) files_.sync_directory(directory);
    }
  }

  bool discard(const Path& held, std::string_view mark) override {
    const auto name = held.name();
    const bool unfinished = name.ends_with(in_progress_suffix) || name.ends_with(pending_suffix);
    if (mark.empty() || !unfinished || name.find(mark) == name.npos) return false;
    return files_.remove(held);
  }

 private:
  FileSystem& files_;
};

}  // namespace

std::unique_ptr<RecoverableWriter> make_renaming_writer(FileSystem& files) {
  return std::make_unique<RenamingWriter>(files);
}

std::unique_ptr<RecoverableWriter> FileSystem::recoverable_writer() {
  return make_renaming_writer(*this);
}

}  // namespace flink::base
