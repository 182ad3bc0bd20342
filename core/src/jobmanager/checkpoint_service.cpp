// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/checkpoint_service.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include "checkpoint/storage.h"
#include "config/options.h"

namespace flink::jobmanager {
namespace options = config::options;
namespace {

using detail::concat;

constexpr std::int64_t ids_reserved = 16;  // at once; a JobManager that crashes skips the rest

checkpoint::OpenOptions open_options(const config::Configuration& configuration,
                                     const base::JobId& job, bool recover) {
  checkpoint::OpenOptions out;
  out.job = job;
  out.recover = recover;
  out.takes_checkpoints = configuration.is_set(options::checkpointing_interval);
  if (const auto from = configuration.find(options::recovery_path)) {
    out.from = checkpoint::local_path(*from, options::recovery_path.info.key,
                                      configuration.find(options::working_directory).value_or(""));
  }
  out.claim = configuration.get(options::recovery_claim_mode) == "CLAIM";
  out.allow_non_restored_state = configuration.get(options::recovery_ignore_unclaimed);
  return out;
}

// A directory that goes with the job has a name that nobody can guess: others write to /tmp, too.
checkpoint::Settings settings_of(const CheckpointEnvironment& environment,
                                 const config::Configuration& configuration,
                                 const base::JobId& job) {
  auto out = checkpoint::settings_of(configuration, job);
  if (out.temporary) out.directory += "-" + base::JobId::random(environment.effects.random).hex();
  return out;
}

}  // namespace

CheckpointService::CheckpointService(CheckpointEnvironment environment,
                                     std::shared_ptr<const graph::JobGraph> graph,
                                     const config::Configuration& configuration,
                                     const base::JobId& job, bool recover,
                                     const checkpoint::TaskTable& tasks, CheckpointHost& host)
    : environment_(std::move(environment)),
      graph_(graph),
      host_(host),
      job_(job),
      open_options_(open_options(configuration, job, recover)),
      coordinator_(std::move(graph), settings_of(environment_, configuration, job), job, tasks),
      interrupted_("the job starts") {
  open_options_.new_id = environment_.new_job_id;
  open_options_.random = environment_.effects.random.next();
  const auto& settings = coordinator_.settings();
  if (!settings.ha_directory.empty() && (enabled() || recover)) {
    store_ = checkpoint::make_file_ha_store(environment_.effects.file_system, settings.ha_directory,
                                            job);
  }
}

std::string CheckpointService::job_directory() const {
  return coordinator_.settings().job_directory(job_);
}

// --- Work on helpers, in order -------------------------------------------------------------------

void CheckpointService::run(std::function<void()> blocking, std::function<void()> then) {
  work_.push_back({std::move(blocking), std::move(then)});
  next_work();
}

void CheckpointService::next_work() {
  if (working_ || work_.empty()) return;
  working_ = true;
  auto work = std::make_shared<Work>(std::move(work_.front()));
  work_.pop_front();
  environment_.effects.executor.run_blocking([this, work, post = environment_.post] {
    work->blocking();
    post([this, work] {
      working_ = false;
      work->then();
      next_work();
      host_.checkpoints_changed();
    });
  });
}

// --- Start ---------------------------------------------------------------------------------------

void CheckpointService::open() {
  if (store_ == nullptr && open_options_.from.empty() && !open_options_.takes_checkpoints) {
    opened({});
    return;
  }
  struct Answer {
    checkpoint::Opened opened;
    ErrorKind kind = ErrorKind::internal;
    std::string failure;
    bool fenced = false;
  };
  const auto answer = std::make_shared<Answer>();
  run(
      [answer, files = &environment_.effects.file_system, store = store_, graph = graph_,
       settings = coordinator_.settings(), options = open_options_] {
        try {
          answer->opened = checkpoint::open_job(*files, store.get(), settings, *graph, options);
        } catch (const checkpoint::FencedError& error) {
          answer->fenced = true;
          answer->failure = error.message();
        } catch (const Error& error) {
          answer->kind = error.kind();
          answer->failure = error.message();
        }
      },
      [this, answer] {
        if (answer->failure.empty()) opened(answer->opened);
        else if (answer->fenced) host_.suspend_job(answer->failure);
        else host_.job_not_opened(answer->kind, answer->failure);
      });
}

void CheckpointService::opened(const checkpoint::Opened& opened) {
  for (const auto& note : opened.notes) environment_.log.info(note);
  if (!opened.ended) {
    coordinator_.start(opened.first_checkpoint_id, opened.life);
    published_ = std::make_shared<checkpoint::JobRecord>(opened.record);
    if (store_ != nullptr && opened.earlier_savepoints_known) {
      newest_savepoint_->store(opened.record.newest_savepoint);
    } else if (open_options_.new_id) newest_savepoint_->store(0);
    for (const auto& one : opened.kept) coordinator_.restored(one, true, false, instant());
    if (opened.from) {
      coordinator_.restored(*opened.from, opened.counts, opened.full_first, instant());
    }
    base_ = opened.restore;
    cached_ = opened.restore;
  }
  host_.job_opened(opened);
  pump();
}

// Made when it is needed, which is seldom.
std::shared_ptr<const checkpoint::RestorePoint> CheckpointService::restore_point() {
  const auto* latest = coordinator_.latest();
  if (latest == nullptr) return base_;
  if (base_ != nullptr && base_->checkpoint_id > latest->id()) return base_;
  if (cached_ == nullptr || cached_->checkpoint_id != latest->id()) {
    auto point = checkpoint::redistribute(*latest->metadata, *graph_, {true});
    point.path = latest->directory;
    cached_ = std::make_shared<const checkpoint::RestorePoint>(std::move(point));
  }
  return cached_;
}

// --- Events --------------------------------------------------------------------------------------

void CheckpointService::tasks_running(bool running, const std::string& why) {
  if (running == !interrupted_.has_value()) return;
  if (running) {
    interrupted_.reset();
    coordinator_.tasks_running(instant());
  } else {
    interrupted_ = why;
    coordinator_.interrupted(why, instant());
  }
  pump();
}

void CheckpointService::check_fence() {
  if (store_ == nullptr || published_ == nullptr) return;
  const auto fenced = std::make_shared<std::string>();
  run(
      [fenced, store = store_] {
        try {
          store->check();
        } catch (const checkpoint::FencedError& error) {
          *fenced = error.message();
        } catch (const Error&) {
          // The next restart asks again.
        }
      },
      [this, fenced] {
        if (!fenced->empty()) host_.suspend_job(*fenced);
      });
}

std::function<void()> CheckpointService::fence() const {
  if (store_ == nullptr) return {};
  return [store = store_] { store->check(); };
}

std::function<std::int64_t()> CheckpointService::newest_savepoint() const {
  return [newest = newest_savepoint_] { return newest->load(); };
}

void CheckpointService::task_finished(const base::AttemptId& id) {
  coordinator_.task_finished(id, instant());
  pump();
}

void CheckpointService::coordinators_snapshot(std::int64_t id,
                                              std::map<base::OperatorId, std::string> states) {
  coordinator_.coordinators_snapshot(id, std::move(states), {}, instant());
  pump();
}

void CheckpointService::acknowledged(protocol::CheckpointAck ack) {
  coordinator_.acknowledged(std::move(ack), instant());
  pump();
}

void CheckpointService::declined(const protocol::CheckpointDecline& decline) {
  coordinator_.declined(decline, instant());
  pump();
}

void CheckpointService::request_last() {
  coordinator_.request_last(instant());
  pump();
}

void CheckpointService::tick() {
  coordinator_.tick(instant());
  pump();
}

void CheckpointService::job_ending(const std::string& why) {
  coordinator_.stop(why, instant());
  pump();
}

std::optional<CheckpointService::Stop> CheckpointService::stopped() const {
  if (coordinator_.stopped_with()) return Stop{stop_name_, *coordinator_.stopped_with()};
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
  job_ending("the job has ended");
  // Another JobManager may need everything; or it was never this one's: it had ended before, or
  // could not be started.
  if (status == JobStatus::suspended || published_ == nullptr) return;
  if (store_ != nullptr) {
    const auto stop = stopped();
    const checkpoint::JobResult result{
        job_status_name(status), environment_.effects.clock.wall_millis(),
        status == JobStatus::finished && stop ? stop->savepoint : detail,
        newest_savepoint_->load()};
    run(
        [store = store_, result, hands_off = hands_off_, log = &environment_.log] {
          try {
            store->finish(result);
          } catch (const Error& error) {
            // Who recovers the job needs its checkpoints then.
            *hands_off = true;
            log->warn("the job's end could not be noted, so its checkpoints are kept: ",
                      error.message());
          }
        },
        [] {});
  }
  coordinator_.job_ended(job_status_name(status), keep_newest_);
  pump();
}

// --- Actions -------------------------------------------------------------------------------------

void CheckpointService::pump() {
  if (pumping_) return;
  pumping_ = true;
  for (auto actions = coordinator_.take_actions(); !actions.empty();
       actions = coordinator_.take_actions()) {
    for (auto& action : actions) carry_out(action);
  }
  pumping_ = false;
  host_.checkpoints_changed();
}

void CheckpointService::carry_out(checkpoint::CheckpointAction& action) {
  namespace act = checkpoint::action;
  struct Visitor {
    CheckpointService& self;
    void operator()(act::Prepare& prepare) { self.prepare(prepare); }
    void operator()(act::SnapshotCoordinators& take) { self.host_.snapshot_coordinators(take.id); }
    void operator()(act::Trigger& trigger) {
      for (const auto& root : trigger.roots) self.host_.trigger(root, trigger.barrier);
    }
    void operator()(act::Write& write) { self.write(write); }
    void operator()(act::Complete& complete) {
      self.environment_.log.info("checkpoint ", complete.id, " is complete");
      self.host_.checkpoint_complete(complete.id);
    }
    void operator()(act::Aborted& aborted) {
      self.environment_.log.warn("checkpoint ", aborted.id, " was given up: ", aborted.why);
      if (aborted.coordinators) {
        self.host_.checkpoint_aborted(aborted.id, aborted.triggered);
      }
    }
    void operator()(act::Collect& collect) { self.collect(std::move(collect.garbage)); }
    void operator()(act::CollectJob&) { self.collect_job(); }
    void operator()(act::Answer& answer) {
      const auto name = self.operation_names_.find(answer.token);
      if (name == self.operation_names_.end()) return;
      self.operations_[name->second] = {true, answer.id, answer.location, answer.failure};
      if (answer.failure.empty() && self.stop_name_ == name->second) {
        self.unread_stop_ = name->second;
      }
      if (answer.failure.empty() && self.cancel_after_ == name->second) self.host_.cancel_job();
    }
    void operator()(act::FailJob& fail) { self.host_.checkpoints_failed(fail.message); }
    void operator()(act::Suspend& suspend) { self.host_.suspend_job(suspend.message); }
  };
  std::visit(Visitor{*this}, action);
}

void CheckpointService::prepare(const checkpoint::action::Prepare& action) {
  struct Answer {
    std::string directory;
    std::string failure;
    bool fenced = false;
  };
  const auto answer = std::make_shared<Answer>();
  const auto job_directory = this->job_directory();
  const bool savepoint = !action.savepoint_target.empty();
  // The coordinators have started, and keep what savepoints of unknown earlier lives may name.
  if (store_ != nullptr && newest_savepoint_->load() == CoordinatorContext::savepoints_unknown) {
    newest_savepoint_->store(0);
  }
  // Before any task hands over what it names.
  if (savepoint) newest_savepoint_->store(std::max(newest_savepoint_->load(), action.id));
  run(
      [answer, action, job_directory, savepoint, settings = coordinator_.settings(), job = job_,
       hands_off = hands_off_, files = &environment_.effects.file_system,
       seed = environment_.effects.random.next(), store = store_, published = published_] {
        try {
          // A successor may have made a directory of that name.
          if (*hands_off) throw checkpoint::FencedError{ErrorKind::resource, "it was replaced"};
          // Only what is known to be set aside may be used: also after a write that failed.
          const bool reserves = action.id >= published->next_checkpoint_id;
          if (store != nullptr && (reserves || savepoint)) {
            auto record = *published;
            if (reserves) record.next_checkpoint_id = action.id + ids_reserved;
            if (savepoint) record.newest_savepoint = std::max(record.newest_savepoint, action.id);
            store->publish(record);
            *published = record;
          }
          if (!savepoint) {
            checkpoint::make_job_directory(*files, settings, job);
            checkpoint::make_durable_directory(*files,
                                               concat(job_directory, "/", checkpoint::shared_name));
            answer->directory = checkpoint::checkpoint_directory(job_directory, action.id);
            checkpoint::make_durable_directory(*files, answer->directory);
          } else {
            base::SeededRandom random{seed};
            answer->directory =
                checkpoint::make_savepoint_directory(*files, action.savepoint_target, job, random);
          }
        } catch (const checkpoint::FencedError& error) {
          *hands_off = answer->fenced = true;
          answer->failure = error.message();
        } catch (const Error& error) {
          answer->failure = error.message();
        }
      },
      [this, answer, id = action.id] {
        if (answer->fenced) host_.suspend_job(answer->failure);
        coordinator_.prepared(id, answer->directory, answer->failure, instant());
        pump();
      });
}

void CheckpointService::write(const checkpoint::action::Write& action) {
  using checkpoint::WriteOutcome;
  struct Answer {
    WriteOutcome outcome = WriteOutcome::failed;
    std::string failure;
  };
  const auto answer = std::make_shared<Answer>();
  const bool publishes = store_ != nullptr && action.counts;
  const auto id = action.metadata->checkpoint_id;
  run(
      [answer, action, publishes, next = id + ids_reserved, store = store_, published = published_,
       files = &environment_.effects.file_system] {
        try {
          if (const auto wrong = checkpoint::find_missing(*files, *action.metadata)) {
            answer->outcome = WriteOutcome::incomplete;
            answer->failure = concat("its file ", *wrong,
                                     ": who changes the directory of checkpoints while the job "
                                     "runs?");
            return;
          }
          checkpoint::write_durably(*files,
                                    concat(action.directory, "/", checkpoint::metadata_name),
                                    encode_metadata(*action.metadata, action.directory));
          if (publishes) {
            const checkpoint::JobRecord record{std::max(published->next_checkpoint_id, next),
                                               action.record,
                                               published->newest_savepoint,
                                               {}};
            store->publish(record);
            *published = record;
          }
          answer->outcome = WriteOutcome::durable;
        } catch (const checkpoint::FencedError& error) {
          answer->outcome = WriteOutcome::unknown;
          answer->failure = error.message();
        } catch (const checkpoint::UncertainError& error) {
          answer->outcome = WriteOutcome::unknown;
          answer->failure =
              concat("it is not known whether the job's record was written: ", error.message());
        } catch (const Error& error) {
          answer->failure = error.message();
        }
      },
      [this, answer, id] {
        coordinator_.written(id, answer->outcome, answer->failure, instant());
        pump();
      });
}

void CheckpointService::collect(checkpoint::Garbage garbage) {
  const auto fenced = std::make_shared<std::string>();
  run(
      [garbage = std::move(garbage), fenced, hands_off = hands_off_, store = store_,
       files = &environment_.effects.file_system, log = &environment_.log] {
        if (*hands_off) return;
        try {
          if (store != nullptr) store->check();
        } catch (const checkpoint::FencedError& error) {
          *hands_off = true;
          *fenced = error.message();
          return;
        } catch (const Error&) {
          // Whoever has taken it over since counts from a record that names none of these.
        }
        const auto problem = checkpoint::remove_garbage(*files, garbage);
        if (!problem.empty()) log->warn("files of old checkpoints are left: ", problem);
      },
      [this, fenced] {
        if (!fenced->empty()) host_.suspend_job(*fenced);
      });
}

void CheckpointService::collect_job() {
  const auto& settings = coordinator_.settings();
  const auto whole = settings.temporary ? settings.directory : job_directory();
  const bool keep_result = open_options_.recover;
  run(
      [whole, temporary = settings.temporary, keep_result, store = store_, hands_off = hands_off_,
       files = &environment_.effects.file_system, log = &environment_.log] {
        if (*hands_off) return;
        try {
          // A successor that starts meanwhile finds the result until nothing else is left.
          if (temporary) {
            checkpoint::remove_tree(*files, whole);
            if (store != nullptr) store->clean_up(keep_result);
            return;
          }
          for (const auto id : checkpoint::checkpoint_ids(*files, whole)) {
            checkpoint::remove_tree(*files, checkpoint::checkpoint_directory(whole, id));
          }
          checkpoint::remove_tree(*files, concat(whole, "/", checkpoint::shared_name));
          checkpoint::remove_tree(*files, concat(whole, "/", checkpoint::taskowned_name));
          if (store != nullptr) store->clean_up(keep_result);
          if (files->status(whole) && files->list(whole).empty()) files->remove(whole);
        } catch (const Error& error) {
          log->warn("the job's checkpoint directory is left: ", error.message());
        }
      },
      [] {});
}

// --- Requests ------------------------------------------------------------------------------------

std::uint64_t CheckpointService::start_operation(const std::string& name) {
  constexpr std::size_t remembered = 1000;
  if (operations_.contains(name)) return 0;
  if (operation_names_.size() >= remembered) {
    operations_.erase(operation_names_.begin()->second);
    operation_names_.erase(operation_names_.begin());
  }
  const auto number = next_operation_++;
  operation_names_[number] = name;
  operations_[name] = {};
  return number;
}

void CheckpointService::trigger_checkpoint(const std::string& name, bool full) {
  checkpoint::Request request;
  request.kind = checkpoint::RequestKind::checkpoint;
  request.full = full;
  request.token = start_operation(name);
  if (request.token == 0) return;
  coordinator_.request(std::move(request), instant());
  pump();
}

void CheckpointService::trigger_savepoint(const std::string& name, const std::string& target,
                                          bool stop, bool drain) {
  checkpoint::Request request;
  request.kind = stop ? checkpoint::RequestKind::stop : checkpoint::RequestKind::savepoint;
  request.drain = drain;
  request.target = target.empty()
                       ? coordinator_.settings().savepoint_directory
                       : checkpoint::local_path(target, "targetDirectory",
                                                coordinator_.settings().working_directory);
  if (request.target.empty()) {
    throw Error{ErrorKind::user,
                "Config key [execution.checkpointing.savepoint-dir] is not set. Property "
                "[targetDirectory] must be provided: say where the savepoint goes "
                "(flinkctl savepoint JOB DIRECTORY; flinkctl stop or rescale JOB "
                "--savepoint-path DIRECTORY), or start the job with "
                "-Dexecution.checkpointing.savepoint-dir=DIRECTORY"};
  }
  request.token = start_operation(name);
  if (request.token == 0) return;
  if (stop) stop_name_ = name;
  coordinator_.request(std::move(request), instant());
  pump();
}

void CheckpointService::dispose_savepoint(const std::string& name, const std::string& path) {
  if (start_operation(name) == 0) return;
  const auto failure = std::make_shared<std::string>();
  std::set<std::string> in_use;
  for (const auto& one : coordinator_.kept()) in_use.insert(one.directory);
  if (const auto from = restore_point()) in_use.insert(from->path);
  run(
      [path, failure, in_use = std::move(in_use), files = &environment_.effects.file_system] {
        try {
          checkpoint::dispose_savepoint(*files, path, in_use);
        } catch (const Error& error) {
          *failure = error.message();
        }
      },
      [this, name, failure] {
        operations_[name] = {true, 0, {}, *failure};
      });
}

const Operation* CheckpointService::operation(const std::string& name) {
  const auto found = operations_.find(name);
  if (name == unread_stop_) unread_stop_.clear();
  return found == operations_.end() ? nullptr : &found->second;
}

}  // namespace flink::jobmanager
