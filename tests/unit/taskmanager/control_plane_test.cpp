// SPDX-License-Identifier: Apache-2.0
// JobManager and TaskManagers together over in-memory pipes, with task hosts that the test plays.
#include <doctest/doctest.h>
#include <flink/error.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "checkpoint/settings.h"
#include "fiber/thread_executor.h"
#include "fs/local_file_system.h"
#include "jobmanager/job_manager.h"
#include "minicluster/pipe_network.h"
#include "rpc/real_control_loop.h"
#include "taskmanager/task_manager.h"
#include "unit/jobmanager/test_graphs.h"
#include "unit/scratch_directory.h"
#include "unit/test_effects.h"

using namespace std::chrono_literals;
using namespace flink;
using jobmanager::JobStatus;
using task::TaskState;
using taskmanager::TaskManagerEnd;

namespace {

enum class Manners { finishes, runs, ignores_cancel };

// Told to all fake hosts of a test.
struct Counters {
  int metrics_asked = 0;
};

// What a test may change of a cluster.
struct Setup {
  test::GraphShape shape{.parallelism = {2, 2}, .edges = {{0, 1}}};
  int taskmanagers = 2;
  int slots = 1;
  Manners manners = Manners::finishes;
  std::map<std::string, std::string> settings;
  std::string taskmanager_build = "build-1";
  std::uint64_t taskmanager_fingerprint = 0;
  int starts_that_fail = 0;                // the first ones
  std::shared_ptr<graph::JobGraph> graph;  // instead of the shape
};

class FakeHost final : public task::TaskHost {
 public:
  FakeHost(Manners manners, task::TaskEvents& events, Counters& counters)
      : manners_(manners), events_(events), counters_(counters) {}
  void deploy(task::TaskDeployment deployment) override {
    const auto id = deployment.id;
    events_.state_changed(id, TaskState::initializing, {});
    events_.operator_event(id, {1, 1}, "hello " + std::to_string(id.attempt));
    events_.state_changed(id, TaskState::running, {});
    if (manners_ == Manners::finishes) events_.state_changed(id, TaskState::finished, {});
  }
  void cancel(const base::AttemptId& id) override {
    if (manners_ == Manners::runs) events_.state_changed(id, TaskState::canceled, {});
  }
  void release_partition(const base::AttemptId&) override {}
  void operator_event(const base::AttemptId& id, const base::OperatorId& op,
                      std::string event) override {
    events_.operator_event(id, op, "echo " + event);
    if (event == "finish") events_.state_changed(id, TaskState::finished, {});
  }
  void trigger_checkpoint(const base::AttemptId& id, channels::Barrier barrier) override {
    if (manners_ == Manners::runs) {
      events_.checkpoint_acknowledged({id, barrier.checkpoint_id, {}, {.sync_ms = 1}});
    } else {
      events_.checkpoint_declined({id, barrier.checkpoint_id, "not in the mood"});
    }
  }
  void notify_checkpoint_complete(const base::AttemptId&, std::int64_t) override {}
  void notify_checkpoint_aborted(const base::AttemptId&, std::int64_t) override {}
  task::TaskMetrics metrics(const base::AttemptId&) override {
    ++counters_.metrics_asked;
    task::TaskMetrics out;
    out.records_in = 42;
    return out;
  }
  base::Address data_address() const override { return {"localhost", 4242}; }
  std::vector<std::string> stuck_tasks() override { return {}; }

 private:
  Manners manners_;
  task::TaskEvents& events_;
  Counters& counters_;
};

class Cluster final : private jobmanager::ResourceManagerDriver, private jobmanager::JobListener {
 public:
  explicit Cluster(Setup setup) : setup_(std::move(setup)) {
    graph_ = setup_.graph ? std::shared_ptr<const graph::JobGraph>(setup_.graph)
                          : test::make_graph(setup_.shape);
    jobmanager::JobSubmission submission;
    submission.graph = graph_;
    submission.arguments = {"--input", "x"};
    submission.files["shipped.txt"] = "content";
    submission.build_id = "build-1";
    submission.abi = "abi";
    setup_.settings.emplace("taskmanager.numberOfTaskSlots", std::to_string(setup_.slots));
    setup_.settings.emplace("flinkc.working-directory", "/");
    for (const auto& [key, value] : setup_.settings) {
      submission.configuration.set_text(key, value, {config::Source::property, "test"});
    }
    ha_ = std::make_unique<ha::FileHaServices>(
        checkpoint::ha_services_of(files_, submission.configuration));
    jobmanager_ = std::make_unique<jobmanager::JobManager>(
        environment(), static_cast<ResourceManagerDriver&>(*this), *ha_, std::move(submission),
        static_cast<JobListener&>(*this));
    jobmanager_->start({"pipe", 0});
  }
  ~Cluster() override {
    members_.clear();
    jobmanager_.reset();
  }

  void until(const std::function<bool()>& condition) {
    for (int i = 0; i < 20000 && !condition(); ++i) {
      loop_.timer().afterDelay(1 * kj::MILLISECONDS).wait(loop_.wait_scope());
    }
    REQUIRE(condition());
  }
  void until_status(JobStatus status) {
    until([&] { return jobmanager_->status() == status; });
  }
  bool all_run() const {
    const auto& subtasks = jobmanager_->master().executions().subtasks();
    return std::all_of(subtasks.begin(), subtasks.end(),
                       [](const auto& s) { return s.current.state == TaskState::running; });
  }
  std::string failure_text() const {
    const auto* failure = jobmanager_->root_failure();
    return failure ? failure->message : "";
  }
  jobmanager::JobManager& jobmanager() { return *jobmanager_; }
  void crash_one() { kill_taskmanager(members_.begin()->first); }

  bool closed_ = false;
  Counters counters_;
  std::vector<taskmanager::JobInput> inputs_;  // guarded by mutex_
  std::vector<TaskManagerEnd> ends_;
  std::mutex mutex_;

 private:
  struct Member final : taskmanager::TaskManagerListener {
    Cluster& cluster;
    std::string token;
    std::unique_ptr<taskmanager::TaskManager> taskmanager;
    Member(Cluster& c, std::string t) : cluster(c), token(std::move(t)) {}
    void ended(TaskManagerEnd end, const std::string& reason) override {
      cluster.ends_.push_back(end);
      cluster.loop_.post([&c = cluster, t = token, reason] { c.remove(t, "ended: " + reason); });
    }
  };

  rpc::ProcessEnvironment environment() {
    return {{clock_, network_, files_, random_, executor_}, loop_, pipes_, log_};
  }

  std::string name() const override { return "test"; }
  std::optional<int> slots_max() const override { return setup_.taskmanagers * setup_.slots; }
  int taskmanagers_wanted() const override { return setup_.taskmanagers; }
  void attach(const base::Address&, jobmanager::DriverEvents& events) override {
    events_ = &events;
  }
  void start_taskmanager(const std::string& token) override {
    if (setup_.starts_that_fail > 0) {
      --setup_.starts_that_fail;
      loop_.post([this, token] { events_->taskmanager_not_started(token, "no more processes"); });
      return;
    }
    auto member = std::make_unique<Member>(*this, token);
    taskmanager::TaskManagerOptions options;
    options.make_task_host = [this](auto&&, auto&&, auto&&, auto&&, int, task::TaskEvents& events) {
      return std::make_unique<FakeHost>(setup_.manners, events, counters_);
    };
    options.build_id = setup_.taskmanager_build;
    options.abi = "abi";
    options.token = token;
    options.build_job = [this](const taskmanager::JobInput& input) -> taskmanager::BuiltJob {
      std::lock_guard lock{mutex_};
      inputs_.push_back(input);
      auto graph = std::make_shared<graph::JobGraph>(*graph_);
      graph->fingerprint = setup_.taskmanager_fingerprint;
      return {graph, "the other graph"};
    };
    member->taskmanager =
        std::make_unique<taskmanager::TaskManager>(environment(), std::move(options), *member);
    member->taskmanager->start();
    members_[token] = std::move(member);
  }
  void kill_taskmanager(const std::string& token) override {
    loop_.post([this, token] { remove(token, "died (signal 9, Killed)"); });
  }
  std::string log_of(const std::string&) const override { return {}; }
  void remove(const std::string& token, const std::string& how) {
    if (members_.erase(token) != 0) events_->taskmanager_exited(token, {how, ""});
  }
  void status_changed(JobStatus) override {}
  void failure(const jobmanager::FailureRecord&) override {}
  void closed() override { closed_ = true; }

  Setup setup_;
  std::shared_ptr<const graph::JobGraph> graph_;
  base::SystemClock clock_;
  base::SeededRandom random_{1};
  base::NoLog log_;
  fs::LocalFileSystem files_;
  test::NoNetwork network_;
  rpc::RealControlLoop loop_;
  fiber::ThreadExecutor executor_{clock_};
  minicluster::PipeNetwork pipes_;
  std::unique_ptr<ha::HaServices> ha_;
  jobmanager::DriverEvents* events_ = nullptr;
  std::map<std::string, std::unique_ptr<Member>> members_;
  std::unique_ptr<jobmanager::JobManager> jobmanager_;
};

std::map<std::string, std::string> restarts() {
  return {{"restart-strategy.type", "fixed-delay"},
          {"restart-strategy.fixed-delay.attempts", "5"},
          {"restart-strategy.fixed-delay.delay", "1ms"}};
}

}  // namespace

TEST_CASE("control plane: register, learn the job, deploy, finish, shut down") {
  Cluster cluster{{}};
  cluster.until([&] { return cluster.closed_; });
  CHECK(cluster.jobmanager().status() == JobStatus::finished);
  CHECK(cluster.ends_ == std::vector{TaskManagerEnd::job_ended, TaskManagerEnd::job_ended});
  for (const auto& input : cluster.inputs_) {
    CHECK(input.arguments == std::vector<std::string>{"--input", "x"});
    CHECK(input.files.at("shipped.txt") == "content");
  }
  const auto view = cluster.jobmanager().rest().job(cluster.jobmanager().job_id().hex());
  REQUIRE(view.has_value());
  CHECK(view->state == "FINISHED");
  CHECK(view->vertices.at(0).subtasks.at(0).io.read_records == 42);
}

TEST_CASE("control plane: a TaskManager of another build is refused, the job says so") {
  Setup setup;
  setup.taskmanager_build = "build-2";
  Cluster cluster{setup};
  cluster.until_status(JobStatus::failed);
  CHECK(cluster.failure_text().find("another build") != std::string::npos);
}

TEST_CASE("control plane: another graph is refused, with both shown") {
  Setup setup;
  setup.taskmanager_fingerprint = 99;
  Cluster cluster{setup};
  cluster.until_status(JobStatus::failed);
  CHECK(cluster.failure_text().find("built a different graph") != std::string::npos);
  CHECK(cluster.failure_text().find("the other graph") != std::string::npos);
}

TEST_CASE("control plane: heartbeats come at their interval and bring metrics") {
  Setup setup;
  setup.taskmanagers = 1;
  setup.slots = 2;
  setup.manners = Manners::runs;
  setup.settings = {{"heartbeat.interval", "1ms"}, {"heartbeat.timeout", "1h"}};
  Cluster cluster{setup};
  cluster.until([&] { return cluster.all_run(); });
  cluster.until([&] { return cluster.counters_.metrics_asked > 100; });
  cluster.jobmanager().cancel();
  cluster.until([&] { return cluster.closed_; });
}

TEST_CASE("control plane: sessions carry the epoch under which the job was opened") {
  const flink::test::Scratch scratch;
  const std::string& directory = scratch.path;
  Setup setup;
  setup.manners = Manners::runs;
  setup.settings = {{"execution.checkpointing.interval", "1h"},
                    {"execution.checkpointing.dir", directory}};
  Cluster cluster{setup};
  cluster.until([&] { return cluster.all_run(); });
  const auto job = std::filesystem::path{directory} / cluster.jobmanager().job_id().hex();
  CHECK(std::filesystem::exists(job / "ha" /
                                ("epoch-" + std::to_string(cluster.jobmanager().epoch()))));
  cluster.jobmanager().cancel();
  cluster.until([&] { return cluster.closed_; });
}

TEST_CASE("control plane: a crashed TaskManager is replaced and the job runs again") {
  Setup setup;
  setup.manners = Manners::runs;
  setup.settings = restarts();
  Cluster cluster{setup};
  for (int round = 1; round <= 3; ++round) {
    cluster.until([&] { return cluster.all_run(); });
    cluster.crash_one();
    cluster.until([&] { return cluster.jobmanager().master().restarts() == round; });
  }
  cluster.until([&] { return cluster.all_run(); });
  CHECK(cluster.jobmanager().master().executions().subtask(0, 0).current.id.attempt == 3);
  cluster.jobmanager().cancel();
  cluster.until([&] { return cluster.closed_; });
  CHECK(cluster.jobmanager().status() == JobStatus::canceled);
}

TEST_CASE("control plane: a TaskManager that could not be started is started later") {
  Setup setup;
  setup.starts_that_fail = 1;
  Cluster cluster{setup};
  cluster.until_status(JobStatus::finished);
  cluster.until([&] { return cluster.closed_; });
  const auto view = cluster.jobmanager().rest().job(cluster.jobmanager().job_id().hex());
  REQUIRE(view->exceptions.size() == 1);
  CHECK(view->exceptions[0].name == "flink.ResourceError");
  CHECK(view->exceptions[0].stacktrace == "taskmanager-1 was not started: no more processes");
}

TEST_CASE("control plane: without a restart strategy the crash fails the job and names its tasks") {
  Setup setup;
  setup.manners = Manners::runs;
  Cluster cluster{setup};
  cluster.until([&] { return cluster.all_run(); });
  cluster.crash_one();
  cluster.until([&] { return cluster.closed_; });
  CHECK(cluster.jobmanager().status() == JobStatus::failed);
  CAPTURE(cluster.failure_text());
  // Which of the two came first and so has the first slices is not said.
  const auto named = [&](const std::string& slice) {
    return cluster.failure_text().find("died (signal 9, Killed) while running v0 (" + slice +
                                       "), v1 (" + slice + ")") != std::string::npos;
  };
  CHECK((named("1/2") || named("2/2")));
}

TEST_CASE("control plane: a task that ignores cancel takes its TaskManager down") {
  Setup setup;
  setup.manners = Manners::ignores_cancel;
  setup.settings = {{"task.cancellation.timeout", "20ms"}};
  Cluster cluster{setup};
  cluster.until([&] { return cluster.all_run(); });
  cluster.jobmanager().cancel();
  cluster.until([&] { return cluster.closed_; });
  CHECK(cluster.jobmanager().status() == JobStatus::canceled);
  CHECK(std::count(cluster.ends_.begin(), cluster.ends_.end(), TaskManagerEnd::task_stuck) > 0);
}

namespace {

struct Transcript {
  std::mutex mutex;
  std::vector<std::string> lines;
  std::set<std::string> faults;  // lines that throw, once
  void add(std::string line) {
    std::lock_guard lock{mutex};
    lines.push_back(line);
    if (faults.erase(line) > 0) throw Error{ErrorKind::transient, "I/O error"};
  }
};
class Coordinator final : public OperatorCoordinator {
 public:
  explicit Coordinator(std::shared_ptr<Transcript> t) : transcript_(std::move(t)) {}
  void start(CoordinatorContext& context) override {
    context_ = &context;
    context.send_event(0, "nobody is there");
    transcript_->add("start");
  }
  void subtask_ready(int subtask, int attempt) override {
    transcript_->add("ready " + std::to_string(subtask) + "#" + std::to_string(attempt));
    context_->send_event(subtask, attempt == 0 ? "wait" : "finish");
  }
  void handle_event(int, int, std::string_view event) override {
    transcript_->add("event " + std::string{event});
  }
  void subtask_reset(int subtask, int attempt, std::int64_t) override {
    transcript_->add("reset " + std::to_string(subtask) + "#" + std::to_string(attempt));
  }
  void commit() override { transcript_->add("commit"); }
  void abort() noexcept override { transcript_->add("abort"); }

 private:
  std::shared_ptr<Transcript> transcript_;
  CoordinatorContext* context_ = nullptr;
};

std::shared_ptr<graph::JobGraph> coordinated(const std::shared_ptr<Transcript>& transcript) {
  auto stream = std::make_shared<StreamGraph>();
  stream->transformations.emplace_back();
  stream->transformations[0].make_coordinator = [transcript] {
    return std::make_unique<Coordinator>(transcript);
  };
  auto graph = std::make_shared<graph::JobGraph>(*test::make_graph({.parallelism = {1}}));
  graph->stream_graph = stream;
  graph::ChainedOperator op;
  op.id = {1, 1};
  op.transformation = 0;
  graph->vertices[0].chain.push_back(op);
  return graph;
}

}  // namespace

TEST_CASE("control plane: coordinators hear of attempts in order and reach only the living") {
  auto transcript = std::make_shared<Transcript>();
  Setup setup;
  setup.graph = coordinated(transcript);
  setup.taskmanagers = 1;
  setup.manners = Manners::runs;
  setup.settings = restarts();
  Cluster cluster{setup};
  const auto seen = [&](std::size_t lines) {
    std::lock_guard lock{transcript->mutex};
    return transcript->lines.size() >= lines;
  };
  cluster.until([&] { return seen(4); });
  cluster.crash_one();
  cluster.until([&] { return cluster.closed_; });
  CHECK(cluster.jobmanager().status() == JobStatus::finished);
  CHECK(transcript->lines == std::vector<std::string>{"start", "event hello 0", "ready 0#0",
                                                      "event echo wait", "reset 0#0",
                                                      "event hello 1", "ready 0#1",
                                                      "event echo finish", "commit"});
}

TEST_CASE("control plane: coordinators that fail start again, a failed commit is made again") {
  auto transcript = std::make_shared<Transcript>();
  transcript->faults = {"event hello 0", "commit"};
  Setup setup;
  setup.graph = coordinated(transcript);
  setup.taskmanagers = 1;
  setup.manners = Manners::runs;
  setup.settings = restarts();
  Cluster cluster{setup};
  cluster.until([&] { return cluster.closed_; });
  CHECK(cluster.jobmanager().status() == JobStatus::finished);
  CHECK(transcript->lines == std::vector<std::string>{"start", "event hello 0", "start",
                                                      "event hello 1", "ready 0#1",
                                                      "event echo finish", "commit", "commit"});
}
