// SPDX-License-Identifier: Apache-2.0
// The process in which the JobManager lives: alone (jobmanager), with child processes as
// TaskManagers (the default), or with everything in it (--local).
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/to_bytes.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/address.h"
#include "base/path.h"
#include "checkpoint/settings.h"
#include "client/relaunch.h"
#include "client/running_jobs.h"
#include "config/options.h"
#include "entry/console.h"
#include "entry/going_on.h"
#include "entry/logging.h"
#include "entry/process.h"
#include "entry/version.h"
#include "fiber/fault_handler.h"
#include "jobmanager/drivers/local_driver.h"
#include "minicluster/local_cluster.h"
#include "minicluster/real_process.h"
#include "rest/rest_server.h"

extern char** environ;

namespace flink::entry {
namespace options = config::options;
namespace {

using detail::concat;
using jobmanager::JobStatus;

// A TaskManager process for itself gets as many slots as the job needs, unless told otherwise: then
// any job runs as it stands.
int slots_of_each(const plan::JobPlan& plan, int taskmanagers) {
  if (plan.configuration.is_set(options::task_slots)) {
    return plan.configuration.get(options::task_slots);
  }
  return std::max(1, (plan.graph->slots_needed() + taskmanagers - 1) / taskmanagers);
}

// Where TaskManagers are told to look is where it listens, unless told otherwise.
std::string bind_host(const config::Configuration& configuration) {
  return configuration.is_set(options::jobmanager_bind_host)
             ? configuration.get(options::jobmanager_bind_host)
             : configuration.get(options::rpc_address);
}

// By nohup: the job outlives its terminal.
bool hangup_ignored() {
  struct sigaction now {};
  return ::sigaction(SIGHUP, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

std::string runtime_directory() {
  return client::runtime_directory(config::environment_map(environ));
}

class ClusterProcess final : private kj::TaskSet::ErrorHandler {
 public:
  ClusterProcess(const Invocation& invocation, plan::JobPlan plan);
  int run();
  // The arguments with which the job goes on at another parallelism, if it was stopped for that.
  std::optional<std::vector<std::string>> successor() const { return successor_; }

 private:
  void find_successor();
  void take_history();
  void make_cluster();
  void start();
  void publish(jobmanager::JobManager& jobmanager);
  kj::Promise<void> on_signal(int number);
  int finish();
  void taskFailed(kj::Exception&& exception) override {
    log_->error("control plane: ", exception.getDescription().cStr());
  }
  jobmanager::JobManager& jobmanager() { return local_ ? local_->jobmanager() : *jobmanager_; }

  const Invocation& invocation_;
  plan::JobPlan plan_;
  Console console_;
  std::unique_ptr<base::Log> log_;
  minicluster::RealProcess process_;
  std::unique_ptr<jobmanager::ResourceManagerDriver> driver_;
  std::unique_ptr<ha::HaServices> ha_;
  std::unique_ptr<jobmanager::JobManager> jobmanager_;
  std::unique_ptr<minicluster::LocalCluster> local_;
  std::unique_ptr<rest::RestServer> rest_;
  std::unique_ptr<client::RunningJobFile> running_job_;
  int signalled_ = 0;
  std::optional<std::vector<std::string>> successor_;
  kj::TaskSet tasks_;
};

ClusterProcess::ClusterProcess(const Invocation& invocation, plan::JobPlan plan)
    : invocation_(invocation),
      plan_(std::move(plan)),
      console_({invocation.program, plan_.graph->job_name, invocation.command.quiet,
                [this] { process_.loop.stop(); }}),
      tasks_(*this) {
  const auto& configuration = plan_.configuration;
  std::string problem;
  log_ = open_log(
      log_path(configuration.get(options::log_dir), invocation.program, ::getpid(), "jobmanager"),
      configuration.get(options::log_level), problem);
  if (!problem.empty()) console_.warn(concat("warning: ", problem));
  for (const auto& warning : plan_.warnings) console_.warn(concat("warning: ", warning));
  for (const auto& warning : configuration.warnings()) console_.warn(concat("warning: ", warning));
}

void ClusterProcess::make_cluster() {
  const auto& command = invocation_.command;
  auto& configuration = plan_.configuration;
  const int taskmanagers = configuration.get(options::taskmanagers);
  if (taskmanagers < 1) throw Error{ErrorKind::user, "--taskmanagers must be at least 1"};
  const bool standalone = command.role == Role::jobmanager;
  const int slots = standalone ? 0 : slots_of_each(plan_, taskmanagers);
  if (!standalone && slots < 1) throw Error{ErrorKind::user, "--slots must be at least 1"};
  if (!standalone) {
    configuration.set(options::task_slots, slots, {config::Source::code, "what the job needs"});
  }
  if (!configuration.is_set(options::working_directory)) {
    configuration.set(options::working_directory, base::working_directory(),
                      {config::Source::code, "where the JobManager was started"});
  }
  auto submission = minicluster::submission_of(plan_, command.job_arguments, build_id());
  submission.job_id = job_id_of(command, plan_.graph->job_name);
  submission.recover = command.recover;
  if (command.recover && !configuration.is_set(options::checkpointing_dir) &&
      !configuration.is_set(options::high_availability_dir)) {
    throw Error{ErrorKind::user,
                "--recover needs a directory that outlives the job: set "
                "-Dexecution.checkpointing.dir"};
  }
  if (command.local) {
    local_ = std::make_unique<minicluster::LocalCluster>(
        process_.environment(*log_),
        minicluster::LocalCluster::Job{std::move(submission),
                                       minicluster::builder_of(invocation_.define_job),
                                       taskmanagers, slots},
        console_);
    return;
  }
  if (standalone) {
    driver_ = std::make_unique<jobmanager::StandaloneDriver>();
  } else {
    const auto directory = configuration.get(options::log_dir);
    driver_ = std::make_unique<jobmanager::LocalDriver>(
        process_.loop,
        jobmanager::LocalDriverOptions{
            invocation_.program, taskmanagers, slots, directory,
            [directory, program = invocation_.program](const std::string& token) {
              return log_path(directory, program, ::getpid(), token);
            },
            configuration.get(options::log_level)},
        *log_);
  }
  ha_ = std::make_unique<ha::FileHaServices>(
      checkpoint::ha_services_of(process_.files, configuration));
  jobmanager_ = std::make_unique<jobmanager::JobManager>(process_.environment(*log_), *driver_,
                                                         *ha_, std::move(submission), console_);
}

void ClusterProcess::start() {
  const auto& configuration = plan_.configuration;
  take_history();
  auto where = rest::listen_for_rest(process_.loop.network(), configuration);
  if (local_) {
    local_->start();
  } else {
    const bool standalone = invocation_.command.role == Role::jobmanager;
    const bool fixed = standalone || configuration.is_set(options::rpc_port);
    const auto port = fixed ? configuration.get(options::rpc_port) : 0;
    if (!standalone) jobmanager::check_loopback(bind_host(configuration));
    jobmanager_->start({bind_host(configuration), static_cast<std::uint16_t>(port)});
  }
  rest_ = std::make_unique<rest::RestServer>(jobmanager().rest(), process_.loop.timer(),
                                             kj::mv(where.receiver),
                                             rest::rest_server_options(configuration));
  const auto id = jobmanager().job_id().hex();
  // Who reads the id finds the job.
  try {
    client::RunningJob job;
    job.rest.host = where.address;
    job.rest.port = where.port;
    job.job_id = id;
    job.name = plan_.graph->job_name;
    running_job_ = std::make_unique<client::RunningJobFile>(runtime_directory(), std::move(job));
  } catch (const Error& error) {
    console_.warn(concat("warning: flinkctl will not find this job by itself: ", error.message()));
  }
  console_.info(concat("Job has been submitted with JobID ", id));
  console_.info(concat("REST endpoint at http://", base::address_text(where.address, where.port)));
  if (invocation_.command.role == Role::jobmanager) {
    console_.info(concat("Waiting for TaskManagers at ", bind_host(configuration), ":",
                         static_cast<int>(jobmanager().rpc_port())));
  }
}

kj::Promise<void> ClusterProcess::on_signal(int number) {
  return process_.loop.event_port().onSignal(number).then(
      [this, number](siginfo_t&&) -> kj::Promise<void> {
        if (signalled_ != 0) {
          // The second time: the TaskManagers die with this process.
          ::_exit(exit_signal + number);
        }
        signalled_ = number;
        if (number != SIGINT && invocation_.command.recover) {
          // A supervisor stops the process, not the job.
          console_.info("Suspending the job; --recover goes on from its last checkpoint");
          jobmanager().suspend(number == SIGHUP ? "SIGHUP" : "SIGTERM");
        } else {
          console_.info("Cancelling the job; Ctrl-C again ends everything at once");
          jobmanager().cancel();
        }
        return on_signal(number);
      });
}

int ClusterProcess::finish() {
  const auto status = jobmanager().status();
  const auto id = jobmanager().job_id().hex();
  const std::string runtime = concat("Job Runtime: ", jobmanager().runtime_millis(), " ms");
  switch (status) {
    case JobStatus::finished:
      if (successor_) {
        console_.info(concat("Job with JobID ", id, " starts again at another parallelism."));
        return exit_finished;
      }
      console_.info(concat("Job with JobID ", id, " has finished.\n", runtime));
      return exit_finished;
    case JobStatus::canceled:
      console_.info(concat("Job with JobID ", id, " was cancelled.\n", runtime));
      return signalled_ != 0 ? exit_signal + signalled_ : exit_finished;
    case JobStatus::suspended:
      console_.info(concat("Job with JobID ", id, " is suspended.\n", runtime));
      return signalled_ != 0 ? exit_signal + signalled_ : exit_failed;
    default:
      console_.warn(concat("job '", plan_.graph->job_name, "' (", id, ") failed after ",
                           jobmanager().runtime_millis(), " ms"));
      return exit_failed;
  }
}

int ClusterProcess::run() {
  try {
    make_cluster();
    start();
  } catch (const Error& error) {
    log_->error(error.message());
    console_.warn(error.message());
    return exit_not_started;
  }
  tasks_.add(on_signal(SIGINT));
  tasks_.add(on_signal(SIGTERM));
  if (!hangup_ignored()) tasks_.add(on_signal(SIGHUP));
  process_.loop.run();
  rest_.reset();
  find_successor();
  if (running_job_ != nullptr && !successor_) {
    running_job_->ended(jobmanager::job_status_name(jobmanager().status()));
  }
  running_job_.reset();
  return finish();
}

void ClusterProcess::find_successor() {
  const auto left = client::take_successor(runtime_directory(), jobmanager().job_id().hex());
  const auto stop = jobmanager().stopped();
  if (!left || !stop || left->trigger != stop->trigger) return;
  if (jobmanager().status() != JobStatus::finished) return;
  successor_ = client::from_savepoint(left->arguments, stop->savepoint);
  try {
    client::leave_history(runtime_directory(), jobmanager().job_id().hex(),
                          detail::to_bytes(jobmanager().master().history()));
  } catch (const Error& error) {
    log_->warn("the job's earlier failures are forgotten: ", error.message());
  }
}

// What it was before it was rescaled.
void ClusterProcess::take_history() {
  const auto left = client::take_history(runtime_directory(), jobmanager().job_id().hex());
  if (left) jobmanager().go_on_from(detail::from_bytes<jobmanager::JobHistory>(*left));
}

int show_configuration(const Invocation& invocation, const config::Configuration& configuration) {
  const auto text = invocation.command.json ? config::show_config_json(configuration)
                                            : config::show_config(configuration);
  std::fputs(text.c_str(), stdout);
  if (!text.ends_with('\n')) std::fputc('\n', stdout);
  return std::fflush(stdout) == 0 ? exit_finished : exit_not_started;
}

}  // namespace

int run_cluster(const Invocation& invocation) {
  const char* program = invocation.program.c_str();
  config::Configuration configuration;
  try {
    configuration = load_process_configuration(invocation);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", program, error.message().c_str());
    return exit_usage;
  }
  std::optional<plan::JobPlan> plan;
  try {
    const bool describing = invocation.command.show_config;  // arguments may be missing then
    plan = plan_of(invocation, configuration, describing);
    if (!describing) {
      refuse_other_life(invocation.command, *plan);
      take_over_max_parallelism(invocation.command, *plan);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", program, error.message().c_str());
    return exit_code_of(error);
  }
  if (invocation.command.show_config) return show_configuration(invocation, plan->configuration);
  // Before any thread starts, so that all of them leave these to the control loop.
  kj::UnixEventPort::captureSignal(SIGINT);
  kj::UnixEventPort::captureSignal(SIGTERM);
  if (!hangup_ignored()) kj::UnixEventPort::captureSignal(SIGHUP);
  kj::UnixEventPort::captureChildExit();
  if (invocation.command.local) {
    fiber::install_fault_handler({stack_advice, -1});
  }
  int code = exit_finished;
  std::optional<std::vector<std::string>> successor;
  {
    ClusterProcess process{invocation, std::move(*plan)};
    code = process.run();
    successor = process.successor();
  }
  return successor ? become(invocation.program, *successor) : code;
}

}  // namespace flink::entry
