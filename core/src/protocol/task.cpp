// SPDX-License-Identifier: Apache-2.0
#include "protocol/task.h"

namespace flink::protocol {

const char* task_state_name(TaskState state) {
  static constexpr const char* names[] = {"CREATED",      "SCHEDULED", "DEPLOYING",
                                          "INITIALIZING", "RUNNING",   "FINISHED",
                                          "CANCELING",    "CANCELED",  "FAILED"};
  return names[static_cast<std::size_t>(state)];
}

}  // namespace flink::protocol
