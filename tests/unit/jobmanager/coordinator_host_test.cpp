// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/coordinator_host.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include <condition_variable>
#include <mutex>

#include "fiber/thread_executor.h"
#include "ha/ha_store.h"
#include "unit/jobmanager/test_graphs.h"
#include "unit/test_effects.h"

namespace flink::jobmanager {
namespace {

// Steps a worker whenever it is woken.
class InlineExecutor final : public base::Executor {
 public:
  std::unique_ptr<base::WorkerHandle> start(std::string, base::Worker& worker) override {
    struct Handle final : base::WorkerHandle {
      explicit Handle(base::Worker& w) : worker(w) {}
      void wake() override { worker.step(); }
      bool finished() const override { return false; }
      base::Worker& worker;
    };
    return std::make_unique<Handle>(worker);
  }
  void run_blocking(std::function<void()> function) override { function(); }
};

struct Listener final : CoordinatorListener {
  std::string told;
  void coordinators_started() override { told += "started "; }
  ErrorKind kind = ErrorKind::internal;
  void coordinator_failed(ErrorKind of, std::string message, bool) override {
    told += message + " ";
    kind = of;
  }
  void coordinator_passed(std::int64_t, base::OperatorId) override { told += "passed "; }
  void coordinators_snapshot(std::int64_t, std::map<base::OperatorId, std::string>) override {
    told += "snapshot ";
  }
  void coordinators_committed() override { told += "committed "; }
  void coordinators_aborted(bool left) override { told += left ? "aborted! " : "aborted "; }
  void coordinator_warned(const std::string&) override {}
  void coordinators_fenced(const std::string& message) override { told += message + " "; }
  void event_to_subtask(base::AttemptId, base::OperatorId, std::string, bool) override {}
};

struct Recorder final : OperatorCoordinator {
  explicit Recorder(std::string& to) : calls(to) {}
  void start(CoordinatorContext&) override { calls += "start "; }
  void subtask_ready(int, int) override {}
  void handle_event(int, int, std::string_view) override { calls += "event "; }
  bool commits(std::string_view event) const override { return event == "restored"; }
  void subtask_reset(int, int, std::int64_t) override { calls += "reset "; }
  void commit() override { calls += "commit "; }
  void checkpoint_complete(std::int64_t) override { calls += "complete "; }
  void checkpoint_aborted(std::int64_t) override { calls += "aborted "; }
  void abort() noexcept override { calls += "abort "; }
  std::string& calls;
};

// Operators {1, 1}, {1, 2}, ... of one vertex.
std::shared_ptr<const graph::JobGraph> graph_of(const std::vector<CoordinatorFactory>& makers) {
  auto graph = std::make_shared<graph::JobGraph>(*test::make_graph({{1}, {}, {}}));
  auto stream = std::make_shared<StreamGraph>();
  for (const auto& maker : makers) {
    graph::ChainedOperator op;
    op.transformation = static_cast<int>(stream->transformations.size());
    op.id = {1, static_cast<std::uint64_t>(op.transformation) + 1};
    op.name = "sink";
    graph->vertices[0].chain.push_back(op);
    stream->transformations.emplace_back().make_coordinator = maker;
  }
  graph->stream_graph = stream;
  return graph;
}
std::shared_ptr<const graph::JobGraph> one_coordinator(std::string& calls) {
  return graph_of({[&calls] { return std::make_unique<Recorder>(calls); }});
}

// Something that another thread does; a test that waits in vain fails after a minute.
class Event {
 public:
  void happen() {
    const std::lock_guard lock{mutex_};
    happened_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::minutes{1}, [this] { return happened_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool happened_ = false;
};

// A coordinator whose calls are the test's.
struct Scripted final : OperatorCoordinator {
  std::function<void(std::string_view)> on_event = [](std::string_view) {};
  std::function<void(CoordinatorContext&)> on_complete = [](CoordinatorContext&) {};
  CoordinatorContext* context = nullptr;
  void start(CoordinatorContext& given) override { context = &given; }
  void subtask_ready(int, int) override {}
  void handle_event(int, int, std::string_view event) override { on_event(event); }
  void subtask_reset(int, int, std::int64_t) override {}
  void checkpoint_complete(std::int64_t) override { on_complete(*context); }
  void commit() override {}
  void abort() noexcept override {}
};

struct Waiting final : CoordinatorListener {
  Event started, snapshot, committed, aborted, failed;
  std::string message;
  void coordinators_started() override { started.happen(); }
  void coordinator_failed(ErrorKind, std::string text, bool) override {
    message = std::move(text);
    failed.happen();
  }
  void coordinator_passed(std::int64_t, base::OperatorId) override {}
  void coordinators_snapshot(std::int64_t, std::map<base::OperatorId, std::string>) override {
    snapshot.happen();
  }
  void coordinators_committed() override { committed.happen(); }
  void coordinators_aborted(bool) override { aborted.happen(); }
  void coordinator_warned(const std::string&) override {}
  void coordinators_fenced(const std::string&) override {}
  void event_to_subtask(base::AttemptId, base::OperatorId, std::string, bool) override {}
};

}  // namespace

TEST_CASE("a JobManager that was replaced commits and removes nothing, and says so once") {
  std::string calls;
  Listener listener;
  InlineExecutor executor;
  enum { leads, unknown, replaced } state = leads;
  test::TestEffects effects{executor};
  CoordinatorEnvironment environment{effects.all()};
  environment.listener = &listener;
  environment.check_fence = [&state] {
    if (state == unknown) throw Error{ErrorKind::transient, "I/O error"};
    if (state == replaced) throw ha::FencedError{ErrorKind::resource, "replaced"};
  };
  const auto graph = one_coordinator(calls);
  const base::AttemptId attempt{graph->vertices[0].id, 0, 0};
  {
    CoordinatorHost host{graph, environment};
    host.start(no_checkpoint, {});
    host.checkpoint_complete(1);
    state = unknown;  // which is no reason to leave results out
    host.checkpoint_complete(2);
    CHECK(calls == "start complete complete ");
    CHECK(listener.told == "started ");
    state = replaced;
    host.subtask_reset(attempt, 2);
    host.checkpoint_complete(3);
    host.checkpoint_aborted(4);
    host.operator_event(attempt, {1, 1}, "x");
    host.commit();
    host.abort();
    host.start(2, {});
  }
  CHECK(calls == "start complete complete ");
  CHECK(listener.told == "started replaced ");

  // An event that commits comes first.
  state = leads;
  calls.clear();
  listener.told.clear();
  CoordinatorHost host{graph, environment};
  host.start(no_checkpoint, {});
  host.operator_event(attempt, {1, 1}, "restored");
  state = replaced;
  host.operator_event(attempt, {1, 1}, "x");  // nothing that others would see
  host.operator_event(attempt, {1, 1}, "restored");
  host.commit();
  CHECK(calls == "start event event ");
  CHECK(listener.told == "started replaced ");
}

TEST_CASE("nothing that a second commit would need goes before all have committed") {
  std::string calls;
  struct Committing final : OperatorCoordinator {
    Committing(std::string& to, bool& failing) : told(to), fails(failing) {}
    void start(CoordinatorContext&) override {}
    void subtask_ready(int, int) override {}
    void handle_event(int, int, std::string_view) override {}
    void subtask_reset(int, int, std::int64_t) override {}
    void commit() override {
      if (fails) throw Error{ErrorKind::transient, "not now"};
      told += "commit ";
    }
    void all_committed() override { told += "end "; }
    void abort() noexcept override {}
    std::string& told;
    bool& fails;
  };
  Listener listener;
  InlineExecutor executor;
  test::TestEffects effects{executor};
  CoordinatorEnvironment environment{effects.all()};
  environment.listener = &listener;
  bool fails = true, never = false;
  const auto first = [&] { return std::make_unique<Committing>(calls, never); };
  const auto second = [&] { return std::make_unique<Committing>(calls, fails); };
  CoordinatorHost host{graph_of({first, second}), environment};
  host.start(no_checkpoint, {});
  host.commit();
  CHECK(std::exchange(calls, "") == "commit ");
  CHECK(listener.told == "started committing the results of 'sink' failed: not now ");
  fails = false;
  host.commit();
  CHECK(calls == "commit commit end end ");
  CHECK(listener.told.ends_with("committed "));
}

TEST_CASE("what is claimed is one operator's, until the coordinators start anew") {
  std::string owners;
  struct Claimant final : OperatorCoordinator {
    explicit Claimant(std::string& to) : told(to) {}
    void start(CoordinatorContext& context) override {
      for (const auto thing : {std::string_view{"pipe"}, context.operator_id()}) {
        const auto owner = context.claim(thing);
        told += owner.empty() ? "mine " : owner + "'s ";
      }
    }
    void subtask_ready(int, int) override {}
    void handle_event(int, int, std::string_view) override {}
    void subtask_reset(int, int, std::int64_t) override {}
    void commit() override {}
    void abort() noexcept override {}
    std::string& told;
  };
  Listener listener;
  InlineExecutor executor;
  test::TestEffects effects{executor};
  CoordinatorEnvironment environment{effects.all()};
  environment.listener = &listener;
  const auto make = [&owners] { return std::make_unique<Claimant>(owners); };
  CoordinatorHost host{graph_of({make, make}), environment};
  for (int life = 0; life < 2; ++life) {
    host.start(no_checkpoint, {});
    CHECK(std::exchange(owners, "") == "mine mine sink's mine ");
  }
}

TEST_CASE("while it is not known whether it was replaced nothing of others' can be removed") {
  std::string calls;
  Listener listener;
  InlineExecutor executor;
  bool unknown = true;
  test::TestEffects effects{executor};
  CoordinatorEnvironment environment{effects.all()};
  environment.listener = &listener;
  environment.check_fence = [&unknown] {
    if (unknown) throw Error{ErrorKind::user, "I/O error"};
  };
  const auto graph = one_coordinator(calls);
  const base::AttemptId attempt{graph->vertices[0].id, 0, 0};
  CoordinatorHost host{graph, environment};
  const auto fails = [&](const std::string& doing) {
    CHECK(std::exchange(listener.told, "") ==
          doing + " failed: it is not known whether another JobManager has taken the job over: " +
              "I/O error ");
    CHECK(listener.kind == ErrorKind::transient);
  };
  host.start(2, {});
  fails("starting the coordinators");
  host.operator_event(attempt, {1, 1}, "restored");  // sent along with the start
  host.checkpoint_complete(3);
  CHECK(calls.empty());
  CHECK(listener.told.empty());
  unknown = false;
  host.start(2, {});
  CHECK(std::exchange(calls, "") == "start ");
  CHECK(std::exchange(listener.told, "") == "started ");
  unknown = true;
  host.operator_event(attempt, {1, 1}, "restored");
  fails("committing what was restored");
  unknown = false;
  host.start(2, {});
  CHECK(std::exchange(calls, "") == "start ");
  CHECK(std::exchange(listener.told, "") == "started ");
  unknown = true;
  host.commit();
  fails("committing the results");
  unknown = false;
  host.commit();
  CHECK(calls == "commit ");
  CHECK(listener.told == "committed ");
}

TEST_CASE("one that blocks holds up no other, and what runs apart no checkpoint") {
  const base::SystemClock clock;
  fiber::ThreadExecutor executor{clock};
  Waiting listener;
  Event blocked, freed, other_called, committing, commit_freed, commit_done, after_pause;
  const auto first = [&] {
    auto made = std::make_unique<Scripted>();
    made->on_event = [&](std::string_view) {
      blocked.happen();
      freed.wait();
    };
    return made;
  };
  const auto second = [&] {
    auto made = std::make_unique<Scripted>();
    made->on_event = [&](std::string_view) { other_called.happen(); };
    made->on_complete = [&](CoordinatorContext& context) {
      context.run_async(
          [&] {
            committing.happen();
            commit_freed.wait();
          },
          [&](std::exception_ptr error) {
            if (!error) commit_done.happen();
          });
      context.run_after(std::chrono::milliseconds{1}, [&] { after_pause.happen(); });
    };
    return made;
  };
  test::TestEffects effects{executor};
  CoordinatorEnvironment environment{effects.all()};
  environment.listener = &listener;
  const auto graph = graph_of({first, second});
  const base::AttemptId attempt{graph->vertices[0].id, 0, 0};
  CoordinatorHost host{graph, environment};
  host.start(no_checkpoint, {});
  REQUIRE(listener.started.wait());

  host.operator_event(attempt, {1, 1}, "x");
  REQUIRE(blocked.wait());
  host.operator_event(attempt, {1, 2}, "x");
  CHECK(other_called.wait());
  host.checkpoint_complete(1);
  CHECK(committing.wait());
  CHECK(after_pause.wait());
  freed.happen();
  host.checkpoint(2);
  CHECK(listener.snapshot.wait());  // the commit is under way
  commit_freed.happen();
  CHECK(commit_done.wait());
  host.commit();
  CHECK(listener.committed.wait());
  host.abort();
  CHECK(listener.aborted.wait());
}

TEST_CASE("a start waits for what runs apart, and hears nothing of it any more") {
  const base::SystemClock clock;
  fiber::ThreadExecutor executor{clock};
  Waiting listener;
  Event working, work_freed;
  std::atomic<int> starts{0}, answers{0};
  std::atomic<bool> at_work{false};
  const auto make = [&] {
    auto made = std::make_unique<Scripted>();
    CHECK_FALSE(at_work);
    ++starts;
    made->on_complete = [&](CoordinatorContext& context) {
      context.run_async(
          [&] {
            at_work = true;
            working.happen();
            work_freed.wait();
            at_work = false;
          },
          [&](std::exception_ptr) { ++answers; });
    };
    made->on_event = [](std::string_view) { throw std::runtime_error("broken"); };
    return made;
  };
  test::TestEffects effects{executor};
  CoordinatorEnvironment environment{effects.all()};
  environment.listener = &listener;
  const auto graph = graph_of({make});
  CoordinatorHost host{graph, environment};
  host.start(no_checkpoint, {});
  REQUIRE(listener.started.wait());
  host.checkpoint_complete(1);
  REQUIRE(working.wait());
  host.start(1, {});
  host.checkpoint(2);  // waits for the start
  work_freed.happen();
  CHECK(listener.snapshot.wait());
  CHECK(starts == 2);
  CHECK(answers == 0);
  host.operator_event({graph->vertices[0].id, 0, 0}, {1, 1}, "x");
  CHECK(listener.failed.wait());
  CHECK(listener.message.find("broken") != std::string::npos);
}

}  // namespace flink::jobmanager
