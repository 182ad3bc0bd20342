// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/drivers/local_driver.h"

#include <fcntl.h>
#include <flink/base/check.h>
#include <flink/error.h>
#include <net/if.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "base/address.h"

extern char** environ;

namespace flink::jobmanager {
namespace {

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return detail::concat("died (signal ", number, ", ", strsignal(number), ")");
  }
  return detail::concat("ended with exit code ", WEXITSTATUS(status));
}

// What the ended process left in the pipe: one line at most.
std::string read_last_words(int fd) {
  char text[2048];
  const auto size = ::read(fd, text, sizeof text);  // does not block
  std::string words(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  words.erase(std::min(words.find('\n'), words.size()));
  constexpr std::string_view prefix = "flinkc: ";
  return words.starts_with(prefix) ? words.substr(prefix.size()) : words;
}

// File actions and attributes that are destroyed on every way out.
struct SpawnSetup {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnSetup() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
};

}  // namespace

LocalDriver::LocalDriver(rpc::RealControlLoop& loop, LocalDriverOptions options, base::Log& log)
    : loop_(loop), options_(std::move(options)), log_(log), tasks_(*this) {}

LocalDriver::~LocalDriver() noexcept {
  for (auto& [token, child] : children_) {
    KJ_IF_MAYBE (pid, child->pid) {
      ::kill(*pid, SIGKILL);
      ::waitpid(*pid, nullptr, 0);
    }
  }
}

void LocalDriver::taskFailed(kj::Exception&& exception) {
  log_.error("local driver: ", exception.getDescription().cStr());
}

void LocalDriver::attach(const base::Address& jobmanager, DriverEvents& events) {
  jobmanager_ = jobmanager;
  events_ = &events;
}

std::string LocalDriver::log_of(const std::string& token) const { return options_.log_path(token); }

// The process is made here and now, since everything waits for it; what came of it is told later.
void LocalDriver::start_taskmanager(const std::string& token) {
  auto child = std::make_unique<Child>();
  child->token = token;
  try {
    spawn(*child);
  } catch (const Error& error) {
    tasks_.add(kj::evalLater([this, token, why = error.message()] {
      if (events_ != nullptr) events_->taskmanager_not_started(token, why);
    }));
    return;
  }
  child->pid = child->known_pid;
  log_.info("started ", token, " as process ", static_cast<int>(child->known_pid));
  auto& kept = *(children_[token] = std::move(child));
  tasks_.add(loop_.event_port().onChildExit(kept.pid).then(
      [this, &kept](int status) { exited(kept, status); }));
}

void LocalDriver::spawn(Child& child) {
  const std::string& token = child.token;
  const std::string log = log_of(token);
  std::vector<std::string> words{options_.program,
                                 "taskmanager",
                                 "--jobmanager",
                                 base::address_text(jobmanager_),
                                 "--token",
                                 token,
                                 "--parent",
                                 std::to_string(::getpid()),
                                 "--log-file",
                                 log,
                                 "-Denv.log.level=" + options_.log_level};
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  SpawnSetup setup;
  posix_spawn_file_actions_addopen(&setup.actions, 0, "/dev/null", O_RDONLY, 0);
  if (::access(options_.log_directory.c_str(), W_OK) == 0) {
    posix_spawn_file_actions_addopen(&setup.actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                     0644);
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    throw Error{ErrorKind::resource,
                detail::concat("cannot start a TaskManager process: no pipe: ", strerror(errno))};
  }
  child.last_words = kj::AutoCloseFd{ends[0]};
  const kj::AutoCloseFd theirs{ends[1]};
  posix_spawn_file_actions_adddup2(&setup.actions, theirs.get(), last_words_of_child);
  // Ctrl-C reaches the whole terminal group: blocked until the child has decided to ignore it.
  sigset_t blocked;
  sigset_t defaults;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGINT);
  sigfillset(&defaults);
  posix_spawnattr_setsigmask(&setup.attributes, &blocked);
  posix_spawnattr_setsigdefault(&setup.attributes, &defaults);
  posix_spawnattr_setflags(&setup.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  const int failure = posix_spawn(&child.known_pid, "/proc/self/exe", &setup.actions,
                                  &setup.attributes, argv.data(), environ);
  if (failure != 0) {
    throw Error{ErrorKind::resource,
                detail::concat("cannot start a TaskManager process: ", strerror(failure))};
  }
}

void LocalDriver::kill_taskmanager(const std::string& token) {
  const auto found = children_.find(token);
  if (found == children_.end()) return;
  KJ_IF_MAYBE (pid, found->second->pid) ::kill(*pid, SIGKILL);
}

void LocalDriver::exited(Child& child, int status) {
  const std::string token = child.token;
  const ProcessEnd end{how_it_ended(status), read_last_words(child.last_words)};
  log_.info(token, " (process ", static_cast<int>(child.known_pid), ") ", end.how);
  children_.erase(token);
  if (events_ != nullptr) events_->taskmanager_exited(token, end);
}

void check_loopback(const std::string& host) {
  if (!base::is_loopback(host)) return;
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  const bool known = ::ioctl(socket, SIOCGIFFLAGS, &request) == 0;
  ::close(socket);
  if (!known || (request.ifr_flags & IFF_UP) != 0) return;
  throw Error{
      ErrorKind::resource,
      detail::concat("the loopback interface is down, so that TaskManagers cannot reach the "
                     "JobManager at ",
                     host, ": `ip link set lo up`, or run with --local")};
}

bool become_child(pid_t parent, const std::string& program) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) return false;
  // Started through /proc/self/exe: give it its name back.
  ::prctl(PR_SET_NAME, program.substr(program.rfind('/') + 1).c_str());
  ::fcntl(last_words_of_child, F_SETFD, FD_CLOEXEC);  // not for what user code may start
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  ::sigprocmask(SIG_UNBLOCK, &interrupt, nullptr);
  return true;
}

}  // namespace flink::jobmanager
