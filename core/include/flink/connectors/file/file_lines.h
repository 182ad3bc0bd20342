// SPDX-License-Identifier: Apache-2.0
// The untyped half of the file source: which files, which splits, which lines. Compiled once, in
// core/src/connectors. A line ends at "\n" or "\r\n" (not part of it) or at the end of the file,
// and belongs to the split that its first byte lies in. A UTF-8 byte order mark at the start of the
// file belongs to no line.
#pragma once

#include <flink/endpoints/source_runtime.h>
#include <flink/formats/framing.h>

#include <span>

namespace flink {

// The lines that start in bytes [offset, offset + length) of a file of file_size bytes.
struct FileSplit {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t file_size = 0;  // when the job started: bytes added later are not read
  // A file without a size (a pipe, say), which one: it is read once, to wherever it ends.
  std::string stream;
};

namespace detail {

struct FileSourceOptions {
  FileSourceOptions();
  FileSourceOptions(const FileSourceOptions& other);
  FileSourceOptions& operator=(const FileSourceOptions& other);
  ~FileSourceOptions();

  std::string path;  // a file, or a directory that is read recursively
  LineFraming framing;
  bool skip_first_line = false;        // of each file
  std::uint64_t split_bytes = 0;       // 0: by the size of the input and the parallelism
  std::uint64_t record_bytes_max = 0;  // 0: flinkc.record-bytes-max
  std::size_t block_bytes = 1024 * 1024;
};

std::unique_ptr<SplitEnumerator<FileSplit>> make_file_enumerator(
    SplitEnumeratorContext<FileSplit>& context, FileSourceOptions options);

// Reads the splits it is given, one after another, block by block through the FileSystem. Each call
// may suspend the task while a helper reads.
class LineReader {
 public:
  LineReader(SourceReaderContext& context, FileSourceOptions options);
  ~LineReader();

  void start();
  void add_split(FileSplit split);
  void no_more_splits();

  // The splits that wait to be read, by name: "path@offset".
  std::vector<std::string> waiting_splits() const;
  // Opens the next split unless one is open. False: there is none, and `status` says whether to
  // wait or that all is read.
  bool open(InputStatus& status);
  // Of the open one. False: it has been read to its end.
  const std::string& split_name() const;
  bool is_open() const;
  // Some lines of the open split: views into `backing`. Perhaps none; then `status` says whether to
  // wait.
  std::size_t next(std::span<std::string_view> lines, BufferRef& backing, InputStatus& status);
  // The header of the file that the lines of the last next() are from, if they are the first ones
  // given of it and the framing has headers; else null.
  const std::string* take_header();
  // What is left to read, at the position after the last line given.
  std::vector<FileSplit> snapshot() const;
  // "file 'a.csv', line 12": where a line that the last next() gave starts. May suspend the task
  // while a helper counts, so not within a catch.
  std::string place_of(std::string_view line);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// What could not be decoded and was left out.
Counter& error_counter(SourceReaderContext& context);
[[noreturn]] void throw_bad_record(const std::string& place, std::string_view problem,
                                   std::string_view first_line_hint = {});

extern template class SplitReaderOperator<FileSplit, std::vector<FileSplit>>;
extern template class SourceEnumeratorOf<FileSplit, std::vector<FileSplit>>;
extern template CoordinatorFactory source_coordinators(
    std::shared_ptr<const SplitSource<FileSplit>> source);
extern template class RestoredEnumerator<FileSplit, std::vector<FileSplit>>;

}  // namespace detail

extern template class SplitSource<FileSplit>;

}  // namespace flink
