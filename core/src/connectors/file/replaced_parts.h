// SPDX-License-Identifier: Apache-2.0
// What overwrite() replaces: finished parts that other jobs had in the directory when this job
// began its first life. Whatever has come there since is somebody's results, so the list is settled
// once and kept beside the parts until they are removed. Calls block and throw Error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/file/hidden_list.h"

namespace flink::connectors {

class ReplacedParts {
 public:
  ReplacedParts(base::FileSystem& files, const base::Path& root, std::string_view job_id,
                std::string_view operator_id);
  // The job starts afresh, and found these.
  void begin(std::vector<base::Path> found);
  // It was restored: its own list, and those of the jobs that it continues.
  void go_on(const std::vector<std::string>& earlier_job_ids);
  // Once this job has results, and again for as long as it fails.
  void remove();

 private:
  HiddenList list_of(std::string_view job_id) const;

  base::FileSystem& files_;
  base::Path root_;
  std::string job_id_, operator_id_;
  std::vector<base::Path> left_;
  std::vector<HiddenList> lists_;
};

}  // namespace flink::connectors
