// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/completed.h"

#include <flink/base/check.h>

#include <algorithm>

namespace flink::checkpoint {

std::vector<const Completed*> CompletedCheckpoints::kept_with(const Completed& next) const {
  std::vector<const Completed*> out;
  for (const auto& one : kept_) out.push_back(&one);
  out.push_back(&next);
  const auto most = static_cast<std::size_t>(num_retained_);
  if (out.size() > most) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(most));
  return out;
}

Garbage CompletedCheckpoints::add(Completed next, const std::set<std::string>& in_use) {
  FLINK_CHECK(kept_.empty() || kept_.back().id() < next.id(), kept_.back().id(), next.id());
  const auto id = next.id();
  kept_.push_back(std::move(next));
  Garbage garbage;
  std::set<std::string> candidates;
  while (kept_.size() > static_cast<std::size_t>(num_retained_)) {
    candidates.merge(kept_.front().files);
    garbage.directories.push_back(kept_.front().directory);
    kept_.pop_front();
  }
  for (auto at = abandoned_.begin(); at != abandoned_.end();) {
    if (at->second >= id) {
      ++at;
      continue;
    }
    candidates.insert(at->first);
    at = abandoned_.erase(at);
  }
  for (const auto& file : candidates) {
    const bool needed = in_use.contains(file) ||
                        std::any_of(kept_.begin(), kept_.end(),
                                    [&](const Completed& one) { return one.files.contains(file); });
    if (!needed) garbage.files.insert(file);
  }
  return garbage;
}

void CompletedCheckpoints::abandon(std::int64_t checkpoint_id, const std::set<std::string>& files) {
  for (const auto& file : files) {
    auto& newest = abandoned_[file];
    newest = std::max(newest, checkpoint_id);
  }
}

Garbage CompletedCheckpoints::clear() {
  Garbage garbage;
  for (auto& one : kept_) {
    garbage.files.merge(one.files);
    garbage.directories.push_back(one.directory);
  }
  for (const auto& [file, id] : abandoned_) garbage.files.insert(file);
  kept_.clear();
  abandoned_.clear();
  return garbage;
}

}  // namespace flink::checkpoint
