// SPDX-License-Identifier: Apache-2.0
// Checkpoints, savepoints, stops and disposals that somebody asked for through REST: started by one
// request, asked for by others under their trigger id. Control loop's thread only.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/effects.h"
#include "checkpoint/coordinator.h"
#include "jobmanager/checkpoint_files.h"
#include "rest/cluster_view.h"

namespace flink::jobmanager {

class CheckpointOperations {
 public:
  // `in_use`: savepoints that must not be disposed of.
  CheckpointOperations(const base::Effects& effects, checkpoint::CheckpointCoordinator& coordinator,
                       CheckpointFiles& files, std::function<std::set<std::string>()> in_use)
      : effects_(effects), coordinator_(coordinator), files_(files), in_use_(std::move(in_use)) {}

  // A trigger id that is known already starts nothing. What the coordinator decides is to be
  // carried out afterwards.
  rest::OperationStart start(const rest::OperationRequest& request);
  const rest::OperationView* find(const std::string& trigger);
  // True: the job is to be cancelled now, as was asked for with that savepoint.
  bool answered(const checkpoint::action::Answer& answer);

  // The request that stopped the job; empty: there was none.
  const std::string& stop() const { return stop_; }
  // The one who stopped the job has not learned yet where the savepoint is.
  bool answer_unread() const { return !unread_stop_.empty(); }

 private:
  std::uint64_t remember(const std::string& trigger);  // its token; 0: it is known
  void checkpoint(const std::string& trigger, bool full);
  void savepoint(const std::string& trigger, const rest::OperationRequest& request);
  void dispose(const std::string& trigger, const std::string& path);
  base::Instant now() const { return {effects_.clock.now(), effects_.clock.wall_millis()}; }

  base::Effects effects_;
  checkpoint::CheckpointCoordinator& coordinator_;
  CheckpointFiles& files_;
  std::function<std::set<std::string>()> in_use_;
  std::uint64_t next_token_ = 1;
  std::map<std::string, rest::OperationView> operations_;  // by trigger id
  std::map<std::uint64_t, std::string> triggers_;          // by token
  std::string cancel_after_;
  std::string stop_, unread_stop_;
};

}  // namespace flink::jobmanager
