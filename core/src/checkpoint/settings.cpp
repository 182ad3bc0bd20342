// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/settings.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include "checkpoint/storage.h"
#include "config/options.h"

namespace flink::checkpoint {
namespace {

namespace options = config::options;

Retention retention_of(const std::string& word) {
  if (word == "RETAIN_ON_CANCELLATION") return Retention::retain_on_cancellation;
  if (word == "DELETE_ON_CANCELLATION") return Retention::delete_on_cancellation;
  return Retention::none;
}

std::string first_of(const std::string& list) { return list.substr(0, list.find_first_of(",:|")); }

void check(const Settings& settings) {
  if (settings.interval && settings.interval->count() <= 0) {
    throw Error{ErrorKind::user,
                "execution.checkpointing.interval must be more than 0; leave it out to take no "
                "checkpoints"};
  }
  if (settings.unaligned && settings.max_concurrent > 1) {
    throw Error{ErrorKind::user,
                "unaligned checkpoints (execution.checkpointing.unaligned.enabled) go one at a "
                "time: leave execution.checkpointing.max-concurrent-checkpoints at 1"};
  }
  if (settings.unaligned && !settings.exactly_once) {
    throw Error{ErrorKind::user,
                "unaligned checkpoints need execution.checkpointing.mode EXACTLY_ONCE"};
  }
}

}  // namespace

Settings settings_of(const config::Configuration& configuration, const base::JobId& job) {
  Settings out;
  out.interval = configuration.find(options::checkpointing_interval);
  out.exactly_once = configuration.get(options::checkpointing_mode) == "EXACTLY_ONCE";
  out.timeout = configuration.get(options::checkpointing_timeout);
  out.min_pause = configuration.get(options::checkpointing_min_pause);
  out.max_concurrent = configuration.get(options::checkpointing_max_concurrent);
  if (out.min_pause.count() > 0) out.max_concurrent = 1;
  out.tolerable_failures = configuration.get(options::checkpointing_tolerable_failures);
  out.retention = retention_of(configuration.get(options::checkpointing_retention));
  out.num_retained = configuration.get(options::checkpointing_num_retained);
  out.unaligned = configuration.get(options::checkpointing_unaligned);
  out.aligned_timeout = configuration.get(options::checkpointing_aligned_timeout);
  out.after_tasks_finish = configuration.get(options::checkpoints_after_tasks_finish);
  out.incremental = configuration.get(options::checkpointing_incremental);
  out.state_backend = configuration.get(options::state_backend_type);
  // A restore looks at its savepoint before the JobManager says where it was started.
  out.working_directory = configuration.find(options::working_directory).value_or("");
  const auto absolute = [&](const auto& option, const std::string& text) {
    return local_path(text, option.info.key, out.working_directory);
  };
  const auto directory_of = [&](const auto& option) {
    const auto text = configuration.find(option);
    return text ? absolute(option, *text) : std::string{};
  };
  out.directory = out.ha_directory = directory_of(options::checkpointing_dir);
  if (out.directory.empty()) {
    out.directory = absolute(options::tmp_dirs, first_of(configuration.get(options::tmp_dirs))) +
                    "/flinkc-checkpoints-" + job.hex();
    out.temporary = true;
  }
  if (const auto directory = directory_of(options::high_availability_dir); !directory.empty()) {
    out.ha_directory = directory;
  }
  out.savepoint_directory = directory_of(options::savepoint_dir);
  check(out);
  return out;
}

ha::FileHaServices ha_services_of(base::FileSystem& files,
                                  const config::Configuration& configuration) {
  return {files, settings_of(configuration, {}).ha_directory};
}

}  // namespace flink::checkpoint
