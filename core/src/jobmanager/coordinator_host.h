// SPDX-License-Identifier: Apache-2.0
// The user code of the JobManager: every operator's coordinator on one mailbox worker, calls in the
// order they were made. The JobManager (control loop) calls the methods below; answers come back
// through the CoordinatorListener on the worker's thread, whose implementation posts them to the
// loop.
//
// Events to subtasks carry the attempt that the coordinator had last been told is ready, so that
// one meant for a dead attempt never reaches its successor.
//
// One that fails is started again (start()), all of them together, from the newest checkpoint, as
// after the death of a JobManager. Before calls that may commit or remove something it is looked
// whether this JobManager still has the job: one that was stopped for a while may not know.
#pragma once

#include <flink/coordinator.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.h"
#include "base/file_system.h"
#include "base/ids.h"
#include "config/configuration.h"
#include "graph/job_graph.h"

namespace flink::jobmanager {

// Called on the mailbox worker's thread.
class CoordinatorListener {
 public:
  virtual ~CoordinatorListener() = default;
  virtual void coordinators_started() = 0;
  // start() or an event's handling threw; `committing`: commit() did.
  virtual void coordinator_failed(int kind, std::string message, bool committing) = 0;
  // The answer to checkpoint(): what they returned, by operator. Events that came before were sent
  // before that, later ones after it.
  virtual void coordinators_snapshot(std::int64_t checkpoint_id,
                                     std::map<base::OperatorId, std::string> states) = 0;
  virtual void coordinators_committed() = 0;
  virtual void coordinators_aborted() = 0;
  virtual void coordinator_warned(const std::string& text) = 0;
  // Another JobManager has taken the job over: nothing was committed or removed, nor will be.
  virtual void coordinators_fenced(const std::string& message) = 0;
  virtual void event_to_subtask(base::AttemptId attempt, base::OperatorId op,
                                std::string event) = 0;
};

struct CoordinatorEnvironment {
  base::Executor* executor = nullptr;
  base::FileSystem* file_system = nullptr;
  base::JobId job;
  config::Configuration configuration;
  CoordinatorListener* listener = nullptr;
  // Throws checkpoint::FencedError when another JobManager has taken the job over. Empty: no other
  // one can.
  std::function<void()> check_fence;
  // See CoordinatorContext. Empty: it is not known.
  std::function<std::int64_t()> newest_savepoint;
};

class CoordinatorHost final : private base::Worker {
 public:
  CoordinatorHost(std::shared_ptr<const graph::JobGraph> graph, CoordinatorEnvironment environment);
  ~CoordinatorHost() override;  // waits for the call under way

  // `states`: of the checkpoint that the job starts from. Again, once one has failed and no task
  // runs: with new coordinators, calls made before this one come to nothing.
  void start(std::int64_t checkpoint_id, std::map<base::OperatorId, std::string> states);
  void checkpoint(std::int64_t checkpoint_id);
  void checkpoint_complete(std::int64_t checkpoint_id);
  void checkpoint_aborted(std::int64_t checkpoint_id);
  void subtask_ready(const base::AttemptId& id);
  void subtask_reset(const base::AttemptId& id, std::int64_t checkpoint_id);
  void operator_event(const base::AttemptId& id, const base::OperatorId& op, std::string event);
  void commit();  // may be called again when it failed
  void abort();
  bool empty() const { return coordinators_.empty(); }

 private:
  class Context;
  struct Entry {
    base::OperatorId id;
    base::VertexId vertex;
    std::unique_ptr<Context> context;
    std::unique_ptr<OperatorCoordinator> coordinator;
    bool started = false;
    void discard();
  };

  base::Step step() override;
  void start_one(Entry& entry, std::int64_t checkpoint_id,
                 const std::map<base::OperatorId, std::string>& states);
  void post(std::function<void()> call);
  bool leads(const char* doing = nullptr, bool committing = false);
  bool guarded(const Entry& entry, bool committing, const char* doing,
               const std::function<void()>& call);

  std::shared_ptr<const graph::JobGraph> graph_;
  CoordinatorEnvironment environment_;
  std::vector<Entry> coordinators_;  // worker's thread, after the constructor
  bool failed_ = false;              // worker's thread: only abort() and start() count then
  bool fenced_ = false;              // worker's thread: no call counts any more
  std::mutex mutex_;
  std::vector<std::function<void()>> mailbox_;  // guarded by mutex_
  std::unique_ptr<base::WorkerHandle> worker_;  // last: stops first
};

}  // namespace flink::jobmanager
