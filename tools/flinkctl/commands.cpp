// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include <unistd.h>

#include <cstdio>
#include <set>

#include "base/ids.h"
#include "base/path.h"
#include "checkpoint/storage.h"
#include "client/running_jobs.h"
#include "config/load.h"
#include "flink/base/check.h"
#include "flink/error.h"
#include "fs/local_file_system.h"
#include "json/json_writer.h"

namespace flink::flinkctl {
namespace {

using flink::detail::concat;

client::Target target_of(const Invocation& invocation) {
  client::Target target;
  target.timeout = seconds(invocation.timeout_seconds);
  target.runtime_directory = runtime_directory();
  if (!invocation.jobmanager.empty()) {
    target.jobmanager = client::parse_endpoint(invocation.jobmanager);
  }
  return target;
}

struct Found {
  std::vector<client::JobSummary> jobs;
  bool all_unreachable = false;  // JobManagers were known and none of them answered
};

Found find(const Invocation& invocation) {
  auto found = client::find_jobs(target_of(invocation));
  for (const std::string& warning : found.warnings) message("flinkctl: warning: " + warning);
  return {found.jobs, found.jobs.empty() && !found.warnings.empty()};
}

}  // namespace

void print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return;
  }
  throw Error(ErrorKind::resource, "cannot write to stdout");
}

std::string runtime_directory() {
  return client::runtime_directory(config::environment_map(environ));
}

void message(const std::string& text) { std::fputs((text + "\n").c_str(), stderr); }

std::chrono::milliseconds seconds(double count) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(count * 1000));
}

int list(const Invocation& invocation) {
  client::ListFilter filter;
  if (invocation.all) {
    filter.terminated = true;
  } else if (invocation.running != invocation.scheduled) {
    filter.running = invocation.running;
    filter.scheduled = invocation.scheduled;
  }
  const Found found = find(invocation);
  if (found.all_unreachable) return exit_unreachable;
  print(invocation.json ? client::list_json(found.jobs, filter)
                        : client::list_text(found.jobs, filter));
  return exit_ok;
}

int info(const Invocation& invocation) {
  const Found found = find(invocation);
  if (found.all_unreachable) return exit_unreachable;
  const auto job = client::choose_job(found.jobs, invocation.job);
  const client::RestClient client(job.jobmanager, seconds(invocation.timeout_seconds));
  const std::string details = client.job_json(job.id);
  print(invocation.json ? details + "\n"
                        : client::info_text(job, details, client.exceptions_json(job.id)));
  return exit_ok;
}

int cancel(const Invocation& invocation) {
  const Found found = find(invocation);
  if (found.all_unreachable) return exit_unreachable;
  const auto job = client::choose_job(found.jobs, invocation.job);
  const client::RestClient client(job.jobmanager, seconds(invocation.timeout_seconds));
  const auto report = [&](const std::string& state, const std::string& text) {
    json::JsonWriter json;
    json.begin_object().member("jid", job.id).member("name", job.name).member("state", state);
    json.end_object();
    print((invocation.json ? json.take() : text) + "\n");
  };
  if (job.state == "FINISHED" || job.state == "FAILED") {
    message(concat("flinkctl: job ", job.id, " has ended already (", job.state, ")"));
    return exit_failure;
  }
  message(concat("Cancelling job ", job.id, "."));
  try {
    client.cancel(job.id);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::transient) throw;
    message(concat("flinkctl: job ", job.id, " had ended (",
                   client::state_left_by(job.id, runtime_directory()),
                   ") before it could be cancelled"));
    return exit_failure;
  }
  if (invocation.detached) {
    report("CANCELLING", concat("Job ", job.id, " is being cancelled."));
    return exit_ok;
  }
  const auto state = client::wait_until_ended(
      client, job.id, runtime_directory(), seconds(invocation.wait_seconds), [&] {
        message(client::cancelling_text(client.job_json(job.id),
                                        client.setting("task.cancellation.timeout")));
      });
  if (state != "CANCELED") {
    message(concat("flinkctl: job ", job.id, " ended as ", state, " before it could be cancelled"));
    return exit_failure;
  }
  report(state, concat("Cancelled job ", job.id, "."));
  return exit_ok;
}

client::JobSummary wanted_job(const Invocation& invocation) {
  if (invocation.job.empty()) throw Error(ErrorKind::user, "name a job: its id or its name");
  const Found found = find(invocation);
  if (found.all_unreachable) throw Error(ErrorKind::transient, "no JobManager can be reached");
  if (found.jobs.empty() && base::JobId::parse(invocation.job)) {
    if (const auto state = client::last_state(runtime_directory(), invocation.job)) {
      throw Error(ErrorKind::user,
                  concat("job ", invocation.job, " has ended already (", *state, ")"));
    }
  }
  auto job = client::choose_job(found.jobs, invocation.job);
  if (job.is_terminal()) {
    throw Error(ErrorKind::user, concat("job ", job.id, " has ended already (", job.state, ")"));
  }
  return job;
}

namespace {

// Relative to where this command runs, not to where the job does.
std::string absolute(const std::string& directory) {
  if (directory.empty()) return directory;
  return base::Path::absolute(directory, base::working_directory(), "the savepoint directory")
      .text();
}

void report_savepoint(const Invocation& invocation, const client::JobSummary& job,
                      const std::string& location) {
  json::JsonWriter json;
  json.begin_object().member("jid", job.id).member("location", location).end_object();
  print((invocation.json ? json.take() : concat("Savepoint completed. Path: ", location)) + "\n");
}

int dispose(const Invocation& invocation) {
  const auto found = client::find_jobs(target_of(invocation));
  if (!found.warnings.empty()) {
    throw Error(ErrorKind::transient,
                concat("whether a running job needs the savepoint is not known, so that it was not "
                       "disposed of: ",
                       found.warnings.front()));
  }
  std::set<std::string> needed;
  for (const auto& job : found.jobs) {
    if (job.is_terminal()) continue;
    const client::RestClient client(job.jobmanager, seconds(invocation.timeout_seconds));
    needed.merge(client::needed_savepoints(client.checkpoints_json(job.id)));
  }
  fs::LocalFileSystem files;
  checkpoint::dispose_savepoint(files, invocation.dispose, needed);
  json::JsonWriter json;
  json.begin_object().member("disposed", invocation.dispose).end_object();
  print((invocation.json ? json.take() : concat("Savepoint '", invocation.dispose, "' disposed.")) +
        "\n");
  return exit_ok;
}

}  // namespace

int savepoint(const Invocation& invocation) {
  if (!invocation.dispose.empty()) return dispose(invocation);
  const auto job = wanted_job(invocation);
  const client::RestClient client(job.jobmanager, seconds(invocation.timeout_seconds));
  message(concat("Triggering savepoint for job ", job.id, "."));
  const auto trigger = client.trigger_savepoint(job.id, absolute(invocation.directory));
  const auto done = client::wait_for_operation(client, job.id, "savepoints", trigger,
                                               seconds(invocation.wait_seconds));
  report_savepoint(invocation, job, done.location);
  return exit_ok;
}

std::string stop_for(const Invocation& invocation, const client::JobSummary& job,
                     const std::function<void(const std::string&)>& requested) {
  const client::RestClient client(job.jobmanager, seconds(invocation.timeout_seconds));
  message(concat("Suspending job \"", job.id, "\" with a savepoint."));
  try {
    const auto trigger =
        client.stop_with_savepoint(job.id, absolute(invocation.directory), invocation.drain);
    requested(trigger);
    return client::wait_for_operation(client, job.id, "savepoints", trigger,
                                      seconds(invocation.wait_seconds))
        .location;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::transient) throw;
    const auto state = client::state_left_by(job.id, runtime_directory());
    throw Error(ErrorKind::user, concat("job ", job.id, " had ended by itself (", state,
                                        ") before a savepoint could stop it"));
  }
}

int stop(const Invocation& invocation) {
  const auto job = wanted_job(invocation);
  const auto savepoint = stop_for(invocation, job, [](const std::string&) {});
  const client::RestClient client(job.jobmanager, seconds(invocation.timeout_seconds));
  const auto good = concat("the savepoint ", savepoint, " is good, but ");
  std::string state;
  try {
    state = client::wait_until_ended(client, job.id, runtime_directory(),
                                     seconds(invocation.wait_seconds));
  } catch (const Error& error) {
    throw Error(error.kind(), good + error.message());
  }
  if (state != "FINISHED") {
    throw Error(ErrorKind::user, concat(good, "job ", job.id, " ended as ", state));
  }
  report_savepoint(invocation, job, savepoint);
  return exit_ok;
}

int checkpoint(const Invocation& invocation) {
  const auto job = wanted_job(invocation);
  const client::RestClient client(job.jobmanager, seconds(invocation.timeout_seconds));
  message(concat("Triggering checkpoint for job ", job.id, "."));
  const auto trigger = client.trigger_checkpoint(job.id, invocation.full);
  const auto done = client::wait_for_operation(client, job.id, "checkpoints", trigger,
                                               seconds(invocation.wait_seconds));
  json::JsonWriter json;
  json.begin_object().member("jid", job.id).member("checkpointId", done.checkpoint_id);
  json.end_object();
  print((invocation.json
             ? json.take()
             : concat("Checkpoint ", done.checkpoint_id, " for job ", job.id, " completed.")) +
        "\n");
  return exit_ok;
}

}  // namespace flink::flinkctl
