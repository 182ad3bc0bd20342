// SPDX-License-Identifier: Apache-2.0
// The untyped half of the file sink: part files, their names and their commit. Compiled once, in
// core/src/connectors. A part is written as
//   DIR/part-<subtask>-<12 digits of the job id>-<attempt>-<n><suffix>.inprogress
// and loses ".inprogress" at the job's commit; until then nobody should read it.
#pragma once

#include <flink/sink.h>
#include <flink/types/bytes.h>

#include <cstdint>

namespace flink {

// A part that is written, closed and synced.
struct FilePart {
  std::string in_progress;
  std::string path;  // its name once committed
  std::uint64_t bytes = 0;
};

namespace detail {

enum class ExistingFiles : unsigned char {
  refuse,     // the directory must be empty
  overwrite,  // parts of earlier jobs are removed when this one is committed; nothing else may be
              // there
  append,     // they stay
};

struct FileSinkOptions {
  std::string directory;
  std::string suffix;  // ".txt"
  ExistingFiles existing = ExistingFiles::refuse;
  std::uint64_t part_bytes_max = 128ull << 20;  // then the next part begins
  std::size_t buffer_bytes = 1 << 20;
};

// One subtask's parts. Fill buffer() with whole lines, then call written().
class PartWriter {
 public:
  PartWriter(WriterInitContext& context, FileSinkOptions options);
  ~PartWriter();
  ByteWriter& buffer() noexcept { return buffer_; }
  // Writes the buffer out once it is full; may suspend the task while a helper writes.
  void written() {
    if (buffer_.size() >= buffer_bytes_) [[unlikely]]
      write_out();
  }
  void flush();
  // Syncs and closes the open part; gives those since the last call.
  std::vector<FilePart> prepare_commit();

 private:
  class Impl;
  void write_out();

  std::size_t buffer_bytes_;
  ByteWriter buffer_;
  std::unique_ptr<Impl> impl_;
};

std::unique_ptr<Committer<FilePart>> make_part_committer(SinkJobContext& context);
void prepare_directory(SinkJobContext& context, const FileSinkOptions& options);
void remove_parts_of_attempt(SinkJobContext& context, const FileSinkOptions& options, int subtask,
                             int attempt);
void remove_replaced_parts(SinkJobContext& context, const FileSinkOptions& options);
void remove_parts_of_job(SinkJobContext& context, const FileSinkOptions& options);

}  // namespace detail
}  // namespace flink
