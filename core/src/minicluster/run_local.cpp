// SPDX-License-Identifier: Apache-2.0
#include "minicluster/run_local.h"

#include <signal.h>

#include <algorithm>
#include <memory>

#include "minicluster/real_process.h"

namespace flink::minicluster {
namespace {

class Listener final : public jobmanager::JobListener {
 public:
  Listener(const LocalRun& run, rpc::RealControlLoop& loop) : run_(run), loop_(loop) {}
  void status_changed(jobmanager::JobStatus status) override {
    if (!run_.status_changed || cluster == nullptr) return;
    // Later, so that the caller may do anything to the cluster.
    loop_.post([this, status] { run_.status_changed(*cluster, status); });
  }
  void all_tasks_running() override {
    if (!run_.all_tasks_running || cluster == nullptr) return;
    loop_.post([this] { run_.all_tasks_running(*cluster); });
  }
  void failure(const jobmanager::FailureRecord&) override {}
  void closed() override { loop_.stop(); }

  LocalCluster* cluster = nullptr;

 private:
  const LocalRun& run_;
  rpc::RealControlLoop& loop_;
};

// What a signal does, and whether this thread gets it, as they were before.
class SavedSignal {
 public:
  explicit SavedSignal(int number) : number_(number) {
    ::sigaction(number, nullptr, &action_);
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
    kj::UnixEventPort::captureSignal(number);
  }
  SavedSignal(const SavedSignal&) = delete;
  SavedSignal& operator=(const SavedSignal&) = delete;
  ~SavedSignal() {
    ::sigaction(number_, &action_, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }

 private:
  int number_;
  struct sigaction action_ {};
  sigset_t mask_{};
};

kj::Promise<void> cancel_on(int number, rpc::RealControlLoop& loop, LocalCluster& cluster) {
  return loop.event_port().onSignal(number).then(
      [&cluster](siginfo_t&&) { cluster.jobmanager().cancel(); });
}

}  // namespace

LocalRunResult run_local(const LocalRun& run) {
  std::vector<std::unique_ptr<SavedSignal>> signals;
  for (const int number : run.cancelling_signals) {
    signals.push_back(std::make_unique<SavedSignal>(number));
  }
  RealProcess process;
  base::NoLog silence;
  Listener listener{run, process.loop};

  plan::JobPlanRequest request;
  request.define_job = run.define_job;
  request.arguments = run.arguments;
  request.configuration = run.configuration;
  request.file_system = &process.files;
  const auto plan = plan::plan_job(request);
  const int needed = (plan.graph->slots_needed() + run.taskmanagers - 1) / run.taskmanagers;
  base::Log& log = run.log != nullptr ? *run.log : silence;
  LocalCluster cluster{process.environment(log),
                       {submission_of(plan, run.arguments, "local"), builder_of(run.define_job),
                        run.taskmanagers, run.slots > 0 ? run.slots : std::max(1, needed)},
                       listener};
  listener.cluster = &cluster;
  cluster.start();
  std::vector<kj::Promise<void>> cancelling;
  for (const int number : run.cancelling_signals) {
    cancelling.push_back(cancel_on(number, process.loop, cluster).eagerlyEvaluate(nullptr));
  }
  process.loop.run();
  const auto& jobmanager = cluster.jobmanager();
  LocalRunResult result;
  result.status = jobmanager.status();
  if (const auto* failure = jobmanager.root_failure()) result.failure = failure->message;
  result.restarts = jobmanager.master().restarts();
  return result;
}

}  // namespace flink::minicluster
