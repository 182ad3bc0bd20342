// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_cluster.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <vector>

#include "config/options.h"
#include "sim/checkers.h"
#include "sim/fault_injector.h"
#include "sim/leader.h"
#include "sim/seed_options.h"
#include "sim/sim_buggify.h"

namespace flink::sim {
namespace {

using jobmanager::JobStatus;

constexpr Duration restart_min{20'000'000};  // until a supervisor has started a JobManager again
constexpr std::uint64_t restart_more = 5'000'000'000;

class Run final : private LeaderEvents, private FaultInjector::Cluster {
 public:
  explicit Run(const ClusterOptions& options)
      : options_(options),
        submission_(options.submission),
        world_(options.seed, options.real_files) {
    world_.transcript = options.transcript;
    if (options.disturbed) disturb();
    if (options.disturbed && !options.faults.empty()) {
      injector_.emplace(world_, static_cast<FaultInjector::Cluster&>(*this), options.faults);
    }
    watch();
  }
  // Processes before the world; in no continuation.
  ~Run() noexcept override { leaders_.clear(); }

  ClusterResult operator()() {
    world_.queue.after(Duration{0}, nullptr, [this] {
      start_leader();
      if (injector_) injector_->start();
    });
    const auto ended = [this] {
      if (options_.between_actions) options_.between_actions();
      return closed_ || !trouble_.empty();
    };
    const auto outcome = world_.loop.run_until(ended, TimePoint{options_.time_max});
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
    if (trouble_.empty() && last_->status() != JobStatus::finished) {
      trouble_ = detail::concat("the job is ", jobmanager::job_status_name(last_->status()), ": ",
                                last_->failure());
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

  void watch() {
    checkers_ = all_checkers(
        world_.disk,
        options_.submission.configuration.is_set(config::options::checkpointing_interval),
        [this](std::string what) {
          if (trouble_.empty()) trouble_ = std::move(what);
        });
    world_.disk.on_directory = [this](const std::string& path, ProcessId by) {
      for (const auto& checker : checkers_) checker->directory_made(path, by);
    };
    world_.disk.on_name = [this](const SimDisk::NameEvent& event) {
      for (const auto& checker : checkers_) checker->name_changed(event);
    };
    world_.disk.has_checksums = [](const std::string& path) {
      return path.starts_with(checkpoints_directory);
    };
  }

  void start_leader() {
    leaders_.push_back(std::make_unique<Leader>(world_, static_cast<int>(leaders_.size()) + 1,
                                                options_.size, options_.make_taskmanager,
                                                static_cast<LeaderEvents&>(*this)));
    last_ = leaders_.back().get();
    jobmanager::JobSubmission submission = submission_;
    if (!job_id_) job_id_ = base::JobId::random(world_.random);
    submission.job_id = job_id_;
    submission.recover = options_.recovers;  // the first one too, as a supervisor starts it
    last_->submit(submission);
  }
  // As a supervisor does.
  void start_leader_again() {
    const Duration delay =
        restart_min + Duration{static_cast<std::int64_t>(world_.random.below(restart_more))};
    world_.queue.after(delay, nullptr, [this] {
      if (!closed_) start_leader();
    });
  }
  Leader* leader_of(ProcessId jobmanager) {
    for (const auto& leader : leaders_) {
      if (leader->process().id() == jobmanager) return leader.get();
    }
    return nullptr;
  }

  // The job has stopped with a savepoint: another one starts from it, at another parallelism.
  void go_on_from(Leader& stopped) {
    const std::string savepoint = stopped.savepoint();
    stopped.kill(false);
    if (closed_) return;
    const auto slots = static_cast<std::uint64_t>(options_.size.taskmanagers * options_.size.slots);
    const auto parallelism = static_cast<int>(1 + world_.random.below(slots));
    submission_ = options_.rescaled(parallelism, savepoint);
    job_id_.reset();
    world_.trace.event("rescaled", parallelism);
    start_leader();
  }
  void look_at_stop(Leader& leader) {
    constexpr Duration pause{200'000'000};
    leader.look_at_stop();
    if (leader.stopping()) {
      world_.queue.after(pause, nullptr, [this, &leader] { look_at_stop(leader); });
    }
  }

  // LeaderEvents
  void restarting(Leader&) override { ++restarts_; }
  void closed(Leader& leader) override {
    if (leader.status() == JobStatus::suspended) {
      // It let go of the job: its process ends with an exit code of its own.
      world_.queue.after(Duration{0}, nullptr, [this, id = leader.process().id()] {
        if (!closed_) kill_jobmanager(id, false);
      });
      return;
    }
    leader.look_at_stop();
    // Also when it failed after the savepoint: it says then that one goes on from there.
    if (leader.status() != JobStatus::suspended && !leader.savepoint().empty()) {
      world_.queue.after(Duration{0}, nullptr, [this, &leader] { go_on_from(leader); });
      return;
    }
    last_ = &leader;
    closed_ = true;
    if (injector_) injector_->stop();
  }

  // FaultInjector::Cluster
  SimProcess* jobmanager() override {
    return last_ != nullptr && last_->alive() ? &last_->process() : nullptr;
  }
  std::vector<SimProcess*> taskmanagers() override {
    std::vector<SimProcess*> all;
    for (const auto& leader : leaders_) {
      for (SimProcess* process : leader->driver().living()) all.push_back(process);
    }
    std::sort(all.begin(), all.end(),
              [](const auto* a, const auto* b) { return a->id() < b->id(); });
    return all;
  }
  bool offers_slots(const SimProcess& taskmanager) override {
    return std::any_of(leaders_.begin(), leaders_.end(),
                       [&](const auto& leader) { return leader->offers_slots(taskmanager); });
  }
  SimProcess* find_taskmanager(ProcessId id) override {
    for (const auto& leader : leaders_) {
      if (SimProcess* process = leader->driver().find(id)) return process;
    }
    return nullptr;
  }
  bool is_jobmanager(ProcessId id) override { return leader_of(id) != nullptr; }
  // Not while the job stops: who recovers it would not know that another one goes on.
  bool jobmanagers_recover() const override {
    return options_.recovers &&
           (last_ == nullptr || (!last_->stopping() && last_->savepoint().empty()));
  }
  bool rescale(std::uint64_t) override {
    // One JobManager, or it is not known who would stop.
    const auto living = std::count_if(leaders_.begin(), leaders_.end(),
                                      [](const auto& leader) { return leader->alive(); });
    if (!options_.rescaled || living != 1 || !last_->alive()) return false;
    if (last_->status() != JobStatus::running) return false;
    if (!last_->stop_with_savepoint(detail::concat(checkpoints_directory, "/savepoints"))) {
      return false;
    }
    look_at_stop(*last_);
    return true;
  }
  void kill_taskmanager(SimProcess& process, bool machine_too) override {
    for (const auto& leader : leaders_) {
      if (leader->driver().find(process.id()) == nullptr) continue;
      if (machine_too) leader->driver().lose_machine(process);
      else leader->driver().kill(process);
      return;
    }
  }
  void kill_jobmanager(ProcessId id, bool machine_too) override {
    Leader* const leader = leader_of(id);
    FLINK_CHECK(leader != nullptr, id);
    if (!leader->ended()) {
      leader->kill(machine_too);
      if (leader == last_) start_leader_again();
    }
  }
  void start_second_jobmanager() override { start_leader(); }
  void healed() override {
    healed_at_ = world_.queue.now();
    world_.queue.after(options_.liveness_max, nullptr, [this] {
      if (closed_) return;
      trouble_ =
          detail::concat("no end ", options_.liveness_max.count() / 1'000'000'000,
                         " s after everything had healed: the job is ",
                         jobmanager::job_status_name(last_->status()), ": ", last_->failure());
    });
  }

  ClusterResult result() {
    ClusterResult out;
    out.status = jobmanager::job_status_name(last_->status());
    out.trouble = trouble_;
    out.virtual_time = world_.queue.now().since_origin;
    out.trace_hash = world_.trace.hash();
    out.actions = world_.queue.actions_run();
    out.network_bytes = world_.fabric.bytes_delivered();
    out.buggified = buggify_ ? buggify_->fired() : 0;
    out.jobmanagers_started = leaders_.size();
    out.taskmanagers_started =
        static_cast<std::uint64_t>(world_.next_process) - out.jobmanagers_started;
    out.restarts = restarts_;
    if (injector_) out.faults = injector_->counts();
    if (healed_at_) out.recovery = world_.queue.now() - *healed_at_;
    out.crash_points = world_.crash_points.counts();
    out.files = world_.disk.files();
    return out;
  }

  const ClusterOptions& options_;
  jobmanager::JobSubmission submission_;  // of the job as it is now
  SimWorld world_;
  std::optional<SimBuggify> buggify_;
  std::vector<std::unique_ptr<Leader>> leaders_;  // as they were started
  Leader* last_ = nullptr;                        // the newest; in the end: who ended the job
  std::optional<base::JobId> job_id_;
  std::optional<FaultInjector> injector_;
  std::vector<std::unique_ptr<Checker>> checkers_;
  std::string trouble_;
  bool closed_ = false;
  std::uint64_t restarts_ = 0;
  std::optional<TimePoint> healed_at_;
};

}  // namespace

ClusterResult run_cluster(const ClusterOptions& options) { return Run{options}(); }

}  // namespace flink::sim
