// SPDX-License-Identifier: Apache-2.0
// LineReader: splits and blocks. Blocks are read by a helper (run_blocking) while the other tasks
// of the slot go on; the operating system reads ahead within a file.
#include <flink/connectors/file_lines.h>
#include <flink/error.h>

#include <deque>

#include "base/file_system.h"
#include "config/value_syntax.h"
#include "connectors/file/split_lines.h"

namespace flink::detail {
namespace {

using connectors::SplitLines;

constexpr std::uint64_t default_record_bytes_max = 64ull << 20;

SplitLines::Limits limits_of(const SourceReaderContext& context, const FileSourceOptions& options) {
  SplitLines::Limits limits;
  limits.block_bytes = options.block_bytes;
  limits.skip_first_line = options.skip_first_line;
  limits.multi_line = options.multi_line;
  limits.record_bytes_max = options.record_bytes_max;
  if (limits.record_bytes_max == 0) {
    const auto configured = config::parse_memory_size(context.option("flinkc.record-bytes-max"));
    limits.record_bytes_max = configured ? configured->bytes : default_record_bytes_max;
  }
  return limits;
}

}  // namespace

void throw_bad_record(const std::string& place, std::string_view problem) {
  throw Error{ErrorKind::user, concat(place, ": ", problem)};
}

class LineReader::Impl {
 public:
  Impl(SourceReaderContext& context, const FileSourceOptions& options)
      : context_(context), limits_(limits_of(context, options)), lines_(limits_) {}

  // With a restored split the next one is asked for once that is opened, as ever.
  void start() {
    if (waiting_.empty()) context_.send_split_request();
  }
  void add_split(FileSplit split) { waiting_.push_back(std::move(split)); }
  void no_more_splits() { no_more_ = true; }

  std::size_t next(std::span<std::string_view> lines, BufferRef& backing, InputStatus& status) {
    for (;;) {
      if (!reading_) {
        if (waiting_.empty()) {
          file_.reset();
          status = no_more_ ? InputStatus::end_of_input : InputStatus::nothing_available;
          return 0;
        }
        open_next();
      }
      std::size_t count = 0;
      switch (lines_.next(lines, count)) {
        case SplitLines::Next::lines:
          backing = lines_.buffer();
          status = InputStatus::more_available;
          return count;
        case SplitLines::Next::need_block:
          read_block();
          break;
        case SplitLines::Next::done:
          reading_ = false;
          break;
        case SplitLines::Next::too_long:
          fail_too_long();
      }
    }
  }

  std::vector<FileSplit> snapshot() const {
    std::vector<FileSplit> left;
    if (reading_ && lines_.rest().length > 0) left.push_back(lines_.rest());
    left.insert(left.end(), waiting_.begin(), waiting_.end());
    return left;
  }

  std::string place(std::uint64_t offset) const {
    return concat("file '", lines_.split().path, "', byte ", offset);
  }
  std::string place_of(std::string_view line) const { return place(lines_.offset_of(line.data())); }

 private:
  void open_next() {
    FileSplit split = std::move(waiting_.front());
    waiting_.pop_front();
    // The next one is asked for now, so that it is here when this one has been read.
    if (waiting_.empty() && !no_more_) context_.send_split_request();
    std::uint64_t size = 0;
    context_.runtime().run_blocking([&] {
      if (!file_ || open_path_ != split.path) {
        file_.reset();
        if (!context_.file_system().status(split.path)) {
          throw Error{ErrorKind::user, concat("file '", split.path,
                                              "' was there when the job started and is gone now")};
        }
        file_ = context_.file_system().open_read(split.path);
        open_path_ = split.path;
      }
      size = file_->size();
    });
    lines_.open(split);
    reading_ = true;
    if (size < split.file_size) fail_truncated(size);
  }

  void read_block() {
    const std::span<char> room = lines_.room();
    const std::uint64_t offset = lines_.read_offset();
    std::size_t read = 0;
    context_.runtime().run_blocking([&] { read = file_->read_at(offset, room); });
    if (read < room.size()) fail_truncated(offset + read);
    lines_.filled(read);
  }

  [[noreturn]] void fail_truncated(std::uint64_t size) const {
    throw Error{ErrorKind::user,
                concat("file '", lines_.split().path, "' was truncated while it was read: it had ",
                       lines_.split().file_size, " bytes when the job started and has ", size,
                       " now; do not change input files while a job reads them")};
  }

  [[noreturn]] void fail_too_long() {
    // How long it is, for the message: the rest is read and forgotten.
    const std::uint64_t start = lines_.position(), file_size = lines_.split().file_size;
    std::uint64_t end = start;
    std::vector<char> block(limits_.block_bytes);
    context_.runtime().run_blocking([&] {
      bool found = false;
      while (!found && end < file_size) {
        const std::size_t read = file_->read_at(end, block);
        if (read == 0) break;
        const auto at = std::string_view{block.data(), read}.find('\n');
        found = at != std::string_view::npos;
        end += found ? at : read;
      }
    });
    throw Error{ErrorKind::user,
                concat(place(start), ": a line of ", end - start,
                       " bytes; the longest allowed has ", limits_.record_bytes_max,
                       " (raise record_bytes_max, as in "
                       "-Dflinkc.record-bytes-max=",
                       (end - start) / (1 << 20) + 1, "mb)")};
  }

  SourceReaderContext& context_;
  SplitLines::Limits limits_;
  SplitLines lines_;
  std::deque<FileSplit> waiting_;
  std::unique_ptr<base::ReadableFile> file_;
  std::string open_path_;
  bool reading_ = false;
  bool no_more_ = false;
};

LineReader::LineReader(SourceReaderContext& context, FileSourceOptions options)
    : impl_(std::make_unique<Impl>(context, options)) {}
LineReader::~LineReader() = default;
void LineReader::start() { impl_->start(); }
void LineReader::add_split(FileSplit split) { impl_->add_split(std::move(split)); }
void LineReader::no_more_splits() { impl_->no_more_splits(); }
std::size_t LineReader::next(std::span<std::string_view> lines, BufferRef& backing,
                             InputStatus& status) {
  return impl_->next(lines, backing, status);
}
std::vector<FileSplit> LineReader::snapshot() const { return impl_->snapshot(); }
std::string LineReader::place_of(std::string_view line) const { return impl_->place_of(line); }

}  // namespace flink::detail
