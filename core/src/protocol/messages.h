// SPDX-License-Identifier: Apache-2.0
// The control plane's messages and their bytes. A message is one of a variant of plain structs,
// written by Serializer: a field more is a line in its struct. Both sides are the same executable
// (the registration has proved it), so there are no versions here.
//
// Any bytes may be decoded: nonsense throws Error{internal}. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "protocol/checkpoint.h"
#include "protocol/cluster.h"
#include "protocol/task.h"

namespace flink::protocol {

// JobManager to TaskManager, in order.
using Command =
    std::variant<JobAssignment, Refusal, TaskDeployment, CancelTask, ReleasePartition,
                 OperatorEvent, TriggerCheckpoint, CheckpointComplete, CheckpointAborted>;
// TaskManager to JobManager, in order.
using Report = std::variant<SlotOffer, GiveUp, TaskStateUpdate, OperatorEvent, CheckpointAck,
                            CheckpointDecline>;

// No message is longer, however many pieces it travels in. What may be long (state, records) lies
// in files; this leaves room for restoring savepoints that were written before it did.
inline constexpr std::size_t message_bytes_max = std::size_t{512} << 20;
// An event's payload, which leaves room for the rest of its message.
inline constexpr std::size_t event_bytes_max = message_bytes_max - 4096;
// Throws Error{user}: the operator's event is longer than that.
void check_event_size(std::size_t bytes, std::string_view operator_name);

std::string encode(const Command& command);
std::string encode(const Report& report);
std::string encode(const TaskManagerHealth& health);
Command decode_command(std::string_view bytes);
Report decode_report(std::string_view bytes);
TaskManagerHealth decode_health(std::string_view bytes);

// "deploy", "checkpoint-ack": which message begins with these bytes; "?": none.
std::string_view command_name(std::string_view bytes);
std::string_view report_name(std::string_view bytes);

}  // namespace flink::protocol
