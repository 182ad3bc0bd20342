// SPDX-License-Identifier: Apache-2.0
#include <flink/error.h>
#include <flink/state/timer_service.h>

#include <string>
#include <utility>

#include "base/clock.h"

namespace flink {

void TimerService::open(state::KeyedStateBackend& backend, state::KeyRows& rows,
                        std::function<void(std::int64_t)> wake) {
  backend_ = &backend;
  event_ = &backend.register_timers(rows, true);
  processing_ = &backend.register_timers(rows, false);
  wake_ = std::move(wake);
}

void TimerService::open_without_timers(const base::Clock& clock, const RuntimeContext& task,
                                       bool keyed) {
  clock_ = &clock;
  task_ = &task;
  keyed_ = keyed;
}

Timestamp TimerService::current_processing_time() const {
  return timestamp_of_millis(backend_ != nullptr ? backend_->wall_millis() : clock_->wall_millis());
}

void TimerService::fail_without_timers() const {
  const std::string where = task_ == nullptr ? "" : "\"" + std::string{task_->task_name()} + "\" ";
  if (keyed_) {
    throw Error{ErrorKind::incurable, where +
                                          "sets or deletes a timer, but its function has no "
                                          "on_timer: add void on_timer(Timestamp at, "
                                          "KeyedContext<Key>& ctx, Collector<Out>& out)"};
  }
  throw Error{ErrorKind::incurable, where +
                                        "sets or deletes a timer on a stream without keys; timers "
                                        "belong to keys: call key_by before process"};
}

}  // namespace flink
