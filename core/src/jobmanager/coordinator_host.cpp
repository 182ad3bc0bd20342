// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/coordinator_host.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <exception>

#include "base/exception_text.h"
#include "ha/ha_store.h"
#include "jobmanager/coordinator_entry.h"

namespace flink::jobmanager {

CoordinatorHost::CoordinatorHost(std::shared_ptr<const graph::JobGraph> graph,
                                 CoordinatorEnvironment environment)
    : graph_(std::move(graph)),
      environment_(std::move(environment)),
      source_files_(environment_.effects.file_system),
      life_(std::make_shared<Life>()) {
  for (const auto& vertex : graph_->vertices) {
    for (const auto& op : vertex.chain) {
      if (!graph_->transformation(op).make_coordinator) continue;
      Entry& entry = entries_.emplace_back();
      entry.id = op.id;
      entry.vertex = vertex.id;
      entry.context = std::make_unique<Context>(*this, entry, vertex, op);
      entry.mailbox = std::make_unique<Mailbox>(environment_.effects.executor,
                                                environment_.effects.clock, "coordinator");
    }
  }
}

// They post to each other.
CoordinatorHost::~CoordinatorHost() {
  for (auto& entry : entries_) entry.mailbox->stop();
  for (auto& entry : entries_) {
    if (entry.helper) entry.helper->stop();
  }
}

bool CoordinatorHost::empty() const { return entries_.empty(); }

void CoordinatorHost::call(Entry& entry, const LifeRef& life,
                           std::function<void(const LifeRef&)> function) {
  entry.mailbox->post([this, &entry, life, function = std::move(function)] {
    const auto run = [this, &entry, life, function] {
      function(life);
      settle(entry);
    };
    if (entry.closed) entry.waiting.emplace_back(run);
    else run();
  });
}

void CoordinatorHost::call_all(const LifeRef& life,
                               const std::function<void(Entry&, const LifeRef&)>& function) {
  for (auto& entry : entries_) {
    call(entry, life, [&entry, function](const LifeRef& of) { function(entry, of); });
  }
}

// --- Failures ------------------------------------------------------------------------------------

// The first one is told. Where results are committed they may be committed again.
void CoordinatorHost::failed(const LifeRef& life, const RoundRef& committing, ErrorKind kind,
                             std::string message) {
  if (life->over) return;
  const bool for_good = !committing || kind == ErrorKind::user || kind == ErrorKind::incurable;
  const bool told = for_good && life->failed.exchange(true);
  if (committing ? committing->told.exchange(true) : told) return;
  environment_.listener->coordinator_failed(kind, std::move(message), committing != nullptr);
}

// When that cannot be found out, yes: what is committed now counts for a successor too, and what is
// removed is of attempts of this JobManager's. Not so where `doing` is given, which may remove what
// others wrote: that is a failure for now.
bool CoordinatorHost::leads(const LifeRef& life, const char* doing, const RoundRef& committing) {
  if (fenced_ || !environment_.check_fence) return !fenced_;
  try {
    environment_.check_fence();
  } catch (const ha::FencedError& error) {
    life->failed = true;
    if (!fenced_.exchange(true)) environment_.listener->coordinators_fenced(error.message());
  } catch (const Error& error) {
    if (doing == nullptr) return true;
    failed(life, committing, ErrorKind::transient,
           detail::concat(doing, " failed: it is not known whether another JobManager has taken ",
                          "the job over: ", error.message()));
    return false;
  }
  return !fenced_;
}

// Runs a call of user code. After one that throws no further call is made before start() or
// abort(), but that of a commit again. False: it was not made, or threw.
bool CoordinatorHost::guarded(Entry& entry, const LifeRef& life, const char* doing,
                              const std::function<void()>& function, const RoundRef& committing) {
  if (entry.ended || life->failed || life->over) return false;
  ErrorKind kind = ErrorKind::user;
  std::string cause;
  try {
    function();
    return true;
  } catch (const Error& error) {
    kind = error.kind();
    cause = error.message();
  } catch (...) {
    cause = base::exception_text(std::current_exception());
  }
  failed(life, committing, kind,
         detail::concat(doing, " '", entry.context->operator_name(), "' failed: ", cause));
  return false;
}

// --- What a coordinator has run apart ------------------------------------------------------------

void CoordinatorHost::run_async(Entry& entry, std::function<void()> work,
                                std::function<void(std::exception_ptr)> done) {
  if (!entry.helper) {
    entry.helper = std::make_unique<Mailbox>(environment_.effects.executor,
                                             environment_.effects.clock, "committer");
  }
  entry.helper->post(
      [this, &entry, life = entry.life, work = std::move(work), done = std::move(done)] {
        if (life->over || !leads(life)) return;
        std::exception_ptr error;
        try {
          work();
        } catch (...) {
          error = std::current_exception();
        }
        entry.mailbox->post(
            [this, &entry, life, done, error] { finish_async(entry, life, [&] { done(error); }); });
      });
}

void CoordinatorHost::finish_async(Entry& entry, const LifeRef& life,
                                   const std::function<void()>& done) {
  if (life->over) return;
  const auto committing = entry.awaited;
  const char* doing = committing ? "committing the results of" : "committing a checkpoint of";
  if (life->failed || entry.ended) {
    try {
      done();
    } catch (...) {  // the job has failed already
    }
  } else if (!guarded(entry, life, doing, done, committing)) {
    entry.awaited.reset();
  }
  settle(entry);
}

void CoordinatorHost::settle(Entry& entry) {
  if (!entry.awaited || (entry.started && entry.coordinator->busy())) return;
  const auto round = std::exchange(entry.awaited, {});
  if (entry.ended && entry.started && entry.coordinator->left_uncommitted()) {
    round->uncommitted = true;
  }
  round->answered();
}

// --- Calls ---------------------------------------------------------------------------------------

void CoordinatorHost::checkpoint(std::int64_t checkpoint_id) {
  if (entries_.empty()) return environment_.listener->coordinators_snapshot(checkpoint_id, {});
  const auto states = std::make_shared<States>();
  states->left = entries_.size();
  call_all(life_, [this, checkpoint_id, states](Entry& entry, const LifeRef& life) {
    std::string state;
    const bool given = guarded(entry, life, "taking a checkpoint of",
                               [&] { state = entry.coordinator->checkpoint(checkpoint_id); });
    if (!given) return;  // the job is failing
    environment_.listener->coordinator_passed(checkpoint_id, entry.id);
    const std::lock_guard lock{states->mutex};
    states->by_operator[entry.id] = std::move(state);
    if (--states->left > 0) return;
    environment_.listener->coordinators_snapshot(checkpoint_id, std::move(states->by_operator));
  });
}

void CoordinatorHost::checkpoint_complete(std::int64_t checkpoint_id) {
  call_all(life_, [this, checkpoint_id](Entry& entry, const LifeRef& life) {
    if (!leads(life)) return;
    guarded(entry, life, "committing a checkpoint of",
            [&] { entry.coordinator->checkpoint_complete(checkpoint_id); });
  });
}

void CoordinatorHost::checkpoint_aborted(std::int64_t checkpoint_id) {
  call_all(life_, [this, checkpoint_id](Entry& entry, const LifeRef& life) {
    if (!leads(life)) return;
    guarded(entry, life, "aborting a checkpoint of",
            [&] { entry.coordinator->checkpoint_aborted(checkpoint_id); });
  });
}

void CoordinatorHost::subtask_ready(const base::AttemptId& id) {
  for (auto& entry : entries_) {
    if (entry.vertex != id.vertex) continue;
    call(entry, life_, [this, &entry, id](const LifeRef& life) {
      entry.context->set_ready(id.subtask, id.attempt);
      guarded(entry, life, "coordinating",
              [&] { entry.coordinator->subtask_ready(id.subtask, id.attempt); });
    });
  }
}

void CoordinatorHost::subtask_reset(const base::AttemptId& id, std::int64_t checkpoint_id) {
  for (auto& entry : entries_) {
    if (entry.vertex != id.vertex) continue;
    call(entry, life_, [this, &entry, id, checkpoint_id](const LifeRef& life) {
      if (!leads(life)) return;
      entry.context->set_ready(id.subtask, std::nullopt);
      guarded(entry, life, "resetting",
              [&] { entry.coordinator->subtask_reset(id.subtask, id.attempt, checkpoint_id); });
    });
  }
}

void CoordinatorHost::operator_event(const base::AttemptId& id, const base::OperatorId& op,
                                     std::string event) {
  for (auto& entry : entries_) {
    if (entry.vertex != id.vertex || entry.id != op) continue;
    call(entry, life_, [this, &entry, id, event = std::move(event)](const LifeRef& life) {
      if (life->failed) return;
      if (entry.coordinator->commits(event) && !leads(life, "committing what was restored")) {
        return;
      }
      guarded(entry, life, "coordinating",
              [&] { entry.coordinator->handle_event(id.subtask, id.attempt, event); });
    });
    return;
  }
}

// Nothing goes that a second commit would need before all have committed.
void CoordinatorHost::commit() {
  if (entries_.empty()) return environment_.listener->coordinators_committed();
  const auto all_told = std::make_shared<Round>(
      entries_.size(), [this](auto&) { environment_.listener->coordinators_committed(); });
  const auto committed =
      std::make_shared<Round>(entries_.size(), [this, life = life_, all_told](auto&) {
        commit_round(life, &OperatorCoordinator::all_committed, all_told);
      });
  commit_round(life_, &OperatorCoordinator::commit, committed);
}

void CoordinatorHost::commit_round(const LifeRef& of, void (OperatorCoordinator::*step)(),
                                   const RoundRef& round) {
  call_all(of, [this, step, round](Entry& entry, const LifeRef& life) {
    if (!leads(life, life->failed ? nullptr : "committing the results", round)) return;
    const bool called = guarded(
        entry, life, "committing the results of", [&] { (*entry.coordinator.*step)(); }, round);
    if (called) entry.awaited = round;
  });
}

// Of those that are still committing.
void CoordinatorHost::end_retries() {
  call_all(life_, [this](Entry& entry, const LifeRef& life) {
    const auto round = entry.awaited;
    if (!round || entry.ended) return;
    const bool called = guarded(
        entry, life, "committing the results of", [&] { entry.coordinator->end_retries(); }, round);
    if (!called) entry.awaited.reset();
  });
}

void CoordinatorHost::abort() {
  if (entries_.empty()) return environment_.listener->coordinators_aborted(false);
  const auto round = std::make_shared<Round>(entries_.size(), [this](const Round& all) {
    environment_.listener->coordinators_aborted(all.uncommitted);
  });
  call_all(life_, [this, round](Entry& entry, const LifeRef& life) {
    if (!leads(life)) return;
    entry.ended = true;
    if (entry.started) entry.coordinator->abort();
    entry.awaited = round;
  });
}

}  // namespace flink::jobmanager
