// SPDX-License-Identifier: Apache-2.0
// What the typed half of a sink says and asks.
#include <flink/check.h>
#include <flink/detail/sink_runtime.h>
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
