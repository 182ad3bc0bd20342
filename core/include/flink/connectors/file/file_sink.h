// SPDX-License-Identifier: Apache-2.0
// Records as lines of files in a directory (Flink, FileSink), exactly once. Each subtask writes
// parts of its own, in progress under a name that nobody should read. A checkpoint closes them all,
// and once it is complete they get their final names; without checkpoints that happens when the
// whole job has finished, and a failed or cancelled job leaves none. The directory must be empty,
// or not exist, unless told otherwise; a restored job goes on in the directory that it wrote to.
#pragma once

#include <flink/base/functional.h>
#include <flink/connectors/file/checked_path.h>
#include <flink/connectors/file/part_files.h>
#include <flink/formats/csv.h>
#include <flink/formats/text.h>

#include <string_view>
#include <type_traits>

namespace flink {

namespace detail {

// Which bucket a record belongs to. Empty: all lie in the directory itself.
template <class T>
using BucketAssigner = std::function<std::string(const T&, const BucketContext&)>;

template <class T, class Format>
class PartSinkWriter final : public CommittingSinkWriter<T, FilePart> {
 public:
  PartSinkWriter(WriterInitContext& context, const FileSinkOptions& options,
                 const BucketAssigner<T>* buckets, const Format& format)
      : context_(context),
        parts_(context, options),
        buckets_(buckets),
        encoder_(format.encoder()) {}
  void write(const T& record) override { write_batch({&record, 1}); }
  void write_batch(std::span<const T> records) override {
    parts_.look_at_time();
    if (buckets_ == nullptr) return append(records);
    const BucketContext now{timestamp_of_millis(context_.wall_millis())};
    for (const T& record : records) {
      parts_.select_bucket((*buckets_)(record, now));
      append({&record, 1});
    }
  }
  void flush(bool) override { parts_.flush(); }
  std::vector<FilePart> prepare_commit() override { return parts_.prepare_commit(); }

 private:
  [[gnu::noinline]] void append(std::span<const T> records) {
    for (const T& record : records) {
      encoder_.encode(parts_.buffer(), record);
      parts_.written();
    }
  }

  WriterInitContext& context_;
  PartWriter parts_;
  const BucketAssigner<T>* buckets_;
  decltype(std::declval<const Format&>().encoder()) encoder_;
};

}  // namespace detail

template <class T>
class FileSink final : public Sink<T>, public SupportsCommitter<FilePart> {
 public:
  // `format`: TextFormat<T>, CsvFormat<T> or another one that is as flink/formats/framing.h says.
  template <class Format>
  [[gnu::noinline]] static FileSink of(const std::string& directory, const Format& format) {
    constexpr bool fits = std::is_same_v<typename Format::record_type, T>;
    static_assert(fits,
                  "flinkc: FileSink<T>::of(): the format is of other records; write "
                  "FileSink<T>::of(directory, CsvFormat<T>{})");
    FileSink sink{directory, format.suffix(), format.file_header()};
    if constexpr (fits) {
      sink.make_writer_ = [format](WriterInitContext& context,
                                   const detail::FileSinkOptions& options, const Buckets* buckets) {
        return detail::make_owned<SinkWriter<T>, detail::PartSinkWriter<T, Format>>(
            context, options, buckets, format);
      };
    }
    return sink;
  }
  // One line a record: a string as it is, anything else as print() writes it.
  static FileSink text(const std::string& directory) { return of(directory, TextFormat<T>{}); }

  // One line a record, RFC 4180, fields in order, no header line.
  static FileSink csv(const std::string& directory) { return of(directory, CsvFormat<T>{}); }

  // Parts of earlier jobs in the directory are removed when the first of this job are committed.
  // Each of these gives a changed copy.
  FileSink overwrite() const { return with(detail::ExistingFiles::overwrite); }
  // What is in the directory stays.
  FileSink append() const { return with(detail::ExistingFiles::append); }

  // Parts end at 128 MB unless told otherwise, and always at checkpoints.
  FileSink with_rolling_policy(const RollingPolicy& policy) const {
    FileSink changed = *this;
    changed.options_.rolling = policy;
    return changed;
  }
  // f(record) or f(record, const BucketContext&) gives the sub-directory, "a" or "a/b"; "" is the
  // directory itself. Like every function it is shared by the subtasks of a process.
  template <class F>
  FileSink with_bucket_assigner(F f) const {
    constexpr bool fits =
        std::is_invocable_r_v<std::string, const F&, const T&> ||
        std::is_invocable_r_v<std::string, const F&, const T&, const BucketContext&>;
    static_assert(fits,
                  "flinkc: with_bucket_assigner(): the function does not make a std::string of a "
                  "record; write [](const Record& r) { return std::string{...}; } (not mutable)");
    FileSink changed = *this;
    if constexpr (std::is_invocable_r_v<std::string, const F&, const T&, const BucketContext&>) {
      changed.buckets_ = std::move(f);
    } else if constexpr (fits) {
      changed.buckets_ = [f = std::move(f)](const T& record, const BucketContext&) -> std::string {
        return f(record);
      };
    }
    changed.options_.buckets = true;
    return changed;
  }
  // A reader may take finished parts away while the job runs. Without it a part that a restored
  // checkpoint names and that is nowhere fails the job, as its results may be lost.
  FileSink allow_missing_parts() const {
    FileSink changed = *this;
    changed.options_.missing_allowed = true;
    return changed;
  }

  std::unique_ptr<SinkWriter<T>> create_writer(WriterInitContext& context) const override {
    return make_writer_(context, options_, buckets_ ? &buckets_ : nullptr);
  }
  std::unique_ptr<Committer<FilePart>> create_committer(SinkJobContext& context) const override {
    return detail::make_part_committer(context, options_);
  }

 private:
  using Buckets = detail::BucketAssigner<T>;

  FileSink(std::string_view directory, std::string_view suffix, std::string header)
      : options_(directory, suffix, std::move(header)) {}
  FileSink with(detail::ExistingFiles existing) const {
    FileSink changed = *this;
    changed.options_.existing = existing;
    return changed;
  }

  detail::MakerOf<SinkWriter<T>, WriterInitContext&, const detail::FileSinkOptions&, const Buckets*>
      make_writer_;
  detail::FileSinkOptions options_;
  Buckets buckets_;
};

}  // namespace flink
