// SPDX-License-Identifier: Apache-2.0
// What a checkpoint knows of state: plain data that travels from the task that wrote it, through
// the acknowledgement and `_metadata`, to the task that restores it. Serialized by reflection
// (Serializer<T>), so fields may be added, removed or widened.
//
// Paths are absolute here; `_metadata` holds them relative to itself where it can, so that a
// savepoint, or a job's whole checkpoint directory, may be moved.
#pragma once

#include <flink/state/operator_state.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace flink::state {

// The id that a state's entries carry. Stable; two names of one operator with the same id are
// refused when they are bound.
std::uint32_t state_id(std::string_view name);

// Key groups first..last, both included; empty when last < first.
struct KeyGroupRange {
  std::int32_t first = 0;
  std::int32_t last = -1;
  bool contains(int group) const { return group >= first && group <= last; }
  bool empty() const { return last < first; }
};

// One state of an operator; `id` is the hash of its name that its entries carry (see run.h).
struct StateDescriptor {
  std::string name;  // "count"; timers: "_timer_state/event_user-timers", as in Flink
  std::uint32_t id = 0;
  std::string kind;  // "value", "list", "map", "reducing", "aggregating", "timer"
  std::string key_schema, namespace_schema, subkey_schema, value_schema;
  bool ttl = false;  // values carry a time stamp
};

// An immutable file of entries, sorted by key.
struct RunFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
  std::vector<std::uint64_t> checksums;  // XXH3 of each 64 KiB block
};

// Of that file, the entries of these key groups.
struct RunRef {
  RunFile file;
  KeyGroupRange groups;
};

// The keyed state of one operator subtask: what the runs hold, newer ones over older ones.
struct KeyedStateHandle {
  KeyGroupRange groups;
  std::vector<RunRef> runs;  // oldest first
  std::vector<StateDescriptor> states;
};

// A checkpoint's file of byte strings, see state_file.h.
struct StateFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::vector<std::uint64_t> checksums;  // XXH3 of each 64 KiB block
};
// Of a list that lies in such a file, some items.
struct StoredItems {
  StateFile file;
  std::uint64_t offset = 0, bytes = 0;  // where the whole list lies
  std::uint64_t first = 0, count = 0;   // the items that are meant
};
// Operator state that is too large to travel in messages.
struct StoredList {
  OperatorStateMode mode = OperatorStateMode::split;
  std::string schema;
  std::vector<StoredItems> parts;  // in order
};
using StoredLists = std::map<std::string, StoredList>;  // by name

// Elements that an unaligned barrier overtook, in order, of one channel. The edge is known by the
// operator that produces and by the input it leads to, so that it is found again in another graph.
struct ChannelState {
  std::uint64_t producer_high = 0, producer_low = 0;  // base::OperatorId
  std::string side_output;
  std::int32_t input = 0;             // of the operator whose state this is part of
  std::int32_t subtask = -1;          // the one at the other end
  std::string type_schema;            // of its records
  std::vector<std::string> elements;  // encoded batches, see task/channel_state.h
  // Every subtask was given this one (a restore at another parallelism): each replays what the
  // edge's partitioning would send to it.
  bool divide = false;
  std::vector<StoredItems> stored;  // elements in files; `elements` is empty then
};

// All state of one operator of a chain, in one subtask.
struct OperatorSubtaskState {
  std::uint64_t operator_high = 0, operator_low = 0;  // base::OperatorId
  OperatorSnapshot operator_state;
  KeyedStateHandle keyed;
  std::vector<ChannelState> channels;  // of the chain's head (inputs) and tails (outputs)
  StoredLists stored;                  // more lists of operator_state, or their further items
  // What its inputs had come to, in milliseconds; INT64_MIN: it had seen none. Restored, it does
  // not go back: what was late stays late, and no window that has fired begins again.
  std::int64_t watermark = INT64_MIN;
  // Taken while that watermark was being worked off: timers that it fires are still there, and what
  // comes behind has not heard of it.
  bool watermark_pending = false;
};

// What a task acknowledges a checkpoint with, and what it restores from.
struct TaskSnapshot {
  std::vector<OperatorSubtaskState> operators;
};

}  // namespace flink::state
