// SPDX-License-Identifier: Apache-2.0
// flinkctl rescale: stops a job of this machine with a savepoint and starts it again from there
// with another parallelism.
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <thread>

#include "client/relaunch.h"
#include "client/running_jobs.h"
#include "commands.h"
#include "config/load.h"
#include "flink/check.h"
#include "flink/error.h"
#include "json/json_writer.h"

namespace flink::flinkctl {
namespace {

using flink::detail::concat;

constexpr auto look_every = std::chrono::milliseconds(20);

std::vector<client::RunningJob> local_jobs() {
  return client::find_running_jobs(client::runtime_directory(config::environment_map(environ)));
}

std::int32_t pid_of(const std::string& job) {
  for (const auto& running : local_jobs()) {
    if (running.job_id == job) return running.pid;
  }
  throw Error(ErrorKind::user,
              concat("job ", job,
                     " does not run on this machine as this user, so that it cannot be "
                     "started again here; there: flinkctl rescale, or flinkctl stop and "
                     "--from-savepoint"));
}

// Once the new process has its job running. Throws when it ends before.
client::RunningJob wait_for_job(std::int32_t pid, const Invocation& invocation,
                                const std::string& savepoint) {
  const auto deadline = std::chrono::steady_clock::now() + seconds(invocation.wait_seconds);
  const auto otherwise =
      concat("; the savepoint is good: start the job with --from-savepoint ", savepoint);
  while (std::chrono::steady_clock::now() < deadline) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) {
      throw Error(ErrorKind::user,
                  concat("the job did not start again (exit code ",
                         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                         "): its messages say why", otherwise));
    }
    for (const auto& running : local_jobs()) {
      if (running.pid != pid) continue;
      const client::RestClient client(running.rest, seconds(invocation.timeout_seconds));
      for (const auto& job : client.jobs()) {
        if (job.id == running.job_id && job.state == "RUNNING") return running;
      }
    }
    std::this_thread::sleep_for(look_every);
  }
  throw Error(ErrorKind::resource, concat("the job was not RUNNING again within ",
                                          invocation.wait_seconds, " s (--wait)", otherwise));
}

}  // namespace

int rescale(const Invocation& invocation) {
  const auto job = wanted_job(invocation);
  // All that can fail for want of rights fails before the job is stopped.
  const client::Launch launch = client::Launch::of(pid_of(job.id));
  client::RescaleOptions options;
  options.parallelism = invocation.parallelism;
  options.taskmanagers = invocation.taskmanagers;
  options.slots = invocation.slots;
  options.savepoint = stop_with_savepoint(invocation, job);
  message(concat("Stopped job ", job.id, " with savepoint ", options.savepoint, "."));
  const auto pid = launch.start(client::rescaled_arguments(launch.arguments(), options));
  const auto running = wait_for_job(pid, invocation, options.savepoint);
  json::JsonWriter json;
  json.begin_object().member("jid", running.job_id).member("previous-jid", job.id);
  json.member("parallelism", invocation.parallelism).member("savepoint", options.savepoint);
  json.end_object();
  print((invocation.json ? json.take()
                         : concat("Rescaled to parallelism ", invocation.parallelism,
                                  ": the job runs as ", running.job_id, ".")) +
        "\n");
  return exit_ok;
}

void add_rescale_command(CLI::App& app, Invocation& invocation, Command& chosen) {
  auto* command = app.add_subcommand(
      "rescale", "Stop a job with a savepoint and start it again at another parallelism");
  add_common(*command, invocation);
  add_wait(*command, invocation);
  command->add_option("-p,--parallelism", invocation.parallelism, "The new parallelism")
      ->required()
      ->check(CLI::Range(1, 32768));
  command->add_option("--taskmanagers", invocation.taskmanagers, "TaskManagers; default: as before")
      ->check(CLI::Range(1, 32768));
  command
      ->add_option("--slots", invocation.slots,
                   "Slots of each; default: as before, more where they are too few")
      ->check(CLI::Range(1, 32768));
  command
      ->add_option("--savepoint-path,--savepointPath", invocation.directory,
                   "Where to; default: execution.checkpointing.savepoint-dir")
      ->type_name("DIRECTORY");
  command->callback([&chosen] { chosen = rescale; });
}

}  // namespace flink::flinkctl
