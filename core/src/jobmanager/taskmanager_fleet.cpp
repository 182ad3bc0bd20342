// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/taskmanager_fleet.h"

#include <flink/base/check.h>

namespace flink::jobmanager {

namespace {
constexpr int early_deaths_max = 3;
constexpr int failed_starts_max = 5;
constexpr base::Duration first_pause = std::chrono::milliseconds(250);  // each is twice the last

// "… in task 'Map (1/1)#2' …" without the attempt's number.
std::string without_attempts(std::string_view words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    out += words[i];
    if (words[i] != '#') continue;
    while (i + 1 < words.size() && words[i + 1] >= '0' && words[i + 1] <= '9') ++i;
  }
  return out;
}
}  // namespace

void TaskManagerFleet::fill(base::TimePoint now) {
  if (now < retry_at_) return;
  while (!stopped_ && static_cast<int>(processes_.size()) < driver_.taskmanagers_wanted()) {
    const std::string token = detail::concat("taskmanager-", ++started_);
    processes_[token];
    driver_.start_taskmanager(token);
  }
}

void TaskManagerFleet::not_started(const std::string& token, const std::string& why,
                                   base::TimePoint now) {
  if (processes_.erase(token) == 0) return;
  last_failed_start_ = why;
  if (now < retry_at_) return;
  retry_at_ = now + first_pause * (1 << failed_starts_);
  ++failed_starts_;
}

base::TimePoint TaskManagerFleet::next_timer() const {
  const bool missing = static_cast<int>(processes_.size()) < driver_.taskmanagers_wanted();
  return missing && !stopped_ ? retry_at_ : base::TimePoint::never();
}

bool TaskManagerFleet::registered(const std::string& token, const std::string& taskmanager) {
  const auto found = processes_.find(token);
  if (found == processes_.end()) return false;
  found->second.taskmanager = taskmanager;
  failed_starts_ = 0;
  return true;
}

bool TaskManagerFleet::ready(const std::string& token) {
  const auto found = processes_.find(token);
  if (found == processes_.end()) return false;
  found->second.ready = true;
  early_deaths_ = 0;
  return true;
}

void TaskManagerFleet::kill(const std::string& token) {
  if (processes_.contains(token)) driver_.kill_taskmanager(token);
}

void TaskManagerFleet::kill_all() {
  for (const auto& [token, process] : processes_) driver_.kill_taskmanager(token);
}

std::optional<TaskManagerFleet::Exit> TaskManagerFleet::exited(const std::string& token,
                                                               const ProcessEnd& end) {
  const auto found = processes_.find(token);
  if (found == processes_.end()) return std::nullopt;
  Exit exit{found->second.taskmanager, end.how, {}};
  if (const auto log = driver_.log_of(token); !log.empty()) {
    exit.hint = detail::concat("its messages are in ", log);
  }
  if (!end.last_words.empty()) {
    exit.how += detail::concat(": ", end.last_words);
    auto crash = without_attempts(end.last_words);
    same_crashes_ = crash == last_crash_ ? same_crashes_ + 1 : 1;
    last_crash_ = std::move(crash);
    if (same_crashes_ > 1) {
      exit.hint += detail::concat(exit.hint.empty() ? "" : "; ", same_crashes_,
                                  " TaskManagers in a row crashed in this way: a restart does not "
                                  "help, the next attempt will most likely end like this one");
    }
  }
  if (!found->second.ready) {
    ++early_deaths_;
    last_early_death_ = exit.hint.empty() ? exit.how : detail::concat(exit.how, "; ", exit.hint);
  }
  processes_.erase(found);
  return exit;
}

std::vector<std::string> TaskManagerFleet::unregistered() const {
  std::vector<std::string> tokens;
  for (const auto& [token, process] : processes_) {
    if (process.taskmanager.empty()) tokens.push_back(token);
  }
  return tokens;
}

std::string TaskManagerFleet::give_up_reason() const {
  if (failed_starts_ >= failed_starts_max) {
    return detail::concat("no TaskManager could be started, ", failed_starts_,
                          " times in a row; the last time: ", last_failed_start_);
  }
  if (early_deaths_ < early_deaths_max) return {};
  return detail::concat("TaskManager processes end before they are ready, ", early_deaths_,
                        " times in a row; the last one ", last_early_death_);
}

}  // namespace flink::jobmanager
