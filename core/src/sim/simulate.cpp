// SPDX-License-Identifier: Apache-2.0
#include "sim/simulate.h"

#include <fcntl.h>
#include <flink/base/check.h>
#include <flink/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "config/options.h"
#include "minicluster/submission.h"
#include "plan/job_plan.h"
#include "sim/last_words.h"
#include "sim/output_check.h"
#include "sim/seed_options.h"
#include "sim/sim_cluster.h"
#include "sim/taskmanager_body.h"
#include "sim/totals.h"

namespace flink::sim {
namespace {

namespace options = config::options;

constexpr std::int64_t second = 1'000'000'000;
constexpr Duration undisturbed_max{3600 * second};
constexpr Duration disturbed_max{24 * 3600 * second};
// Once everything has healed: for what is out of reach to be missed and replaced.
constexpr Duration healing_max{300 * second};
constexpr int twice_every = 20;  // of so many seeds one runs twice
constexpr std::uint64_t undisturbed_seeds[] = {0x9d5f, 0x37a1};

// What the job prints itself goes nowhere while the simulation runs: it is no part of the report.
class QuietStdout {
 public:
  QuietStdout() {
    std::fflush(stdout);
    saved_ = ::dup(STDOUT_FILENO);
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0) return;
    ::dup2(nowhere, STDOUT_FILENO);
    ::close(nowhere);
  }
  ~QuietStdout() {
    if (saved_ < 0) return;
    ::dup2(saved_, STDOUT_FILENO);
    ::close(saved_);
  }
  QuietStdout(const QuietStdout&) = delete;
  QuietStdout& operator=(const QuietStdout&) = delete;

 private:
  int saved_ = -1;
};

// How many threads this process has, and a constant.
std::uint64_t threads_here() {
  struct stat tasks {};
  return ::stat("/proc/self/task", &tasks) == 0 ? tasks.st_nlink : 0;
}

class Simulation {
 public:
  explicit Simulation(const SimulateOptions& options) : options_(options) { prepare(); }

  int run() {
    options_.report(detail::concat("simulating '", plan_.graph->job_name,
                                   "': ", options_.taskmanagers, " TaskManagers, ", options_.slots,
                                   " slots each"));
    measure();
    std::uint64_t all = 0;
    const bool many = options_.seeds > 1 || options_.hours > 0;
    for (int i = 0; i < options_.seeds || hours() < options_.hours; ++i) {
      const std::uint64_t seed = options_.seed + static_cast<std::uint64_t>(i);
      const std::uint64_t hash = run_seed(seed, many && i % twice_every == 0);
      all = many ? (all ^ hash) * 0x9e3779b97f4a7c15ull : hash;
    }
    if (options_.list_steps) totals_.list_steps(options_.report);
    if (many) totals_.summary(options_.report);
    for (const std::uint64_t seed : totals_.failed_seeds()) options_.report(replay(seed));
    speed();
    options_.report(hex_text(all));
    return totals_.failed_seeds().empty() ? 0 : 1;
  }

 private:
  void prepare();
  void measure();
  std::uint64_t run_seed(std::uint64_t seed, bool twice);
  std::string judge(const ClusterResult& result) const;
  ClusterResult simulate_once(std::uint64_t seed, bool disturbed);
  // What a seed stands for.
  struct Drawn {
    OptionList options;
    FaultRates rates;
    FaultPlan faults;
  };
  Drawn draw(std::uint64_t seed) const;
  std::string replay(std::uint64_t seed) const;
  void speed() const;
  double hours() const { return static_cast<double>(totals_.virtual_time().count()) / 3.6e12; }

  const SimulateOptions& options_;
  plan::JobPlan plan_;
  Duration run_time_{0};  // of an undisturbed run
  JobOutput expected_;
  bool comparable_ = true;  // two undisturbed runs wrote the same
  Totals totals_;
  LastWords last_words_;
  Duration real_time_{0};
  std::uint64_t threads_max_ = 0;  // seen in undisturbed runs
};

void Simulation::prepare() {
  FLINK_CHECK(options_.define_job != nullptr && options_.real_files != nullptr);
  FLINK_CHECK(options_.report != nullptr && options_.note != nullptr);
  config::Configuration given;
  for (const auto& [key, value] : options_.configuration) {
    given.set_text(key, value, {config::Source::property, detail::concat("-D", key)});
  }
  given.set(options::task_slots, options_.slots, {config::Source::flag, "--slots"});
  if (options_.parallelism) {
    given.set(options::parallelism_default, *options_.parallelism, {config::Source::flag, "-p"});
  }
  if (!given.is_set(options::restart_strategy_type)) {
    // Faults are the point: a job that gives up at the first one shows nothing.
    const config::Origin origin{config::Source::file, "simulate"};
    given.set(options::restart_strategy_type, std::string{"fixed-delay"}, origin);
    given.set(options::fixed_delay_attempts, 1'000'000, origin);
    given.set(options::fixed_delay_delay, config::Duration{std::chrono::milliseconds(100)}, origin);
  }
  // LMDB's private files are real ones; in memory they cost nothing.
  constexpr const char* memory_files = "/dev/shm";
  if (!given.is_set(options::tmp_dirs) && ::access(memory_files, W_OK) == 0) {
    given.set(options::tmp_dirs, std::string{memory_files}, {config::Source::file, "simulate"});
  }
  plan::JobPlanRequest request;
  request.define_job = options_.define_job;
  request.arguments = options_.arguments;
  request.configuration = std::move(given);
  request.file_system = options_.real_files;
  plan_ = plan::plan_job(request);
  for (const auto& warning : plan_.warnings) options_.note(detail::concat("warning: ", warning));
  if (!plan_.graph->bounded) {
    throw Error{ErrorKind::user, detail::concat("cannot simulate '", plan_.graph->job_name,
                                                "': its input never ends; give it a bounded one")};
  }
}

ClusterResult Simulation::simulate_once(std::uint64_t seed, bool disturbed) {
  ClusterOptions cluster;
  cluster.seed = seed;
  cluster.submission = minicluster::submission_of(plan_, options_.arguments, simulated_build);
  const Drawn drawn = draw(seed);
  // The very first run is as plain as can be: it says what the output is.
  const bool plain = seed == undisturbed_seeds[0] && !disturbed;
  if (!plain) cluster.transcript = options_.transcript;
  cluster.submission.configuration =
      plain ? plan_.configuration : with_options(plan_.configuration, drawn.options);
  cluster.make_taskmanager = taskmanager_maker(options_.define_job);
  cluster.size = {options_.taskmanagers, options_.slots};
  cluster.disturbed = disturbed;
  cluster.time_max = disturbed ? disturbed_max : undisturbed_max;
  cluster.real_files = options_.real_files;
  if (!disturbed) {
    cluster.between_actions = [this, count = 0]() mutable {
      if (++count % 64 == 0) threads_max_ = std::max(threads_max_, threads_here());
    };
  }
  if (disturbed) {
    cluster.faults = drawn.faults;
    cluster.recovers = true;
    cluster.liveness_max = 2 * run_time_ + healing_max;
    if (!plan_.graph->batch) {  // which has no savepoints
      cluster.rescaled = [this, &cluster](int parallelism, const std::string& savepoint) {
        jobmanager::JobSubmission out = cluster.submission;
        const config::Origin origin{config::Source::flag, "rescale"};
        out.configuration.set(options::parallelism_default, parallelism, origin);
        out.configuration.set(options::recovery_path, savepoint, origin);
        out.graph = plan::graph_under(out.configuration, plan_.graph->stream_graph);
        out.graph_description = graph::describe_text(*out.graph);
        return out;
      };
    }
  }
  const QuietStdout quiet;
  return run_cluster(cluster);
}

// Two undisturbed runs, the same for every seed: how long the job takes, and what it writes.
void Simulation::measure() {
  const auto threads = threads_max_ = threads_here();
  for (const std::uint64_t seed : undisturbed_seeds) {
    const ClusterResult result = simulate_once(seed, false);
    if (!result.trouble.empty()) {
      const bool plain = seed == undisturbed_seeds[0];
      if (threads_max_ > threads) {
        throw Error{ErrorKind::user,
                    detail::concat("'", plan_.graph->job_name,
                                   "' cannot be simulated, since its functions have threads of "
                                   "their own, and a simulation is one thread under virtual time, "
                                   "which does not wait for others (",
                                   result.trouble,
                                   "): let a stand-in that answers on the spot take their place "
                                   "when an argument says so, or run the job itself")};
      }
      throw Error{ErrorKind::user,
                  detail::concat("even undisturbed the simulated job does not end well: ",
                                 result.trouble, plain ? "" : "; with ",
                                 plain ? std::string{} : describe(draw(seed).options))};
    }
    JobOutput output = read_output(result.files, checkpoints_directory);
    if (seed == undisturbed_seeds[0]) {
      run_time_ = result.virtual_time;
      expected_ = std::move(output);
    } else {
      comparable_ = !difference(expected_, output).has_value();
    }
  }
  options_.report(detail::concat("undisturbed: ", seconds_text(run_time_), " s of virtual time, ",
                                 expected_.lines.size(), " lines of output"));
  if (!comparable_) {
    options_.report("the output is not checked: two undisturbed runs write different lines");
  } else if (expected_.lines.empty()) {
    options_.report("the output is not checked: the job writes no files");
  }
}

std::string Simulation::judge(const ClusterResult& result) const {
  if (!result.trouble.empty()) return result.trouble;
  // Nobody removes what is written by a TaskManager that is out of reach, or under a JobManager
  // that was replaced, after the others have cleaned up; or what cannot be removed.
  constexpr FaultKind all_reached[] = {FaultKind::kill, FaultKind::crash_at_step,
                                       FaultKind::clock_jump, FaultKind::bit_flip};
  std::uint64_t faults = 0, harmless = 0;
  for (const auto count : result.faults) faults += count;
  for (const auto kind : all_reached) harmless += result.faults[static_cast<std::size_t>(kind)];
  const bool clean = faults == harmless && result.jobmanagers_started == 1;
  if (clean) {
    const auto left = left_of_checkpoints(result.files, detail::concat(checkpoints_directory, "/"));
    if (left) return *left;
  }
  if (!comparable_) return {};
  JobOutput output = read_output(result.files, checkpoints_directory);
  if (!clean) output.unfinished.clear();
  return difference(expected_, output).value_or("");
}

Simulation::Drawn Simulation::draw(std::uint64_t seed) const {
  base::SeededRandom random{seed};
  Drawn out;
  out.options = draw_seed_options(random, plan_.configuration, run_time_);
  out.rates = draw_fault_rates(random, run_time_);
  out.faults = draw_fault_plan(random, out.rates);
  return out;
}

std::uint64_t Simulation::run_seed(std::uint64_t seed, bool twice) {
  const auto began = options_.real_clock ? options_.real_clock->now() : TimePoint{};
  last_words_.set(
      detail::concat("\nseed ", seed, " FAILED: the program died\n", replay(seed), "\n"));
  const ClusterResult result = simulate_once(seed, options_.faults);
  std::string why = judge(result);
  if (twice && why.empty()) {
    const auto again = simulate_once(seed, options_.faults).trace_hash;
    if (again == result.trace_hash) totals_.ran_twice();
    else
      why = "two runs of this seed differ: traces " + hex_text(result.trace_hash) + ", " +
            hex_text(again);
  }
  if (options_.real_clock) real_time_ += options_.real_clock->now() - began;
  totals_.add(result);
  options_.report(detail::concat("seed ", seed, ": ", result.status, " after ",
                                 seconds_text(result.virtual_time), " s of virtual time, ",
                                 result.taskmanagers_started, " TaskManagers started, ",
                                 result.restarts, " restarts; faults: ", describe(result.faults),
                                 "; trace ", hex_text(result.trace_hash)));
  const bool alone = options_.seeds == 1 && options_.hours == 0;
  if (options_.faults && (alone || !why.empty())) {
    const Drawn drawn = draw(seed);
    options_.report(detail::concat("  options of this seed: ", describe(drawn.options)));
    options_.report(detail::concat("  faults of this seed: ", describe(drawn.rates)));
  }
  if (!why.empty()) {
    totals_.failed(seed);
    options_.report(detail::concat("seed ", seed, " FAILED: ", why));
  }
  return result.trace_hash;
}

std::string Simulation::replay(std::uint64_t seed) const {
  std::string command =
      detail::concat(options_.program, " simulate --seed ", seed, " --taskmanagers ",
                     options_.taskmanagers, " --slots ", options_.slots);
  if (options_.parallelism) command += detail::concat(" -p ", *options_.parallelism);
  for (const auto& [key, value] : options_.configuration) {
    command += detail::concat(" -D", key, "=", value);
  }
  if (!options_.arguments.empty()) command += " --";
  for (const auto& argument : options_.arguments) command += " " + argument;
  return "replay: " + command;
}

void Simulation::speed() const {
  if (real_time_.count() <= 0) return;
  const double real = static_cast<double>(real_time_.count()) / second;
  char text[128];
  std::snprintf(text, sizeof text, "%.3f s, %.2f virtual hours a second, %.0f actions a second",
                real, hours() / real, static_cast<double>(totals_.actions()) / real);
  options_.note(text);
}

}  // namespace

int simulate(const SimulateOptions& options) { return Simulation{options}.run(); }

}  // namespace flink::sim
