// SPDX-License-Identifier: Apache-2.0
// Makes the keyed state of one operator's subtask as configuration and deployment say.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/effects.h"
#include "config/configuration.h"
#include "graph/job_graph.h"
#include "state/handles.h"
#include "state/snapshot.h"
#include "task/operator_chain.h"

namespace flink::task {

struct KeyedPartSetup {
  const graph::JobGraph* graph = nullptr;
  const graph::JobVertex* vertex = nullptr;
  const graph::ChainedOperator* op = nullptr;
  int subtask = 0;
  std::string file_prefix;  // of this attempt's files
  const config::Configuration* configuration = nullptr;
  const base::Effects* effects = nullptr;
  const state::OperatorSubtaskState* restored = nullptr;  // null: nothing
  // As KeyedStateSetup has it.
  std::function<std::shared_ptr<const state::Run>(const state::RunFile& file)> find_local;
  std::function<void()> waker;
};

// What each keyed operator of a slot may hold in memory: managed memory, divided among them.
std::size_t memory_share(const KeyedPartSetup& setup);
KeyedPart make_keyed_part(KeyedPartSetup setup);

}  // namespace flink::task
