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
  void coordinator_failed(int, std::string message, bool) override { told += message + " "; }
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
}

}  // namespace flink::jobmanager
