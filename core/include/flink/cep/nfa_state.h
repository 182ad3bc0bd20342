// SPDX-License-Identifier: Apache-2.0
// What one key's partial matches are, as plain data: one value in keyed state. Each event is
// offered to each partial match, so they lie together; the events themselves lie in a map beside
// it, each for itself.
//
// The shared buffer: a node says which step took which event, and which node came before. Partial
// matches that branched have the beginning in common. A node goes when nobody refers to it, an
// event when no node does.
#pragma once

#include <flink/state/state_handle.h>

#include <cstdint>
#include <vector>

namespace flink::cep {

struct PartialMatch {
  std::uint32_t state = 0;  // of the NFA
  std::uint32_t node = 0;   // of what it took last; a completed match: its last
  std::uint64_t start = 0;  // the first event's place in the key's order
  std::int64_t start_millis = 0;
  std::int64_t previous_millis = 0;  // of what it took last
};

struct BufferNode {
  std::uint64_t event = 0;       // its place in the key's order
  std::uint32_t step = 0;        // of the pattern
  std::uint32_t previous = 0;    // 0: none; else a node, counted from 1
  std::uint32_t references = 0;  // partial matches and nodes
  std::uint32_t next_free = 0;   // of a slot that is free
};

struct BufferedEvent {
  std::uint64_t order = 0;  // its place
  std::uint64_t id = 0;     // in the map
  std::uint64_t references = 0;
};

// Came, and waits for the watermark.
struct QueuedEvent {
  std::int64_t millis = 0;
  std::uint64_t id = 0;
};

struct NfaState {
  std::uint64_t pattern = 0;  // fingerprint of what the numbers of states and steps mean
  std::uint64_t next_id = 0;
  std::uint64_t next_order = 0;
  std::int64_t timer = INT64_MAX;  // the earliest one that was set
  std::uint32_t free_node = 0;
  std::uint32_t live_nodes = 0;
  std::vector<QueuedEvent> queue;  // by time, equal ones as they came
  std::uint64_t taken = 0;         // of the queue; less than half of it
  std::vector<PartialMatch> partial;
  std::vector<PartialMatch> completed;  // held back by the skip strategy, by start
  std::vector<BufferNode> nodes;
  std::vector<BufferedEvent> events;  // by order

  bool empty() const { return queue.empty() && partial.empty() && completed.empty(); }
};

// ValueState<NfaState>, compiled once, and changed in place.
class NfaStateHandle : public StateHandle {
 public:
  explicit NfaStateHandle(std::string_view name);
  // Of the current key. begin_change() makes it when there is none; each goes with an end_change(),
  // which removes one that is empty.
  bool exists() const;
  NfaState& begin_change() const;
  void end_change() const;

 private:
  mutable state::Row* row_ = nullptr;
  mutable std::size_t heap_before_ = 0;
};

}  // namespace flink::cep
