// SPDX-License-Identifier: Apache-2.0
#include "sim/checkers.h"

#include <flink/base/check.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "sim/seed_options.h"

namespace flink::sim {
namespace {

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

class CheckpointIds final : public Checker {
 public:
  using Checker::Checker;
  void directory_made(const std::string& path, ProcessId by) override {
    constexpr std::string_view prefix = "chk-";
    const auto name = name_of(path);
    if (!name.starts_with(prefix)) return;
    std::int64_t id = 0;
    const auto digits = name.substr(prefix.size());
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    if (error != std::errc{} || end != digits.data() + digits.size()) return;
    Job& job = jobs_[path.substr(0, path.rfind('/'))];
    if (!job.used.insert(id).second) {
      violated(detail::concat("checkpoint ids: '", path, "' is used twice"));
    }
    for (const auto& [process, range] : job.ranges) {
      const bool fits = process == by  ? id > range.second
                        : process < by ? id > range.second
                                       : id < range.first;
      if (!fits) {
        violated(detail::concat("checkpoint ids: '", path, "' comes after number ",
                                process > by ? range.first : range.second, " of ",
                                process == by ? "its own" : "another", " JobManager"));
      }
    }
    auto& mine = job.ranges.try_emplace(by, id, id).first->second;
    mine = {std::min(mine.first, id), std::max(mine.second, id)};
  }

 private:
  struct Job {
    std::set<std::int64_t> used;
    std::map<ProcessId, std::pair<std::int64_t, std::int64_t>> ranges;  // least and greatest
  };
  std::map<std::string, Job> jobs_;
};

class CommittedStays final : public Checker {
 public:
  using Checker::Checker;
  void name_changed(const SimDisk::NameEvent& event) override {
    if (!is_result(event.path)) return;
    const auto known = committed_.find(event.path);
    if (event.bytes == nullptr || known != committed_.end()) {
      // The machine of who committed it is gone before that was durable: it was not done.
      if (known != committed_.end() && !event.machine_lost) {
        violated(detail::concat("committed output: '", event.path, "' was ",
                                event.bytes == nullptr ? "removed" : "replaced"));
      }
      if (known != committed_.end()) committed_.erase(known);
    }
    if (event.bytes != nullptr) committed_[event.path] = *event.bytes;
  }
  void ended(const SimDisk& disk) override {
    for (const auto& [path, bytes] : disk.files()) {
      const auto known = committed_.find(path);
      if (known != committed_.end() && known->second != bytes) {
        violated(detail::concat("committed output: '", path, "' has changed since its commit"));
      }
    }
  }

 private:
  std::map<std::string, std::string> committed_;
};

class CommittedIsCovered final : public Checker {
 public:
  using Checker::Checker;
  void name_changed(const SimDisk::NameEvent& event) override {
    if (event.bytes == nullptr) return;
    if (name_of(event.path) == "_metadata") complete_at_ = event.now;
    if (!is_result(event.path) || event.machine_lost) return;
    if (!complete_at_ || event.appended_at > *complete_at_) {
      violated(detail::concat("committed output: '", event.path,
                              "' was visible before a checkpoint covered it"));
    }
  }

 private:
  std::optional<TimePoint> complete_at_;
};

// "<job>/ha/epoch-7" -> ("<job>", 7); temporary names are none.
std::optional<std::pair<std::string, std::uint64_t>> numbered(std::string_view path,
                                                              std::string_view mark) {
  const auto at = path.rfind(mark);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  const char* const last = path.data() + path.size();
  const auto [end, error] = std::from_chars(path.data() + at + mark.size(), last, number);
  if (error != std::errc{} || end != last) return std::nullopt;
  return std::pair{std::string{path.substr(0, at)}, number};
}

class OneLeader final : public Checker {
 public:
  using Checker::Checker;
  void name_changed(const SimDisk::NameEvent& event) override {
    if (const auto epoch = numbered(event.path, "/ha/epoch-")) {
      // One that was not durable, on a machine that is lost, never was.
      if (event.machine_lost && event.bytes == nullptr) leaders_.erase(*epoch);
      if (event.machine_lost || event.bytes == nullptr) return;
      const auto [leader, fresh] = leaders_.try_emplace(*epoch, event.by);
      if (!fresh && leader->second != event.by) {
        violated(detail::concat("leaders: '", event.path, "' was taken twice"));
      }
    } else if (const auto record = numbered(event.path, "/ha/record-")) {
      if (event.machine_lost || event.bytes == nullptr) return;
      const auto leader = leaders_.find(*record);
      if (leader == leaders_.end() || leader->second != event.by) {
        violated(
            detail::concat("leaders: '", event.path, "' was not written by who has that epoch"));
      }
    }
  }

 private:
  std::map<std::pair<std::string, std::uint64_t>, ProcessId> leaders_;  // by job and epoch
};

}  // namespace

bool is_result(const std::string& path) {
  const auto name = name_of(path);
  return !path.starts_with(checkpoints_directory) && !is_spilled(path) && !name.starts_with('.') &&
         !name.starts_with('_') && !name.ends_with(".inprogress") && !name.ends_with(".pending");
}

bool is_spilled(const std::string& path) {
  return path.find("/flinkc-spill-") != std::string::npos;
}

std::unique_ptr<Checker> check_checkpoint_ids(Checker::Violation violation) {
  return std::make_unique<CheckpointIds>(std::move(violation));
}
std::unique_ptr<Checker> check_committed_stays(Checker::Violation violation) {
  return std::make_unique<CommittedStays>(std::move(violation));
}
std::unique_ptr<Checker> check_committed_is_covered(Checker::Violation violation) {
  return std::make_unique<CommittedIsCovered>(std::move(violation));
}

std::unique_ptr<Checker> check_one_leader(Checker::Violation violation) {
  return std::make_unique<OneLeader>(std::move(violation));
}

std::vector<std::unique_ptr<Checker>> all_checkers(const SimDisk& disk, bool checkpoints,
                                                   const Checker::Violation& violation) {
  std::vector<std::unique_ptr<Checker>> out;
  out.push_back(check_checkpoint_ids(violation));
  out.push_back(check_committed_stays(violation));
  out.push_back(check_one_leader(violation));
  out.push_back(check_checkpoint_files(disk, violation));
  if (checkpoints) out.push_back(check_committed_is_covered(violation));
  return out;
}

}  // namespace flink::sim
