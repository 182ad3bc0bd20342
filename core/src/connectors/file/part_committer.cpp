// SPDX-License-Identifier: Apache-2.0
// The file sink on the JobManager: is the directory free, renaming parts at commits, removing parts
// that do not count. Pending parts of an earlier life of the JobManager go once it is known what
// is started from, but those that a savepoint may name: they stay.
#include <flink/check.h>
#include <flink/connectors/part_files.h>
#include <flink/error.h>

#include <algorithm>
#include <set>

#include "base/file_system.h"
#include "connectors/file/part_name.h"

namespace flink::detail {
namespace {

using connectors::parse_part_name;
using connectors::PartName;

constexpr int depth_max = 64;

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

class PartCommitter final : public Committer<FilePart> {
 public:
  PartCommitter(SinkJobContext& context, FileSinkOptions options)
      : context_(context),
        files_(context.file_system()),
        options_(std::move(options)),
        job_(connectors::job_tag(context.job_id())) {
    if (options_.buckets) sink_ = connectors::sink_tag(options_.directory);
    for (const auto& id : context.earlier_job_ids()) {
      earlier_jobs_.insert(connectors::job_tag(id));
    }
    if (options_.existing == ExistingFiles::refuse && context.flag("flinkc.file-sink.overwrite")) {
      options_.existing = ExistingFiles::overwrite;
    }
  }

  void prepare_job() override {
    const auto status = files_.status(options_.directory);
    if (status && !status->is_directory) {
      throw Error{ErrorKind::user, concat("output '", options_.directory,
                                          "' is a file; a file sink writes into a directory")};
    }
    if (status) {
      look_around();
    } else {
      create_directory();
    }
  }

  void commit(std::vector<CommitRequest<FilePart>>& requests) override {
    std::set<std::string> directories;
    for (auto& request : requests) {
      directories.insert(parent_of(request.committable().path));
      try {
        publish(request.committable(), request);
      } catch (const Error& error) {
        request.retry_later(error.message());
      }
    }
    try {
      for (const auto& directory : directories) {
        if (files_.status(directory)) files_.sync_directory(directory);
      }
      remove_replaced();
    } catch (const Error& error) {
      for (auto& request : requests) {
        if (request.state() != CommitRequest<FilePart>::State::failed) {
          request.retry_later(error.message());
        }
      }
    }
  }

  void clean_up_attempt(int subtask, int attempt, const std::vector<FilePart>& keep) override {
    remove_own(keep, [subtask, attempt](const PartName& part) {
      return part.subtask == subtask && part.attempt == attempt;
    });
  }

  void clean_up_earlier_runs(const std::vector<FilePart>& keep) override {
    const std::set<std::string> kept = kept_of(keep);
    for (const auto& path : std::exchange(earlier_parts_, {})) {
      if (!is_kept(kept, path)) remove_if_possible(path);
    }
    remove_unnamed(earlier_pending_, kept);
    tell_of_left(earlier_pending_, kept);
    tell_of_left(std::exchange(parts_of_earlier_jobs_, {}), kept);
  }

  // What counts is committed. TaskManagers of an earlier life may have written on for a while.
  void complete_job() override {
    remove_replaced();
    std::vector<std::string> left;
    try {
      for_each_file(options_.directory, 0,
                    [&](const std::string& path, const std::string&, const PartName* part) {
                      if (part != nullptr && part->pending) left.push_back(path);
                    });
    } catch (const Error& error) {
      context_.warn(error.message());
    }
    remove_unnamed(left, {});
  }

 private:
  // Whole paths, or names where the sink's directory was spelled in another way.
  std::set<std::string> kept_of(const std::vector<FilePart>& parts) const {
    std::set<std::string> kept;
    for (const auto& part : parts) {
      const bool here = part.in_progress.starts_with(options_.directory + '/');
      kept.insert(here ? part.in_progress : name_of(part.in_progress));
    }
    return kept;
  }
  void tell_of_left(const std::vector<std::string>& paths, const std::set<std::string>& kept) {
    std::vector<std::string> left;
    for (const auto& path : paths) {
      if (!is_kept(kept, path) && files_.status(path)) left.push_back(name_of(path));
    }
    if (left.empty()) return;
    context_.warn(concat("sink \"", context_.operator_name(), "\": ", left.size(),
                         " uncommitted part(s) of earlier runs left in '", options_.directory,
                         "' (such as ", left.front(),
                         "); what this job starts from does not name them: remove them unless such "
                         "a job still runs or another of its savepoints shall be restored"));
  }
  static bool is_kept(const std::set<std::string>& kept, const std::string& path) {
    return kept.contains(path) || kept.contains(name_of(path));
  }

  void create_directory() {
    std::vector<std::string> missing;
    for (std::string at = options_.directory; !files_.status(at); at = parent_of(at)) {
      missing.push_back(at);
      if (at == "." || at == "/") break;
    }
    files_.create_directories(options_.directory);
    for (const auto& directory : missing) files_.sync_directory(parent_of(directory));
  }

  // Calls f(path, name, part or null) for each file, in buckets too when the sink has some.
  template <class F>
  void for_each_file(const std::string& directory, int depth, const F& f) {
    for (const auto& entry : files_.list(directory)) {
      const std::string name = name_of(entry.path);
      const auto part = entry.is_directory ? std::nullopt : parse_part_name(name);
      if (name.starts_with('.') && !part) continue;
      if (entry.is_directory && options_.buckets && depth < depth_max) {
        for_each_file(entry.path, depth + 1, f);
        continue;
      }
      f(entry.path, name, part ? &*part : nullptr);
    }
  }

  bool is_own(const PartName& part) const { return part.job == job_ && part.sink == sink_; }

  // Removes pending parts of this job and sink that no savepoint names: there is none, or the
  // attempt that wrote the part began with that one or a later checkpoint. Where savepoints are is
  // asked after the parts were found: had another JobManager taken over, it would not be known.
  void remove_unnamed(const std::vector<std::string>& paths, const std::set<std::string>& kept) {
    std::vector<std::pair<std::string, PartName>> found;
    for (const auto& path : paths) {
      const auto part = parse_part_name(name_of(path));
      if (!part || !part->pending || !is_own(*part) || is_kept(kept, path)) continue;
      // Another sink may write into the same directory.
      const std::string finished = connectors::part_stem(*part) + options_.suffix;
      if (name_of(path) == connectors::pending_path(finished)) found.emplace_back(path, *part);
    }
    if (found.empty()) return;
    const std::int64_t newest = context_.newest_savepoint();
    for (const auto& [path, part] : found) {
      if (newest == 0 || (part.restored && *part.restored >= newest)) remove_if_possible(path);
    }
  }

  void look_around() {
    const bool restored = context_.restored_checkpoint_id().has_value();
    std::vector<std::string> others;
    for_each_file(options_.directory, 0,
                  [&](const std::string& path, const std::string& name, const PartName* part) {
                    if (part != nullptr && !part->finished() && is_own(*part)) {
                      // Of an earlier life of this JobManager.
                      (part->pending ? earlier_pending_ : earlier_parts_).push_back(path);
                      return;
                    }
                    if (!restored && options_.existing != ExistingFiles::append) refuse(name, part);
                    if (part == nullptr) return;
                    const bool ours =
                        restored && (part->job == job_ || earlier_jobs_.contains(part->job));
                    if (!ours) {
                      others.push_back(path);
                    } else if (!part->finished() && part->sink == sink_) {
                      parts_of_earlier_jobs_.push_back(path);
                    }
                  });
    if (options_.existing == ExistingFiles::overwrite) replaced_ = std::move(others);
    if (restored) return;
    for (const auto& path : std::exchange(earlier_parts_, {})) files_.remove(path);
    remove_unnamed(earlier_pending_, {});
    tell_of_left(earlier_pending_, {});
  }

  void refuse(const std::string& name, const PartName* part) const {
    if (options_.existing == ExistingFiles::refuse) {
      throw Error{ErrorKind::user, concat("output directory '", options_.directory,
                                          "' is not empty (it holds '", name,
                                          "'); remove it, give another, or pass "
                                          "-Dflinkc.file-sink.overwrite=true")};
    }
    if (part == nullptr) {
      throw Error{ErrorKind::user,
                  concat("output directory '", options_.directory, "' holds '", name,
                         "', which no file sink wrote; it is not overwritten")};
    }
  }

  void publish(const FilePart& part, CommitRequest<FilePart>& request) {
    const auto written = files_.status(part.in_progress);
    if (written && written->size != part.bytes) {
      request.signal_failed_with_unknown_reason(
          concat("'", part.in_progress, "' has ", written->size, " bytes, but ", part.bytes,
                 " were written and synced: results are lost or damaged; it is left as it is"));
    } else if (written) {
      files_.rename(part.in_progress, part.path);
    } else if (files_.status(part.path)) {
      request.signal_already_committed();
    } else {
      const std::string gone =
          concat("'", part.in_progress, "' is gone, and so is '", name_of(part.path), '\'');
      if (options_.missing_allowed) {
        request.signal_failed_with_known_reason(
            concat(gone, "; it was committed before and taken away since, or its ", part.bytes,
                   " bytes of results are lost"));
      } else {
        request.signal_failed_with_unknown_reason(concat(
            gone, ": who removed it? Its ", part.bytes,
            " bytes of results are lost, unless they had been committed and a reader took the file "
            "away: a sink whose readers do that needs FileSink::allow_missing_parts()"));
      }
    }
  }

  // What is left behind takes room, but harms nobody.
  void remove_if_possible(const std::string& path) {
    try {
      files_.remove(path);
    } catch (const Error& error) {
      context_.warn(error.message());
    }
  }

  static bool was_here(const std::vector<std::string>& paths, const std::string& path) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
  }

  template <class Wanted>
  void remove_own(const std::vector<FilePart>& keep, const Wanted& wanted) {
    const std::set<std::string> kept = kept_of(keep);
    std::vector<std::string> unwanted;
    try {
      if (!files_.status(options_.directory)) return;
      for_each_file(options_.directory, 0,
                    [&](const std::string& path, const std::string&, const PartName* part) {
                      if (part == nullptr || part->finished() || !is_own(*part) || !wanted(*part))
                        return;
                      if (!is_kept(kept, path)) unwanted.push_back(path);
                    });
    } catch (const Error& error) {
      context_.warn(error.message());
    }
    for (const auto& path : unwanted) {
      // Which of those that were here before may be committed is not known before all have said.
      if (!was_here(earlier_parts_, path) && !was_here(earlier_pending_, path)) {
        remove_if_possible(path);
      }
    }
  }

  void remove_replaced() {
    std::set<std::string> directories;
    for (; !replaced_.empty(); replaced_.pop_back()) {
      files_.remove(replaced_.back());
      directories.insert(parent_of(replaced_.back()));
    }
    for (const auto& directory : directories) {
      if (directory == options_.directory) continue;
      try {
        if (files_.list(directory).empty()) files_.remove(directory);
      } catch (const Error&) {  // somebody uses the bucket again
      }
    }
  }

  SinkJobContext& context_;
  base::FileSystem& files_;
  FileSinkOptions options_;
  std::string job_;   // tag of this job
  std::string sink_;  // tag of this sink; empty without buckets
  std::set<std::string> earlier_jobs_;
  std::vector<std::string> earlier_parts_;          // in progress when this run began
  std::vector<std::string> earlier_pending_;        // handed over before this run began
  std::vector<std::string> parts_of_earlier_jobs_;  // the same, of jobs that this one continues
  std::vector<std::string> replaced_;               // to be removed once this job has results
};

}  // namespace

std::unique_ptr<Committer<FilePart>> make_part_committer(SinkJobContext& context,
                                                         const FileSinkOptions& options) {
  return std::make_unique<PartCommitter>(context, options);
}

template class CommittableSender<FilePart>;
template class SinkCommitterOf<FilePart>;
template CoordinatorFactory sink_coordinators(
    std::shared_ptr<const SupportsCommitter<FilePart>> sink);

}  // namespace flink::detail
