// SPDX-License-Identifier: Apache-2.0
// The file sink on the JobManager: is the directory free, publishing parts at commits, removing
// parts that do not count. Only what carries this job's and this sink's whole ids is ever removed,
// but where the user has said that an earlier job's results are to be replaced. Pending parts of an
// earlier life of the JobManager go once it is known what is started from, but those that a
// savepoint may name: they stay. What a later life must know of this one is beside the parts, in
// hidden files (HiddenList).
#include <flink/base/check.h>
#include <flink/connectors/file/part_files.h>
#include <flink/error.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "base/file_system.h"
#include "config/options.h"
#include "connectors/file/hidden_list.h"
#include "connectors/file/job_path.h"
#include "connectors/file/part_name.h"
#include "connectors/file/replaced_parts.h"

namespace flink::detail {
namespace {

using base::Path;
using connectors::bucket_depth_max;
using connectors::HiddenList;
using connectors::parse_part_name;
using connectors::PartName;
using connectors::ReplacedParts;

class PartCommitter final : public Committer<FilePart> {
 public:
  PartCommitter(SinkJobContext& context, FileSinkOptions options)
      : context_(context),
        files_(context.file_system()),
        writer_(files_.recoverable_writer()),
        options_(std::move(options)),
        root_(job_path(options_.directory, context.connector(), "the directory of a file sink")),
        mark_(connectors::owner_mark(context.job_id(), context.operator_id())),
        kept_list_(files_, root_ / concat(".kept", mark_)),
        committing_(files_, root_ / concat(".committing", mark_)),
        replaced_(files_, root_, context.job_id(), context.operator_id()) {
    if (options_.existing == ExistingFiles::refuse && context.flag("flinkc.file-sink.overwrite")) {
      options_.existing = ExistingFiles::overwrite;
    }
  }

  void prepare_job() override {
    const auto status = files_.status(root_);
    if (status && !status->is_directory) {
      throw Error{ErrorKind::user, concat("output '", root_.text(),
                                          "' is a file; a file sink writes into a directory")};
    }
    if (status) {
      look_around();
    } else {
      create_synced_directory(files_, root_);
    }
  }

  void commit(std::vector<CommitRequest<FilePart>>& requests) override {
    std::vector<base::PersistedFile> files;
    try {
      note_commit();
    } catch (const Error& error) {
      for (auto& request : requests) request.retry_later(error.message());
      return;
    }
    for (auto& request : requests) {
      try {
        files.push_back(token_of(request.committable()));
        publish(files.back(), request);
      } catch (const Error& error) {
        request.retry_later(error.message());
      }
    }
    try {
      writer_->sync_commits(files);
      replaced_.remove();
    } catch (const Error& error) {
      for (auto& request : requests) {
        if (request.state() != CommitRequest<FilePart>::State::failed) {
          request.retry_later(error.message());
        }
      }
    }
  }

  void clean_up_attempts(const std::vector<SubtaskAttempt>& dead,
                         const std::vector<FilePart>& keep) override {
    const std::set<SubtaskAttempt> gone{dead.begin(), dead.end()};
    const auto kept = kept_of(keep);
    std::vector<Path> unwanted;
    try {
      if (!files_.status(root_)) return;
      for_each_file(root_, 0, [&](const Path& path, const PartName* part) {
        if (part == nullptr || !gone.contains({part->subtask, part->attempt})) return;
        if (is_own(*part) && !kept.contains(path.name())) unwanted.push_back(path);
      });
    } catch (const Error& error) {
      context_.warn(error.message());
    }
    for (const auto& path : unwanted) {
      // Which of those that were here before may be committed is not known before all have said.
      if (!earlier_parts_.contains(path) && !earlier_pending_.contains(path)) {
        discard_if_possible(path);
      }
    }
  }

  void clean_up_earlier_runs(const std::vector<FilePart>& keep) override {
    const auto kept = kept_of(keep);
    for (const auto& path : std::exchange(earlier_parts_, {})) {
      if (!kept.contains(path.name())) discard_if_possible(path);
    }
    discard_unnamed(earlier_pending_, kept);
    auto left = std::exchange(parts_of_earlier_jobs_, {});
    left.insert(earlier_pending_.begin(), earlier_pending_.end());
    tell_of_left(left, kept);
  }

  // What counts is committed. TaskManagers of an earlier life may have written on for a while.
  void complete_job() override {
    replaced_.remove();
    std::set<Path> left;
    try {
      for_each_file(root_, 0, [&](const Path& path, const PartName* part) {
        if (part == nullptr) return;
        if (part->pending && is_own(*part)) left.insert(path);
        tell_of_other(path, *part);
      });
    } catch (const Error& error) {
      context_.warn(error.message());
    }
    discard_unnamed(left, {});
    try {
      if (std::exchange(commit_noted_, false)) committing_.remove();
      const bool any_kept = std::any_of(left.begin(), left.end(), [this](const Path& path) {
        return may_be_named_.contains(path.name());
      });
      if (!any_kept && !may_be_named_.empty()) kept_list_.remove();
    } catch (const Error& error) {
      context_.warn(error.message());
    }
  }

 private:
  // By name alone: names are unique, and a directory may be known under several.
  using Names = std::set<std::string, std::less<>>;
  static Names kept_of(const std::vector<FilePart>& parts) {
    Names names;
    for (const auto& part : parts) names.emplace(Path{part.in_progress}.name());
    return names;
  }

  // Savepoints of earlier builds hold paths as the job spelled them.
  Path absolute(const std::string& path) const {
    return job_path(path, context_.connector(), "a part that a checkpoint names");
  }
  base::PersistedFile token_of(const FilePart& part) const {
    return {absolute(part.in_progress), absolute(part.path), part.bytes};
  }

  void tell_of_left(const std::set<Path>& paths, const Names& kept) {
    std::vector<std::string> left;
    for (const auto& path : paths) {
      if (!kept.contains(path.name()) && files_.status(path)) left.emplace_back(path.name());
    }
    if (left.empty()) return;
    context_.warn(concat("sink \"", context_.operator_name(), "\": ", left.size(),
                         " uncommitted part(s) of earlier runs left in '", root_.text(),
                         "' (such as ", left.front(),
                         "); what this job starts from does not name them: remove them unless such "
                         "a job still runs or another of its savepoints shall be restored"));
  }

  // Started at the same time, or from the same savepoint: neither knew of the other.
  void tell_of_other(const Path& path, const PartName& part) {
    if (options_.existing == ExistingFiles::append || told_of_other_) return;
    if (is_of_these_jobs(part)) return;
    told_of_other_ = true;
    context_.warn(concat("sink \"", context_.operator_name(), "\": '", root_.text(), "' holds '",
                         path.name(), "' of job ", part.job,
                         ", which this job does not continue: both write there, and the results of "
                         "both are side by side (twice, if they were started from one savepoint or "
                         "read the same input); give each job a directory of its own"));
  }

  // Calls f(path, part or null) for each file in the directory and those below it: buckets, and
  // directories of other sinks. `enter`: whether to go into a directory.
  template <class F>
  void for_each_file(const Path& directory, int depth, const F& f) {
    for_each_file(directory, depth, f, [](const Path&) { return true; });
  }
  template <class F, class Enter>
  void for_each_file(const Path& directory, int depth, const F& f, const Enter& enter) {
    for (const auto& entry : files_.list(directory)) {
      const Path path{entry.path};
      const auto part = entry.is_directory ? std::nullopt : parse_part_name(path.name());
      if (path.name().starts_with('.') && !part) continue;
      if (!entry.is_directory) f(path, part ? &*part : nullptr);
      else if (depth < bucket_depth_max && enter(path)) for_each_file(path, depth + 1, f, enter);
    }
  }

  bool is_own(const PartName& part) const {
    return part.job == context_.job_id() && part.op == context_.operator_id() && !part.finished();
  }
  // Of this job or one that it continues.
  bool is_of_these_jobs(const PartName& part) const {
    const auto& earlier = context_.earlier_job_ids();
    return part.may_be_of(context_.job_id()) ||
           std::any_of(earlier.begin(), earlier.end(),
                       [&](const std::string& id) { return part.may_be_of(id); });
  }
  bool may_be_of_this_sink(const PartName& part) const {
    return part.op.empty() || part.op == context_.operator_id();
  }

  // Leads somewhere else, where files are that have nothing to do with this directory.
  bool is_link(const Path& path) {
    const auto local = files_.local_path(path);
    struct stat info {};
    return local && ::lstat(local->c_str(), &info) == 0 && S_ISLNK(info.st_mode);
  }

  // A job that nobody recovers and that takes no checkpoints starts from its beginning when it is
  // started again, though half of its results may be committed by then: the next life must know.
  // The note goes when all sinks of the job have committed.
  void note_commit() {
    const bool checkpoints =
        !context_.option(config::options::checkpointing_interval.info.key).empty();
    if (checkpoints || commit_noted_ || context_.restored_checkpoint_id()) return;
    committing_.write({});
    commit_noted_ = true;
  }
  void refuse_half_committed(const Path& finished) const {
    throw Error{
        ErrorKind::user,
        concat(
            "sink \"", context_.operator_name(), "\": '", root_.text(), "' holds '",
            finished.name(), "' of this very job, which ended while it committed its results: ",
            "they would be written once more. Remove '", committing_.where().name(),
            "' and the files with '", mark_,
            "' in their names there, and in the directories of the job's other sinks, then start "
            "the job again with another --job-id")};
  }

  // Nothing is known of the savepoints of earlier lives: what is here now may be named by one for
  // good; what comes later will be known.
  void keep_what_may_be_named() {
    if (const auto kept = kept_list_.read()) may_be_named_.insert(kept->begin(), kept->end());
    if (context_.newest_savepoint() != CoordinatorContext::savepoints_unknown) return;
    const auto before = may_be_named_.size();
    for (const auto& path : earlier_pending_) may_be_named_.emplace(path.name());
    if (may_be_named_.size() == before) return;
    kept_list_.write({may_be_named_.begin(), may_be_named_.end()});
  }

  // Removes those pending parts that no savepoint names: there is none, or the part was begun after
  // it. Where savepoints are is asked after the parts were found: had another JobManager taken
  // over, it would not be known.
  void discard_unnamed(const std::set<Path>& own, const Names& kept) {
    if (own.empty()) return;
    const std::int64_t newest = context_.newest_savepoint();
    for (const auto& path : own) {
      const auto after = parse_part_name(path.name())->after;
      const bool unnamed =
          (newest == 0 || (after && *after >= newest)) && !may_be_named_.contains(path.name());
      if (unnamed && !kept.contains(path.name())) discard_if_possible(path);
    }
  }

  void look_around() {
    const bool restored = context_.restored_checkpoint_id().has_value();
    const bool replaces = options_.existing == ExistingFiles::overwrite;
    commit_noted_ = committing_.read().has_value();
    const bool half_committed = commit_noted_ && !restored && !replaces;
    std::vector<Path> others;
    const auto look = [&](const Path& path, const PartName* part) {
      if (part != nullptr && is_own(*part)) {  // of an earlier life of this JobManager
        (part->pending ? earlier_pending_ : earlier_parts_).insert(path);
        return;
      }
      if (half_committed && part != nullptr && part->job == context_.job_id() &&
          part->op == context_.operator_id()) {
        refuse_half_committed(path);
      }
      // Another sink of this job writes into the same directory, or below it.
      if (part != nullptr && part->job == context_.job_id() && !part->finished()) return;
      if (!restored && options_.existing != ExistingFiles::append) refuse(path, part);
      if (part == nullptr) return;
      if (restored && is_of_these_jobs(*part)) {
        if (!part->finished() && may_be_of_this_sink(*part)) parts_of_earlier_jobs_.insert(path);
      } else if (restored && !replaces) {
        tell_of_other(path, *part);
      } else if (part->finished() && (options_.buckets || path.parent() == root_)) {
        others.push_back(path);
      }
    };
    for_each_file(root_, 0, look,
                  [&](const Path& path) { return restored || !replaces || !is_link(path); });
    keep_what_may_be_named();
    if (replaces && restored) replaced_.go_on(context_.earlier_job_ids());
    else if (replaces) replaced_.begin(std::move(others));
    if (restored) return;
    for (const auto& path : std::exchange(earlier_parts_, {})) writer_->discard(path, mark_);
    discard_unnamed(earlier_pending_, {});
    tell_of_left(earlier_pending_, {});
  }

  void refuse(const Path& path, const PartName* part) const {
    const auto name = path.text().substr(root_.text().size() + 1);
    if (options_.existing == ExistingFiles::refuse) {
      throw Error{ErrorKind::user,
                  concat("output directory '", root_.text(), "' is not empty (it holds '", name,
                         "'); remove it, give another, or pass "
                         "-Dflinkc.file-sink.overwrite=true")};
    }
    if (part == nullptr) {
      throw Error{ErrorKind::user, concat("output directory '", root_.text(), "' holds '", name,
                                          "', which no file sink wrote; it is not overwritten")};
    }
  }

  void publish(const base::PersistedFile& file, CommitRequest<FilePart>& request) {
    using Outcome = base::RecoverableWriter::Outcome;
    switch (writer_->commit(file)) {
      case Outcome::committed:
        return;
      case Outcome::committed_before:
        return request.signal_already_committed();
      case Outcome::damaged:
        return request.signal_failed_with_unknown_reason(
            concat("'", file.held.text(), "' has ", files_.status(file.held)->size, " bytes, but ",
                   file.bytes,
                   " were written and synced: results are lost or damaged; it is left as it is"));
      case Outcome::gone:
        break;
    }
    const std::string gone =
        concat("'", file.held.text(), "' is gone, and so is '", file.target.name(), '\'');
    if (options_.missing_allowed) {
      request.signal_failed_with_known_reason(
          concat(gone, "; it was committed before and taken away since, or its ", file.bytes,
                 " bytes of results are lost"));
    } else {
      request.signal_failed_with_unknown_reason(concat(
          gone, ": who removed it? Its ", file.bytes,
          " bytes of results are lost, unless they had been committed and a reader took the file "
          "away: a sink whose readers do that needs FileSink::allow_missing_parts()"));
    }
  }

  // What is left behind takes room, but harms nobody.
  void discard_if_possible(const Path& path) {
    try {
      writer_->discard(path, mark_);
    } catch (const Error& error) {
      context_.warn(error.message());
    }
  }

  SinkJobContext& context_;
  base::FileSystem& files_;
  std::unique_ptr<base::RecoverableWriter> writer_;
  FileSinkOptions options_;
  Path root_;
  std::string mark_;                      // in the names of this sink's parts
  std::set<Path> earlier_parts_;          // in progress when this run began
  std::set<Path> earlier_pending_;        // handed over before this run began
  std::set<Path> parts_of_earlier_jobs_;  // the same, of jobs that this one continues
  Names may_be_named_;     // pending parts that a savepoint of an unknown life may name
  HiddenList kept_list_;   // the same
  HiddenList committing_;  // is there: a job without checkpoints commits
  bool commit_noted_ = false;
  bool told_of_other_ = false;
  ReplacedParts replaced_;
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
