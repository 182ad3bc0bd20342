// SPDX-License-Identifier: Apache-2.0
// What a JobManager finds out before a job starts: whether it has run before, from which checkpoint
// or savepoint it goes on, which checkpoint ids are free. Blocking; helpers only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/ids.h"
#include "checkpoint/completed.h"
#include "checkpoint/restore_point.h"
#include "checkpoint/settings.h"
#include "graph/job_graph.h"
#include "ha/ha_store.h"

namespace flink::checkpoint {

struct OpenOptions {
  base::JobId job;
  bool recover = false;  // go on where an earlier JobManager of the job stopped
  bool takes_checkpoints = false;
  std::string from;  // execution.state-recovery.path; empty: none
  bool claim = false;
  bool allow_non_restored_state = false;
  bool new_id = false;       // made up for this run: no earlier job had it
  std::uint64_t random = 0;  // for the epoch
};

struct Opened {
  std::optional<ha::JobResult> ended;  // it has ended before; nothing else counts then
  std::uint64_t epoch = 0;             // 0: no HA store
  std::uint64_t life = 1;              // how many JobManagers the job has had, with this one
  std::int64_t first_checkpoint_id = 1;
  // As it is published now; but that savepoints of earlier lives are not known is said of the start
  // only: coordinators keep what is there when they start, so that all later ones are known.
  ha::JobRecord record;
  bool earlier_savepoints_known = true;
  std::optional<Completed> from;  // what it starts from
  bool counts = false;            // the job's own, to delete when newer ones are kept
  bool full_first = false;        // files of somebody else: nothing is built on them
  std::vector<Completed> kept;    // older ones of its own, oldest first
  std::shared_ptr<const RestorePoint> restore;
  std::vector<std::string> notes;  // for the log and people
};

// What operators' maximum parallelism was in the checkpoint or savepoint that the job would start
// from now; empty when there is none, or it cannot be read. Takes nothing over; `store` may be
// null.
std::map<base::OperatorId, int> restored_max_parallelism(base::FileSystem& files,
                                                         ha::HaStore* store,
                                                         const OpenOptions& options);

// A job that was stopped with a savepoint goes on as the same job when it is started from that one.
//
// `store` may be null. Throws Error when the job must not start: a damaged or missing checkpoint,
// state that does not fit, a directory that cannot be written, somebody else's job.
Opened open_job(base::FileSystem& files, ha::HaStore* store, const Settings& settings,
                const graph::JobGraph& graph, const OpenOptions& options);

}  // namespace flink::checkpoint
