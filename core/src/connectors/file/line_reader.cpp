// SPDX-License-Identifier: Apache-2.0
// LineReader: splits and blocks. Blocks are read by a helper (run_blocking) while the other tasks
// of the slot go on; the operating system reads ahead within a file.
#include <flink/connectors/file/file_lines.h>
#include <flink/error.h>

#include <algorithm>
#include <deque>

#include "base/file_system.h"
#include "config/options.h"
#include "connectors/file/foreign_format.h"
#include "connectors/file/split_lines.h"
#include "endpoints/option_of.h"

namespace flink::detail {
namespace {

using connectors::SplitLines;

// How often a stream that gives nothing is asked.
constexpr auto stream_pause = std::chrono::milliseconds{10};
constexpr std::size_t header_block_bytes = 64 * 1024;
// Counting lines for a message reads the file up to there, unless that takes too long.
constexpr std::uint64_t counted_bytes_max = 1ull << 30;

SplitLines::Limits limits_of(const SourceReaderContext& context, const FileSourceOptions& options) {
  SplitLines::Limits limits;
  limits.block_bytes = options.block_bytes;
  limits.skip_first_line = options.skip_first_line && !options.framing.header;
  limits.multi_line = options.framing.multi_line;
  limits.delimiter = options.framing.delimiter;
  limits.quote = options.framing.quote;
  limits.record_bytes_max = options.record_bytes_max;
  if (limits.record_bytes_max == 0) {
    limits.record_bytes_max =
        endpoints::option_of(context, config::options::record_bytes_max).bytes;
  }
  return limits;
}

}  // namespace

Counter& error_counter(SourceReaderContext& context) {
  return context.runtime().counter("numRecordsInErrors");
}

void throw_bad_record(const std::string& place, std::string_view problem,
                      std::string_view first_line_hint) {
  const bool hint = !first_line_hint.empty() && place.ends_with(", line 1");
  throw Error{ErrorKind::incurable,
              concat(place, ": ", problem, hint ? "; " : "", hint ? first_line_hint : "")};
}

class LineReader::Impl {
 public:
  Impl(SourceReaderContext& context, const FileSourceOptions& options)
      : context_(context),
        limits_(limits_of(context, options)),
        lines_(limits_),
        has_header_(options.framing.header),
        comment_(options.framing.comment) {}

  // With a restored split the next one is asked for once that is opened, as ever.
  void start() {
    for (const FileSplit& restored : waiting_) refuse_again(restored);
    if (waiting_.empty()) context_.send_split_request();
  }
  void add_split(FileSplit split) { waiting_.push_back(std::move(split)); }
  void no_more_splits() { no_more_ = true; }

  std::vector<std::string> waiting_splits() const {
    std::vector<std::string> names;
    for (const FileSplit& split : waiting_) names.push_back(name_of(split));
    return names;
  }
  bool open(InputStatus& status) {
    if (reading_) return true;
    if (!waiting_.empty()) {
      open_next();
      return true;
    }
    file_.reset();
    status = no_more_ ? InputStatus::end_of_input : InputStatus::nothing_available;
    return false;
  }
  const std::string& split_name() const { return name_; }
  bool is_open() const { return reading_; }

  std::size_t next(std::span<std::string_view> lines, BufferRef& backing, InputStatus& status) {
    for (;;) {
      std::size_t count = 0;
      switch (lines_.next(header_pending_ ? lines.first(1) : lines, count)) {
        case SplitLines::Next::lines:
          if (header_pending_) {
            header_pending_ = !take_as_header(lines[0]);
            break;
          }
          backing = lines_.buffer();
          status = InputStatus::more_available;
          return count;
        case SplitLines::Next::need_block:
          if (stream_) {
            if (read_stream()) break;
            context_.wake_after(stream_pause);
            status = InputStatus::nothing_available;
            return 0;
          }
          read_block(lines_);
          break;
        case SplitLines::Next::done:
          reading_ = false;
          stream_.reset();
          status = InputStatus::more_available;
          return 0;
        case SplitLines::Next::too_long:
          fail_too_long(lines_.position());
        case SplitLines::Next::foreign:
          fail_foreign(lines_);
      }
    }
  }

  const std::string* take_header() {
    return std::exchange(header_is_new_, false) ? &header_ : nullptr;
  }

  std::vector<FileSplit> snapshot() const {
    std::vector<FileSplit> left;
    if (reading_ && lines_.rest().length > 0) left.push_back(lines_.rest());
    left.insert(left.end(), waiting_.begin(), waiting_.end());
    return left;
  }

  // Of no line: of the header.
  std::string place_of(std::string_view line) {
    return line.data() == nullptr ? place_of_line(header_line_)
                                  : place(lines_.offset_of(line.data()));
  }

 private:
  static std::string name_of(const FileSplit& split) {
    return concat(split.path, "@", split.offset);
  }

  std::string place(std::uint64_t offset) {
    if (!stream_ && offset > counted_bytes_max) {
      return concat("file '", lines_.split().path, "', byte ", offset);
    }
    return place_of_line(1 +
                         (stream_ ? lines_.line_breaks_before(offset) : count_line_breaks(offset)));
  }

  std::string place_of_line(std::uint64_t line) const {
    return concat("file '", base::shown(lines_.split().path), "', line ", line);
  }

  std::uint64_t count_line_breaks(std::uint64_t offset) {
    std::uint64_t count = 0;
    std::vector<char> block(std::min<std::uint64_t>(limits_.block_bytes, offset));
    context_.runtime().run_blocking([&] {
      for (std::uint64_t at = 0; at < offset;) {
        const std::uint64_t wanted = std::min<std::uint64_t>(block.size(), offset - at);
        const std::size_t read = file_->read_at(at, {block.data(), wanted});
        if (read == 0) return;
        count += static_cast<std::uint64_t>(std::count(block.data(), block.data() + read, '\n'));
        at += read;
      }
    });
    return count;
  }

  // What was read of a stream before is gone.
  void refuse_again(const FileSplit& split) const {
    if (split.stream.empty()) return;
    throw Error{ErrorKind::incurable,
                concat("input '", base::shown(split.path),
                       "' cannot be read again, as it is a pipe, device or file of /proc: what was "
                       "read before the failure, or the savepoint, is gone; start the job anew, "
                       "and give it a file if it is to survive this")};
  }

  void open_next() {
    FileSplit split = std::move(waiting_.front());
    waiting_.pop_front();
    name_ = name_of(split);
    // The next one is asked for now, so that it is here when this one has been read.
    if (waiting_.empty() && !no_more_) context_.send_split_request();
    if (split.stream.empty()) open_file(split);
    else open_stream(split);
    reading_ = true;
  }

  void open_stream(const FileSplit& split) {
    if (context_.runtime().attempt_number() > 0) refuse_again(split);
    context_.runtime().run_blocking([&] {
      stream_ = context_.file_system().open_stream({split.path, 0, false, split.stream});
    });
    header_pending_ = has_header_;
    header_line_ = 1;
    lines_.open(split);
  }

  void open_file(const FileSplit& split) {
    std::uint64_t size = 0;
    bool another = false;
    context_.runtime().run_blocking([&] {
      if (!file_ || open_path_ != split.path) {
        another = true;
        file_.reset();
        if (!context_.file_system().status(split.path)) {
          throw Error{
              ErrorKind::incurable,
              concat("file '", split.path, "' was there when the job started and is gone now")};
        }
        file_ = context_.file_system().open_read(split.path);
        open_path_ = split.path;
      }
      size = file_->size();
    });
    lines_.open(split);
    if (size < split.file_size) fail_truncated(size);
    if (!has_header_) return;
    if (another) read_header(split);
    lines_.open(behind_header(split));
  }

  // False: it is a blank line or a comment before the header.
  bool take_as_header(std::string_view line) {
    if (line.empty() || (comment_ != '\0' && line.front() == comment_)) {
      header_line_ += 1 + static_cast<std::uint64_t>(std::count(line.begin(), line.end(), '\n'));
      return false;
    }
    header_ = line;
    header_is_new_ = true;
    return true;
  }

  FileSplit behind_header(FileSplit split) const {
    const std::uint64_t end = split.offset + split.length;
    split.offset = std::min(std::max(split.offset, header_end_), end);
    split.length = end - split.offset;
    return split;
  }

  // Whichever split of the file comes first.
  void read_header(const FileSplit& split) {
    SplitLines::Limits limits = limits_;
    limits.block_bytes = std::min(limits.block_bytes, header_block_bytes);
    SplitLines first{limits};
    first.open({split.path, 0, split.file_size, split.file_size, {}});
    header_line_ = 1;
    for (bool found = false; !found;) {
      std::string_view line;
      std::size_t count = 0;
      switch (first.next({&line, 1}, count)) {
        case SplitLines::Next::lines:
          found = take_as_header(line);
          break;
        case SplitLines::Next::done:
          found = true;  // that there is none, and no record
          break;
        case SplitLines::Next::need_block:
          read_block(first);
          break;
        case SplitLines::Next::too_long:
          fail_too_long(first.position());
        case SplitLines::Next::foreign:
          fail_foreign(first);
      }
    }
    header_end_ = first.position();
  }

  // False: nothing has come yet.
  bool read_stream() {
    std::optional<std::size_t> read;
    const std::span<char> room = lines_.room();
    context_.runtime().run_blocking([&] { read = stream_->read(room); });
    if (!read) return false;
    if (*read == 0) lines_.end_of_stream();
    else lines_.filled(*read);
    return true;
  }

  void read_block(SplitLines& lines) {
    const std::span<char> room = lines.room();
    const std::uint64_t offset = lines.read_offset();
    std::size_t read = 0;
    context_.runtime().run_blocking([&] { read = file_->read_at(offset, room); });
    if (read < room.size()) fail_truncated(offset + read);
    lines.filled(read);
  }

  [[noreturn]] void fail_truncated(std::uint64_t size) const {
    throw Error{ErrorKind::incurable,
                concat("file '", lines_.split().path, "' was truncated while it was read: it had ",
                       lines_.split().file_size, " bytes when the job started and has ", size,
                       " now; do not change input files while a job reads them")};
  }

  [[noreturn]] static void fail_foreign(const SplitLines& lines) {
    throw Error{
        ErrorKind::incurable,
        concat("file ", connectors::refusal(lines.foreign(), base::shown(lines.split().path)))};
  }

  [[noreturn]] void fail_too_long(std::uint64_t start) {
    const bool stream = stream_ != nullptr;
    // How long it is, for the message; a stream may have no end.
    const std::uint64_t length = stream ? limits_.record_bytes_max + 1 : line_end(start) - start;
    throw Error{ErrorKind::incurable,
                concat(place(start), ": a line of ", stream ? "at least " : "", length,
                       " bytes; the longest allowed has ", limits_.record_bytes_max,
                       " (raise record_bytes_max, as in "
                       "-Dflinkc.record-bytes-max=",
                       length / (1 << 20) + 1, "mb)")};
  }

  // The rest is read and forgotten.
  std::uint64_t line_end(std::uint64_t end) {
    const std::uint64_t file_size = lines_.split().file_size;
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
    return end;
  }

  SourceReaderContext& context_;
  SplitLines::Limits limits_;
  SplitLines lines_;
  std::deque<FileSplit> waiting_;
  std::unique_ptr<base::ReadableFile> file_;
  std::unique_ptr<base::ReadableStream> stream_;  // while one is read
  std::string open_path_;
  std::string name_;  // of the split that is read
  bool has_header_;
  char comment_;  // see LineFraming
  std::string header_;
  std::uint64_t header_line_ = 1;  // from 1
  std::uint64_t header_end_ = 0;   // of the open file: where its records start
  bool header_is_new_ = false;
  bool header_pending_ = false;  // a stream's first line
  bool reading_ = false;
  bool no_more_ = false;
};

FileSourceOptions::FileSourceOptions() = default;
FileSourceOptions::FileSourceOptions(const FileSourceOptions&) = default;
FileSourceOptions& FileSourceOptions::operator=(const FileSourceOptions&) = default;
FileSourceOptions::~FileSourceOptions() = default;

LineReader::LineReader(SourceReaderContext& context, FileSourceOptions options)
    : impl_(std::make_unique<Impl>(context, options)) {}
LineReader::~LineReader() = default;
void LineReader::start() { impl_->start(); }
void LineReader::add_split(FileSplit split) { impl_->add_split(std::move(split)); }
void LineReader::no_more_splits() { impl_->no_more_splits(); }
std::vector<std::string> LineReader::waiting_splits() const { return impl_->waiting_splits(); }
bool LineReader::open(InputStatus& status) { return impl_->open(status); }
const std::string& LineReader::split_name() const { return impl_->split_name(); }
bool LineReader::is_open() const { return impl_->is_open(); }
std::size_t LineReader::next(std::span<std::string_view> lines, BufferRef& backing,
                             InputStatus& status) {
  return impl_->next(lines, backing, status);
}
const std::string* LineReader::take_header() { return impl_->take_header(); }
std::vector<FileSplit> LineReader::snapshot() const { return impl_->snapshot(); }
std::string LineReader::place_of(std::string_view line) { return impl_->place_of(line); }

}  // namespace flink::detail
