// SPDX-License-Identifier: Apache-2.0
// What flinkctl does, without its command line: find jobs, choose one by id, prefix or name, print
// them, cancel one and wait. Texts are Flink's where Flink's own command line prints one. Blocking.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "client/rest_client.h"

namespace flink::client {

// Where to look: one JobManager, or all local ones.
struct Target {
  std::optional<Endpoint> jobmanager;
  std::string runtime_directory;
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
};

struct Jobs {
  std::vector<JobSummary> jobs;       // by start time
  std::vector<std::string> warnings;  // local JobManagers that did not answer
};

// Throws Error{transient} when the named JobManager cannot be reached.
Jobs find_jobs(const Target& target);

// The job with this id, this name, or an id that starts so. Throws Error{user} when there is none
// or more than one. Of several with one name, a single one that still runs is meant.
JobSummary choose_job(const std::vector<JobSummary>& jobs, std::string_view wanted);

struct ListFilter {
  bool running = true;
  bool scheduled = true;
  bool terminated = false;
};
// As `flink list` prints: "23.11.2026 03:06:52 : <id> : <name> (RUNNING)", local times.
std::string list_text(const std::vector<JobSummary>& jobs, const ListFilter& filter);
// {"jobs":[...]} with the keys of /jobs/overview and "jobmanager".
std::string list_json(const std::vector<JobSummary>& jobs, const ListFilter& filter);

// A page about one job, from /jobs/:id and /jobs/:id/exceptions.
std::string info_text(const JobSummary& job, std::string_view job_json,
                      std::string_view exceptions_json);

// What a job may start from again, by its /jobs/:id/checkpoints: the savepoint it came from and its
// newest one, each until a newer checkpoint is complete. Paths.
std::set<std::string> needed_savepoints(std::string_view checkpoints_json);

// Waits until the operation is done. Throws Error{user} with its failure, Error{resource} when it
// is not done in time.
RestClient::Operation wait_for_operation(const RestClient& client, std::string_view id,
                                         std::string_view kind, std::string_view trigger,
                                         std::chrono::milliseconds timeout);

// Waits until the job has ended and returns its last state: as its JobManager says, or has left in
// `runtime_directory` when it ended before it could be asked. Throws Error{resource} when the job
// has not ended in time, Error{transient} when it is not known how it ended. `takes_long`: called
// once, when it has not ended after two seconds.
std::string wait_until_ended(const RestClient& client, std::string_view id,
                             const std::string& runtime_directory,
                             std::chrono::milliseconds timeout,
                             const std::function<void()>& takes_long = {});
// What a job that is being cancelled waits for, by its /jobs/:id, for people. `timeout`: its
// task.cancellation.timeout; empty: the default.
std::string cancelling_text(std::string_view job_json, std::string_view timeout);
// The last state of a job whose JobManager cannot be reached any more, as it has left it. Throws
// Error{transient} when it has left nothing.
std::string state_left_by(std::string_view id, const std::string& runtime_directory);

}  // namespace flink::client
