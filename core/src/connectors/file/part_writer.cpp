// SPDX-License-Identifier: Apache-2.0
// PartWriter: one subtask's part files, one open part a bucket, written by a helper a large buffer
// at a time.
#include <flink/check.h>
#include <flink/connectors/part_files.h>
#include <flink/error.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/file_system.h"
#include "connectors/file/part_name.h"

namespace flink::detail {
namespace {

constexpr std::size_t buckets_open_max = 64;
constexpr std::size_t buffer_bytes_min = 64 * 1024;
constexpr std::size_t component_bytes_max = 255;
constexpr auto look_interval_max = std::chrono::seconds{1};

void check_bucket(std::string_view bucket) {
  std::string_view rest = bucket;
  for (bool more = !bucket.empty(); more;) {
    const auto slash = rest.find('/');
    const auto component = rest.substr(0, slash);
    if (component.empty() || component == "." || component == ".." ||
        component.size() > component_bytes_max || component.find('\0') != component.npos) {
      throw Error{ErrorKind::user,
                  concat("file sink: the bucket \"", bucket.substr(0, 300),
                         "\" is no relative path of one or more directory names; correct what the "
                         "bucket assigner gives")};
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
    std::string directory;
    ByteWriter buffer;
    std::unique_ptr<base::WritableFile> file;
    FilePart part;
    Time begun{-1}, last_record{-1};
    std::size_t bytes_seen = 0;  // of part and buffer, when last_record was set
    std::uint64_t used = 0;

    bool holds_any() const { return file || buffer.size() > 0; }
    std::size_t bytes() const { return part.bytes + buffer.size(); }
  };

  Impl(WriterInitContext& context, FileSinkOptions options)
      : context_(context),
        options_(std::move(options)),
        look_interval_(std::min<Time>(
            look_interval_max,
            std::min(options_.rolling.rollover_interval, options_.rolling.inactivity_interval))) {}

  Bucket& current() { return *current_; }
  const std::string& current_id() const { return current_id_; }
  std::size_t buffer_bytes() const {
    if (buckets_.size() <= 1) return options_.buffer_bytes;
    return std::max(options_.buffer_bytes / buckets_.size(),
                    std::min(buffer_bytes_min, options_.buffer_bytes));
  }

  void select(std::string_view id) {
    auto found = buckets_.find(id);
    if (found == buckets_.end()) {
      check_bucket(id);
      if (buckets_.size() >= buckets_open_max) close_oldest();
      found = buckets_.emplace(std::string{id}, std::make_unique<Bucket>()).first;
      found->second->directory = options_.directory;
      if (!id.empty()) found->second->directory.append("/").append(id);
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
      if (bucket.part.bytes >= options_.rolling.part_bytes_max) close_part(bucket);
    });
  }
  void flush() {
    for (auto& [id, bucket] : buckets_) write_out(*bucket);
  }

  void look_at_time() {
    if (look_interval_ == Time{std::chrono::milliseconds::max()}) return;
    const Time now = context_.now();
    const Time before = std::exchange(batch_came_, now);  // what has come since, came then
    if (now < next_look_) return;
    next_look_ = now + look_interval_;
    for (auto& [id, bucket] : buckets_) {
      if (!bucket->holds_any()) continue;
      if (bucket->begun.count() < 0) bucket->begun = before;
      if (bucket->bytes() != bucket->bytes_seen) bucket->last_record = before;
      bucket->bytes_seen = bucket->bytes();
      if (now - bucket->begun >= options_.rolling.rollover_interval ||
          now - bucket->last_record >= options_.rolling.inactivity_interval) {
        close(*bucket);
      }
    }
  }

  std::vector<FilePart> prepare_commit() {
    for (auto& [id, bucket] : buckets_) close(*bucket);
    std::erase_if(buckets_, [this](const auto& entry) { return entry.second.get() != current_; });
    if (!closed_.empty()) {
      // Their names must outlive this machine as their bytes do: the commit comes later, from
      // elsewhere.
      context_.runtime().run_blocking([&] {
        for (auto& part : closed_) {
          const std::string pending = connectors::pending_path(part.path);
          context_.file_system().rename(part.in_progress, pending);
          part.in_progress = pending;
        }
        for (const auto& directory : unsynced_) context_.file_system().sync_directory(directory);
      });
      unsynced_.clear();
    }
    return std::exchange(closed_, {});
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
    bucket.part.bytes += bytes.size();
    bucket.buffer.clear();
  }

  void open_part(Bucket& bucket) {
    base::FileSystem& files = context_.file_system();
    const RuntimeContext& runtime = context_.runtime();
    connectors::PartName name;
    name.subtask = runtime.subtask_index();
    name.job = connectors::job_tag(runtime.job_id());
    name.restored = context_.restored_checkpoint_id();
    if (options_.buckets) name.sink = connectors::sink_tag(options_.directory);
    name.attempt = runtime.attempt_number();
    if (bucket.directory != options_.directory) files.create_directories(bucket.directory);
    // Names of a JobManager that restored the same checkpoint before, and of a job that had the
    // same id, may be taken: what is handed over already, more than ever.
    do {
      name.number = next_number_++;
      bucket.part.path =
          concat(bucket.directory, '/', connectors::part_stem(name), options_.suffix);
      bucket.part.in_progress = concat(bucket.part.path, connectors::in_progress_suffix);
    } while (files.status(bucket.part.path) ||
             files.status(connectors::pending_path(bucket.part.path)) ||
             files.status(concat(bucket.part.path, connectors::pending_suffix)) ||
             (name.restored && files.status(bucket.part.in_progress)));
    bucket.part.bytes = 0;
    bucket.file = files.create(bucket.part.in_progress);
    if (options_.header.empty()) return;
    bucket.file->append({options_.header.data(), options_.header.size()});
    bucket.part.bytes = options_.header.size();
  }

  void close_part(Bucket& bucket) {
    bucket.file->sync();
    bucket.file->close();
    bucket.file.reset();
    closed_.push_back(std::exchange(bucket.part, {}));
    bucket.begun = bucket.last_record = Time{-1};
    bucket.bytes_seen = 0;
    // The bucket's own name lies in the directories above it.
    std::string directory = bucket.directory;
    while (directory.size() > options_.directory.size()) {
      unsynced_.insert(directory);
      directory.resize(directory.rfind('/'));
    }
    unsynced_.insert(options_.directory);
  }

  WriterInitContext& context_;
  FileSinkOptions options_;
  Time look_interval_;
  Time next_look_{0};
  Time batch_came_{0};
  std::map<std::string, std::unique_ptr<Bucket>, std::less<>> buckets_;
  Bucket* current_ = nullptr;
  std::string current_id_;
  std::uint64_t uses_ = 0;
  std::vector<FilePart> closed_;
  std::set<std::string> unsynced_;  // directories of closed parts
  int next_number_ = 0;
};

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

void PartWriter::write_out() { impl_->write_out(impl_->current()); }
void PartWriter::look_at_time() { impl_->look_at_time(); }
void PartWriter::flush() { impl_->flush(); }

std::vector<FilePart> PartWriter::prepare_commit() {
  auto parts = impl_->prepare_commit();
  buffer_bytes_ = impl_->buffer_bytes();
  return parts;
}

}  // namespace flink::detail
