// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/coordinator_host.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include "checkpoint/ha_store.h"
#include "unit/jobmanager/test_graphs.h"

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
  int kind = -1;
  void coordinator_failed(int of, std::string message, bool) override {
    told += message + " ";
    kind = of;
  }
  void coordinators_snapshot(std::int64_t, std::map<base::OperatorId, std::string>) override {
    told += "snapshot ";
  }
  void coordinators_committed() override { told += "committed "; }
  void coordinators_aborted() override { told += "aborted "; }
  void coordinator_warned(const std::string&) override {}
  void coordinators_fenced(const std::string& message) override { told += message + " "; }
  void event_to_subtask(base::AttemptId, base::OperatorId, std::string) override {}
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

std::shared_ptr<const graph::JobGraph> one_coordinator(std::string& calls) {
  auto graph = std::make_shared<graph::JobGraph>(*test::make_graph({{1}, {}, {}}));
  auto stream = std::make_shared<StreamGraph>();
  stream->transformations.emplace_back().make_coordinator = [&calls] {
    return std::make_unique<Recorder>(calls);
  };
  graph::ChainedOperator op;
  op.id = {1, 1};
  op.transformation = 0;
  op.name = "sink";
  graph->vertices[0].chain.push_back(op);
  graph->stream_graph = stream;
  return graph;
}

}  // namespace

TEST_CASE("a JobManager that was replaced commits and removes nothing, and says so once") {
  std::string calls;
  Listener listener;
  InlineExecutor executor;
  enum { leads, unknown, replaced } state = leads;
  CoordinatorEnvironment environment;
  environment.executor = &executor;
  environment.listener = &listener;
  environment.check_fence = [&state] {
    if (state == unknown) throw Error{ErrorKind::transient, "I/O error"};
    if (state == replaced) throw checkpoint::FencedError{ErrorKind::resource, "replaced"};
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

TEST_CASE("while it is not known whether it was replaced nothing of others' can be removed") {
  std::string calls;
  Listener listener;
  InlineExecutor executor;
  bool unknown = true;
  CoordinatorEnvironment environment;
  environment.executor = &executor;
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
    CHECK(listener.kind == static_cast<int>(ErrorKind::transient));
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

}  // namespace flink::jobmanager
