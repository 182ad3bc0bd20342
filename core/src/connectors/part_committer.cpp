// SPDX-License-Identifier: Apache-2.0
// The file sink on the JobManager: is the directory free, renaming parts at the commit, removing
// parts that do not count.
#include <flink/connectors/part_files.h>
#include <flink/error.h>

#include <set>

#include "base/file_system.h"
#include "connectors/part_name.h"

namespace flink::detail {
namespace {

using connectors::parse_part_name;
using connectors::PartName;

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

class PartCommitter final : public Committer<FilePart> {
 public:
  explicit PartCommitter(base::FileSystem& file_system) : file_system_(file_system) {}

  void commit(std::vector<CommitRequest<FilePart>>& requests) override {
    std::set<std::string> directories;
    for (auto& request : requests) {
      const FilePart& part = request.committable();
      directories.insert(part.path.substr(0, part.path.rfind('/')));
      try {
        publish(part, request);
      } catch (const Error& error) {
        request.retry_later(error.message());
      }
    }
    for (const auto& directory : directories) file_system_.sync_directory(directory);
  }

 private:
  void publish(const FilePart& part, CommitRequest<FilePart>& request) {
    if (file_system_.status(part.in_progress)) {
      file_system_.rename(part.in_progress, part.path);
    } else if (file_system_.status(part.path)) {
      request.signal_already_committed();
    } else {
      request.signal_failed_with_unknown_reason(concat("'", part.in_progress,
                                                       "' is gone: who removed it? Its ",
                                                       part.bytes, " bytes of results are lost"));
    }
  }

  base::FileSystem& file_system_;
};

// Calls f(path, name) for each part file in the directory.
template <class F>
void for_each_part(SinkJobContext& context, const FileSinkOptions& options, F f) {
  base::FileSystem& file_system = context.file_system();
  if (!file_system.status(options.directory)) return;
  for (const auto& entry : file_system.list(options.directory)) {
    if (entry.is_directory) continue;
    if (const auto part = parse_part_name(name_of(entry.path))) f(entry.path, *part);
  }
}

ExistingFiles existing_files(SinkJobContext& context, const FileSinkOptions& options) {
  if (options.existing == ExistingFiles::refuse && context.flag("flinkc.file-sink.overwrite")) {
    return ExistingFiles::overwrite;
  }
  return options.existing;
}

}  // namespace

std::unique_ptr<Committer<FilePart>> make_part_committer(SinkJobContext& context) {
  return std::make_unique<PartCommitter>(context.file_system());
}

void prepare_directory(SinkJobContext& context, const FileSinkOptions& options) {
  base::FileSystem& file_system = context.file_system();
  const auto status = file_system.status(options.directory);
  if (!status) {
    file_system.create_directories(options.directory);
    return;
  }
  if (!status->is_directory) {
    throw Error{ErrorKind::user, concat("output '", options.directory,
                                        "' is a file; a file sink writes into a directory")};
  }
  const ExistingFiles existing = existing_files(context, options);
  if (existing == ExistingFiles::append) return;
  for (const auto& entry : file_system.list(options.directory)) {
    const std::string name = name_of(entry.path);
    if (name.starts_with('.')) continue;
    if (existing == ExistingFiles::refuse) {
      throw Error{ErrorKind::user, concat("output directory '", options.directory,
                                          "' is not empty (it holds '", name,
                                          "'); remove it, give another, or pass "
                                          "-Dflinkc.file-sink.overwrite=true")};
    }
    if (entry.is_directory || !parse_part_name(name)) {
      throw Error{ErrorKind::user,
                  concat("output directory '", options.directory, "' holds '", name,
                         "', which no file sink wrote; it is not overwritten")};
    }
  }
}

void remove_parts_of_attempt(SinkJobContext& context, const FileSinkOptions& options, int subtask,
                             int attempt) {
  const std::string job = connectors::job_tag(context.job_id());
  for_each_part(context, options, [&](const std::string& path, const PartName& part) {
    if (part.in_progress && part.job == job && part.subtask == subtask && part.attempt == attempt) {
      context.file_system().remove(path);
    }
  });
}

void remove_replaced_parts(SinkJobContext& context, const FileSinkOptions& options) {
  if (existing_files(context, options) != ExistingFiles::overwrite) return;
  const std::string job = connectors::job_tag(context.job_id());
  for_each_part(context, options, [&](const std::string& path, const PartName& part) {
    if (part.job != job) context.file_system().remove(path);
  });
}

void remove_parts_of_job(SinkJobContext& context, const FileSinkOptions& options) {
  const std::string job = connectors::job_tag(context.job_id());
  for_each_part(context, options, [&](const std::string& path, const PartName& part) {
    if (part.in_progress && part.job == job) context.file_system().remove(path);
  });
}

}  // namespace flink::detail
