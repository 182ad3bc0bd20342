// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/other_lives.h"

#include <flink/error.h>

#include "base/ids.h"
#include "checkpoint/storage.h"
#include "ha/ha_services.h"

namespace flink::checkpoint {
namespace {

bool can_go_on(base::FileSystem& files, ha::HaStore& store, std::string_view name) {
  if (store.result()) return false;
  const auto record = store.read();
  if (!record || record->checkpoints.empty()) return false;
  return read_checkpoint(files, record->checkpoints.back()).metadata.job_name == name;
}

}  // namespace

std::vector<std::string> unfinished_jobs(base::FileSystem& files, const std::string& ha_directory,
                                         std::string_view name) {
  std::vector<std::string> out;
  if (!files.status(ha_directory)) return out;
  for (const auto& entry : files.list(ha_directory)) {
    const std::string id{base::Path{entry.path}.name()};
    const auto job = base::JobId::parse(id);
    if (!entry.is_directory || !job) continue;
    try {
      const auto store = ha::make_file_ha_store(files, ha_directory, *job);
      if (can_go_on(files, *store, name)) out.push_back(id);
    } catch (const Error&) {  // nothing to go on with
    }
  }
  return out;
}

}  // namespace flink::checkpoint
