// SPDX-License-Identifier: Apache-2.0
// PartWriter: one subtask's part files, written by a helper a large buffer at a time.
#include <flink/connectors/part_files.h>
#include <flink/error.h>

#include "base/file_system.h"
#include "connectors/part_name.h"

namespace flink::detail {

class PartWriter::Impl {
 public:
  Impl(WriterInitContext& context, FileSinkOptions options)
      : context_(context), options_(std::move(options)) {}

  void write(std::string_view bytes) {
    context_.runtime().run_blocking([&] {
      if (!file_) open_part();
      file_->append({bytes.data(), bytes.size()});
      part_.bytes += bytes.size();
      if (part_.bytes >= options_.part_bytes_max) close_part();
    });
  }

  std::vector<FilePart> prepare_commit() {
    if (file_) {
      context_.runtime().run_blocking([&] { close_part(); });
    }
    return std::exchange(closed_, {});
  }

 private:
  void open_part() {
    const RuntimeContext& runtime = context_.runtime();
    part_.path = options_.directory + '/' +
                 connectors::part_stem(runtime.subtask_index(), runtime.job_id(),
                                       runtime.attempt_number(), next_number_++) +
                 options_.suffix;
    part_.in_progress = part_.path + std::string{connectors::in_progress_suffix};
    part_.bytes = 0;
    file_ = context_.file_system().create(part_.in_progress);
  }
  void close_part() {
    file_->sync();
    file_->close();
    file_.reset();
    // Its name must outlive this machine as its bytes do: the commit comes later, from elsewhere.
    context_.file_system().sync_directory(options_.directory);
    closed_.push_back(std::move(part_));
    part_ = {};
  }

  WriterInitContext& context_;
  FileSinkOptions options_;
  std::unique_ptr<base::WritableFile> file_;
  FilePart part_;  // the open one
  std::vector<FilePart> closed_;
  int next_number_ = 0;
};

PartWriter::PartWriter(WriterInitContext& context, FileSinkOptions options)
    : buffer_bytes_(options.buffer_bytes),
      impl_(std::make_unique<Impl>(context, std::move(options))) {}
PartWriter::~PartWriter() = default;

void PartWriter::write_out() {
  impl_->write(buffer_.view());
  buffer_.clear();
}

void PartWriter::flush() {
  if (buffer_.size() > 0) write_out();
}

std::vector<FilePart> PartWriter::prepare_commit() {
  flush();
  return impl_->prepare_commit();
}

}  // namespace flink::detail
