// SPDX-License-Identifier: Apache-2.0
#include "connectors/file/replaced_parts.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <set>
#include <utility>

#include "connectors/file/part_name.h"

namespace flink::connectors {

ReplacedParts::ReplacedParts(base::FileSystem& files, const base::Path& root,
                             std::string_view job_id, std::string_view operator_id)
    : files_(files), root_(root), job_id_(job_id), operator_id_(operator_id) {}

HiddenList ReplacedParts::list_of(std::string_view job_id) const {
  return {files_, root_ / detail::concat(".replaced", owner_mark(job_id, operator_id_))};
}

void ReplacedParts::begin(std::vector<base::Path> found) {
  left_ = std::move(found);
  lists_.push_back(list_of(job_id_));
  if (left_.empty()) return lists_.back().remove();
  std::vector<std::string> below;
  for (const auto& path : left_) below.push_back(path.text().substr(root_.text().size() + 1));
  lists_.back().write(below);
}

void ReplacedParts::go_on(const std::vector<std::string>& earlier_job_ids) {
  for (const auto& job : earlier_job_ids) lists_.push_back(list_of(job));
  lists_.push_back(list_of(job_id_));
  for (const auto& list : lists_) {
    for (const auto& below : list.read().value_or(std::vector<std::string>{})) {
      const auto path = root_ / below;
      const auto part = parse_part_name(path.name());
      if (root_.contains(path) && part && part->finished()) left_.push_back(path);
    }
  }
}

void ReplacedParts::remove() {
  if (left_.empty()) return;
  std::set<base::Path> directories;
  for (; !left_.empty(); left_.pop_back()) {
    files_.remove(left_.back());
    directories.insert(left_.back().parent());
  }
  for (const auto& directory : directories) {
    if (directory == root_) continue;
    try {
      if (files_.list(directory).empty()) files_.remove(directory);
    } catch (const Error&) {  // somebody uses the bucket again
    }
  }
  for (auto& list : lists_) list.remove();
}

}  // namespace flink::connectors
