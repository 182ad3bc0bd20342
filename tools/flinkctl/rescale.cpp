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
#include "flink/base/check.h"
#include "flink/error.h"
#include "json/json_value.h"
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

// Throws for what could be stopped, but not go on.
void check_can_go_on(const client::Launch& launch, const client::JobSummary& job,
                     const Invocation& invocation) {
  if (launch.standalone()) {
    throw Error(ErrorKind::user,
                concat("job ", job.id,
                       " runs on a standalone cluster, whose TaskManagers end with it and are "
                       "started by others: it was not stopped. Do it by hand: flinkctl stop ",
                       job.id, " --savepoint-path DIRECTORY, then start the cluster again with -p ",
                       invocation.parallelism, " --from-savepoint and the path that stop prints"));
  }
  const client::RestClient client(job.jobmanager, seconds(invocation.timeout_seconds));
  const auto details = json::JsonValue::parse(client.job_json(job.id));
  if (!details) throw Error(ErrorKind::transient, "the JobManager's answer is no JSON");
  for (const auto& input : (*details)["read-once-inputs"].items()) {
    const auto& path = input.as_string();
    const bool standard = path == "/dev/stdin";
    throw Error(ErrorKind::user,
                concat("job ", job.id, " reads ", standard ? "standard input" : "'" + path + "'",
                       ", which cannot be read again, so that it could not go on from a savepoint: "
                       "it was not stopped. Start it anew with another -p, and give it a file if "
                       "it is to be rescaled"));
  }
}

// How many tasks there are, and how many of them do not run (yet); those that have finished count
// as running.
struct Tasks {
  std::int64_t all = 0, missing = 0;
};
Tasks tasks_of(const std::string& job_json) {
  Tasks out;
  const auto details = json::JsonValue::parse(job_json);
  if (!details) return out;
  for (const auto& vertex : (*details)["vertices"].items()) {
    const auto parallelism = vertex["parallelism"].as_int();
    out.all += parallelism;
    out.missing +=
        parallelism - vertex["tasks"]["RUNNING"].as_int() - vertex["tasks"]["FINISHED"].as_int();
  }
  return out;
}

// When this JobManager got the job: the next one gets it later.
std::int64_t taken_at(const std::string& job_json) {
  const auto details = json::JsonValue::parse(job_json).value_or(json::JsonValue{});
  return details["timestamps"]["INITIALIZING"].as_int();
}

// Whether this JobManager has the job again and all its tasks run; `tasks`: what it says of them.
// Throws when the job has failed.
bool runs_again(const client::RestClient& client, const client::JobSummary& stopped,
                std::int64_t stopped_taken_at, Tasks& tasks) {
  try {
    for (const auto& job : client.jobs()) {
      if (job.id != stopped.id) continue;
      const auto details = client.job_json(job.id);
      if (taken_at(details) == stopped_taken_at) continue;
      if (job.state == "FINISHED") return true;
      if (job.is_terminal()) {
        throw Error(ErrorKind::user, concat("the job did not start again, it has ended as ",
                                            job.state, ": its messages say why"));
      }
      tasks = tasks_of(details);
      return job.state == "RUNNING" && tasks.all > 0 && tasks.missing == 0;
    }
  } catch (const Error& error) {
    // Between the two it answers nobody.
    if (error.kind() != ErrorKind::transient) throw;
  }
  return false;
}

// Once all tasks of the job run again in the process. Throws Error{user} when it has ended before,
// Error{resource} when it is still at it.
void wait_for_job(std::int32_t pid, const Invocation& invocation, const client::JobSummary& stopped,
                  std::int64_t stopped_taken_at) {
  const auto deadline = std::chrono::steady_clock::now() + seconds(invocation.wait_seconds);
  Tasks tasks;
  while (std::chrono::steady_clock::now() < deadline) {
    if (!client::process_runs(pid)) {
      if (client::last_state(runtime_directory(), stopped.id) == "FINISHED") return;
      throw Error(ErrorKind::user, "the job did not start again: its messages say why");
    }
    for (const auto& running : local_jobs()) {
      if (running.pid != pid || running.job_id != stopped.id) continue;
      const client::RestClient client(running.rest, seconds(invocation.timeout_seconds));
      if (runs_again(client, stopped, stopped_taken_at, tasks)) return;
    }
    std::this_thread::sleep_for(look_every);
  }
  throw Error(ErrorKind::resource,
              concat("after ", invocation.wait_seconds, " s (--wait) ", tasks.all - tasks.missing,
                     " of ", tasks.all, " tasks of the job run again"));
}

// How a person starts the job where it did not start by itself.
std::string by_hand(const client::Launch& launch, const std::vector<std::string>& arguments,
                    const std::string& savepoint) {
  const auto command = launch.command(client::from_savepoint(arguments, savepoint));
  const bool hidden = command.find(client::hidden_value) != std::string::npos;
  return concat("this starts the job again",
                hidden ? concat(" (put what is secret for ", client::hidden_value, ")") : "",
                ":\n  ", command);
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
  check_can_go_on(launch, job, invocation);
  check_rescalable(launch, job, invocation, arguments);
  const auto before = taken_at(
      client::RestClient(job.jobmanager, seconds(invocation.timeout_seconds)).job_json(job.id));
  const auto savepoint = stop_for(invocation, job, [&](const std::string& trigger) {
    client::leave_successor(runtime_directory(), job.id, {trigger, arguments});
  });
  message(concat("Stopped job ", job.id, " with savepoint ", savepoint, "."));
  try {
    wait_for_job(pid, invocation, job, before);
  } catch (const Error& error) {
    const bool ended = error.kind() == ErrorKind::user;
    throw Error(error.kind(),
                concat(error.message(), ". The savepoint ", savepoint, " is good; ",
                       ended ? by_hand(launch, arguments, savepoint)
                             : concat("process ", pid, " goes on trying: flinkctl info ", job.id)));
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
