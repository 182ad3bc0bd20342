// SPDX-License-Identifier: Apache-2.0
// JobMaster where regions run one after another: which partitions are there, who waits for them,
// and what has to run again when some are lost.
#include <algorithm>
#include <set>
#include <utility>

#include "jobmanager/job_master.h"

namespace flink::jobmanager {

using protocol::TaskState;

// It lies where the subtask has run, until it is released or that TaskManager is gone.
bool JobMaster::partition_there(const Subtask& producer) const {
  const auto& execution = producer.current;
  return execution.state == TaskState::finished && !execution.partition_gone &&
         data_addresses_.contains(execution.place.taskmanager);
}

bool JobMaster::partition_lost(const Subtask& producer) const {
  return producer.current.state == TaskState::finished && !partition_there(producer);
}

bool JobMaster::inputs_there(int index) const {
  const auto& producers = graph_.producers_of(index);
  return std::all_of(producers.begin(), producers.end(), [this](int p) {
    const auto& producer = graph_.subtasks()[static_cast<std::size_t>(p)];
    return region(producer.region).phase != Region::Phase::restarting && partition_there(producer);
  });
}

// CREATED: it waits for its inputs; SCHEDULED: for slots.
void JobMaster::look_at_inputs(const Instant& now) {
  for (int r = 0; r < graph_.region_count(); ++r) {
    auto& state = region(r);
    using Phase = Region::Phase;
    if (state.phase != Phase::waiting_for_inputs && state.phase != Phase::waiting_for_slots) {
      continue;
    }
    const auto phase = inputs_there(r) ? Phase::waiting_for_slots : Phase::waiting_for_inputs;
    if (std::exchange(state.phase, phase) == phase) continue;
    state.waiting_since = now.at;
    for (const int i : graph_.region(r)) {
      graph_.subtasks()[static_cast<std::size_t>(i)].current.enter(
          phase == Phase::waiting_for_slots ? TaskState::scheduled : TaskState::created, now);
    }
  }
}

// Its slots are for the next one, and what only it has read is of no use any more.
void JobMaster::region_finished(int index, const Instant& now) {
  pool_.release(graph_.shared_slots_of(index));
  for (const int p : graph_.producers_of(index)) {
    auto& producer = graph_.subtasks()[static_cast<std::size_t>(p)];
    const auto& readers = graph_.consumers_of(producer.region);
    if (std::all_of(readers.begin(), readers.end(), [this](int r) { return graph_.finished(r); })) {
      release_partition(producer);
    }
  }
  schedule(now);
}

// Whatever its attempt has come to: one that was cancelled may have written all of it before, and
// what could not be read takes room as well.
void JobMaster::release_partition(Subtask& producer) {
  auto& execution = producer.current;
  if (graph_.consumers_of(producer.region).empty() || execution.partition_released ||
      !data_addresses_.contains(execution.place.taskmanager)) {
    return;
  }
  execution.partition_gone = execution.partition_released = true;
  actions_.push_back(action::ReleasePartition{execution.place.taskmanager, execution.id});
}

// As Flink: who is to run (again) needs its inputs, and a producer that runs again may write
// something else, or in another order, so that all who have read of it start over, too.
std::set<int> JobMaster::with_what_is_lost(const std::set<int>& regions) const {
  std::set<int> out;
  std::vector<int> todo;
  const auto add = [&](int r) {
    if (region(r).phase == Region::Phase::deployed && out.insert(r).second) todo.push_back(r);
  };
  const auto add_lost_inputs = [&](int r) {
    for (const int p : graph_.producers_of(r)) {
      const auto& producer = graph_.subtasks()[static_cast<std::size_t>(p)];
      if (partition_lost(producer)) add(producer.region);
    }
  };
  for (const int r : regions) add(r);
  for (int r = 0; r < graph_.region_count(); ++r) {
    if (!graph_.finished(r) || region(r).phase == Region::Phase::restarting) add_lost_inputs(r);
  }
  while (!todo.empty()) {
    const int r = todo.back();
    todo.pop_back();
    add_lost_inputs(r);
    for (const int reader : graph_.consumers_of(r)) add(reader);
  }
  return out;
}

}  // namespace flink::jobmanager
