// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/checkpoint_service.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include "checkpoint/storage.h"
#include "config/options.h"

namespace flink::jobmanager {
namespace options = config::options;
namespace {

checkpoint::OpenOptions open_options(const JobContext& context) {
  const auto& configuration = context.submission.configuration;
  checkpoint::OpenOptions out;
  out.job = context.job_id;
  out.recover = context.submission.recover;
  out.takes_checkpoints = configuration.is_set(options::checkpointing_interval);
  if (const auto from = configuration.find(options::recovery_path)) {
    out.from = checkpoint::local_path(*from, options::recovery_path.info.key,
                                      configuration.find(options::working_directory).value_or(""));
  }
  out.claim = configuration.get(options::recovery_claim_mode) == "CLAIM";
  out.allow_non_restored_state = configuration.get(options::recovery_ignore_unclaimed);
  out.new_id = !context.submission.job_id.has_value();
  return out;
}

// A directory that goes with the job has a name that nobody can guess: others write to /tmp, too.
checkpoint::Settings settings_of(const JobContext& context) {
  auto out = checkpoint::settings_of(context.submission.configuration, context.job_id);
  if (out.temporary) {
    out.directory += "-" + base::JobId::random(context.process.effects.random).hex();
  }
  return out;
}

// Null: nobody recovers this job.
std::shared_ptr<ha::HaStore> store_of(const JobContext& context, ha::HaServices& ha,
                                      const checkpoint::Settings& settings) {
  const bool wanted = settings.interval || context.submission.recover;
  return wanted ? ha.store_of(context.job_id) : nullptr;
}

}  // namespace

CheckpointService::CheckpointService(const JobContext& context, ha::HaServices& ha,
                                     const checkpoint::TaskTable& tasks, CheckpointHost& host,

                                     std::function<void(std::function<void()>)> post)
    : context_(context),
      host_(host),
      open_options_(open_options(context)),
      coordinator_(context.submission.graph, settings_of(context), context.job_id, tasks),
      files_({context.process.effects, context.process.log, std::move(post), context.job_id,
              coordinator_.settings(), store_of(context, ha, coordinator_.settings()),
              [this](const std::string& message) { context_.suspend(message); },
              [this] { context_.pump(); }}),
      operations_(context.process.effects, coordinator_, files_, [this] { return in_use(); }),
      interrupted_("the job starts") {
  open_options_.random = context.process.effects.random.next();
}

std::string CheckpointService::job_directory() const {
  return coordinator_.settings().job_directory(context_.job_id);
}

// --- Start ---------------------------------------------------------------------------------------

void CheckpointService::open() {
  if (!files_.recoverable() && open_options_.from.empty() && !open_options_.takes_checkpoints) {
    return opened({});
  }
  files_.open(context_.submission.graph, open_options_,
              [this](const CheckpointFiles::OpenAnswer& answer) {
                if (answer.failure.empty()) opened(answer.opened);
                else host_.job_not_opened(answer.kind, answer.failure);
              });
}

void CheckpointService::opened(const checkpoint::Opened& opened) {
  for (const auto& note : opened.notes) context_.log().info(note);
  if (!opened.ended) {
    coordinator_.start(opened.first_checkpoint_id, opened.life);
    files_.opened(opened, open_options_.new_id);
    for (const auto& one : opened.kept) coordinator_.restored(one, true, false, now());
    if (opened.from) {
      coordinator_.restored(*opened.from, opened.counts, opened.full_first, now());
    }
    base_ = opened.restore;
    cached_ = opened.restore;
  }
  host_.job_opened(opened);
}

// Made when it is needed, which is seldom.
std::shared_ptr<const checkpoint::RestorePoint> CheckpointService::restore_point() {
  const auto* latest = coordinator_.latest();
  if (latest == nullptr) return base_;
  if (base_ != nullptr && base_->checkpoint_id > latest->id()) return base_;
  if (cached_ == nullptr || cached_->checkpoint_id != latest->id()) {
    auto point = checkpoint::redistribute(*latest->metadata, *context_.submission.graph, {true});
    point.path = latest->directory;
    cached_ = std::make_shared<const checkpoint::RestorePoint>(std::move(point));
  }
  return cached_;
}

std::set<std::string> CheckpointService::in_use() {
  std::set<std::string> out;
  for (const auto& one : coordinator_.kept()) out.insert(one.directory);
  if (const auto from = restore_point()) out.insert(from->path);
  return out;
}

// --- Events --------------------------------------------------------------------------------------

void CheckpointService::tasks_running(bool running, const std::string& why) {
  if (running == !interrupted_.has_value()) return;
  if (running) {
    interrupted_.reset();
    coordinator_.tasks_running(now());
  } else {
    interrupted_ = why;
    coordinator_.interrupted(why, now());
  }
}

// --- The job's end -------------------------------------------------------------------------------

std::optional<CheckpointService::Stop> CheckpointService::stopped() const {
  if (coordinator_.stopped_with()) return Stop{operations_.stop(), *coordinator_.stopped_with()};
  if (base_ != nullptr && base_->last && base_->savepoint) return Stop{"", base_->path};
  return std::nullopt;
}

std::string CheckpointService::keep_uncommitted() {
  keep_newest_ = true;
  const auto* newest = coordinator_.latest();
  const std::string what =
      "results that were due could not be committed (the log says of which sinks, and why)";
  if (newest == nullptr || coordinator_.settings().temporary) {
    return what + "; no checkpoint is kept that has them: run the job again";
  }
  return flink::detail::concat(
      what, "; checkpoint ", newest->directory,
      " is kept: a job that is started from it (--from-savepoint) commits them");
}

void CheckpointService::job_ended(JobStatus status, const std::string& detail) {
  coordinator_.stop("the job has ended", now());
  carry_out();
  // Another JobManager may need everything; or it was never this one's: it had ended before, or
  // could not be started.
  if (status == JobStatus::suspended || !files_.may_run()) return;
  const auto stop = stopped();
  files_.finish({job_status_name(status), context_.process.effects.clock.wall_millis(),
                 status == JobStatus::finished && stop ? stop->savepoint : detail, std::nullopt});
  coordinator_.job_ended(job_status_name(status), keep_newest_);
  carry_out();
}

// --- Actions -------------------------------------------------------------------------------------

void CheckpointService::carry_out() {
  while (coordinator_.has_actions()) {
    for (auto& action : coordinator_.take_actions()) carry_out(action);
  }
}

void CheckpointService::carry_out(checkpoint::CheckpointAction& action) {
  namespace act = checkpoint::action;
  struct Visitor {
    CheckpointService& self;
    void operator()(act::Prepare& prepare) {
      self.files_.prepare(prepare, [&self = self, id = prepare.id](const std::string& directory,
                                                                   const std::string& failure) {
        self.coordinator_.prepared(id, directory, failure, self.now());
      });
    }
    void operator()(act::SnapshotCoordinators& take) { self.host_.snapshot_coordinators(take.id); }
    void operator()(act::Trigger& trigger) {
      for (const auto& root : trigger.roots) self.host_.trigger(root, trigger.barrier);
    }
    void operator()(act::Write& write) {
      self.files_.write(write, [&self = self, id = write.metadata->checkpoint_id](
                                   checkpoint::WriteOutcome outcome, const std::string& failure) {
        self.coordinator_.written(id, outcome, failure, self.now());
      });
    }
    void operator()(act::Complete& complete) {
      self.context_.log().info("checkpoint ", complete.id, " is complete");
      self.host_.checkpoint_complete(complete.id);
    }
    void operator()(act::Aborted& aborted) { self.aborted(aborted); }
    void operator()(act::Collect& collect) { self.files_.collect(std::move(collect.garbage)); }
    void operator()(act::CollectJob&) { self.files_.collect_job(self.open_options_.recover); }
    void operator()(act::Answer& answer) {
      if (self.operations_.answered(answer)) self.context_.cancel();
    }
    void operator()(act::FailJob& fail) { self.host_.checkpoints_failed(fail.message); }
    void operator()(act::Suspend& suspend) { self.context_.suspend(suspend.message); }
  };
  std::visit(Visitor{*this}, action);
}

void CheckpointService::aborted(const checkpoint::action::Aborted& aborted) {
  context_.log().warn("checkpoint ", aborted.id, " was given up: ", aborted.why);
  if (aborted.coordinators) host_.checkpoint_aborted(aborted.id, aborted.triggered);
}

}  // namespace flink::jobmanager
