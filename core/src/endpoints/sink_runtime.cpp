// SPDX-License-Identifier: Apache-2.0
// What the typed half of a sink says and asks.
#include <flink/check.h>
#include <flink/detail/sink_runtime.h>
#include <flink/error.h>

#include <charconv>

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
  const std::string text = context.option("sink.committer.retries");
  int retries = 10;
  if (text.empty()) return retries;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), retries);
  if (error != std::errc{} || end != text.data() + text.size() || retries < 0) {
    throw Error{ErrorKind::user,
                concat("sink.committer.retries: \"", text, "\" is no number of retries")};
  }
  return retries;
}

}  // namespace flink::detail
