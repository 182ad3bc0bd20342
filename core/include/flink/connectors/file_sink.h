// SPDX-License-Identifier: Apache-2.0
// Records as lines of files in a directory (Flink, FileSink). Each subtask writes parts of its own,
// which nobody sees under their final names until the whole job has finished; a failed or cancelled
// job leaves none. The directory must be empty, or not exist, unless told otherwise.
#pragma once

#include <flink/connectors/part_files.h>
#include <flink/formats/csv.h>
#include <flink/types/print.h>

#include <string_view>
#include <type_traits>

namespace flink {

namespace detail {

// Strings as they are, anything else as print() writes it.
template <class T>
struct TextLines {
  std::string text;
  void append(ByteWriter& out, const T& record) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      out.raw(std::string_view{record});
    } else {
      text.clear();
      print_value(text, record);
      out.raw(text);
    }
    out.u8('\n');
  }
};

template <class T>
struct CsvLines {
  void append(ByteWriter& out, const T& record) { CsvFormat<T>::write_line(out, record); }
};

template <class T, class Format>
class PartSinkWriter final : public CommittingSinkWriter<T, FilePart> {
 public:
  PartSinkWriter(WriterInitContext& context, const FileSinkOptions& options)
      : parts_(context, options) {}
  void write(const T& record) override {
    format_.append(parts_.buffer(), record);
    parts_.written();
  }
  void write_batch(std::span<const T> records) override {
    for (const T& record : records) {
      format_.append(parts_.buffer(), record);
      parts_.written();
    }
  }
  void flush(bool) override { parts_.flush(); }
  std::vector<FilePart> prepare_commit() override { return parts_.prepare_commit(); }

 private:
  PartWriter parts_;
  Format format_;
};

}  // namespace detail

template <class T>
class FileSink final : public Sink<T>, public SupportsCommitter<FilePart>, public SupportsJobHooks {
 public:
  // One line a record: a string as it is, anything else as print() writes it.
  static FileSink text(std::string directory) {
    return FileSink{std::move(directory), ".txt", make_writer<detail::TextLines<T>>};
  }

  // One line a record, RFC 4180, fields in order, no header line.
  static FileSink csv(std::string directory) {
    return FileSink{std::move(directory), ".csv", make_writer<detail::CsvLines<T>>};
  }

  // Parts of earlier jobs in the directory are removed when this job is committed. Each of these
  // gives a changed copy.
  FileSink overwrite() const { return with(detail::ExistingFiles::overwrite); }
  // What is in the directory stays.
  FileSink append() const { return with(detail::ExistingFiles::append); }

  std::unique_ptr<SinkWriter<T>> create_writer(WriterInitContext& context) const override {
    return make_writer_(context, options_);
  }
  std::unique_ptr<Committer<FilePart>> create_committer(SinkJobContext& context) const override {
    return detail::make_part_committer(context);
  }
  void prepare_job(SinkJobContext& context) const override {
    detail::prepare_directory(context, options_);
  }
  void clean_up_attempt(SinkJobContext& context, int subtask, int attempt) const override {
    detail::remove_parts_of_attempt(context, options_, subtask, attempt);
  }
  void complete_job(SinkJobContext& context) const override {
    detail::remove_replaced_parts(context, options_);
  }
  void abort_job(SinkJobContext& context) const override {
    detail::remove_parts_of_job(context, options_);
  }

 private:
  using Writer = std::unique_ptr<SinkWriter<T>>;
  using MakeWriter = Writer (*)(WriterInitContext&, const detail::FileSinkOptions&);

  FileSink(std::string directory, std::string suffix, MakeWriter make) : make_writer_(make) {
    while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
    options_.directory = std::move(directory);
    options_.suffix = std::move(suffix);
  }
  template <class Format>
  static Writer make_writer(WriterInitContext& context, const detail::FileSinkOptions& options) {
    return std::make_unique<detail::PartSinkWriter<T, Format>>(context, options);
  }
  FileSink with(detail::ExistingFiles existing) const {
    FileSink changed = *this;
    changed.options_.existing = existing;
    return changed;
  }

  MakeWriter make_writer_;
  detail::FileSinkOptions options_;
};

}  // namespace flink
