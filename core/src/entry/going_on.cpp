// SPDX-License-Identifier: Apache-2.0
#include "entry/going_on.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "checkpoint/open_job.h"
#include "checkpoint/other_lives.h"
#include "config/options.h"
#include "entry/process.h"
#include "fs/local_file_system.h"

namespace flink::entry {
namespace options = config::options;
namespace {

using detail::concat;

// A job of a given name is one job, however often a supervisor starts it.
base::JobId id_of_name(const std::string& name) {
  std::uint64_t hash[2] = {0xcbf29ce484222325ull, 0x84222325cbf29ce4ull};
  for (const char c : name) {
    for (auto& part : hash) part = (part ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  }
  return {hash[0], hash[1]};
}

}  // namespace

std::optional<base::JobId> job_id_of(const CommandLine& command, const std::string& name) {
  if (command.job_id.empty()) {
    if (!command.recover) return std::nullopt;
    if (name == StreamGraph{}.job_name) {
      throw Error{ErrorKind::user,
                  concat("--recover finds a job by its name, and this one has none of its own ('",
                         name, "' is everybody's): name it in env.execute(), or give it --job-id")};
    }
    return id_of_name(name);
  }
  const auto id = base::JobId::parse(command.job_id);
  if (!id) {
    throw Error{ErrorKind::user,
                concat("--job-id '", command.job_id, "': expected 32 hexadecimal digits")};
  }
  return id;
}

void refuse_other_life(const CommandLine& command, const plan::JobPlan& plan) {
  if (!command.recover || !command.job_id.empty()) return;
  const auto& name = plan.graph->job_name;
  const auto job = *job_id_of(command, name);
  const auto directory = checkpoint::settings_of(plan.configuration, job).ha_directory;
  if (directory.empty()) return;
  fs::LocalFileSystem files;
  const auto own = ha::make_file_ha_store(files, directory, job);
  if (own->result() || own->read()) return;
  const auto others = checkpoint::unfinished_jobs(files, directory, name);
  if (others.empty()) return;
  const auto& other = others.front();
  throw Error{
      ErrorKind::user,
      concat("--recover finds nothing of job '", name, "' under its own id (", job.hex(), ", made ",
             "from its name), but '", directory, "' holds job ", other, " of that name, which was ",
             "started under another id and has not ended: go on with it with --recover --job-id ",
             other, "; or begin anew: once that job runs no more remove '", directory, "/", other,
             "', or give this one an id of its own with --job-id",
             others.size() > 1 ? concat(" (", others.size() - 1, " more of that name are there)")
                               : "")};
}

void take_over_max_parallelism(const CommandLine& command, plan::JobPlan& plan) {
  checkpoint::OpenOptions open;
  open.from = plan.configuration.find(options::recovery_path).value_or("");
  if (!command.recover && open.from.empty()) return;
  fs::LocalFileSystem files;
  open.job = job_id_of(command, plan.graph->job_name).value_or(base::JobId{});
  std::unique_ptr<ha::HaStore> store;
  const auto settings = checkpoint::settings_of(plan.configuration, open.job);
  if (command.recover && !settings.ha_directory.empty()) {
    store = ha::make_file_ha_store(files, settings.ha_directory, open.job);
  }
  plan::restore_max_parallelism(plan,
                                checkpoint::restored_max_parallelism(files, store.get(), open));
}

int become(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<char*> command{const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) command.push_back(const_cast<char*>(argument.c_str()));
  command.push_back(nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
  ::execv("/proc/self/exe", command.data());
  std::fprintf(stderr, "%s: the job could not be started again: %s\n", program.c_str(),
               std::strerror(errno));
  return exit_not_started;
}

}  // namespace flink::entry
