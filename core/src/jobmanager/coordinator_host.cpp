// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/coordinator_host.h"

#include <flink/check.h>
#include <flink/error.h>

#include <optional>

#include "checkpoint/ha_store.h"

namespace flink::jobmanager {

class CoordinatorHost::Context final : public CoordinatorContext {
 public:
  Context(CoordinatorHost& host, const graph::JobVertex& vertex, const graph::ChainedOperator& op)
      : host_(host),
        vertex_(vertex),
        op_(op),
        job_id_(host.environment_.job.hex()),
        operator_id_(op.id.hex()),
        ready_(static_cast<std::size_t>(vertex.parallelism)) {}

  int parallelism() const override { return vertex_.parallelism; }
  std::string_view job_id() const override { return job_id_; }
  std::string_view operator_name() const override { return op_.name; }
  std::string_view operator_id() const override { return operator_id_; }
  base::FileSystem& file_system() override { return *host_.environment_.file_system; }

  bool flag(std::string_view name) const override {
    return config::parse_bool(option(name)).value_or(false);
  }
  std::string option(std::string_view key) const override {
    const auto& entries = host_.environment_.configuration.entries();
    const auto found = entries.find(key);
    return found == entries.end() ? std::string{} : found->second.value;
  }

  void send_event(int subtask, std::string event) override {
    FLINK_CHECK(subtask >= 0 && subtask < vertex_.parallelism, subtask, vertex_.parallelism);
    const auto attempt = ready_[static_cast<std::size_t>(subtask)];
    if (!attempt) return;
    host_.environment_.listener->event_to_subtask({vertex_.id, subtask, *attempt}, op_.id,
                                                  std::move(event));
  }

  std::int64_t newest_savepoint() const override {
    const auto& environment = host_.environment_;
    if (!environment.newest_savepoint) return savepoints_unknown;
    try {
      if (environment.check_fence) environment.check_fence();
    } catch (const Error&) {
      return savepoints_unknown;
    }
    return environment.newest_savepoint();
  }

  void warn(const std::string& text) const override {
    host_.environment_.listener->coordinator_warned(text);
  }

  void set_ready(int subtask, std::optional<int> attempt) {
    ready_[static_cast<std::size_t>(subtask)] = attempt;
  }
  void nobody_ready() { ready_.assign(ready_.size(), std::nullopt); }

 private:
  CoordinatorHost& host_;
  const graph::JobVertex& vertex_;
  const graph::ChainedOperator& op_;
  std::string job_id_, operator_id_;
  std::vector<std::optional<int>> ready_;  // by subtask: the attempt that takes events
};

CoordinatorHost::CoordinatorHost(std::shared_ptr<const graph::JobGraph> graph,
                                 CoordinatorEnvironment environment)
    : graph_(std::move(graph)), environment_(std::move(environment)) {
  for (const auto& vertex : graph_->vertices) {
    for (const auto& op : vertex.chain) {
      const auto& make = graph_->transformation(op).make_coordinator;
      if (!make) continue;
      coordinators_.push_back(
          {op.id, vertex.id, std::make_unique<Context>(*this, vertex, op), nullptr, false});
    }
  }
  worker_ = environment_.executor->start("coordinators", *this);
}

CoordinatorHost::~CoordinatorHost() { worker_.reset(); }

void CoordinatorHost::Entry::discard() {
  coordinator.reset();
  context->nobody_ready();
  started = false;
}

void CoordinatorHost::post(std::function<void()> call) {
  {
    std::lock_guard lock{mutex_};
    mailbox_.push_back(std::move(call));
  }
  worker_->wake();
}

base::Step CoordinatorHost::step() {
  std::vector<std::function<void()>> batch;
  {
    std::lock_guard lock{mutex_};
    batch.swap(mailbox_);
  }
  for (auto& call : batch) call();
  return base::Step::park();
}

// When that cannot be found out, yes: what is committed now counts for a successor too, and what is
// removed is of attempts of this JobManager's. Not so where `doing` is given, which may remove what
// others wrote: that is a failure for now.
bool CoordinatorHost::leads(const char* doing, bool committing) {
  if (fenced_ || coordinators_.empty() || !environment_.check_fence) return !fenced_;
  try {
    environment_.check_fence();
  } catch (const checkpoint::FencedError& error) {
    failed_ = fenced_ = true;
    environment_.listener->coordinators_fenced(error.message());
  } catch (const Error& error) {
    if (doing == nullptr) return true;
    failed_ = failed_ || !committing;
    environment_.listener->coordinator_failed(
        static_cast<int>(ErrorKind::transient),
        detail::concat(doing, " failed: it is not known whether another JobManager has taken the ",
                       "job over: ", error.message()),
        committing);
    return false;
  }
  return !fenced_;
}

// Runs a call of user code. After one that throws no further call is made before start() or
// abort(), but that of a commit again. False: it was not made, or threw.
bool CoordinatorHost::guarded(const Entry& entry, bool committing, const char* doing,
                              const std::function<void()>& call) {
  if (failed_) return false;
  int kind = static_cast<int>(ErrorKind::user);
  std::string cause;
  try {
    call();
    return true;
  } catch (const Error& error) {
    kind = static_cast<int>(error.kind());
    cause = error.message();
  } catch (const std::exception& exception) {
    cause = exception.what();
  } catch (...) {
    cause = "an exception that is not derived from std::exception";
  }
  failed_ = !committing || kind == static_cast<int>(ErrorKind::user);
  environment_.listener->coordinator_failed(
      kind, detail::concat(doing, " '", entry.context->operator_name(), "' failed: ", cause),
      committing);
  return false;
}

void CoordinatorHost::start(std::int64_t checkpoint_id,
                            std::map<base::OperatorId, std::string> states) {
  post([this, checkpoint_id, states = std::move(states)] {
    if (!leads("starting the coordinators")) return;
    failed_ = false;
    for (auto& entry : coordinators_) entry.discard();
    for (auto& entry : coordinators_) {
      guarded(entry, false, "starting", [&] { start_one(entry, checkpoint_id, states); });
    }
    if (!failed_) environment_.listener->coordinators_started();
  });
}

void CoordinatorHost::start_one(Entry& entry, std::int64_t checkpoint_id,
                                const std::map<base::OperatorId, std::string>& states) {
  const auto vertex = graph_->vertex_index(entry.vertex);
  for (const auto& op : graph_->vertices[static_cast<std::size_t>(vertex)].chain) {
    if (op.id != entry.id) continue;
    entry.coordinator = graph_->transformation(op).make_coordinator();
  }
  if (const auto state = states.find(entry.id); state != states.end()) {
    entry.coordinator->restore(checkpoint_id, state->second);
  }
  entry.started = true;  // also when start() throws: it may have left something to abort
  entry.coordinator->start(*entry.context);
}

void CoordinatorHost::checkpoint(std::int64_t checkpoint_id) {
  post([this, checkpoint_id] {
    std::map<base::OperatorId, std::string> states;
    for (auto& entry : coordinators_) {
      guarded(entry, false, "taking a checkpoint of",
              [&] { states[entry.id] = entry.coordinator->checkpoint(checkpoint_id); });
    }
    if (failed_) return;  // the job is failing
    environment_.listener->coordinators_snapshot(checkpoint_id, std::move(states));
  });
}

void CoordinatorHost::checkpoint_complete(std::int64_t checkpoint_id) {
  post([this, checkpoint_id] {
    if (!leads()) return;
    for (auto& entry : coordinators_) {
      guarded(entry, false, "committing a checkpoint of",
              [&] { entry.coordinator->checkpoint_complete(checkpoint_id); });
    }
  });
}

void CoordinatorHost::checkpoint_aborted(std::int64_t checkpoint_id) {
  post([this, checkpoint_id] {
    if (!leads()) return;
    for (auto& entry : coordinators_) {
      guarded(entry, false, "aborting a checkpoint of",
              [&] { entry.coordinator->checkpoint_aborted(checkpoint_id); });
    }
  });
}

void CoordinatorHost::subtask_ready(const base::AttemptId& id) {
  post([this, id] {
    for (auto& entry : coordinators_) {
      if (entry.vertex != id.vertex) continue;
      entry.context->set_ready(id.subtask, id.attempt);
      guarded(entry, false, "coordinating",
              [&] { entry.coordinator->subtask_ready(id.subtask, id.attempt); });
    }
  });
}

void CoordinatorHost::subtask_reset(const base::AttemptId& id, std::int64_t checkpoint_id) {
  post([this, id, checkpoint_id] {
    if (!leads()) return;
    for (auto& entry : coordinators_) {
      if (entry.vertex != id.vertex) continue;
      entry.context->set_ready(id.subtask, std::nullopt);
      guarded(entry, false, "resetting",
              [&] { entry.coordinator->subtask_reset(id.subtask, id.attempt, checkpoint_id); });
    }
  });
}

void CoordinatorHost::operator_event(const base::AttemptId& id, const base::OperatorId& op,
                                     std::string event) {
  post([this, id, op, event = std::move(event)] {
    for (auto& entry : coordinators_) {
      if (failed_ || entry.vertex != id.vertex || entry.id != op) continue;
      if (entry.coordinator->commits(event) && !leads("committing what was restored")) return;
      guarded(entry, false, "coordinating",
              [&] { entry.coordinator->handle_event(id.subtask, id.attempt, event); });
    }
  });
}

void CoordinatorHost::commit() {
  post([this] {
    if (!leads(failed_ ? nullptr : "committing the results", true)) return;
    for (auto& entry : coordinators_) {
      if (!guarded(entry, true, "committing the results of", [&] { entry.coordinator->commit(); }))
        return;
    }
    environment_.listener->coordinators_committed();
  });
}

void CoordinatorHost::abort() {
  post([this] {
    if (!leads()) return;
    for (auto& entry : coordinators_) {
      if (entry.started) entry.coordinator->abort();
    }
    failed_ = true;
    environment_.listener->coordinators_aborted();
  });
}

}  // namespace flink::jobmanager
