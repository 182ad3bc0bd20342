// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_cluster.h"

#include <flink/check.h>
#include <flink/error.h>

#include "config/options.h"
#include "sim/checkers.h"
#include "sim/fault_injector.h"
#include "sim/seed_options.h"
#include "sim/sim_buggify.h"

namespace flink::sim {
namespace {

using jobmanager::JobStatus;

class JobManagerBody final : public SimProcess::Body {
 public:
  JobManagerBody(const jobmanager::JobManagerEnvironment& environment,
                 const jobmanager::JobSubmission& submission, jobmanager::JobListener& listener)
      : manager(environment, submission, listener) {}
  jobmanager::JobManager manager;
};

class Run final : public jobmanager::JobListener {
 public:
  explicit Run(const ClusterOptions& options)
      : options_(options), world_(options.seed, options.real_files) {
    world_.transcript = options.transcript;
    if (options.disturbed) disturb();
    driver_ = std::make_unique<SimDriver>(world_, options.size, options.make_taskmanager);
    if (options.disturbed && !options.faults.empty()) make_injector();
    watch();
  }
  ~Run() noexcept override {
    // Bodies before the world; in no continuation.
    driver_->end();
    jobmanager_.reset();
  }

  ClusterResult operator()() {
    world_.queue.after(Duration{0}, nullptr, [this] { submit(); });
    const TimePoint limit{options_.time_max};
    const auto outcome =
        world_.loop.run_until([this] { return closed_ || !trouble_.empty(); }, limit);
    using Kind = SimLoop::Outcome::Kind;
    switch (outcome.kind) {
      case Kind::done:
        break;
      case Kind::deadlock:
        trouble_ = "nothing is left to happen, and the job has not ended";
        break;
      case Kind::failed:
        trouble_ = outcome.failure;
        break;
      case Kind::out_of_time:
        trouble_ = detail::concat("the job has not ended after ",
                                  options_.time_max.count() / 1'000'000'000, " s of virtual time");
    }
    if (trouble_.empty() && status_ != JobStatus::finished) {
      trouble_ =
          detail::concat("the job is ", jobmanager::job_status_name(status_), ": ", failure_);
    }
    if (trouble_.empty()) {
      for (const auto& checker : checkers_) checker->ended(world_.disk);
    }
    return result();
  }

 private:
  void disturb() {
    buggify_.emplace(world_.random.next(), world_.trace);
    world_.fabric.tear_segments = true;
    const auto delay = static_cast<std::int64_t>(20'000 + world_.random.below(2'000'000));
    world_.fabric.default_condition = {Duration{delay}, Duration{delay}, 0, {}};
    world_.costs.hiccup = 0.001;
  }

  void submit() {
    jobmanager_ = std::make_unique<SimProcess>(world_, "jobmanager");
    SimProcess& process = *jobmanager_;
    jobmanager::JobManagerEnvironment environment;
    environment.loop = &process.loop;
    environment.rpc_network = &process.rpc_network;
    environment.executor = &process.executor;
    environment.file_system = &process.file_system;
    environment.clock = &process.clock;
    environment.random = &process.random;
    environment.log = &process.log;
    environment.driver = driver_.get();
    auto body = std::make_unique<JobManagerBody>(environment, options_.submission, *this);
    manager_ = &body->manager;
    process.body = std::move(body);
    manager_->start({"jobmanager", 0});
    if (injector_) injector_->start();
  }

  void watch() {
    checkers_ = all_checkers(
        options_.submission.configuration.is_set(config::options::checkpointing_interval),
        [this](std::string what) {
          if (trouble_.empty()) trouble_ = std::move(what);
        });
    world_.disk.on_directory = [this](const std::string& path) {
      for (const auto& checker : checkers_) checker->directory_made(path);
    };
    world_.disk.on_name = [this](const SimDisk::NameEvent& event) {
      for (const auto& checker : checkers_) checker->name_changed(event);
    };
    world_.disk.has_checksums = [](const std::string& path) {
      return path.starts_with(checkpoints_directory);
    };
  }

  // Faults come until the plan is done; then everything heals, and the job has to end in time.
  void make_injector() {
    FaultInjector::Cluster cluster;
    cluster.jobmanager = [this] { return jobmanager_.get(); };
    cluster.offers_slots = [this](const SimProcess& process) { return offers_slots(process); };
    cluster.healed = [this] {
      healed_at_ = world_.queue.now();
      world_.queue.after(options_.liveness_max, nullptr, [this] {
        if (closed_) return;
        trouble_ = detail::concat("no end ", options_.liveness_max.count() / 1'000'000'000,
                                  " s after everything had healed: the job is ",
                                  jobmanager::job_status_name(status_));
      });
    };
    injector_.emplace(world_, *driver_, std::move(cluster), options_.faults);
  }

  bool offers_slots(const SimProcess& process) const {
    for (const auto& taskmanager : manager_->taskmanagers()) {
      if (taskmanager.id.starts_with(process.name() + ":")) return true;
    }
    return false;
  }

  // JobListener
  void status_changed(JobStatus status) override {
    status_ = status;
    if (status == JobStatus::restarting) ++restarts_;
    world_.trace.event("job", static_cast<int>(status), world_.queue.now().since_origin.count());
  }
  void failure(const jobmanager::FailureRecord& failure) override {
    failure_ = failure.message;
    world_.trace.event("failure");
    world_.trace.add(failure.message);
  }
  void closed() override {
    closed_ = true;
    if (injector_) injector_->stop();
  }

  ClusterResult result() {
    ClusterResult out;
    out.status = jobmanager::job_status_name(status_);
    out.trouble = trouble_;
    out.virtual_time = world_.queue.now().since_origin;
    out.trace_hash = world_.trace.hash();
    out.actions = world_.queue.actions_run();
    out.network_bytes = world_.fabric.bytes_delivered();
    out.buggified = buggify_ ? buggify_->fired() : 0;
    out.taskmanagers_started = static_cast<std::uint64_t>(world_.next_process - 1);
    out.restarts = restarts_;
    if (injector_) out.faults = injector_->counts();
    if (healed_at_) out.recovery = world_.queue.now() - *healed_at_;
    out.crash_points = world_.crash_points.counts();
    out.files = world_.disk.files();
    return out;
  }

  const ClusterOptions& options_;
  SimWorld world_;
  std::optional<SimBuggify> buggify_;
  std::unique_ptr<SimDriver> driver_;
  std::unique_ptr<SimProcess> jobmanager_;
  jobmanager::JobManager* manager_ = nullptr;  // that jobmanager_ runs
  JobStatus status_ = JobStatus::initializing;
  std::string failure_, trouble_;
  bool closed_ = false;
  std::uint64_t restarts_ = 0;
  std::optional<FaultInjector> injector_;
  std::vector<std::unique_ptr<Checker>> checkers_;
  std::optional<TimePoint> healed_at_;
};

}  // namespace

ClusterResult run_cluster(const ClusterOptions& options) { return Run{options}(); }

}  // namespace flink::sim
