// SPDX-License-Identifier: Apache-2.0
// flinkctl rescale: a job of this machine is stopped with a savepoint and goes on from there at
// another parallelism, as the same job in the same process.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

#include "client/against.h"
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
  return client::find_running_jobs(runtime_directory());
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

// Throws when the job could not go on at that parallelism: before it is stopped.
void check_rescalable(const client::Launch& launch, const client::JobSummary& job,
                      const Invocation& invocation, const std::vector<std::string>& arguments) {
  constexpr std::string_view restored = "flinkc.restored-max-parallelism";
  const auto described = [&](const std::vector<std::string>& with, const std::string& had) {
    const auto setting = had.empty() ? std::string{} : concat(restored, "=", had);
    return client::described_operators(
        launch.output_of(client::describing_arguments(with, setting)));
  };
  const client::RestClient client(job.jobmanager, seconds(invocation.timeout_seconds));
  const auto before = described(launch.arguments(), client.setting(restored));
  std::string had;
  for (const auto& op : before) {
    had += concat(had.empty() ? "" : ",", op.id.hex(), ":", op.max_parallelism);
  }
  std::vector<checkpoint::OperatorShape> after;
  try {
    after = described(arguments, had);
  } catch (const Error& error) {
    throw Error(error.kind(),
                concat("the job cannot be built at parallelism ", invocation.parallelism,
                       ", so it was not stopped: ", error.message()));
  }
  for (const auto& now : after) {
    for (const auto& was : before) {
      const bool keyed = std::any_of(now.states.begin(), now.states.end(), checkpoint::is_keyed);
      if (was.id != now.id || !keyed || was.max_parallelism == now.max_parallelism) continue;
      throw Error(ErrorKind::user,
                  concat("the keyed state of operator \"", now.name, "\" is divided into ",
                         was.max_parallelism, " groups, so that it cannot run with ",
                         invocation.parallelism,
                         " subtasks; the job was not stopped. Take a "
                         "parallelism of at most ",
                         was.max_parallelism));
    }
  }
}

// Once the process has the job running again. Throws when it ends before.
void wait_for_job(std::int32_t pid, const Invocation& invocation,
                  const client::JobSummary& stopped) {
  const auto deadline = std::chrono::steady_clock::now() + seconds(invocation.wait_seconds);
  while (std::chrono::steady_clock::now() < deadline) {
    if (!client::process_runs(pid)) {
      throw Error(ErrorKind::user, "the job did not start again: its messages say why");
    }
    for (const auto& running : local_jobs()) {
      if (running.pid != pid || running.job_id != stopped.id) continue;
      try {
        const client::RestClient client(running.rest, seconds(invocation.timeout_seconds));
        for (const auto& job : client.jobs()) {
          const bool again = job.id == stopped.id && job.start_time != stopped.start_time;
          if (again && job.state == "RUNNING") return;
        }
      } catch (const Error&) {
        // Between the two it answers nobody.
      }
    }
    std::this_thread::sleep_for(look_every);
  }
  throw Error(ErrorKind::resource, concat("the job was not RUNNING again within ",
                                          invocation.wait_seconds, " s (--wait)"));
}

}  // namespace

int rescale(const Invocation& invocation) {
  const auto job = wanted_job(invocation);
  // All that can fail for want of rights fails before the job is stopped.
  const auto pid = pid_of(job.id);
  const client::Launch launch = client::Launch::of(pid);
  const auto arguments = client::rescaled_arguments(
      launch.arguments(),
      {invocation.parallelism, invocation.taskmanagers, invocation.slots, job.id});
  check_rescalable(launch, job, invocation, arguments);
  const auto savepoint = stop_for(invocation, job, [&](const std::string& trigger) {
    client::leave_successor(runtime_directory(), job.id, {trigger, arguments});
  });
  message(concat("Stopped job ", job.id, " with savepoint ", savepoint, "."));
  try {
    wait_for_job(pid, invocation, job);
  } catch (const Error& error) {
    throw Error(error.kind(),
                concat(error.message(), ". The savepoint is good; this starts the job again:\n  ",
                       launch.command(client::from_savepoint(arguments, savepoint))));
  }
  json::JsonWriter json;
  json.begin_object().member("jid", job.id).member("parallelism", invocation.parallelism);
  json.member("savepoint", savepoint).end_object();
  print((invocation.json
             ? json.take()
             : concat("Rescaled job ", job.id, " to parallelism ", invocation.parallelism, ".")) +
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
