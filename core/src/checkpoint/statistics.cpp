// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/statistics.h"

#include <algorithm>

namespace flink::checkpoint {
namespace {

constexpr std::size_t history_max = 10;  // web.checkpoints.history
constexpr std::size_t samples_max = 1000;

template <class Samples, class Member>
rest::SummaryView summary(const Samples& samples, Member member) {
  std::vector<std::int64_t> values;
  for (const auto& sample : samples) values.push_back(sample.*member);
  return rest::summary_of(std::move(values));
}

rest::CheckpointSubtaskView view_of(const protocol::CheckpointAck& ack,
                                    const base::Instant& triggered, const base::Instant& now) {
  const auto& metrics = ack.metrics;
  rest::CheckpointSubtaskView view;
  view.index = ack.attempt.subtask;
  view.ack_timestamp = now.wall_millis;
  view.end_to_end_duration =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.at - triggered.at).count();
  view.checkpointed_size = metrics.checkpointed_bytes;
  view.state_size = metrics.state_bytes;
  view.sync_duration = metrics.sync_ms;
  view.async_duration = metrics.async_ms;
  view.processed_data = metrics.bytes_processed;
  view.persisted_data = metrics.bytes_persisted;
  view.alignment_duration = metrics.alignment_ms;
  view.start_delay = metrics.start_delay_ms;
  view.unaligned = metrics.unaligned;
  return view;
}

}  // namespace

rest::CheckpointView* Statistics::find(std::int64_t id) {
  const auto found =
      std::find_if(history_.begin(), history_.end(), [&](const auto& one) { return one.id == id; });
  return found == history_.end() ? nullptr : &*found;
}

void Statistics::started(rest::CheckpointView started) {
  started.status = "IN_PROGRESS";
  ++counts_.total;
  ++counts_.in_progress;
  history_.push_front(std::move(started));
  // Those under way stay, however many.
  for (std::size_t i = history_.size(); i > history_max; --i) {
    if (history_[i - 1].status == "IN_PROGRESS") continue;
    history_.erase(history_.begin() + static_cast<std::ptrdiff_t>(i - 1));
    break;
  }
}

void Statistics::acknowledged(const protocol::CheckpointAck& ack, const base::Instant& triggered,
                              const base::Instant& now) {
  auto* one = find(ack.checkpoint_id);
  if (one == nullptr) return;
  const auto subtask = view_of(ack, triggered, now);
  const auto vertex = ack.attempt.vertex.hex();
  ++one->acknowledged_subtasks;
  one->latest_ack_timestamp = std::max(one->latest_ack_timestamp, subtask.ack_timestamp);
  one->end_to_end_duration = std::max(one->end_to_end_duration, subtask.end_to_end_duration);
  one->checkpointed_size += subtask.checkpointed_size;
  one->state_size += subtask.state_size;
  one->processed_data += subtask.processed_data;
  one->persisted_data += subtask.persisted_data;
  for (auto& known : one->vertices) {
    if (known.id != vertex) continue;
    const auto place =
        std::upper_bound(known.subtasks.begin(), known.subtasks.end(), subtask,
                         [](const auto& a, const auto& b) { return a.index < b.index; });
    known.subtasks.insert(place, subtask);
  }
}

void Statistics::completed(std::int64_t id, const std::string& path) {
  auto* one = find(id);
  if (one == nullptr) return;
  one->status = "COMPLETED";
  one->external_path = path;
  --counts_.in_progress;
  ++counts_.completed;
  samples_.push_back({static_cast<std::int64_t>(one->checkpointed_size),
                      static_cast<std::int64_t>(one->state_size), one->end_to_end_duration,
                      static_cast<std::int64_t>(one->processed_data),
                      static_cast<std::int64_t>(one->persisted_data)});
  if (samples_.size() > samples_max) samples_.pop_front();
  (one->savepoint ? counts_.latest_savepoint : counts_.latest_completed) = *one;
}

void Statistics::failed(std::int64_t id, std::int64_t now_millis, const std::string& why) {
  auto* one = find(id);
  if (one == nullptr) return;
  one->status = "FAILED";
  one->failure_timestamp = now_millis;
  one->failure_message = why;
  one->end_to_end_duration = std::max<std::int64_t>(0, now_millis - one->trigger_timestamp);
  --counts_.in_progress;
  ++counts_.failed;
  counts_.latest_failed = *one;
}

void Statistics::discarded(const std::string& path) {
  for (auto& one : history_) {
    if (one.external_path == path) one.discarded = true;
  }
}

void Statistics::restored(rest::RestoredCheckpointView restored) {
  ++counts_.restored;
  counts_.latest_restored = std::move(restored);
}

rest::CheckpointsView Statistics::view() const {
  auto out = counts_;
  out.history.assign(history_.begin(), history_.end());
  out.checkpointed_size = summary(samples_, &Sample::checkpointed_size);
  out.state_size = summary(samples_, &Sample::state_size);
  out.end_to_end_duration = summary(samples_, &Sample::duration);
  out.processed_data = summary(samples_, &Sample::processed);
  out.persisted_data = summary(samples_, &Sample::persisted);
  return out;
}

}  // namespace flink::checkpoint
