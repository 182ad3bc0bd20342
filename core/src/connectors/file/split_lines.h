// SPDX-License-Identifier: Apache-2.0
// The lines of one split, from blocks that someone else reads: no I/O here. Ask next(); when it
// says `need_block`, read wanted() bytes at read_offset() into room(), then filled(). One thread.
#pragma once

#include <flink/connectors/file/file_lines.h>
#include <flink/types/batch.h>

#include <array>

#include "connectors/file/foreign_format.h"
#include "formats/csv_framing.h"

namespace flink::connectors {

class SplitLines {
 public:
  struct Limits {
    std::size_t block_bytes = 1024 * 1024;
    std::uint64_t record_bytes_max = 64ull << 20;
    bool skip_first_line = false;
    bool multi_line = false;  // line breaks within quotes end no line
    char delimiter = ',';
    char quote = '"';
  };
  // foreign: by its first bytes the file is of another format, see foreign().
  enum class Next : unsigned char { lines, need_block, done, too_long, foreign };

  explicit SplitLines(Limits limits) : limits_(limits) {}
  void open(const FileSplit& split);

  // `lines`: `count` of them, views into buffer().
  Next next(std::span<std::string_view> lines, std::size_t& count);
  const BufferRef& buffer() const { return buffer_; }
  const ForeignFormat& foreign() const { return *foreign_by_bytes(held()); }

  // The block to read: room().size() bytes at read_offset(), never beyond the file's known end.
  std::uint64_t read_offset() const { return base_ + end_; }
  std::span<char> room();
  void filled(std::size_t bytes) { end_ += bytes; }
  // No bytes come after these: for a split of a stream, whose end is not known before.
  void end_of_stream();

  // Where the line that is too long, or not yet given, starts.
  std::uint64_t position() const { return base_ + begin_; }
  std::uint64_t offset_of(const char* at) const {
    return base_ + static_cast<std::uint64_t>(at - buffer_->data());
  }
  // How many line breaks of a stream come before that byte.
  std::uint64_t line_breaks_before(std::uint64_t offset) const;
  const FileSplit& split() const { return split_; }
  // What is left; length 0: nothing.
  FileSplit rest() const;

 private:
  // Null: the line that starts at `at` does not end before `end`. Goes on from `scan_`.
  const char* find_line_end(const char* at, const char* end);
  Next skip_to_first_line();  // lines: it is there
  std::string_view held() const { return {buffer_->data() + begin_, end_ - begin_}; }
  std::size_t mark_bytes() const;  // of a byte order mark at begin_
  BufferRef take_buffer(std::size_t capacity);

  Limits limits_;
  FileSplit split_;
  std::uint64_t stop_ = 0;  // lines that start here or later are not ours
  bool skipping_ = false;   // up to and including the next line break
  BufferRef buffer_;
  std::uint64_t base_ = 0;         // file offset of the buffer's first byte
  std::uint64_t line_breaks_ = 0;  // of a stream, before base_
  std::size_t begin_ = 0;          // of the next line
  std::size_t end_ = 0;            // of the bytes read
  formats::CsvScan scan_;          // of the next line: where its end is still to be looked for
  std::array<BufferRef, 4> used_;  // blocks to use again once no batch pins them
  std::size_t next_used_ = 0;
};

}  // namespace flink::connectors
