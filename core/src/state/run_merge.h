// SPDX-License-Identifier: Apache-2.0
// Many runs as one: RunMerge gives the entries of a stack of runs in order of their keys, each
// once, as the newest run has it; merge_runs() writes that as a new run.
//
// A prefix tombstone hides what lies under it in older runs. Tombstones are passed on unless the
// stack goes down to the bottom (`bottom`), where nothing is left for them to hide.
// Blocking: for helpers, or a slot at restore. One thread. Views are valid for as long as the runs
// live, or, when a value was converted, until the next call.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/run_builder.h"
#include "state/run_reader.h"

namespace flink::state {

struct MergeInput {
  std::shared_ptr<const Run> run;
  KeyGroupRange groups;
};

class RunMerge {
 public:
  // `inputs`: oldest first. `within`: only these groups of all inputs.
  RunMerge(const std::vector<MergeInput>& inputs, KeyGroupRange within, bool bottom);
  // Only what begins with `prefix` (state_prefix(), or a stored prefix); tombstones are not shown.
  // `from`: not what comes before that key.
  // `without`: a bit for each input that has nothing under it.
  RunMerge(const std::vector<MergeInput>& inputs, std::string_view prefix,
           std::string_view from = {}, std::uint64_t without = 0);

  bool valid() const { return valid_; }
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  EntryTag tag() const { return static_cast<EntryTag>(value_[0]); }
  std::size_t input() const { return input_; }  // where the entry comes from
  void next();

 private:
  struct Head {
    RunScan scan;
    std::size_t age;  // larger: newer
  };
  void add(RunScan scan, std::size_t age);
  void take_next();
  // The head with the smallest key, the newest of equals, stands at the front of the heap.
  void sink_front();

  std::vector<Head> heads_;
  std::vector<std::size_t> heap_;  // indexes of heads_
  std::string_view hidden_;  // a prefix tombstone's key, and who may still show what is under it
  std::size_t hidden_below_ = 0;
  std::string_view last_;  // the last key taken, shown or not
  std::string_view key_, value_;
  std::size_t input_ = 0;
  bool bottom_ = true;
  bool valid_ = false;
};

// Turns an entry's bytes (Serializer<V>) written under one descriptor into those of another.
// Appends to `out`; throws Error when it cannot.
using ConvertValue = std::function<void(std::string_view bytes, std::string& out)>;

struct MergeOptions {
  KeyGroupRange within;  // only these groups
  bool bottom = false;   // the inputs are all there is: tombstones are dropped
  // Descriptors of the new run. States of the inputs that are not among them keep their newest one.
  std::vector<StateDescriptor> states;
  std::vector<std::uint32_t> dropped;  // states that the new run has not
  // How to turn values of a state whose descriptor in an input (`from`) differs in value_schema
  // from the new run's (`to`). Null: Error that names both.
  std::function<ConvertValue(const StateDescriptor& from, const StateDescriptor& to)> conversion;
  // The time of the last access of values whose state had no time-to-live and has one in `states`;
  // one that it has no more is dropped. None: Error that names the state.
  std::optional<std::uint64_t> ttl_starts;
  // Asked for every value that would be written: false drops it (at the bottom; above it, it
  // becomes a tombstone). For TTL. Null: all are kept.
  std::function<bool(const StateDescriptor& state, const EntryValue& value)> keep;
  std::string scratch_file;
  std::size_t buffered_bytes_max = 1024 * 1024;
};

RunFile merge_runs(const std::vector<MergeInput>& inputs, const MergeOptions& options,
                   base::FileSystem& files, const std::string& path);
// The same, not published.
std::shared_ptr<const Run> merge_runs(const std::vector<MergeInput>& inputs,
                                      const MergeOptions& options, bool point_reads);

}  // namespace flink::state
