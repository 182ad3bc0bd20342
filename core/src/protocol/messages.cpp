// SPDX-License-Identifier: Apache-2.0
#include "protocol/messages.h"

#include <flink/base/check.h>
#include <flink/types/serializer.h>

#include <iterator>

namespace flink::protocol {
namespace {

constexpr std::string_view command_names[] = {"assign", "refuse",  "deploy",   "cancel", "release",
                                              "event",  "trigger", "complete", "abort"};
constexpr std::string_view report_names[] = {"offer", "give-up", "state",
                                             "event", "ack",     "decline"};
static_assert(std::size(command_names) == std::variant_size_v<Command>);
static_assert(std::size(report_names) == std::variant_size_v<Report>);

template <class T>
std::string encoded(const T& message) {
  std::string bytes;
  ByteWriter out{bytes};
  Serializer<T>::write(out, message);
  out.finish();
  return bytes;
}

template <class T>
T decoded(std::string_view bytes, const char* what) {
  ByteReader in{bytes};
  T message;
  Serializer<T>::read(in, message);
  if (!in.at_end()) in.fail(what);
  return message;
}

// A variant begins with its index.
template <std::size_t N>
std::string_view name_in(const std::string_view (&names)[N], std::string_view bytes) {
  const std::size_t index = bytes.empty() ? N : static_cast<unsigned char>(bytes.front());
  return index < N ? names[index] : "?";
}

}  // namespace

void check_event_size(std::size_t bytes, std::string_view operator_name) {
  if (bytes <= event_bytes_max) return;
  throw Error{ErrorKind::user,
              detail::concat("operator '", operator_name, "' sends an event of ", bytes,
                             " bytes between a subtask and its coordinator, and ", event_bytes_max,
                             " are allowed: hand over a file's name instead, or several events")};
}

std::string encode(const Command& command) { return encoded(command); }
std::string encode(const Report& report) { return encoded(report); }
std::string encode(const TaskManagerHealth& health) { return encoded(health); }

Command decode_command(std::string_view bytes) {
  return decoded<Command>(bytes, "the end of a command");
}
Report decode_report(std::string_view bytes) {
  auto report = decoded<Report>(bytes, "the end of a report");
  if (const auto* update = std::get_if<TaskStateUpdate>(&report)) {
    const ByteReader at{bytes};
    if (update->state > TaskState::failed) at.fail("a task's state");
    if (update->failure.kind > ErrorKind::incurable) at.fail("a kind of error");
  }
  return report;
}
TaskManagerHealth decode_health(std::string_view bytes) {
  return decoded<TaskManagerHealth>(bytes, "the end of a heartbeat's answer");
}

std::string_view command_name(std::string_view bytes) { return name_in(command_names, bytes); }
std::string_view report_name(std::string_view bytes) { return name_in(report_names, bytes); }

}  // namespace flink::protocol
