// SPDX-License-Identifier: Apache-2.0
// The process of one TaskManager: a child of the JobManager, or started by hand (standalone).
#include <arpa/inet.h>
#include <flink/base/check.h>
#include <flink/error.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <memory>

#include "base/address.h"
#include "config/options.h"
#include "entry/logging.h"
#include "entry/process.h"
#include "entry/version.h"
#include "fiber/fault_handler.h"
#include "jobmanager/drivers/local_driver.h"
#include "minicluster/real_process.h"
#include "minicluster/submission.h"
#include "taskmanager/task_manager.h"

namespace flink::entry {
namespace options = config::options;
namespace {

using detail::concat;
using taskmanager::TaskManagerEnd;

base::Address jobmanager_address(const std::string& text) {
  constexpr std::uint16_t default_port = 6123;
  if (auto address = base::parse_address(text, default_port)) return *address;
  throw Error{ErrorKind::user, concat("--jobmanager: '", text, "' is not HOST:PORT")};
}

std::uint64_t resident_memory() {
  std::uint64_t pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    unsigned long total = 0;
    unsigned long resident = 0;
    if (std::fscanf(file, "%lu %lu", &total, &resident) == 2) pages = resident;
    std::fclose(file);
  }
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// What a TaskManager may decide for itself; the rest of the configuration is the job's, and the
// JobManager sends it.
config::Configuration own_part(const config::Configuration& configuration) {
  config::Configuration own;
  for (const auto& [key, entry] : configuration.entries()) {
    if (key.starts_with("taskmanager.") || key.starts_with("cluster.registration.") ||
        key.starts_with("env.") || key.starts_with("io.tmp.")) {
      own.set_text(key, entry.value, entry.origin);
    }
  }
  return own;
}

// Connecting a datagram socket sends nothing; it only picks the route.
std::string address_towards(const addrinfo& target) {
  const int fd = ::socket(target.ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  sockaddr_storage local{};
  socklen_t size = sizeof local;
  char text[NI_MAXHOST];
  const auto* address = reinterpret_cast<sockaddr*>(&local);
  const bool known =
      ::connect(fd, target.ai_addr, target.ai_addrlen) == 0 &&
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size) == 0 &&
      ::getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0;
  ::close(fd);
  return known ? text : "";
}

// This machine's address as the JobManager sees it; empty when that cannot be told.
std::string address_towards(const base::Address& jobmanager) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const auto port = std::to_string(jobmanager.port);
  const auto host = base::plain_host(jobmanager.host);
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return {};
  std::string out;
  for (const addrinfo* one = found; one != nullptr && out.empty(); one = one->ai_next) {
    out = address_towards(*one);
  }
  ::freeaddrinfo(found);
  return out;
}

// A TaskManager on another host than its JobManager is found under the address that leads there.
void choose_host(config::Configuration& own, const base::Address& jobmanager) {
  if (base::is_loopback(jobmanager.host) || own.is_set(options::taskmanager_host)) return;
  const auto address = address_towards(jobmanager);
  if (address.empty()) return;
  own.set(options::taskmanager_host, address,
          {config::Source::code, "the route to the JobManager"});
  if (!own.is_set(options::taskmanager_bind_host)) {
    own.set(options::taskmanager_bind_host, address,
            {config::Source::code, "the route to the JobManager"});
  }
}

class TaskManagerProcess final : private taskmanager::TaskManagerListener {
 public:
  TaskManagerProcess(const Invocation& invocation, config::Configuration own)
      : invocation_(invocation), own_(std::move(own)) {
    const auto& command = invocation.command;
    std::string path = command.log_file;
    if (path.empty()) {
      path = log_path(own_.get(options::log_dir), invocation.program, ::getpid(), "taskmanager");
    }
    std::string problem;
    log_ = open_log(path, own_.get(options::log_level), problem);
    if (!problem.empty() && command.token.empty()) say(problem);
  }

  int run();

 private:
  void ended(TaskManagerEnd end, const std::string& reason) override;
  void say(const std::string& line) const {
    std::fprintf(stderr, "%s taskmanager: %s\n", invocation_.program.c_str(), line.c_str());
  }

  const Invocation& invocation_;
  config::Configuration own_;
  std::unique_ptr<base::Log> log_;
  minicluster::RealProcess process_;
  std::unique_ptr<taskmanager::TaskManager> taskmanager_;
};

int TaskManagerProcess::run() {
  const auto& command = invocation_.command;
  const bool child = !command.token.empty();
  taskmanager::TaskManagerOptions setup;
  setup.jobmanager = jobmanager_address(command.jobmanager);
  if (!child) choose_host(own_, setup.jobmanager);
  setup.host = own_.get(options::taskmanager_host);
  setup.build_id = build_id();
  setup.abi = minicluster::abi_tag();
  setup.token = command.token;
  setup.process_id = static_cast<std::uint64_t>(::getpid());
  setup.cpu_cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  setup.physical_memory = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                          static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  setup.build_job = minicluster::builder_of(invocation_.define_job);
  setup.own_configuration = own_;
  setup.reconnect = !child;
  setup.resident_memory = resident_memory;
  TaskManagerListener& listener = *this;
  taskmanager_ = std::make_unique<taskmanager::TaskManager>(process_.environment(*log_),
                                                            std::move(setup), listener);
  taskmanager_->start();
  if (!child) say(concat("registering with the JobManager at ", command.jobmanager));
  process_.loop.run();
  return exit_finished;
}

// Ends the process here and now: slots may be deep in user code that never returns, and everything
// that must last (files, reports) has been handed over by tasks that ended.
void TaskManagerProcess::ended(TaskManagerEnd end, const std::string& reason) {
  const bool child = !invocation_.command.token.empty();
  if (!child) say(reason);
  else if (end == TaskManagerEnd::task_stuck) log_->error(reason);
  std::fflush(stdout);
  ::_exit(end == TaskManagerEnd::job_ended ? exit_finished : exit_not_started);
}

}  // namespace

int run_taskmanager(const Invocation& invocation) {
  const auto& command = invocation.command;
  const bool child = !command.token.empty();
  if (child && !jobmanager::become_child(static_cast<pid_t>(command.parent), invocation.program)) {
    return exit_not_started;  // its JobManager is gone already
  }
  fiber::install_fault_handler({stack_advice, child ? jobmanager::last_words_of_child : -1});
  config::Configuration own;
  try {
    if (child) {
      config::LoadOptions given;
      given.properties = command.properties;
      own = config::load_configuration(given);
    } else {
      own = own_part(load_process_configuration(invocation));
    }
    TaskManagerProcess process{invocation, std::move(own)};
    return process.run();
  } catch (const Error& error) {
    std::fprintf(stderr, "%s taskmanager: %s\n", invocation.program.c_str(),
                 error.message().c_str());
    return exit_usage;
  }
}

}  // namespace flink::entry
