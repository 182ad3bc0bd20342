// SPDX-License-Identifier: Apache-2.0
#include "state/run_merge.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace flink::state {
namespace {

using flink::detail::concat;

KeyGroupRange intersect(KeyGroupRange a, KeyGroupRange b) {
  return {std::max(a.first, b.first), std::min(a.last, b.last)};
}

}  // namespace

RunMerge::RunMerge(const std::vector<MergeInput>& inputs, KeyGroupRange within, bool bottom)
    : bottom_(bottom) {
  heads_.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const KeyGroupRange groups = intersect(inputs[i].groups, within);
    if (!groups.empty()) add(RunReader(inputs[i].run).scan_groups(groups), i);
  }
  take_next();
}

RunMerge::RunMerge(const std::vector<MergeInput>& inputs, std::string_view prefix,
                   std::string_view from, std::uint64_t without) {
  heads_.reserve(inputs.size());
  const int group = group_of(prefix);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].groups.contains(group) || (i < 64 && (without >> i & 1) != 0)) continue;
    RunScan scan = scan_run(inputs[i].run, prefix);
    if (!from.empty()) scan.skip_to(from);
    add(std::move(scan), i);
  }
  take_next();
}

void RunMerge::add(RunScan scan, std::size_t age) {
  if (!scan.valid()) return;
  heads_.push_back({std::move(scan), age});
  heap_.push_back(heads_.size() - 1);
  std::size_t at = heap_.size() - 1;
  const auto before = [this](std::size_t a, std::size_t b) {
    const int order = heads_[a].scan.key().compare(heads_[b].scan.key());
    return order != 0 ? order < 0 : heads_[a].age > heads_[b].age;
  };
  for (; at > 0 && before(heap_[at], heap_[(at - 1) / 2]); at = (at - 1) / 2) {
    std::swap(heap_[at], heap_[(at - 1) / 2]);
  }
}

void RunMerge::sink_front() {
  if (!heads_[heap_.front()].scan.valid()) {
    heap_.front() = heap_.back();
    heap_.pop_back();
  }
  const auto before = [this](std::size_t a, std::size_t b) {
    const int order = heads_[a].scan.key().compare(heads_[b].scan.key());
    return order != 0 ? order < 0 : heads_[a].age > heads_[b].age;
  };
  for (std::size_t at = 0;;) {
    std::size_t least = at;
    for (std::size_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap_.size(); ++child) {
      if (before(heap_[child], heap_[least])) least = child;
    }
    if (least == at) return;
    std::swap(heap_[at], heap_[least]);
    at = least;
  }
}

void RunMerge::next() {
  FLINK_CHECK(valid_);
  take_next();
}

void RunMerge::take_next() {
  while (!heap_.empty()) {
    Head& head = heads_[heap_.front()];
    const std::string_view key = head.scan.key();
    const std::string_view value = head.scan.value();
    const std::size_t age = head.age;
    head.scan.next();
    sink_front();
    if (key == last_) continue;  // a newer run had it
    last_ = key;
    FLINK_CHECK(!value.empty(), key.size());
    const auto tag = static_cast<EntryTag>(value[0]);
    const bool under = !hidden_.empty() && key.starts_with(hidden_);
    if (under && age < hidden_below_) continue;
    const bool gone = tag == EntryTag::tombstone || tag == EntryTag::prefix_tombstone;
    // The prefix tombstone that is passed on hides in older runs what this one would.
    if (under && tag == EntryTag::tombstone) continue;
    if (tag == EntryTag::prefix_tombstone) {
      hidden_ = key;
      hidden_below_ = age;
    }
    if (gone && bottom_) continue;
    key_ = key;
    value_ = value;
    input_ = age;
    valid_ = true;
    return;
  }
  valid_ = false;
}

namespace {

bool is_dropped(const MergeOptions& options, std::uint32_t state) {
  return std::find(options.dropped.begin(), options.dropped.end(), state) != options.dropped.end();
}

// The states of a merged run, and how values of each input become theirs.
class MergedStates {
 public:
  MergedStates(const std::vector<MergeInput>& inputs, const MergeOptions& options)
      : states_(options.states), conversions_(inputs.size()), switched_(inputs.size()) {
    for (std::size_t i = inputs.size(); i-- > 0;) {
      for (const StateDescriptor& from : inputs[i].run->states()) {
        if (find(from.id) == nullptr && !is_dropped(options, from.id)) states_.push_back(from);
      }
    }
    std::sort(states_.begin(), states_.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      for (const StateDescriptor& from : inputs[i].run->states()) {
        if (is_dropped(options, from.id)) continue;
        const StateDescriptor& to = *find(from.id);
        check(inputs[i].run->file(), from, to, options);
        if (from.ttl != to.ttl) switched_[i][from.id] = from.ttl;
        if (from.value_schema == to.value_schema) continue;
        conversions_[i].emplace(from.id, options.conversion(from, to));
      }
    }
  }

  const std::vector<StateDescriptor>& all() const { return states_; }
  const StateDescriptor* find(std::uint32_t id) const {
    for (const StateDescriptor& state : states_) {
      if (state.id == id) return &state;
    }
    return nullptr;
  }
  // Null: the bytes are right as they are.
  const ConvertValue* conversion(std::size_t input, std::uint32_t state) const {
    const auto found = conversions_[input].find(state);
    return found == conversions_[input].end() ? nullptr : &found->second;
  }

  // Whether values of that input have a time-to-live; nothing: as in the new run.
  std::optional<bool> other_ttl(std::size_t input, std::uint32_t state) const {
    const auto found = switched_[input].find(state);
    return found == switched_[input].end() ? std::nullopt : std::optional{found->second};
  }

 private:
  static void check(const RunFile& file, const StateDescriptor& from, const StateDescriptor& to,
                    const MergeOptions& options) {
    const auto refuse = [&](const char* what, const std::string& was, const std::string& is) {
      throw Error(ErrorKind::user, concat("state '", to.name, "': its ", what, " was ", was, " in ",
                                          file.path, " and is ", is,
                                          " now, which cannot be converted: give the state another "
                                          "name, or keep the old type"));
    };
    if (from.key_schema != to.key_schema) refuse("key type", from.key_schema, to.key_schema);
    if (from.namespace_schema != to.namespace_schema) {
      refuse("namespace", from.namespace_schema, to.namespace_schema);
    }
    if (from.subkey_schema != to.subkey_schema) {
      refuse("map key type", from.subkey_schema, to.subkey_schema);
    }
    if (from.ttl != to.ttl && !options.ttl_starts)
      refuse("TTL", from.ttl ? "on" : "off", to.ttl ? "on" : "off");
    if (from.value_schema != to.value_schema && !options.conversion) {
      refuse("type", from.value_schema, to.value_schema);
    }
  }

  std::vector<StateDescriptor> states_;
  std::vector<std::map<std::uint32_t, ConvertValue>> conversions_;  // by input
  std::vector<std::map<std::uint32_t, bool>> switched_;             // the same
};

void append_value(RunBuilder& builder, const RunMerge& merge, const MergedStates& states,
                  const MergeOptions& options, std::string& scratch) {
  const std::uint32_t id = state_of(merge.key());
  const ConvertValue* convert = states.conversion(merge.input(), id);
  const auto other_ttl = states.other_ttl(merge.input(), id);
  if (convert == nullptr && !options.keep && !other_ttl) {
    builder.append(merge.key(), merge.value());
    return;
  }
  const StateDescriptor* state = states.find(id);
  if (state == nullptr) {
    throw Error(ErrorKind::internal, concat("state: an entry of the unknown state ", id,
                                            " lies in a run: please report this"));
  }
  EntryValue value = decode_value(merge.value(), other_ttl.value_or(state->ttl));
  if (other_ttl) value.last_access_millis = *options.ttl_starts;
  if (options.keep && !options.keep(*state, value)) {
    if (!options.bottom) builder.append_tombstone(merge.key());
    return;
  }
  if (convert == nullptr && !other_ttl) {
    builder.append(merge.key(), merge.value());
    return;
  }
  scratch.clear();
  append_value_header(scratch, value.whole_key,
                      state->ttl ? std::optional(value.last_access_millis) : std::nullopt);
  if (convert != nullptr) (*convert)(value.bytes, scratch);
  else scratch += value.bytes;
  builder.append(merge.key(), scratch);
}

// Of which others may ask by key: timers are only walked.
std::uint64_t entries_by_key(const Run& run) {
  std::uint64_t entries = run.info().entries;
  for (const StateCount& count : run.info().states) {
    const StateDescriptor* const state = run.find_state(count.state);
    if (state != nullptr && state->kind == "timer") entries -= count.entries;
  }
  return entries;
}

}  // namespace

std::shared_ptr<const Run> merge_runs(const std::vector<MergeInput>& inputs,
                                      const MergeOptions& options, bool point_reads) {
  const MergedStates states(inputs, options);
  std::uint64_t entries_max = 0;
  for (const MergeInput& input : inputs) entries_max += entries_by_key(*input.run);
  RunBuilder builder({.scratch_file = options.scratch_file,
                      .states = states.all(),
                      .entries_max = entries_max,
                      .buffered_bytes_max = options.buffered_bytes_max});
  std::string scratch;
  for (RunMerge merge(inputs, options.within, options.bottom); merge.valid(); merge.next()) {
    if (!options.dropped.empty() && is_dropped(options, state_of(merge.key()))) continue;
    const bool gone =
        merge.tag() == EntryTag::tombstone || merge.tag() == EntryTag::prefix_tombstone;
    if (gone) builder.append(merge.key(), merge.value());
    else append_value(builder, merge, states, options, scratch);
  }
  return builder.finish(point_reads);
}

RunFile merge_runs(const std::vector<MergeInput>& inputs, const MergeOptions& options,
                   base::FileSystem& files, const std::string& path) {
  return merge_runs(inputs, options, false)->publish(files, path);
}

}  // namespace flink::state
