// SPDX-License-Identifier: Apache-2.0
#include "endpoints/sink_state.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/to_bytes.h>

namespace flink::detail {
namespace {

constexpr char version = 2;

struct StateV1 {
  std::vector<std::string> jobs;
  bool all_ended = false;
  std::string schema;
  std::vector<std::string> committables;
};

}  // namespace

PlacedCommittable placed_of_event(std::string_view event) {
  ByteReader reader{event.substr(1)};
  PlacedCommittable placed;
  placed.checkpoint = reader.fixed<std::int64_t>("the id of a checkpoint");
  if (event.front() != sink_event::restored_old) {
    placed.id.started_from = reader.fixed<std::int64_t>("the checkpoint of a writer");
    placed.id.subtask = reader.fixed<std::int32_t>("a subtask");
    placed.id.attempt = reader.fixed<std::int32_t>("an attempt");
    placed.id.number = reader.fixed<std::int64_t>("a committable's number");
  }
  placed.bytes = reader.bytes(reader.remaining());
  return placed;
}

std::string sink_state_bytes(const SinkState& state) { return version + to_bytes(state); }

SinkState read_sink_state(std::string_view bytes, std::int64_t restored, std::string_view sink) {
  FLINK_CHECK(!bytes.empty());
  const char stored = bytes.front();
  bytes.remove_prefix(1);
  if (stored == version) return from_bytes<SinkState>(bytes);
  if (stored != 1) {
    throw Error{ErrorKind::user,
                concat("state of sink \"", sink, "\": it has version ", static_cast<int>(stored),
                       ", this build reads version ", static_cast<int>(version),
                       "; restore with the newer build")};
  }
  StateV1 old = from_bytes<StateV1>(bytes);
  SinkState state{std::move(old.jobs), old.all_ended, std::move(old.schema), {}};
  for (auto& committable : old.committables) {
    state.committables.push_back({restored, {}, std::move(committable)});
  }
  return state;
}

}  // namespace flink::detail
