// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/coordinator_host.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <optional>

#include "ha/ha_store.h"
#include "protocol/messages.h"

namespace flink::jobmanager {

// From one start() to the next.
struct CoordinatorHost::Life {
  std::atomic<bool> failed{false};  // only abort() counts, and the next start()
  std::atomic<bool> over{false};    // there was one
};

// Of calls to all of them that are answered together.
struct CoordinatorHost::Round {
  Round(std::size_t calls, std::function<void(const Round&)> when_done)
      : left(calls), done(std::move(when_done)) {}
  void answered() {
    if (--left == 0 && !told.exchange(true)) done(*this);
  }
  std::atomic<std::size_t> left;
  std::atomic<bool> told{false};
  std::atomic<bool> uncommitted{false};
  std::function<void(const Round&)> done;
};

struct CoordinatorHost::Start {
  LifeRef life;
  std::int64_t checkpoint_id = 0;
  std::map<base::OperatorId, std::string> states;
};

struct CoordinatorHost::States {
  std::mutex mutex;
  std::size_t left = 0;
  std::map<base::OperatorId, std::string> by_operator;
};

// Its mailbox's thread only.
struct CoordinatorHost::Entry {
  base::OperatorId id;
  base::VertexId vertex;
  std::unique_ptr<Context> context;
  std::unique_ptr<OperatorCoordinator> coordinator;
  bool started = false;
  bool ended = false;   // it was aborted: only another start() counts
  bool closed = false;  // it is being started: calls wait
  std::vector<std::function<void()>> waiting;
  LifeRef life;
  RoundRef awaited;  // waits until it is no longer busy
  std::unique_ptr<Mailbox> mailbox;
  std::unique_ptr<Mailbox> helper;  // what it has run apart; once it has

  void discard();
};

class CoordinatorHost::Context final : public CoordinatorContext {
 public:
  Context(CoordinatorHost& host, Entry& entry, const graph::JobVertex& vertex,
          const graph::ChainedOperator& op)
      : host_(host),
        entry_(entry),
        vertex_(vertex),
        op_(op),
        job_id_(host.environment_.job.hex()),
        operator_id_(op.id.hex()),
        ready_(static_cast<std::size_t>(vertex.parallelism)) {}

  int parallelism() const override { return vertex_.parallelism; }
  std::string_view job_id() const override { return job_id_; }
  std::string_view operator_name() const override { return op_.name; }
  std::string_view operator_id() const override { return operator_id_; }
  base::FileSystem& file_system() override {
    const bool source = static_cast<bool>(host_.graph_->transformation(op_).make_source);
    return source ? host_.source_files_ : host_.environment_.effects.file_system;
  }

  std::string claim(std::string_view thing) override { return host_.claim(thing, op_.name); }
  bool flag(std::string_view name) const override {
    return config::parse_bool(option(name)).value_or(false);
  }
  std::string option(std::string_view key) const override {
    const auto& entries = host_.environment_.configuration.entries();
    const auto found = entries.find(key);
    return found == entries.end() ? std::string{} : found->second.value;
  }

  void run_async(std::function<void()> work,
                 std::function<void(std::exception_ptr)> done) override {
    host_.run_async(entry_, std::move(work), std::move(done));
  }
  void run_after(std::chrono::nanoseconds delay, std::function<void()> call) override;

  void send_event(int subtask, std::string event) override {
    send(subtask, std::move(event), true);
  }
  void send_unordered_event(int subtask, std::string event) override {
    send(subtask, std::move(event), false);
  }
  void send(int subtask, std::string event, bool ordered) {
    FLINK_CHECK(subtask >= 0 && subtask < vertex_.parallelism, subtask, vertex_.parallelism);
    const auto attempt = ready_[static_cast<std::size_t>(subtask)];
    if (!attempt) return;
    protocol::check_event_size(event.size(), op_.name);
    host_.environment_.listener->event_to_subtask({vertex_.id, subtask, *attempt}, op_.id,
                                                  std::move(event), ordered);
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
  Entry& entry_;
  const graph::JobVertex& vertex_;
  const graph::ChainedOperator& op_;
  std::string job_id_, operator_id_;
  std::vector<std::optional<int>> ready_;  // by subtask: the attempt that takes events
};

void CoordinatorHost::Context::run_after(std::chrono::nanoseconds delay,
                                         std::function<void()> call) {
  entry_.mailbox->post_after(delay, [this, life = entry_.life, call = std::move(call)] {
    if (!life->failed && !entry_.ended) host_.finish_async(entry_, life, call);
  });
}

void CoordinatorHost::Entry::discard() {
  coordinator.reset();
  context->nobody_ready();
  started = ended = false;
  awaited.reset();
}

CoordinatorHost::CoordinatorHost(std::shared_ptr<const graph::JobGraph> graph,
                                 CoordinatorEnvironment environment)
    : graph_(std::move(graph)),
      environment_(std::move(environment)),
      source_files_(&environment_.effects.file_system),
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
  const bool for_good = !committing || kind == ErrorKind::user;
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
  } catch (const std::exception& exception) {
    cause = exception.what();
  } catch (...) {
    cause = "an exception that is not derived from std::exception";
  }
  failed(life, committing, kind,
         detail::concat(doing, " '", entry.context->operator_name(), "' failed: ", cause));
  return false;
}

// --- Starting ------------------------------------------------------------------------------------

void CoordinatorHost::start(std::int64_t checkpoint_id,
                            std::map<base::OperatorId, std::string> states) {
  life_->over = true;
  life_ = std::make_shared<Life>();
  if (entries_.empty()) return environment_.listener->coordinators_started();
  for (auto& entry : entries_) {
    entry.mailbox->post([&entry] {
      entry.closed = true;
      entry.waiting.clear();
    });
  }
  const auto start = std::make_shared<Start>(Start{life_, checkpoint_id, std::move(states)});
  entries_.front().mailbox->post([this, start] {
    if (leads(start->life, "starting the coordinators")) discard_all(start);
    else open_all();
  });
}

// Once what they have under way has ended.
void CoordinatorHost::discard_all(const std::shared_ptr<Start>& start) {
  const auto round = std::make_shared<Round>(entries_.size(), [this, start](auto&) {
    {
      const std::lock_guard lock{claims_mutex_};
      claims_.clear();
    }
    start_next(0, start);
  });
  for (auto& entry : entries_) {
    entry.mailbox->post([&entry, round] {
      const auto discard = [&entry, round] {
        entry.discard();
        round->answered();
      };
      if (!entry.helper) return discard();
      entry.helper->post([&entry, discard] { entry.mailbox->post(discard); });
    });
  }
}

// One after the other: one that refuses the job leaves no traces of those behind it.
void CoordinatorHost::start_next(std::size_t index, const std::shared_ptr<Start>& start) {
  if (index == entries_.size()) {
    environment_.listener->coordinators_started();
    return open_all();
  }
  Entry& entry = entries_[index];
  entry.mailbox->post([this, &entry, index, start] {
    entry.life = start->life;
    const bool started = guarded(entry, start->life, "starting", [&] {
      const auto vertex = graph_->vertex_index(entry.vertex);
      for (const auto& op : graph_->vertices[static_cast<std::size_t>(vertex)].chain) {
        if (op.id != entry.id) continue;
        entry.coordinator = graph_->transformation(op).make_coordinator();
      }
      if (const auto state = start->states.find(entry.id); state != start->states.end()) {
        entry.coordinator->restore(start->checkpoint_id, state->second);
      }
      entry.started = true;  // also when start() throws: it may have left something to abort
      entry.coordinator->start(*entry.context);
    });
    if (started) start_next(index + 1, start);
    else open_all();
  });
}

std::string CoordinatorHost::claim(std::string_view thing, const std::string& claimant) {
  const std::lock_guard lock{claims_mutex_};
  const auto [found, is_new] = claims_.try_emplace(std::string{thing}, claimant);
  return is_new ? std::string{} : found->second;
}

void CoordinatorHost::open_all() {
  for (auto& entry : entries_) {
    entry.mailbox->post([&entry] {
      entry.closed = false;
      for (const auto& call : std::exchange(entry.waiting, {})) call();
    });
  }
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
