// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_driver.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>

#include "base/buggify.h"

namespace flink::sim {
namespace {

constexpr std::int64_t launch_nanos_min = 5'000'000, launch_nanos_more = 45'000'000;
constexpr Duration signal_delay{200'000};  // until a parent hears of its child's end
// Until whoever watches machines says that one is gone: after the JobManager's own patience.
constexpr Duration machine_lost_delay{90'000'000'000};

}  // namespace

void SimDriver::attach(const base::Address& jobmanager, jobmanager::DriverEvents& events) {
  jobmanager_ = jobmanager;
  events_ = &events;
}

void SimDriver::start_taskmanager(const std::string& token) {
  processes_[token] = nullptr;  // on its way
  const Duration delay{launch_nanos_min +
                       static_cast<std::int64_t>(random_.below(launch_nanos_more))};
  world_.queue.after(delay, nullptr, [this, token] { launch(token); });
}

void SimDriver::launch(const std::string& token) {
  const auto found = processes_.find(token);
  if (found == processes_.end()) return;  // killed before it began
  if (events_ == nullptr) return static_cast<void>(processes_.erase(found));
  if (FLINK_BUGGIFY("TaskManager not started")) {
    processes_.erase(found);
    return events_->taskmanager_not_started(token, "no more processes (simulated)");
  }
  found->second = std::make_unique<SimProcess>(world_, token + suffix_);
  SimProcess& process = *found->second;
  world_.trace.event("launch", process.id());
  try {
    process.body = make_(process, jobmanager_, token, [this, token, life = process.life](int code) {
      world_.queue.after(Duration{0}, life, [this, token, code] {
        const auto entry = processes_.find(token);
        if (entry == processes_.end() || !entry->second) return;
        entry->second->exit();
        exited(token, detail::concat("ended with exit code ", code));
      });
    });
  } catch (const Error& error) {
    process.log.error("cannot start: ", error.message());
    exited(token, "ended with exit code 1");
  }
}

void SimDriver::exited(const std::string& token, const std::string& how) {
  world_.queue.after(signal_delay, nullptr, [this, token, how] {
    const auto found = processes_.find(token);
    if (found == processes_.end()) return;
    processes_.erase(found);
    world_.trace.event("exited");
    if (events_ != nullptr) events_->taskmanager_exited(token, {how, ""});
  });
}

void SimDriver::kill_taskmanager(const std::string& token) {
  world_.queue.after(Duration{0}, nullptr, [this, token] {
    const auto found = processes_.find(token);
    if (found == processes_.end()) return;
    if (found->second) found->second->kill();
    exited(token, "was killed by signal 9 (Killed)");
  });
}

void SimDriver::kill(SimProcess& process) {
  const std::string token = token_of(process);
  process.kill();
  exited(token, "was killed by signal 9 (Killed)");
}

void SimDriver::lose_machine(SimProcess& process) {
  const std::string token = token_of(process);
  process.lose_machine();
  world_.queue.after(machine_lost_delay, nullptr,
                     [this, token] { exited(token, "was on a machine that is gone"); });
}

std::string SimDriver::token_of(const SimProcess& process) const {
  for (const auto& [token, each] : processes_) {
    if (each.get() == &process) return token;
  }
  FLINK_CHECK(false, process.name());
  return {};
}

SimProcess* SimDriver::find(ProcessId id) const {
  for (const auto& [token, process] : processes_) {
    if (process && process->id() == id) return process.get();
  }
  return nullptr;
}

std::vector<SimProcess*> SimDriver::living() const {
  std::vector<SimProcess*> out;
  for (const auto& [token, process] : processes_) {
    if (process && process->alive()) out.push_back(process.get());
  }
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->id() < b->id(); });
  return out;
}

}  // namespace flink::sim
