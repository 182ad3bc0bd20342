// SPDX-License-Identifier: Apache-2.0
// What the typed half of a sink says and asks, and its events.
#include <flink/base/check.h>
#include <flink/endpoints/sink_runtime.h>
#include <flink/error.h>

#include "config/options.h"
#include "endpoints/option_of.h"

namespace flink::detail {

void throw_not_committing(std::string_view sink) {
  throw Error{
      ErrorKind::user,
      concat("sink \"", sink,
             "\" supports a committer, but its writer is no CommittingSinkWriter of the same "
             "committable; derive the writer from CommittingSinkWriter<T, CommT>")};
}

void throw_not_stateful(std::string_view sink) {
  throw Error{ErrorKind::user,
              concat("sink \"", sink,
                     "\" supports writer state, but its writer is no StatefulSinkWriter of the "
                     "same state; derive the writer from StatefulSinkWriter<StateT> too")};
}

void throw_bad_sink_event(std::string_view event) {
  throw Error{ErrorKind::internal,
              concat("sink: an event of unknown kind and ", event.size(),
                     " bytes arrived; the processes of this job are of different builds")};
}

std::string checkpoint_event(char kind, std::int64_t checkpoint_id) {
  std::string event(1, kind);
  ByteWriter writer{event};
  writer.fixed(checkpoint_id);
  writer.finish();
  return event;
}

std::int64_t checkpoint_of_event(std::string_view event) {
  return ByteReader{event.substr(1)}.fixed<std::int64_t>("the id of a checkpoint");
}

std::string committable_event(char kind, std::int64_t checkpoint_id, const CommittableId& id,
                              std::string_view committable) {
  std::string event(1, kind);
  ByteWriter writer{event};
  writer.fixed(checkpoint_id);
  writer.fixed(id.started_from);
  writer.fixed(id.subtask);
  writer.fixed(id.attempt);
  writer.fixed(id.number);
  writer.raw(committable);
  writer.finish();
  return event;
}

void throw_commit_failed(std::string_view sink, const std::string& reason, int retries) {
  throw Error{
      ErrorKind::transient,
      concat("sink \"", sink, "\": commit failed",
             retries > 0 ? concat(" after ", retries, " retries") : std::string{}, ": ", reason)};
}

void throw_commit_impossible(std::string_view sink, const std::string& reason) {
  throw Error{ErrorKind::user, concat("sink \"", sink, "\": commit failed: ", reason)};
}

int committer_retries(const CoordinatorContext& context) {
  return endpoints::option_of(context, config::options::committer_retries);
}

}  // namespace flink::detail
