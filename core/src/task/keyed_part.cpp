// SPDX-License-Identifier: Apache-2.0
#include "task/keyed_part.h"

#include <algorithm>
#include <utility>

#include "config/memory_budget.h"
#include "config/options.h"
#include "state/backend.h"
#include "task/scratch_directory.h"

namespace flink::task {
namespace options = config::options;

// A slot holds at most one subtask of each vertex of a sharing group.
std::size_t memory_share(const KeyedPartSetup& setup) {
  const auto slots = setup.configuration->get(options::task_slots);
  std::uint64_t sharers = 0;
  for (const auto& vertex : setup.graph->vertices) {
    if (vertex.slot_sharing_group != setup.vertex->slot_sharing_group) continue;
    for (const auto& op : vertex.chain) sharers += setup.graph->transformation(op).keyed ? 1 : 0;
  }
  const auto of_slot = config::memory_budget(*setup.configuration).per_slot(slots);
  return static_cast<std::size_t>(of_slot.state_share(sharers));
}

namespace {

// The groups g with operator_index(g) == subtask.
state::KeyGroupRange groups_of(const KeyedPartSetup& setup) {
  const int groups = setup.vertex->max_parallelism, parallelism = setup.vertex->parallelism;
  return {(setup.subtask * groups + parallelism - 1) / parallelism,
          ((setup.subtask + 1) * groups - 1) / parallelism};
}

// What it writes there is what local recovery reads.
std::string scratch_parents(const config::Configuration& configuration) {
  const bool own = configuration.get(options::local_backup_enabled) &&
                   configuration.is_set(options::local_backup_dirs);
  return configuration.get(own ? options::local_backup_dirs : options::tmp_dirs);
}

struct Owner {
  std::unique_ptr<ScratchDirectory> scratch;  // outlives the state
  std::unique_ptr<state::KeyedState> state;
};

}  // namespace

KeyedPart make_keyed_part(KeyedPartSetup setup) {
  const auto& configuration = *setup.configuration;
  auto owner = std::make_shared<Owner>();
  owner->scratch =
      std::make_unique<ScratchDirectory>(setup.effects->executor, scratch_parents(configuration));
  state::KeyedStateSetup backend;
  backend.type = configuration.get(options::state_backend_type);
  backend.operator_name = setup.op->name;
  backend.max_parallelism = setup.vertex->max_parallelism;
  backend.groups = groups_of(setup);
  backend.memory_bytes = memory_share(setup);
  backend.one_key_at_a_time = setup.graph->batch;
  backend.executor = &setup.effects->executor;
  backend.files = &setup.effects->file_system;
  backend.clock = &setup.effects->clock;
  backend.scratch_directory = owner->scratch->path();
  if (setup.restored != nullptr && !setup.restored->keyed.runs.empty()) {
    backend.restored.push_back(setup.restored->keyed);
  }
  backend.find_local = std::move(setup.find_local);
  backend.waker = std::move(setup.waker);
  owner->state = state::make_keyed_state_backend(std::move(backend));
  KeyedPart part;
  part.backend = owner->state.get();
  part.snapshots = owner->state.get();
  part.owner = std::move(owner);
  return part;
}

}  // namespace flink::task
