// SPDX-License-Identifier: Apache-2.0
// Text and CSV files and directories (Flink, FileSource with TextLineInputFormat and
// CsvReaderFormat). Files are listed once, when the job starts; directories recursively, without
// names that start with '.' or '_' and without uncommitted parts of a file sink. Large files are
// split and read in parallel: a line belongs to the split that its first byte lies in. Views in the
// records point into the blocks read.
#pragma once

#include <flink/connectors/file_lines.h>
#include <flink/error.h>
#include <flink/formats/csv.h>
#include <flink/types/views.h>

#include <type_traits>

namespace flink {

namespace detail {

// What readers of lines share.
template <class T>
class LinesReader : public SourceReader<T, FileSplit> {
 public:
  LinesReader(SourceReaderContext& context, const FileSourceOptions& options)
      : lines_(context, options) {}

  void start() override { lines_.start(); }
  void add_splits(std::vector<FileSplit> splits) override {
    for (auto& split : splits) lines_.add_split(std::move(split));
  }
  void notify_no_more_splits() override { lines_.no_more_splits(); }
  std::vector<FileSplit> snapshot_state(std::int64_t) override { return lines_.snapshot(); }

 protected:
  LineReader lines_;
};

// Lines as they are, without their line break. T: std::string_view or std::string.
template <class T>
class TextReader final : public LinesReader<T> {
 public:
  using LinesReader<T>::LinesReader;

  InputStatus poll_next(ReaderOutput<T>& output) override {
    InputStatus status{};
    BufferRef block;
    if constexpr (std::is_same_v<T, std::string_view>) {
      RecordBatch<T>& batch = output.batch();
      const std::span<T> free{batch.data() + batch.size(), output.room()};
      const std::size_t count = this->lines_.next(free, block, status);
      batch.set_size(batch.size() + count);
      output.pin(std::move(block));
    } else {
      std::string_view lines[256];
      const std::size_t room = std::min<std::size_t>(std::size(lines), output.room());
      const std::size_t count = this->lines_.next({lines, room}, block, status);
      for (std::size_t i = 0; i < count; ++i) output.batch().emplace(lines[i]);
    }
    return status;
  }
};

// Where a CSV record's views point to when quotes had to be undone: pinned by the batch.
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

// A CSV record a line; empty lines between records of several columns are skipped.
template <class T>
class CsvReader final : public LinesReader<T> {
 public:
  using LinesReader<T>::LinesReader;

  InputStatus poll_next(ReaderOutput<T>& output) override {
    InputStatus status{};
    BufferRef block;
    std::string_view lines[256];
    const std::size_t room = std::min<std::size_t>(std::size(lines), output.room());
    const std::size_t count = this->lines_.next({lines, room}, block, status);
    if constexpr (has_views<T>) {
      if (count > 0) output.pin(std::move(block));
      BatchArena<T> arena{output};
      parse(output.batch(), {lines, count}, arena);
    } else {
      parse(output.batch(), {lines, count}, scratch_);
    }
    return status;
  }

 private:
  template <class Scratch>
  void parse(RecordBatch<T>& batch, std::span<const std::string_view> lines, Scratch& scratch) {
    for (std::string_view line : lines) {
      if (CsvFormat<T>::columns > 1 && line.empty()) continue;
      try {
        CsvFormat<T>::parse(line, batch.emplace(), scratch);
      } catch (const Error& error) {
        throw_bad_record(this->lines_.place_of(line), error.message());
      }
    }
  }
  std::string scratch_;
};

}  // namespace detail

template <class T>
class FileSource final : public Source<T, FileSplit> {
 public:
  // One record a line. `path`: a file or a directory.
  static FileSource text(std::string path) {
    constexpr bool fits = std::is_same_v<T, std::string_view> || std::is_same_v<T, std::string>;
    static_assert(fits,
                  "flinkc: FileSource<T>::text(): lines are text; write "
                  "FileSource<std::string_view>::text(path), or std::string");
    if constexpr (fits) return FileSource{std::move(path), make_reader<detail::TextReader<T>>};
  }

  // One record a line, RFC 4180, columns in the order of T's fields, no header line.
  static FileSource csv(std::string path) {
    return FileSource{std::move(path), make_reader<detail::CsvReader<T>>};
  }

  // For CSV whose quoted fields may hold line breaks: a file is then read by one subtask. Without
  // it such a field is an error.
  FileSource multi_line() const {
    return with([](auto& options) { options.multi_line = true; });
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
  using Reader = std::unique_ptr<SourceReader<T, FileSplit>>;
  using MakeReader = Reader (*)(SourceReaderContext&, const detail::FileSourceOptions&);

  FileSource(std::string path, MakeReader make) : make_reader_(make) {
    options_.path = std::move(path);
  }
  template <class R>
  static Reader make_reader(SourceReaderContext& context,
                            const detail::FileSourceOptions& options) {
    return detail::make_owned<SourceReader<T, FileSplit>, R>(context, options);
  }
  template <class Change>
  FileSource with(Change change) const {
    FileSource changed = *this;
    change(changed.options_);
    return changed;
  }

  MakeReader make_reader_;
  detail::FileSourceOptions options_;
};

// Lines of text are compiled once, in core/src/connectors.
namespace detail {
extern template class TextReader<std::string_view>;
extern template class SourceOperatorOf<std::string_view, FileSplit, std::vector<FileSplit>>;
extern template void install_source(std::shared_ptr<const FileSource<std::string_view>> source,
                                    Transformation& transformation);
}  // namespace detail
extern template class FileSource<std::string_view>;

}  // namespace flink
