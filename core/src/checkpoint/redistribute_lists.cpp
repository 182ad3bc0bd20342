// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/redistribute_lists.h"

#include <algorithm>
#include <set>

#include "state/state_file.h"

namespace flink::checkpoint {
namespace {

// One named list of every subtask, some of whose items lie in files; becomes one for each of the
// new subtasks. What lies in memory comes first.
class ListState {
 public:
  ListState(const OperatorState& op, const std::string& name) {
    for (const auto& subtask : op.subtasks) {
      auto& part = parts_.emplace_back();
      const auto& lists = subtask.state.operator_state;
      if (const auto here = lists.find(name); here != lists.end()) part.here = &here->second;
      const auto& stored = subtask.state.stored;
      if (const auto there = stored.find(name); there != stored.end()) part.there = &there->second;
      part.finished = subtask.finished;
      if (part.here != nullptr) mode_ = part.here->mode, schema_ = part.here->schema;
      if (part.there != nullptr) mode_ = part.there->mode, schema_ = part.there->schema;
    }
    name_ = name;
  }
  // Every subtask wrote it in that mode.
  bool consistent() const {
    return std::all_of(parts_.begin(), parts_.end(), [&](const Part& part) {
      return (part.here == nullptr || part.here->mode == mode_) &&
             (part.there == nullptr || part.there->mode == mode_);
    });
  }

  void distribute(std::vector<state::OperatorSubtaskState>& out) const {
    if (mode_ == OperatorStateMode::union_all) unite(out);
    else if (mode_ == OperatorStateMode::broadcast) copy_broadcast(out);
    else if (out.size() == parts_.size()) keep(out);
    else spread(out);
  }

 private:
  struct Part {  // of one subtask
    const OperatorListState* here = nullptr;
    const state::StoredList* there = nullptr;
    bool finished = false;
    bool empty() const { return here == nullptr && there == nullptr; }
  };

  OperatorListState& list_in(state::OperatorSubtaskState& to) const {
    auto& list = to.operator_state[name_];
    list.mode = mode_;
    list.schema = schema_;
    return list;
  }
  state::StoredList& stored_in(state::OperatorSubtaskState& to) const {
    auto& list = to.stored[name_];
    list.mode = mode_;
    list.schema = schema_;
    return list;
  }
  void add(const Part& part, state::OperatorSubtaskState& to) const {
    if (part.here != nullptr) {
      auto& items = list_in(to).items;
      items.insert(items.end(), part.here->items.begin(), part.here->items.end());
    }
    if (part.there != nullptr) {
      auto& parts = stored_in(to).parts;
      parts.insert(parts.end(), part.there->parts.begin(), part.there->parts.end());
    }
  }
  void keep(std::vector<state::OperatorSubtaskState>& out) const {
    for (std::size_t i = 0; i < out.size(); ++i) add(parts_[i], out[i]);
  }
  void unite(std::vector<state::OperatorSubtaskState>& out) const {
    for (auto& to : out) {
      for (const auto& part : parts_) add(part, to);
    }
  }
  void copy_broadcast(std::vector<state::OperatorSubtaskState>& out) const {
    std::vector<const Part*> copies;
    for (const auto& part : parts_) {
      if (!part.empty() && !part.finished) copies.push_back(&part);
    }
    if (copies.empty()) return;
    for (std::size_t i = 0; i < out.size(); ++i) add(*copies[i % copies.size()], out[i]);
  }

  // Even shares of consecutive items.
  void spread(std::vector<state::OperatorSubtaskState>& out) const {
    std::uint64_t total = 0;
    for (const auto& part : parts_) {
      if (part.here != nullptr) total += part.here->items.size();
      if (part.there != nullptr) total += state::count(*part.there);
    }
    std::vector<std::uint64_t> room(out.size(), total / out.size());
    for (std::size_t i = 0; i < total % out.size(); ++i) ++room[i];
    for (auto& to : out) list_in(to);
    std::size_t next = 0;
    // The next one that takes some of `left` items, and how many.
    const auto take = [&](std::uint64_t left) {
      while (room[next] == 0) ++next;
      const auto taken = std::min(room[next], left);
      room[next] -= taken;
      return taken;
    };
    for (const auto& part : parts_) {
      if (part.here == nullptr) continue;
      const auto& items = part.here->items;
      for (std::size_t i = 0; i < items.size();) {
        const auto taken = static_cast<std::size_t>(take(items.size() - i));
        auto& list = list_in(out[next]).items;
        list.insert(list.end(), items.begin() + static_cast<std::ptrdiff_t>(i),
                    items.begin() + static_cast<std::ptrdiff_t>(i + taken));
        i += taken;
      }
    }
    for (const auto& part : parts_) {
      if (part.there == nullptr) continue;
      for (auto stored : part.there->parts) {
        for (auto left = stored.count; left > 0;) {
          stored.count = take(left);
          stored_in(out[next]).parts.push_back(stored);
          stored.first += stored.count;
          left -= stored.count;
        }
      }
    }
  }

  std::string name_, schema_;
  OperatorStateMode mode_ = OperatorStateMode::split;
  std::vector<Part> parts_;
};

}  // namespace

std::optional<std::string> redistribute_lists(const OperatorState& op,
                                              std::vector<state::OperatorSubtaskState>& out) {
  std::set<std::string> names;
  for (const auto& subtask : op.subtasks) {
    for (const auto& [name, list] : subtask.state.operator_state) names.insert(name);
    for (const auto& [name, list] : subtask.state.stored) names.insert(name);
  }
  for (const auto& name : names) {
    const ListState list{op, name};
    if (!list.consistent()) return name;
    list.distribute(out);
  }
  return std::nullopt;
}

}  // namespace flink::checkpoint
