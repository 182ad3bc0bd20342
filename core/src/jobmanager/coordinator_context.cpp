// SPDX-License-Identifier: Apache-2.0
// What a coordinator may ask of its JobManager.
#include <flink/error.h>

#include <algorithm>

#include "jobmanager/coordinator_entry.h"

namespace flink::jobmanager {

base::FileSystem& CoordinatorHost::Context::file_system() {
  const bool source = static_cast<bool>(host_.graph_->transformation(op_).make_source);
  return source ? host_.source_files_ : host_.environment_.effects.file_system;
}

std::string CoordinatorHost::Context::option(std::string_view key) const {
  const auto& entries = host_.environment_.configuration.entries();
  const auto found = entries.find(key);
  return found == entries.end() ? std::string{} : found->second.value;
}

void CoordinatorHost::Context::send(int subtask, std::string event, bool ordered) {
  FLINK_CHECK(subtask >= 0 && subtask < vertex_.parallelism, subtask, vertex_.parallelism);
  const auto attempt = ready_[static_cast<std::size_t>(subtask)];
  if (!attempt) return;
  protocol::check_event_size(event.size(), op_.name);
  host_.environment_.listener->event_to_subtask({vertex_.id, subtask, *attempt}, op_.id,
                                                std::move(event), ordered);
}

std::int64_t CoordinatorHost::Context::newest_savepoint() const {
  const auto& environment = host_.environment_;
  if (!environment.newest_savepoint) return savepoints_unknown;
  try {
    if (environment.check_fence) environment.check_fence();
  } catch (const Error&) {
    return savepoints_unknown;
  }
  return environment.newest_savepoint();
}

void CoordinatorHost::Context::run_after(std::chrono::nanoseconds delay,
                                         std::function<void()> call) {
  entry_.mailbox->post_after(delay, [this, life = entry_.life, call = std::move(call)] {
    if (!life->failed && !entry_.ended) host_.finish_async(entry_, life, call);
  });
}

std::int64_t CoordinatorHost::align_watermark(std::string_view group, std::string_view op,
                                              std::int64_t millis) {
  const std::lock_guard lock{watermarks_mutex_};
  auto& watermarks = watermarks_[std::string{group}];
  watermarks[std::string{op}] = millis;
  for (const auto& [other, watermark] : watermarks) millis = std::min(millis, watermark);
  return millis;
}

void CoordinatorHost::Entry::discard() {
  coordinator.reset();
  context->nobody_ready();
  started = ended = false;
  awaited.reset();
}

}  // namespace flink::jobmanager
