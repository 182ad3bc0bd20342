// SPDX-License-Identifier: Apache-2.0
// Text and CSV files and directories (Flink, FileSource with TextLineInputFormat and
// CsvReaderFormat). Files are listed once, when the job starts; directories recursively, without
// names that start with '.' or '_' and without uncommitted parts of a file sink. Large files are
// split and read in parallel: a line belongs to the split that its first byte lies in. Views in the
// records point into the blocks read.
#pragma once

#include <flink/base/functional.h>
#include <flink/connectors/file/checked_path.h>
#include <flink/connectors/file/file_lines.h>
#include <flink/error.h>
#include <flink/formats/csv.h>
#include <flink/formats/text.h>
#include <flink/types/views.h>

#include <type_traits>
#include <utility>

namespace flink {

namespace detail {

// Where a record's views point to that cannot point into the block read: pinned by the batch.
template <class T>
class BatchArena {
 public:
  explicit BatchArena(ReaderOutput<T>& output) : output_(output) {}
  char* allocate(std::size_t size) {
    if (!buffer_ || used_ + size > buffer_->size()) {
      buffer_ = make_ref<Buffer>(std::max<std::size_t>(size, 16 * 1024));
      used_ = 0;
      output_.batch().pin(buffer_);
    }
    used_ += size;
    return buffer_->data() + used_ - size;
  }

 private:
  ReaderOutput<T>& output_;
  BufferRef buffer_;
  std::size_t used_ = 0;
};

template <class T, class Format>
inline constexpr bool lines_are_records = false;
template <>
inline constexpr bool lines_are_records<std::string_view, TextFormat<std::string_view>> = true;

// A record a line, as the format decodes it.
template <class T, class Format>
class FormatReader final : public SourceReader<T, FileSplit> {
 public:
  FormatReader(SourceReaderContext& context, const FileSourceOptions& options, const Format& format)
      : lines_(context, options),
        decoder_(format.decoder()),
        errors_(options.framing.ignore_errors ? &error_counter(context) : nullptr) {}

  void start() override { lines_.start(); }
  void add_splits(std::vector<FileSplit> splits) override {
    for (auto& split : splits) lines_.add_split(std::move(split));
  }
  void notify_no_more_splits() override { lines_.no_more_splits(); }
  // It reads one after another: while one waits, the others would for ever.
  void pause_or_resume_splits(const std::vector<std::string>&,
                              const std::vector<std::string>&) override {}
  std::vector<FileSplit> snapshot_state(std::int64_t) override { return lines_.snapshot(); }

  // Of splits that wait only restored ones hold watermarks back: one that was asked for ahead is
  // of what nobody has begun to read.
  InputStatus poll_next(ReaderOutput<T>& output) override {
    if (!std::exchange(polled_, true)) {
      for (const auto& split : lines_.waiting_splits()) output.create_output_for_split(split);
    }
    InputStatus status{};
    if (!lines_.open(status)) return status;
    if (split_output_ == nullptr) {
      split_output_ = &output.create_output_for_split(lines_.split_name());
    }
    read(*split_output_, status);
    if (!lines_.is_open()) {
      split_output_ = nullptr;
      output.release_output_for_split(lines_.split_name());
    }
    return status;
  }

 private:
  void read(ReaderOutput<T>& output, InputStatus& status) {
    BufferRef block;
    if constexpr (lines_are_records<T, Format>) {
      RecordBatch<T>& batch = output.batch();
      const std::span<T> free{batch.data() + batch.size(), output.room()};
      const std::size_t count = lines_.next(free, block, status);
      batch.set_size(batch.size() + count);
      output.pin(std::move(block));
    } else {
      std::string_view lines[256];
      const std::size_t room = std::min<std::size_t>(std::size(lines), output.room());
      const std::size_t count = lines_.next({lines, room}, block, status);
      begin_file();
      if (has_views<T> && count > 0) output.pin(std::move(block));
      BatchArena<T> arena{output};
      for (std::size_t i = 0; i < count; ++i) decode(lines[i], output.batch(), arena);
    }
  }

  void begin_file() {
    if constexpr (requires { decoder_.begin_file(std::string_view{}); }) {
      const std::string* header = lines_.take_header();
      if (header == nullptr) [[likely]]
        return;
      try {
        return decoder_.begin_file(*header);
      } catch (const Error& error) {
        problem_ = error.message();
      }
      throw_bad_record(lines_.place_of({}), problem_);
    }
  }

  void decode(std::string_view line, RecordBatch<T>& batch, BatchArena<T>& arena) {
    if (decoder_.skips(line)) return;
    try {
      return decoder_.decode(line, batch.emplace(), arena);
    } catch (const Error& error) {
      problem_ = error.message();
    }
    batch.drop_last();
    if (errors_ != nullptr) return errors_->inc();
    std::string hint;
    if constexpr (requires { decoder_.first_line_hint(line); }) {
      hint = decoder_.first_line_hint(line);
    }
    throw_bad_record(lines_.place_of(line), problem_, hint);
  }

  LineReader lines_;
  decltype(std::declval<const Format&>().decoder()) decoder_;
  ReaderOutput<T>* split_output_ = nullptr;  // of the open split
  bool polled_ = false;
  Counter* errors_;  // null: what cannot be decoded fails the task
  std::string problem_;
};

}  // namespace detail

template <class T>
class FileSource final : public Source<T, FileSplit> {
 public:
  // `path`: a file or a directory. `format`: TextFormat<T>, CsvFormat<T> or another one that is as
  // flink/formats/framing.h says.
  template <class Format>
  [[gnu::noinline]] static FileSource of(const std::string& path, const Format& format) {
    constexpr bool fits = std::is_same_v<typename Format::record_type, T>;
    static_assert(fits,
                  "flinkc: FileSource<T>::of(): the format is of other records; write "
                  "FileSource<T>::of(path, CsvFormat<T>{})");
    FileSource source;
    source.options_.path = detail::checked_path(path, "the path of a file source");
    source.options_.framing = format.framing();
    if constexpr (fits) {
      source.make_reader_ = [format](SourceReaderContext& context,
                                     const detail::FileSourceOptions& options) {
        return detail::make_owned<SourceReader<T, FileSplit>, detail::FormatReader<T, Format>>(
            context, options, format);
      };
    }
    return source;
  }

  // One record a line.
  static FileSource text(const std::string& path) {
    constexpr bool fits = std::is_same_v<T, std::string_view> || std::is_same_v<T, std::string>;
    static_assert(fits,
                  "flinkc: FileSource<T>::text(): lines are text; write "
                  "FileSource<std::string_view>::text(path), or std::string");
    if constexpr (fits) return of(path, TextFormat<T>{});
  }

  // One record a line, RFC 4180, columns in the order of T's fields, no header line.
  static FileSource csv(const std::string& path) { return of(path, CsvFormat<T>{}); }

  // For CSV whose quoted fields may hold line breaks: a file is then read by one subtask. Without
  // it such a field is an error.
  FileSource multi_line() const {
    return with([](auto& options) { options.framing.multi_line = true; });
  }
  // For tests and unusual inputs; each gives a changed copy.
  FileSource with_record_bytes_max(std::uint64_t bytes) const {
    return with([bytes](auto& options) { options.record_bytes_max = bytes; });
  }
  FileSource with_split_bytes(std::uint64_t bytes) const {
    return with([bytes](auto& options) { options.split_bytes = bytes; });
  }
  // The first line of each file holds column names.
  FileSource skip_first_line() const {
    return with([](auto& options) { options.skip_first_line = true; });
  }

  Boundedness boundedness() const override { return Boundedness::bounded; }
  std::unique_ptr<SplitEnumerator<FileSplit>> create_enumerator(
      SplitEnumeratorContext<FileSplit>& context) const override {
    return detail::make_file_enumerator(context, options_);
  }
  std::unique_ptr<SourceReader<T, FileSplit>> create_reader(
      SourceReaderContext& context) const override {
    return make_reader_(context, options_);
  }

 private:
  FileSource() = default;
  template <class Change>
  FileSource with(Change change) const {
    FileSource changed = *this;
    change(changed.options_);
    return changed;
  }

  detail::MakerOf<SourceReader<T, FileSplit>, SourceReaderContext&,
                  const detail::FileSourceOptions&>
      make_reader_;
  detail::FileSourceOptions options_;
};

// Lines of text are compiled once, in core/src/connectors.
namespace detail {
extern template class FormatReader<std::string_view, TextFormat<std::string_view>>;
extern template class SourceOperatorOf<std::string_view, FileSplit, std::vector<FileSplit>>;
extern template void install_source(std::shared_ptr<const FileSource<std::string_view>> source,
                                    Transformation& transformation);
}  // namespace detail
extern template class FileSource<std::string_view>;
extern template FileSource<std::string_view> FileSource<std::string_view>::of(
    const std::string& path, const TextFormat<std::string_view>& format);

}  // namespace flink
