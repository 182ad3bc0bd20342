// SPDX-License-Identifier: Apache-2.0
#include "connectors/file/job_path.h"

#include <flink/connectors/file/checked_path.h>

#include <vector>

#include "config/options.h"

namespace flink::detail {

std::string checked_path(std::string_view path, std::string_view what) {
  return base::Path::absolute(path, {}, what).text();
}

base::Path job_path(std::string_view text, const ConnectorContext& context, std::string_view what) {
  return base::Path::absolute(text, context.option(config::options::working_directory.info.key),
                              what);
}

void create_synced_directory(base::FileSystem& files, const base::Path& path) {
  std::vector<base::Path> missing;
  for (base::Path at = path; !files.status(at); at = at.parent()) {
    missing.push_back(at);
    if (at == at.parent()) break;
  }
  files.create_directories(path);
  for (const auto& directory : missing) files.sync_directory(directory.parent());
}

}  // namespace flink::detail
