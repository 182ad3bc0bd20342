// SPDX-License-Identifier: Apache-2.0
#include "client/savepoint.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/bytes.h>

#include <algorithm>

#include "checkpoint/storage.h"
#include "state/entry_key.h"
#include "state/state_file.h"
#include "state/timer_entry.h"
#include "types/value_walk.h"

namespace flink::client {
namespace {

using flink::detail::concat;
using state::DecodedKey;
using state::MergeInput;

constexpr std::string_view list_kind = "list", timer_kind = "timer";

// Elements of serialized lists, one after the other.
struct JoinedList {
  std::uint64_t count = 0;
  std::string elements;
  void add(std::string_view list) {
    ByteReader in(list);
    count += in.varint("the length of a list");
    elements.append(in.bytes(in.remaining()));
  }
  std::string bytes() const {
    ByteWriter out;
    out.varint(count);
    out.raw(elements);
    return std::string(out.view());
  }
};

}  // namespace

StateEntries::StateEntries(const std::vector<MergeInput>& inputs,
                           const state::StateDescriptor& state, int max_parallelism)
    : inputs_(inputs), state_(state), groups_(max_parallelism) {}

// On to an entry, or to the end.
bool StateEntries::find() {
  while (!merge_ || !merge_->valid()) {
    if (group_ >= groups_) return false;
    const std::string prefix = state::state_prefix(static_cast<std::uint16_t>(group_), state_.id);
    merge_.emplace(inputs_, std::string_view(prefix));
    ++group_;
  }
  return true;
}

void StateEntries::take(StateEntry& out) {
  const state::Run& run = *inputs_[merge_->input()].run;
  out.state = run.find_state(state_.id);
  if (out.state == nullptr) {
    throw Error(ErrorKind::transient, concat("state: ", run.file().path, " has entries of state ",
                                             state_.name, " but does not describe it"));
  }
  const state::EntryValue value = state::decode_value(merge_->value(), out.state->ttl);
  DecodedKey key = state::decode_entry_key(merge_->key(), value);
  out.order = merge_->key();
  out.key = std::move(key.key);
  out.name_space = std::move(key.name_space);
  out.subkey = std::move(key.subkey);
  out.value = value.bytes;
  out.last_access_millis = value.last_access_millis;
}

bool StateEntries::next(StateEntry& out) {
  if (!find()) return false;
  take(out);
  merge_->next();
  if (state_.kind == timer_kind) {
    out.time = state::take_timer(state_, out.key, out.subkey);
    out.subkey.clear();
  }
  if (state_.kind != list_kind) return true;
  out.order.resize(state::prefix_size(out.order));
  JoinedList list;
  list.add(out.value);
  StateEntry part;
  while (merge_->valid() && merge_->key().starts_with(out.order)) {
    take(part);
    if (part.state->value_schema != out.state->value_schema) {
      throw Error(ErrorKind::user, concat("state '", state_.name, "': a list lies partly as ",
                                          part.state->value_schema, ", partly as ",
                                          out.state->value_schema, ": take a savepoint first"));
    }
    list.add(part.value);
    out.last_access_millis = std::max(out.last_access_millis, part.last_access_millis);
    merge_->next();
  }
  out.subkey.clear();
  out.value = list.bytes();
  return true;
}

Savepoint::Savepoint(base::FileSystem& files, const std::string& where) : files_(files) {
  checkpoint::Located located = checkpoint::read_checkpoint(files, where);
  path_ = std::move(located.path);
  metadata_ = std::move(located.metadata);
}

const checkpoint::OperatorState& Savepoint::find(std::string_view wanted) const {
  const auto& all = metadata_.operators;
  const auto pick = [&](auto&& fits) -> const checkpoint::OperatorState* {
    const checkpoint::OperatorState* found = nullptr;
    for (const auto& op : all) {
      if (!fits(op)) continue;
      if (found != nullptr) return nullptr;
      found = &op;
    }
    return found;
  };
  const auto* found = pick([&](const auto& op) { return op.uid == wanted; });
  if (found == nullptr) found = pick([&](const auto& op) { return op.name == wanted; });
  if (found == nullptr && wanted.size() >= 4) {
    found = pick([&](const auto& op) { return op.id().hex().starts_with(wanted); });
  }
  if (found != nullptr) return *found;
  std::string known;
  for (const auto& op : all) {
    known += concat(known.empty() ? "" : ", ", op.shown(), " (id ", op.id().hex(), ")");
  }
  throw Error(ErrorKind::user, concat("there is no operator '", wanted, "' in ", path_,
                                      ", or more than one: name its uid or id; there are ", known));
}

const std::vector<MergeInput>& Savepoint::runs(const checkpoint::OperatorState& op) {
  const auto [known, fresh] = runs_.try_emplace(op.id());
  if (!fresh) return known->second;
  std::vector<MergeInput> inputs;
  for (const auto& subtask : op.subtasks) {
    for (const state::RunRef& ref : subtask.state.keyed.runs) {
      auto& run = opened_[ref.file.path];
      if (run == nullptr) run = state::Run::open(files_, ref.file, {.direct = true});
      inputs.push_back({run, ref.groups});
    }
  }
  return known->second = std::move(inputs);
}

std::vector<state::StateDescriptor> Savepoint::keyed_states(const checkpoint::OperatorState& op) {
  std::map<std::string, state::StateDescriptor> by_name;
  // Newer runs come later; what a subtask says of all its runs is newest.
  for (const MergeInput& input : runs(op)) {
    for (const auto& state : input.run->states()) by_name[state.name] = state;
  }
  for (const auto& subtask : op.subtasks) {
    for (const auto& state : subtask.state.keyed.states) by_name[state.name] = state;
  }
  std::vector<state::StateDescriptor> out;
  for (auto& [name, state] : by_name) out.push_back(std::move(state));
  return out;
}

StateEntries Savepoint::entries(const checkpoint::OperatorState& op,
                                const state::StateDescriptor& state) {
  return StateEntries(runs(op), state, op.max_parallelism);
}

std::map<std::string, OperatorListState> Savepoint::operator_lists(
    const checkpoint::OperatorState& op) {
  std::map<std::string, OperatorListState> out;
  for (const auto& subtask : op.subtasks) {
    auto state = subtask.state;
    state.channels.clear();
    state::load_stored(files_, state);
    for (auto& [name, list] : state.operator_state) {
      const auto [found, fresh] = out.try_emplace(name, list);
      if (fresh) continue;
      auto& items = found->second.items;
      if (list.mode == OperatorStateMode::broadcast) {
        if (items.empty()) items = std::move(list.items);
      } else {
        items.insert(items.end(), list.items.begin(), list.items.end());
      }
    }
  }
  return out;
}

std::string_view mode_name(OperatorStateMode mode) {
  switch (mode) {
    case OperatorStateMode::split:
      return "operator list (split)";
    case OperatorStateMode::union_all:
      return "operator list (union)";
    case OperatorStateMode::broadcast:
      return "broadcast";
  }
  return "";
}

}  // namespace flink::client
