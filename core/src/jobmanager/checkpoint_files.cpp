// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/checkpoint_files.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <utility>

#include "checkpoint/storage.h"

namespace flink::jobmanager {
namespace {

using detail::concat;

constexpr std::int64_t ids_reserved = 16;  // at once; a JobManager that crashes skips the rest

}  // namespace

void CheckpointFiles::run(std::function<void()> blocking, std::function<void()> then) {
  work_.push_back({std::move(blocking), std::move(then)});
  next_work();
}

void CheckpointFiles::next_work() {
  if (working_ || work_.empty()) return;
  working_ = true;
  auto work = std::make_shared<Work>(std::move(work_.front()));
  work_.pop_front();
  setup_.effects.executor.run_blocking([this, work, post = setup_.post] {
    work->blocking();
    post([this, work] {
      working_ = false;
      work->then();
      next_work();
      setup_.done();
    });
  });
}

void CheckpointFiles::open(std::shared_ptr<const graph::JobGraph> graph,
                           const checkpoint::OpenOptions& options, Open then) {
  struct Result : OpenAnswer {
    bool fenced = false;
  };
  const auto answer = std::make_shared<Result>();
  run(
      [answer, files = &setup_.effects.file_system, store = setup_.store, graph,
       settings = setup_.settings, options] {
        try {
          answer->opened = checkpoint::open_job(*files, store.get(), settings, *graph, options);
        } catch (const ha::FencedError& error) {
          answer->fenced = true;
          answer->failure = error.message();
        } catch (const Error& error) {
          answer->kind = error.kind();
          answer->failure = error.message();
        }
      },
      [this, answer, then = std::move(then)] {
        if (answer->fenced) setup_.fenced(answer->failure);
        else then(*answer);
      });
}

void CheckpointFiles::opened(const checkpoint::Opened& opened, bool new_id) {
  published_ = std::make_shared<ha::JobRecord>(opened.record);
  if (setup_.store != nullptr && opened.earlier_savepoints_known) {
    newest_savepoint_->store(opened.record.newest_savepoint);
  } else if (new_id) {
    newest_savepoint_->store(0);
  }
}

// --- Leadership ----------------------------------------------------------------------------------

void CheckpointFiles::check_fence() {
  if (setup_.store == nullptr || published_ == nullptr) return;
  const auto fenced = std::make_shared<std::string>();
  run(
      [fenced, store = setup_.store] {
        try {
          store->check();
        } catch (const ha::FencedError& error) {
          *fenced = error.message();
        } catch (const Error&) {
          // The next restart asks again.
        }
      },
      [this, fenced] {
        if (!fenced->empty()) setup_.fenced(*fenced);
      });
}

std::function<void()> CheckpointFiles::fence() const {
  if (setup_.store == nullptr) return {};
  return [store = setup_.store] { store->check(); };
}

std::function<std::int64_t()> CheckpointFiles::newest_savepoint() const {
  return [newest = newest_savepoint_] { return newest->load(); };
}

// --- Checkpoints ---------------------------------------------------------------------------------

void CheckpointFiles::prepare(const checkpoint::action::Prepare& action, Prepare then) {
  struct Answer {
    std::string directory;
    std::string failure;
    bool fenced = false;
  };
  const auto answer = std::make_shared<Answer>();
  const auto job_directory = this->job_directory();
  const bool savepoint = !action.savepoint_target.empty();
  // The coordinators have started, and keep what savepoints of unknown earlier lives may name.
  if (setup_.store != nullptr &&
      newest_savepoint_->load() == CoordinatorContext::savepoints_unknown) {
    newest_savepoint_->store(0);
  }
  // Before any task hands over what it names.
  if (savepoint) newest_savepoint_->store(std::max(newest_savepoint_->load(), action.id));
  run(
      [answer, action, job_directory, savepoint, settings = setup_.settings, job = setup_.job,
       hands_off = hands_off_, files = &setup_.effects.file_system,
       seed = setup_.effects.random.next(), store = setup_.store, published = published_] {
        try {
          // A successor may have made a directory of that name.
          if (*hands_off) throw ha::FencedError{ErrorKind::resource, "it was replaced"};
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
        } catch (const ha::FencedError& error) {
          *hands_off = answer->fenced = true;
          answer->failure = error.message();
        } catch (const Error& error) {
          answer->failure = error.message();
        }
      },
      [this, answer, then = std::move(then)] {
        if (answer->fenced) setup_.fenced(answer->failure);
        then(answer->directory, answer->failure);
      });
}

void CheckpointFiles::write(const checkpoint::action::Write& action, Write then) {
  using checkpoint::WriteOutcome;
  struct Answer {
    WriteOutcome outcome = WriteOutcome::failed;
    std::string failure;
  };
  const auto answer = std::make_shared<Answer>();
  const bool publishes = setup_.store != nullptr && action.counts;
  const auto id = action.metadata->checkpoint_id;
  run(
      [answer, action, publishes, next = id + ids_reserved, store = setup_.store,
       published = published_, files = &setup_.effects.file_system] {
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
            const ha::JobRecord record{std::max(published->next_checkpoint_id, next),
                                       action.record,
                                       published->newest_savepoint,
                                       {}};
            store->publish(record);
            *published = record;
          }
          answer->outcome = WriteOutcome::durable;
        } catch (const ha::FencedError& error) {
          answer->outcome = WriteOutcome::unknown;
          answer->failure = error.message();
        } catch (const ha::UncertainError& error) {
          answer->outcome = WriteOutcome::unknown;
          answer->failure =
              concat("it is not known whether the job's record was written: ", error.message());
        } catch (const Error& error) {
          answer->failure = error.message();
        }
      },
      [answer, then = std::move(then)] { then(answer->outcome, answer->failure); });
}

void CheckpointFiles::collect(checkpoint::Garbage garbage) {
  const auto fenced = std::make_shared<std::string>();
  run(
      [garbage = std::move(garbage), fenced, hands_off = hands_off_, store = setup_.store,
       files = &setup_.effects.file_system, log = &setup_.log] {
        if (*hands_off) return;
        try {
          if (store != nullptr) store->check();
        } catch (const ha::FencedError& error) {
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
        if (!fenced->empty()) setup_.fenced(*fenced);
      });
}

void CheckpointFiles::collect_job(bool keep_result) {
  const auto& settings = setup_.settings;
  const auto whole = settings.temporary ? settings.directory : job_directory();
  run(
      [whole, temporary = settings.temporary, keep_result, store = setup_.store,
       hands_off = hands_off_, files = &setup_.effects.file_system, log = &setup_.log] {
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

void CheckpointFiles::finish(ha::JobResult result) {
  if (setup_.store == nullptr) return;
  result.newest_savepoint = newest_savepoint_->load();
  run(
      [store = setup_.store, result, hands_off = hands_off_, log = &setup_.log] {
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

void CheckpointFiles::dispose(const std::string& savepoint, std::set<std::string> in_use,
                              std::function<void(const std::string& failure)> then) {
  const auto failure = std::make_shared<std::string>();
  run(
      [savepoint, failure, in_use = std::move(in_use), files = &setup_.effects.file_system] {
        try {
          checkpoint::dispose_savepoint(*files, savepoint, in_use);
        } catch (const Error& error) {
          *failure = error.message();
        }
      },
      [failure, then = std::move(then)] { then(*failure); });
}

}  // namespace flink::jobmanager
