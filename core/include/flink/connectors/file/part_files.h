// SPDX-License-Identifier: Apache-2.0
// The untyped half of the file sink: part files, their names and their commit. Compiled once, in
// core/src/connectors. A part is written as
//   DIR[/BUCKET]/part-<subtask>-<job>-<operator>[-r<checkpoint>]-<attempt>-<n><suffix>.inprogress
// with the whole ids of job and operator, which say whose it is, and the newest checkpoint when it
// was begun: only later ones can name it. Closed and synced it is named .part-...<suffix>.pending,
// and is a committable: some checkpoint or savepoint may name it, so from then on only who knows
// better removes it. The commit takes dot and ".pending" off. Until then nobody should read it.
#pragma once

#include <flink/connectors/file/file_sink_policies.h>
#include <flink/endpoints/sink_runtime.h>
#include <flink/types/bytes.h>

#include <cstdint>

namespace flink {

// A part that is written, closed and synced.
struct FilePart {
  std::string in_progress;  // its name until then; of version 1 they end in ".inprogress"
  std::string path;         // its name once committed
  std::uint64_t bytes = 0;
};

namespace detail {

enum class ExistingFiles : unsigned char {
  refuse,     // the directory must be empty
  overwrite,  // parts of earlier jobs are removed once this one has committed some; nothing else
              // may be there
  append,     // they stay
};

struct FileSinkOptions {
  FileSinkOptions();
  FileSinkOptions(std::string_view told_directory, std::string_view told_suffix,
                  std::string told_header);
  FileSinkOptions(const FileSinkOptions& other);
  FileSinkOptions& operator=(const FileSinkOptions& other);
  ~FileSinkOptions();

  std::string directory;
  std::string suffix;  // ".txt"
  std::string header;  // what each part begins with
  ExistingFiles existing = ExistingFiles::refuse;
  RollingPolicy rolling{128ull << 20};
  std::size_t buffer_bytes = 1 << 20;  // of all open parts together, 64 KiB each at least
  bool buckets = false;
  bool missing_allowed = false;
};

// One subtask's parts. Fill buffer() with whole lines, then call written(). What blocks suspends
// the task while a helper does it.
class PartWriter {
 public:
  PartWriter(WriterInitContext& context, FileSinkOptions options);
  ~PartWriter();

  // Where the next records go: a relative path, without "..". Without it: the directory itself.
  void select_bucket(std::string_view bucket);
  ByteWriter& buffer() noexcept { return *buffer_; }
  // Writes the buffer out once it is full.
  void written() {
    if (buffer_->size() >= buffer_bytes_) [[unlikely]]
      write_out();
  }
  // A batch of records has come: closes the parts whose time has come.
  void look_at_time();
  void flush();
  // Syncs and closes the open parts; gives those closed since the last call, pending and durable.
  std::vector<FilePart> prepare_commit();

 private:
  class Impl;
  void write_out();

  std::size_t buffer_bytes_ = 0;
  ByteWriter* buffer_ = nullptr;
  std::unique_ptr<Impl> impl_;
};

std::unique_ptr<Committer<FilePart>> make_part_committer(SinkJobContext& context,
                                                         const FileSinkOptions& options);

extern template class CommittableSender<FilePart>;
extern template class SinkCommitterOf<FilePart>;
extern template CoordinatorFactory sink_coordinators(
    std::shared_ptr<const SupportsCommitter<FilePart>> sink);

}  // namespace detail
}  // namespace flink
