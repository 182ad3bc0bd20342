// SPDX-License-Identifier: Apache-2.0
#include "client/job_commands.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <thread>

#include "base/path.h"
#include "client/running_jobs.h"
#include "config/options.h"
#include "config/value_syntax.h"
#include "flink/base/check.h"
#include "flink/error.h"
#include "json/json_writer.h"
#include "types/civil_time.h"

namespace flink::client {
namespace {

using flink::detail::concat;

constexpr std::size_t rule_width = 62;

// "23.11.2026 03:06:52", local time.
std::string local_time(std::int64_t millis) {
  const std::time_t seconds = millis / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%d.%m.%Y %H:%M:%S", &parts)};
}

std::string duration_text(std::int64_t millis) {
  const std::int64_t seconds = std::max<std::int64_t>(0, millis) / 1000;
  if (seconds >= 86400) return concat(seconds / 86400, " d ", seconds / 3600 % 24, " h");
  if (seconds >= 3600) return concat(seconds / 3600, " h ", seconds / 60 % 60, " min");
  if (seconds >= 60) return concat(seconds / 60, " min ", seconds % 60, " s");
  return concat(std::max<std::int64_t>(0, millis) / 1000, ".", millis / 100 % 10, " s");
}

// Control characters of a name must not reach a terminal.
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return out;
}

// A title in the middle of a line of dashes, as Flink centers it.
std::string ruled(std::string_view title) {
  const std::size_t dashes = rule_width - title.size() - 2;
  return std::string(dashes / 2, '-') + " " + std::string(title) + " " +
         std::string(dashes - dashes / 2, '-') + "\n";
}

enum class Group { running, scheduled, terminated };

Group group_of(const JobSummary& job) {
  if (job.is_terminal()) return Group::terminated;
  return job.state == "CREATED" ? Group::scheduled : Group::running;
}

bool is_shown(const JobSummary& job, const ListFilter& filter) {
  switch (group_of(job)) {
    case Group::running:
      return filter.running;
    case Group::scheduled:
      return filter.scheduled;
    case Group::terminated:
      return filter.terminated;
  }
  return false;
}

std::string section(const std::vector<JobSummary>& jobs, Group group, std::string_view title,
                    std::string_view none) {
  std::string lines;
  for (const JobSummary& job : jobs) {
    if (group_of(job) != group) continue;
    lines += concat(local_time(job.start_time), " : ", job.id, " : ", printable(job.name), " (",
                    job.state, ")\n");
  }
  if (lines.empty()) return concat(none, "\n");
  return ruled(title) + lines + std::string(rule_width, '-') + "\n";
}

std::string describe(const JobSummary& job) {
  return concat("  ", job.id, "  ", printable(job.name), " (", job.state, ") at ",
                job.jobmanager.text(), "\n");
}

std::string event_time_text(std::int64_t millis) {
  if (millis == INT64_MIN) return "no watermark yet";
  std::string out = "watermark ";
  types::append_time(out, millis, 1, 1000);
  return out;
}

// "a, b and c"
std::string enumerated(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    out += concat(i == 0 ? "" : i + 1 == words.size() ? " and " : ", ", words[i]);
  }
  return out;
}

std::string holder_text(const json::JsonValue& holder) {
  std::vector<std::string> subtasks, sources;
  for (const auto& subtask : holder["subtasks"].items()) {
    subtasks.push_back(std::to_string(subtask.as_int() + 1));
  }
  // A JobManager that is older tells one.
  if (subtasks.empty()) subtasks.push_back(std::to_string(holder["subtask"].as_int() + 1));
  for (const auto& source : holder["sources"].items()) {
    sources.push_back(concat("'", printable(source.as_string()), "'"));
  }
  auto out = concat("    by subtask", subtasks.size() > 1 ? "s " : " ", enumerated(subtasks),
                    " of '", printable(holder["operator"].as_string()), "'");
  if (!sources.empty()) out += concat(", behind ", enumerated(sources));
  if (const auto& split = holder["split"].as_string(); !split.empty()) {
    out += concat(", split ", printable(split), subtasks.size() > 1 ? " of the first" : "");
  }
  return out;
}

// What stands still is said; what goes on holds nobody up.
std::string standing_event_time(const json::JsonValue& details) {
  constexpr std::int64_t standing_millis = 5000;
  std::map<std::string, std::string> waiting;  // by what they wait for
  for (const json::JsonValue& waits : details["event-time"].items()) {
    const json::JsonValue& holder = waits["held-back-by"];
    const auto since = holder["since"].as_int();
    const auto stands = details["now"].as_int() - since;
    if (stands < standing_millis) continue;
    auto by = holder_text(holder);
    by += concat(": ", event_time_text(holder["watermark"].as_int()), ", since ", local_time(since),
                 " (", duration_text(stands), ")\n    ", printable(waits["advice"].as_string()),
                 "\n");
    auto& who = waiting[by];
    who += concat(who.empty() ? "  " : ", ", printable(waits["vertex-name"].as_string()));
  }
  std::string out = waiting.empty() ? "" : "\nEvent time stands still, held back:\n";
  for (const auto& [by, who] : waiting) out += who + "\n" + by;
  return out;
}

// The name comes last: it may be as long as the chain that it tells.
std::string task_table(const json::JsonValue& vertices) {
  std::vector<std::array<std::string, 5>> rows{
      {"STATUS", "SUBTASKS", "RECORDS IN", "RECORDS OUT", "TASK"}};
  for (const json::JsonValue& vertex : vertices.items()) {
    const json::JsonValue& metrics = vertex["metrics"];
    rows.push_back({vertex["status"].as_string(), std::to_string(vertex["parallelism"].as_int()),
                    std::to_string(metrics["read-records"].as_int()),
                    std::to_string(metrics["write-records"].as_int()),
                    printable(vertex["name"].as_string())});
  }
  std::array<std::size_t, 4> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string blanks(widths[i] - row[i].size(), ' ');
      out += concat(i == 0 ? row[i] + blanks : blanks + row[i], "  ");
    }
    out += row.back() + "\n";
  }
  return out;
}

std::string one_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Jobs find_jobs(const Target& target) {
  Jobs found;
  if (target.jobmanager) {
    found.jobs = RestClient(*target.jobmanager, target.timeout).jobs();
  } else {
    for (const RunningJob& running : find_running_jobs(target.runtime_directory)) {
      try {
        for (JobSummary& job : RestClient(running.rest, target.timeout).jobs()) {
          found.jobs.push_back(std::move(job));
        }
      } catch (const Error& error) {
        found.warnings.push_back(concat("job ", printable(running.name), " (", running.job_id,
                                        ", pid ", running.pid, "): ", error.message()));
      }
    }
  }
  std::sort(found.jobs.begin(), found.jobs.end(), [](const JobSummary& a, const JobSummary& b) {
    return a.start_time != b.start_time ? a.start_time < b.start_time : a.id < b.id;
  });
  // Two files may name one endpoint.
  found.jobs.erase(
      std::unique(found.jobs.begin(), found.jobs.end(),
                  [](const JobSummary& a, const JobSummary& b) { return a.id == b.id; }),
      found.jobs.end());
  return found;
}

JobSummary choose_job(const std::vector<JobSummary>& jobs, std::string_view wanted) {
  std::vector<JobSummary> matches;
  const auto collect = [&](auto&& fits) {
    if (!matches.empty()) return;
    std::copy_if(jobs.begin(), jobs.end(), std::back_inserter(matches), fits);
  };
  collect([&](const JobSummary& job) { return job.id == wanted; });
  collect([&](const JobSummary& job) { return job.name == wanted; });
  if (matches.size() > 1) {
    const auto live = std::count_if(matches.begin(), matches.end(),
                                    [](const JobSummary& job) { return !job.is_terminal(); });
    if (live == 1) std::erase_if(matches, [](const JobSummary& job) { return job.is_terminal(); });
  }
  collect([&](const JobSummary& job) { return !wanted.empty() && job.id.starts_with(wanted); });
  if (matches.size() == 1) return matches.front();
  std::string message;
  if (matches.empty() && jobs.empty()) {
    message = concat("no job \"", wanted,
                     "\": no jobs were found. `flinkctl list -a` lists them; "
                     "--jobmanager HOST:PORT asks another machine.");
  } else if (matches.empty()) {
    message = concat("no job has the id or name \"", wanted, "\"; there are:\n");
    for (const JobSummary& job : jobs) message += describe(job);
  } else {
    message = concat("\"", wanted, "\" means ", matches.size(), " jobs; give more of the id:\n");
    for (const JobSummary& job : matches) message += describe(job);
  }
  while (message.ends_with('\n')) message.pop_back();
  throw Error(ErrorKind::user, message);
}

std::string list_text(const std::vector<JobSummary>& jobs, const ListFilter& filter) {
  std::string out;
  if (filter.running) {
    out += section(jobs, Group::running, "Running/Restarting Jobs", "No running jobs.");
  }
  if (filter.scheduled)
    out += section(jobs, Group::scheduled, "Scheduled Jobs", "No scheduled jobs.");
  if (filter.terminated) {
    out += section(jobs, Group::terminated, "Terminated Jobs", "No terminated jobs.");
  }
  return out;
}

std::string list_json(const std::vector<JobSummary>& jobs, const ListFilter& filter) {
  json::JsonWriter json;
  json.begin_object().key("jobs").begin_array();
  for (const JobSummary& job : jobs) {
    if (!is_shown(job, filter)) continue;
    json.begin_object().member("jid", job.id).member("name", job.name).member("state", job.state);
    json.member("start-time", job.start_time).member("end-time", job.end_time);
    json.member("duration", job.duration).member("jobmanager", job.jobmanager.text()).end_object();
  }
  json.end_array().end_object();
  return json.take() + "\n";
}

std::string info_text(const JobSummary& job, std::string_view job_json,
                      std::string_view exceptions_json) {
  const json::JsonValue details = json::JsonValue::parse(job_json).value_or(json::JsonValue{});
  std::string out = concat("Job:         ", printable(job.name), "\nID:          ", job.id,
                           "\nState:       ", details["state"].as_string(),
                           "\nStarted:     ", local_time(details["start-time"].as_int()), "\n");
  if (details["end-time"].as_int() > 0) {
    out += concat("Ended:       ", local_time(details["end-time"].as_int()), "\n");
  }
  out += concat("Duration:    ", duration_text(details["duration"].as_int()),
                "\nJobManager:  http://", job.jobmanager.text(), "\n\n");
  out += task_table(details["vertices"]);
  out += standing_event_time(details);
  const json::JsonValue history =
      json::JsonValue::parse(exceptions_json).value_or(json::JsonValue{});
  const auto& failures = history["exceptionHistory"]["entries"].items();
  if (!failures.empty()) out += "\nFailures, newest first:\n";
  for (const json::JsonValue& failure : failures) {
    out += concat("  ", local_time(failure["timestamp"].as_int()), "  ");
    const std::string& task = failure["taskName"].as_string();
    if (!task.empty()) out += printable(task) + ": ";
    out += printable(one_line(failure["stacktrace"].as_string())) + "\n";
  }
  return out;
}

std::set<std::string> needed_savepoints(std::string_view checkpoints_json) {
  std::set<std::string> out;
  const auto json = json::JsonValue::parse(checkpoints_json);
  if (!json) throw Error(ErrorKind::transient, "the JobManager's answer is no JSON");
  const auto& latest = (*json)["latest"];
  const auto newest = latest["completed"]["id"].as_int();  // 0: none
  for (const auto* one : {&latest["restored"], &latest["savepoint"]}) {
    const auto& path = (*one)["external_path"].as_string();
    if (!path.empty() && (*one)["id"].as_int() >= newest) out.insert(base::Path{path}.text());
  }
  return out;
}

RestClient::Operation wait_for_operation(const RestClient& client, std::string_view id,
                                         std::string_view kind, std::string_view trigger,
                                         std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  auto pause = std::chrono::milliseconds(10);
  while (true) {
    auto operation = client.operation(id, kind, trigger);
    if (operation.done && operation.failure.empty()) return operation;
    if (operation.done) throw Error(ErrorKind::user, operation.failure);
    if (std::chrono::steady_clock::now() + pause > deadline) {
      throw Error(ErrorKind::resource, concat("not done after ", timeout.count() / 1000,
                                              " s; it goes on, see `flinkctl info ", id, "`"));
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(250));
  }
}

std::string cancelling_text(std::string_view job_json, std::string_view timeout) {
  const json::JsonValue details = json::JsonValue::parse(job_json).value_or(json::JsonValue{});
  std::string waits_for;
  for (const json::JsonValue& vertex : details["vertices"].items()) {
    const auto tasks = vertex["tasks"]["CANCELING"].as_int();
    if (tasks == 0) continue;
    waits_for += concat(waits_for.empty() ? "" : ", ", tasks, " of '",
                        printable(vertex["name"].as_string()), "'");
  }
  if (waits_for.empty()) return "every task has ended; the job's sinks tidy up";
  const auto& option = config::options::cancellation_timeout;
  const std::string text{timeout.empty() ? option.info.default_text : timeout};
  const auto length = config::parse_duration(text);
  const std::string what_then =
      length && length->count() == 0
          ? concat(" (", option.info.key, " is 0: for ever)")
          : concat("; a task that is still there ", text, " after it was cancelled (",
                   option.info.key, ") is ended with its process");
  return concat("waiting for tasks whose functions have not returned: ", waits_for, what_then);
}

std::string state_left_by(std::string_view id, const std::string& runtime_directory) {
  auto state = last_state(runtime_directory, std::string{id});
  if (state) return *std::move(state);
  throw Error(ErrorKind::transient, concat("the JobManager of job ", id,
                                           " is gone, and it is not known how the job "
                                           "ended: its messages and its log say more"));
}

std::string wait_until_ended(const RestClient& client, std::string_view id,
                             const std::string& runtime_directory,
                             std::chrono::milliseconds timeout,
                             const std::function<void()>& takes_long) {
  constexpr auto long_after = std::chrono::seconds(2);
  const auto began = std::chrono::steady_clock::now();
  const auto deadline = began + timeout;
  auto pause = std::chrono::milliseconds(10);
  bool told = !takes_long;
  while (true) {
    std::string state;
    try {
      state = client.job_state(id);
    } catch (const Error& error) {
      // The JobManager of one job ends with it, and another may have its port by now.
      if (error.kind() != ErrorKind::transient && error.kind() != ErrorKind::user) throw;
      return state_left_by(id, runtime_directory);
    }
    if (state == "FINISHED" || state == "CANCELED" || state == "FAILED") return state;
    if (!told && std::chrono::steady_clock::now() - began >= long_after) {
      told = true;
      takes_long();
    }
    if (std::chrono::steady_clock::now() + pause > deadline) {
      throw Error(ErrorKind::resource,
                  concat("job ", id, " is still ", state, " after ", timeout.count() / 1000,
                         " s; it goes on cancelling, see `flinkctl info ", id, "`"));
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(250));
  }
}

}  // namespace flink::client
