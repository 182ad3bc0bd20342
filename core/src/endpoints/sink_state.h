// SPDX-License-Identifier: Apache-2.0
// What a sink's coordinator gives for a checkpoint, as bytes behind a version byte. Those of older
// builds are read: their committables have no identities (number -1).
#pragma once

#include <flink/endpoints/sink_coordinator.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flink::detail {

// On its way from a writer to the committer.
struct PlacedCommittable {
  std::int64_t checkpoint = no_checkpoint;  // the first that it is part of
  CommittableId id;
  std::string bytes;
};

struct SinkState {
  std::vector<std::string> jobs;  // that wrote to this sink, the first one first
  bool all_ended = false;
  std::string schema;                           // of a committable
  std::vector<PlacedCommittable> committables;  // due, or of subtasks that have ended
};

// Of an event that carries one; no_checkpoint at the end of input. Without identity: number -1.
PlacedCommittable placed_of_event(std::string_view event);
std::string sink_state_bytes(const SinkState& state);
// `restored`: the checkpoint's id. Throws Error{user} that names the sink when it is of a newer
// build.
SinkState read_sink_state(std::string_view bytes, std::int64_t restored, std::string_view sink);

}  // namespace flink::detail
