// SPDX-License-Identifier: Apache-2.0
// Finds the files of a file source, once, when the job starts, and hands out their splits in order
// to whoever asks.
#include <flink/connectors/file/file_lines.h>
#include <flink/error.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/file_system.h"
#include "connectors/file/foreign_format.h"
#include "connectors/file/job_path.h"
#include "connectors/file/part_name.h"

namespace flink::detail {
namespace {

constexpr std::uint64_t split_bytes_min = 1ull << 20;
constexpr std::uint64_t split_bytes_max = 64ull << 20;
constexpr std::uint64_t stream_bytes = UINT64_MAX;  // until its end is known
constexpr int depth_max = 64;

std::string_view name_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Flink's rule, and the uncommitted parts of a file sink.
bool is_hidden(std::string_view path) {
  const auto name = name_of(path);
  if (name.empty() || name.front() == '.' || name.front() == '_') return true;
  const auto part = connectors::parse_part_name(name);
  return part && !part->finished();
}

const char* advice_for(std::string_view path) {
  if (path == "-") return " (standard input is /dev/stdin)";
  if (path.find_first_of("*?[") == std::string_view::npos) return "";
  return " (patterns are not expanded: a directory is read with all below it, but for names that "
         "begin with . or _; of some of its files, give each a FileSource, and union_with() them)";
}

void refuse_foreign(const std::string& path) {
  if (const auto* format = connectors::foreign_by_name(path)) {
    throw Error{ErrorKind::user, concat("input ", connectors::refusal(*format, path))};
  }
}

class FileEnumerator final : public SplitEnumerator<FileSplit> {
 public:
  FileEnumerator(SplitEnumeratorContext<FileSplit>& context, FileSourceOptions options)
      : context_(context), options_(std::move(options)) {}

  void start() override {
    const auto given = std::exchange(
        options_.path,
        job_path(options_.path, context_.connector(), "the path of a file source").text());
    const auto status = context_.file_system().status(options_.path);
    if (!status) {
      throw Error{ErrorKind::user, concat("input '", options_.path,
                                          "' does not exist; give the path of a file or directory",
                                          advice_for(given))};
    }
    std::vector<base::FileStatus> files;
    if (status->is_directory) {
      find_files(options_.path, 0, files);
    } else {
      files.push_back(*status);
      // Refuses now what could not be read later. A stream is opened by who reads it, and once.
      if (status->stream.empty()) context_.file_system().open_read(options_.path);
    }
    for (const auto& file : files) {
      refuse_foreign(file.path);
      claim(file.path, file.stream);
    }
    make_splits(files);
  }

  void handle_split_request(int subtask) override {
    if (splits_.empty()) {
      context_.signal_no_more_splits(subtask);
      return;
    }
    context_.assign_split(splits_.front(), subtask);
    splits_.pop_front();
  }

  void add_splits_back(std::vector<FileSplit> splits, int subtask) override {
    if (subtask < 0) {
      for (const auto& split : splits) claim(split.path, split.stream);
    }
    splits_.insert(splits_.begin(), splits.begin(), splits.end());
  }
  std::vector<FileSplit> snapshot_state(std::int64_t) override {
    return {splits_.begin(), splits_.end()};
  }

 private:
  // Several readers of a pipe would each get pieces of it that are no lines.
  void claim(const std::string& path, const std::string& stream) {
    if (stream.empty() || stream == base::stream_for_all) return;
    const auto reader = context_.connector().claim(concat("stream ", stream));
    if (reader.empty()) return;
    throw Error{ErrorKind::user,
                concat("input '", base::shown(path), "' is read by '", reader,
                       "' of this job already, and gives what is in it once; use that source's "
                       "records twice, or write the input to a file before and read that")};
  }

  void find_files(const std::string& directory, int depth, std::vector<base::FileStatus>& files) {
    if (depth > depth_max) {
      throw Error{ErrorKind::user,
                  concat("input directory '", directory, "' is nested more than ", depth_max,
                         " deep; does a link lead back to its parent?")};
    }
    for (const auto& entry : context_.file_system().list(directory)) {
      if (is_hidden(entry.path)) continue;
      if (entry.is_directory) {
        find_files(entry.path, depth + 1, files);
      } else {
        files.push_back(entry);
      }
    }
  }

  // Ever smaller ones, so that readers of unequal speed end together: half of what is left, shared
  // by all.
  void make_splits(const std::vector<base::FileStatus>& files) {
    std::uint64_t left = 0;
    for (const auto& file : files) left += file.size;
    const auto shares = static_cast<std::uint64_t>(context_.current_parallelism()) * 2;
    for (const auto& file : files) {
      if (!file.stream.empty()) {
        splits_.push_back({file.path, 0, stream_bytes, stream_bytes, file.stream});
        continue;
      }
      for (std::uint64_t offset = 0, length = 0; offset < file.size; offset += length) {
        std::uint64_t wanted = options_.split_bytes;
        if (wanted == 0) wanted = std::clamp(left / shares + 1, split_bytes_min, split_bytes_max);
        length = options_.framing.multi_line ? file.size : std::min(wanted, file.size - offset);
        splits_.push_back({file.path, offset, length, file.size, {}});
        left -= length;
      }
    }
  }

  SplitEnumeratorContext<FileSplit>& context_;
  FileSourceOptions options_;
  std::deque<FileSplit> splits_;
};

}  // namespace

std::unique_ptr<SplitEnumerator<FileSplit>> make_file_enumerator(
    SplitEnumeratorContext<FileSplit>& context, FileSourceOptions options) {
  return std::make_unique<FileEnumerator>(context, std::move(options));
}

template class SplitReaderOperator<FileSplit, std::vector<FileSplit>>;
template class SourceEnumeratorOf<FileSplit, std::vector<FileSplit>>;
template CoordinatorFactory source_coordinators(
    std::shared_ptr<const SplitSource<FileSplit>> source);
template class RestoredEnumerator<FileSplit, std::vector<FileSplit>>;

}  // namespace flink::detail

namespace flink {
template class SplitSource<FileSplit>;
}
