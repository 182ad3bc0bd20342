// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_cluster.h"

#include <flink/check.h>
#include <flink/error.h>

#include <algorithm>

#include "sim/sim_buggify.h"

namespace flink::sim {
namespace {

using jobmanager::JobStatus;

constexpr int attempts_max = 100;
constexpr int early_faults_max = 2;  // that hit a TaskManager before it is ready
constexpr Duration attempt_pause{1'000'000};

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
    next_fault();
  }

  void next_fault() {
    if (next_fault_ == options_.faults.size()) return;
    const Fault& fault = options_.faults[next_fault_++];
    world_.queue.after(fault.after, nullptr, [this, &fault] { attempt(fault, attempts_max); });
  }

  // A fault that finds nothing to hit yet tries again a little later.
  void attempt(const Fault& fault, int attempts) {
    if (closed_) return;
    if (inject(fault)) {
      ++counts_[static_cast<std::size_t>(fault.kind)];
      world_.trace.event(fault_name(fault.kind), fault.duration.count());
      jobmanager_->log.info("fault: ", fault_name(fault.kind));
    } else if (attempts > 1) {
      world_.queue.after(attempt_pause, nullptr,
                         [this, &fault, attempts] { attempt(fault, attempts - 1); });
      return;
    }
    next_fault();
  }

  // False: there was nothing to hit.
  bool inject(const Fault& fault) {
    const auto living = driver_->living();
    if (living.empty()) return false;
    base::SeededRandom random{fault.draw};
    SimProcess& victim = *living[random.below(living.size())];
    // A JobManager gives up when TaskManagers keep ending before they are ready: that is its right.
    if (!offers_slots(victim)) {
      if (early_faults_ == early_faults_max) return false;
      ++early_faults_;
    }
    // The other end of a link: the JobManager or another TaskManager.
    const SimProcess* peer = jobmanager_.get();
    if (living.size() > 1 && random.below(2) == 0) {
      const SimProcess* other = living[random.below(living.size())];
      if (other != &victim) peer = other;
    }
    LinkCondition& link = world_.fabric.link(victim.id(), peer->id());
    const TimePoint until = world_.queue.now() + fault.duration;
    switch (fault.kind) {
      case FaultKind::kill:
        driver_->kill(victim);
        return true;
      case FaultKind::lose_machine:
        driver_->lose_machine(victim);
        return true;
      case FaultKind::cut:
        return world_.fabric.cut(victim.id(), peer->id(), false);
      case FaultKind::cut_late:
        return world_.fabric.cut(victim.id(), peer->id(), true);
      case FaultKind::half_open:
        return world_.fabric.half_open(victim.id(), peer->id());
      case FaultKind::slow_link:
        slow(link, victim.id(), peer->id(), fault.duration, random);
        return true;
      case FaultKind::stall:
        link.stalled_until = std::max(link.stalled_until, until);
        return true;
      case FaultKind::pause:
        pause(victim, living, until);
        return true;
      case FaultKind::file_error:
        world_.disk.fail_operation(victim.id(), random.below(20));
        return true;
      case FaultKind::disk_full:
        world_.disk.fill_until(victim.id(), until);
        return true;
    }
    return false;
  }

  bool offers_slots(const SimProcess& process) const {
    for (const auto& taskmanager : manager_->taskmanagers()) {
      if (taskmanager.id.starts_with(process.name() + ":")) return true;
    }
    return false;
  }

  void slow(LinkCondition& link, ProcessId a, ProcessId b, Duration duration,
            base::SeededRandom& random) {
    link.delay = Duration{static_cast<std::int64_t>(1'000'000 + random.below(500'000'000))};
    link.jitter = link.delay;
    link.bytes_per_second = 20'000 + random.below(2'000'000);
    world_.queue.after(duration, nullptr, [this, a, b] {
      LinkCondition& link = world_.fabric.link(a, b);
      const TimePoint stalled = link.stalled_until;
      link = world_.fabric.default_condition;
      link.stalled_until = stalled;
    });
  }

  void pause(SimProcess& victim, const std::vector<SimProcess*>& living, TimePoint until) {
    victim.executor.pause_until(until);
    const auto stall = [&](const SimProcess& peer) {
      if (&peer == &victim) return;
      LinkCondition& link = world_.fabric.link(victim.id(), peer.id());
      link.stalled_until = std::max(link.stalled_until, until);
    };
    stall(*jobmanager_);
    for (const SimProcess* peer : living) stall(*peer);
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
  void closed() override { closed_ = true; }

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
    out.faults = counts_;
    out.files = world_.disk.files();
    return out;
  }

  const ClusterOptions& options_;
  SimWorld world_;
  std::optional<SimBuggify> buggify_;
  std::unique_ptr<SimDriver> driver_;
  std::unique_ptr<SimProcess> jobmanager_;
  jobmanager::JobManager* manager_ = nullptr;  // that jobmanager_ runs
  int early_faults_ = 0;
  JobStatus status_ = JobStatus::initializing;
  std::string failure_, trouble_;
  bool closed_ = false;
  std::uint64_t restarts_ = 0;
  std::size_t next_fault_ = 0;
  FaultCounts counts_{};
};

}  // namespace

ClusterResult run_cluster(const ClusterOptions& options) { return Run{options}(); }

}  // namespace flink::sim
