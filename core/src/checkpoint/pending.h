// SPDX-License-Identifier: Apache-2.0
// One checkpoint under way: what it waits for, what has come in. Sans-io; the CheckpointCoordinator
// drives it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "channels/element.h"
#include "checkpoint/metadata.h"
#include "graph/job_graph.h"
#include "state/handles.h"

namespace flink::checkpoint {

// A subtask as it is when a checkpoint starts.
struct TaskInfo {
  base::AttemptId id;
  int vertex = 0;         // index in the JobGraph
  bool running = false;   // RUNNING
  bool finished = false;  // FINISHED
  bool root = false;      // runs, and nothing that feeds it does: barriers start here
};

enum class RequestKind : std::uint8_t {
  periodic,
  checkpoint,
  savepoint,
  stop,  // a savepoint, then the tasks end
  last,  // all tasks have finished
};
struct Request {
  RequestKind kind = RequestKind::periodic;
  std::uint64_t token = 0;  // of whoever waits for the answer; 0: nobody
  bool full = false;        // nothing of earlier checkpoints is referred to
  bool drain = false;       // stop: with the last watermark
  std::string target;       // savepoints: the directory above theirs
  base::TimePoint until;    // waits no longer than that to be started

  bool savepoint() const { return kind == RequestKind::savepoint || kind == RequestKind::stop; }
};

class PendingCheckpoint {
 public:
  enum class Stage : std::uint8_t { preparing, coordinators, acknowledging, writing };

  PendingCheckpoint(std::int64_t id, Request request, std::vector<TaskInfo> tasks,
                    const base::Instant& now, base::TimePoint deadline);

  std::int64_t id() const { return id_; }
  const Request& request() const { return request_; }
  Stage stage() const { return stage_; }
  void advance(Stage stage) { stage_ = stage; }
  const base::Instant& triggered() const { return triggered_; }
  base::TimePoint deadline() const { return deadline_; }
  const std::string& directory() const { return directory_; }
  void set_directory(std::string directory) { directory_ = std::move(directory); }
  void set_coordinators(std::map<base::OperatorId, std::string> states) {
    coordinators_ = std::move(states);
  }

  // On files of earlier checkpoints, as its barrier says.
  bool builds() const { return builds_; }
  void set_builds(bool builds) { builds_ = builds; }
  void set_metadata(std::shared_ptr<const Metadata> metadata) { metadata_ = std::move(metadata); }
  const std::shared_ptr<const Metadata>& metadata() const { return metadata_; }
  void forget_token() { request_.token = 0; }  // somebody else will answer

  std::vector<base::AttemptId> roots() const;
  // Those that have yet to acknowledge.
  const std::set<base::AttemptId>& waiting() const { return waiting_; }
  // Of those that acknowledge at all.
  const std::vector<TaskInfo>& tasks() const { return tasks_; }
  // False: it was not waited for.
  bool acknowledge(const base::AttemptId& attempt, state::TaskSnapshot snapshot);
  bool complete() const { return waiting_.empty(); }
  std::set<std::string> files() const;  // of what was acknowledged

  // What goes into _metadata. Throws Error{user} when a state cannot be part of a checkpoint with
  // finished tasks.
  Metadata make_metadata(const graph::JobGraph& graph, const base::JobId& job,
                         std::uint64_t epoch) const;

 private:
  std::int64_t id_;
  Request request_;
  std::vector<TaskInfo> tasks_;
  base::Instant triggered_;
  base::TimePoint deadline_;
  Stage stage_ = Stage::preparing;
  bool builds_ = false;
  std::string directory_;
  std::set<base::AttemptId> waiting_;
  std::map<base::AttemptId, state::TaskSnapshot> snapshots_;
  std::map<base::OperatorId, std::string> coordinators_;
  std::shared_ptr<const Metadata> metadata_;  // once it is being written
};

}  // namespace flink::checkpoint
