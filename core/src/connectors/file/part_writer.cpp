// SPDX-License-Identifier: Apache-2.0
// PartWriter: one subtask's part files, one open part a bucket, written by a helper a large buffer
// at a time.
#include <flink/base/check.h>
#include <flink/connectors/file/checked_path.h>
#include <flink/connectors/file/part_files.h>
#include <flink/error.h>

#include <algorithm>
#include <map>

#include "base/clock.h"
#include "base/file_system.h"
#include "connectors/file/job_path.h"
#include "connectors/file/part_name.h"

namespace flink::detail {
namespace {

constexpr std::size_t buckets_open_max = 64;
constexpr std::size_t buffer_bytes_min = 64 * 1024;
constexpr std::size_t component_bytes_max = 255;
constexpr std::chrono::milliseconds look_interval_max{1000};

void check_bucket(std::string_view bucket) {
  std::string_view rest = bucket;
  int depth = 0;
  for (bool more = !bucket.empty(); more;) {
    const auto slash = rest.find('/');
    const auto component = rest.substr(0, slash);
    // A name with a first dot is hidden: neither readers nor the next run would find the bucket.
    if (component.empty() || component.front() == '.' || ++depth > connectors::bucket_depth_max ||
        component.size() > component_bytes_max || component.find('\0') != component.npos) {
      throw Error{ErrorKind::user,
                  concat("file sink: the bucket \"", bucket.substr(0, 300),
                         "\" is no relative path of one to ", connectors::bucket_depth_max,
                         " directory names without a first dot; correct what the bucket assigner "
                         "gives")};
    }
    more = slash != rest.npos;
    if (more) rest.remove_prefix(slash + 1);
  }
}

}  // namespace

class PartWriter::Impl {
 public:
  using Time = std::chrono::nanoseconds;
  struct Bucket {
    explicit Bucket(base::Path at) : directory(std::move(at)) {}
    base::Path directory;
    ByteWriter buffer;
    std::unique_ptr<base::RecoverableFile> file;
    std::size_t written = 0;  // to the file
    Time begun{-1}, last_record{-1};
    std::size_t bytes_seen = 0;  // of file and buffer, when last_record was set
    std::uint64_t used = 0;

    bool holds_any() const { return file || buffer.size() > 0; }
    std::size_t bytes() const { return written + buffer.size(); }
  };

  Impl(WriterInitContext& context, FileSinkOptions options)
      : context_(context),
        options_(std::move(options)),
        root_(job_path(options_.directory, context.connector(), "the directory of a file sink")),
        files_(context.file_system().recoverable_writer()),
        shortest_interval_(
            std::min(options_.rolling.rollover_interval, options_.rolling.inactivity_interval)) {}

  Bucket& current() { return *current_; }
  const std::string& current_id() const { return current_id_; }
  // Never more than a part may still take, so that its size is kept.
  std::size_t buffer_bytes() const {
    std::size_t share = options_.buffer_bytes;
    if (buckets_.size() > 1) {
      share = std::max(share / buckets_.size(), std::min(buffer_bytes_min, share));
    }
    const std::uint64_t most = options_.rolling.part_bytes_max;
    return std::min<std::uint64_t>(share, current_->written < most ? most - current_->written : 1);
  }

  void select(std::string_view id) {
    auto found = buckets_.find(id);
    if (found == buckets_.end()) {
      check_bucket(id);
      if (buckets_.size() >= buckets_open_max) close_oldest();
      found = buckets_.emplace(std::string{id}, std::make_unique<Bucket>(root_)).first;
      if (!id.empty()) found->second->directory = root_ / id;
    }
    current_id_ = id;
    current_ = found->second.get();
    current_->used = ++uses_;
  }

  // Runs on the task's fiber; a helper does the rest.
  void write_out(Bucket& bucket) {
    if (bucket.buffer.size() == 0) return;
    context_.runtime().run_blocking([&] {
      append(bucket);
      if (bucket.written >= options_.rolling.part_bytes_max) close_part(bucket);
    });
  }
  void flush() {
    for (auto& [id, bucket] : buckets_) write_out(*bucket);
  }

  void look_at_time() {
    if (shortest_interval_ == std::chrono::milliseconds::max()) return;
    const Time now = context_.now();
    const Time before = std::exchange(batch_came_, now);  // what has come since, came then
    if (now < next_look_) return;
    next_look_ = now + std::min(look_interval_max, shortest_interval_);
    for (auto& [id, bucket] : buckets_) {
      if (!bucket->holds_any()) continue;
      if (bucket->begun.count() < 0) bucket->begun = before;
      if (bucket->bytes() != bucket->bytes_seen) bucket->last_record = before;
      bucket->bytes_seen = bucket->bytes();
      if (base::is_over(options_.rolling.rollover_interval, now - bucket->begun) ||
          base::is_over(options_.rolling.inactivity_interval, now - bucket->last_record)) {
        close(*bucket);
      }
    }
  }

  std::vector<FilePart> prepare_commit() {
    for (auto& [id, bucket] : buckets_) close(*bucket);
    std::erase_if(buckets_, [this](const auto& entry) { return entry.second.get() != current_; });
    std::vector<FilePart> parts;
    if (closed_.empty()) return parts;
    context_.runtime().run_blocking([&] {
      for (const auto& file : files_->persist(closed_, root_)) {
        parts.push_back({file.held.text(), file.target.text(), file.bytes});
      }
    });
    closed_.clear();
    return parts;
  }

 private:
  void close(Bucket& bucket) {
    if (!bucket.holds_any()) return;
    context_.runtime().run_blocking([&] {
      if (bucket.buffer.size() > 0) append(bucket);
      if (bucket.file) close_part(bucket);
    });
  }
  void close_oldest() {
    const auto oldest = std::min_element(
        buckets_.begin(), buckets_.end(),
        [](const auto& a, const auto& b) { return a.second->used < b.second->used; });
    close(*oldest->second);
    buckets_.erase(oldest);
  }

  void append(Bucket& bucket) {
    if (!bucket.file) open_part(bucket);
    const auto bytes = bucket.buffer.view();
    bucket.file->append({bytes.data(), bytes.size()});
    bucket.written += bytes.size();
    bucket.buffer.clear();
  }

  void open_part(Bucket& bucket) {
    const RuntimeContext& runtime = context_.runtime();
    connectors::PartName name;
    name.subtask = runtime.subtask_index();
    name.job = runtime.job_id();
    name.op = context_.connector().operator_id();
    if (const auto newest = context_.newest_checkpoint_id(); newest != no_checkpoint) {
      name.after = newest;
    }
    name.attempt = runtime.attempt_number();
    if (bucket.directory != root_) context_.file_system().create_directories(bucket.directory);
    // A JobManager that restored the same checkpoint before, and a job that had the same id, may
    // have taken names.
    for (;;) {
      name.number = next_number_++;
      const auto target = bucket.directory / (connectors::part_stem(name) + options_.suffix);
      if (!files_->is_free(target)) continue;
      bucket.file = files_->open(target);
      break;
    }
    if (options_.header.empty()) return;
    bucket.file->append({options_.header.data(), options_.header.size()});
    bucket.written = options_.header.size();
  }

  void close_part(Bucket& bucket) {
    closed_.push_back(bucket.file->close());
    bucket.file.reset();
    bucket.written = bucket.bytes_seen = 0;
    bucket.begun = bucket.last_record = Time{-1};
  }

  WriterInitContext& context_;
  FileSinkOptions options_;
  base::Path root_;  // the sink's directory
  std::unique_ptr<base::RecoverableWriter> files_;
  std::chrono::milliseconds shortest_interval_;
  Time next_look_{0};
  Time batch_came_{0};
  std::map<std::string, std::unique_ptr<Bucket>, std::less<>> buckets_;
  Bucket* current_ = nullptr;
  std::string current_id_;
  std::uint64_t uses_ = 0;
  std::vector<base::ClosedFile> closed_;
  int next_number_ = 0;
};

FileSinkOptions::FileSinkOptions() = default;
FileSinkOptions::FileSinkOptions(std::string_view told_directory, std::string_view told_suffix,
                                 std::string told_header)
    : directory(checked_path(told_directory, "the directory of a file sink")),
      suffix(told_suffix),
      header(std::move(told_header)) {}
FileSinkOptions::FileSinkOptions(const FileSinkOptions&) = default;
FileSinkOptions& FileSinkOptions::operator=(const FileSinkOptions&) = default;
FileSinkOptions::~FileSinkOptions() = default;

PartWriter::PartWriter(WriterInitContext& context, FileSinkOptions options)
    : impl_(std::make_unique<Impl>(context, std::move(options))) {
  impl_->select({});
  buffer_ = &impl_->current().buffer;
  buffer_bytes_ = impl_->buffer_bytes();
}
PartWriter::~PartWriter() = default;

void PartWriter::select_bucket(std::string_view bucket) {
  if (bucket == impl_->current_id()) [[likely]]
    return;
  impl_->select(bucket);
  buffer_ = &impl_->current().buffer;
  buffer_bytes_ = impl_->buffer_bytes();
}

void PartWriter::write_out() {
  impl_->write_out(impl_->current());
  buffer_bytes_ = impl_->buffer_bytes();
}
void PartWriter::look_at_time() {
  impl_->look_at_time();
  buffer_bytes_ = impl_->buffer_bytes();
}
void PartWriter::flush() {
  impl_->flush();
  buffer_bytes_ = impl_->buffer_bytes();
}

std::vector<FilePart> PartWriter::prepare_commit() {
  auto parts = impl_->prepare_commit();
  buffer_bytes_ = impl_->buffer_bytes();
  return parts;
}

}  // namespace flink::detail
