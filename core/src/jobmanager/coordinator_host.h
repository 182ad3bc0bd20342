// SPDX-License-Identifier: Apache-2.0
// The user code of the JobManager: every operator's coordinator on a mailbox of its own, calls in
// the order they were made, so that one that blocks holds up nobody else. What a coordinator has
// run apart (CoordinatorContext::run_async) goes to a second one of its. The JobManager (control
// loop) calls the methods below; answers come back through the CoordinatorListener on any of these
// threads, whose implementation posts them to the loop.
//
// Events to subtasks carry the attempt that the coordinator had last been told is ready, so that
// one meant for a dead attempt never reaches its successor.
//
// One that fails is started again (start()), all of them together, from the newest checkpoint, as
// after the death of a JobManager. Before calls that may commit or remove something it is looked
// whether this JobManager still has the job: one that was stopped for a while may not know.
#pragma once

#include <flink/error.h>
#include <flink/graph/coordinator.h>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/effects.h"
#include "base/ids.h"
#include "config/configuration.h"
#include "graph/job_graph.h"
#include "jobmanager/mailbox.h"
#include "jobmanager/noted_streams.h"

namespace flink::jobmanager {

// Called on the threads of the coordinators.
class CoordinatorListener {
 public:
  virtual ~CoordinatorListener() = default;
  virtual void coordinators_started() = 0;
  // start() or an event's handling threw; `committing`: commit() did.
  virtual void coordinator_failed(ErrorKind kind, std::string message, bool committing) = 0;
  // One has given its state: its events that came before were sent before that, later ones after.
  virtual void coordinator_passed(std::int64_t checkpoint_id, base::OperatorId op) = 0;
  // The answer to checkpoint(), after the last of these: what all returned, by operator.
  virtual void coordinators_snapshot(std::int64_t checkpoint_id,
                                     std::map<base::OperatorId, std::string> states) = 0;
  virtual void coordinators_committed() = 0;
  // `uncommitted`: see OperatorCoordinator::left_uncommitted().
  virtual void coordinators_aborted(bool uncommitted) = 0;
  virtual void coordinator_warned(const std::string& text) = 0;
  // Another JobManager has taken the job over: nothing was committed or removed, nor will be.
  virtual void coordinators_fenced(const std::string& message) = 0;
  // `ordered`: with the checkpoints, see held_events.h.
  virtual void event_to_subtask(base::AttemptId attempt, base::OperatorId op, std::string event,
                                bool ordered) = 0;
};

struct CoordinatorEnvironment {
  base::Effects effects;
  base::JobId job;
  config::Configuration configuration;
  CoordinatorListener* listener = nullptr;
  // Throws ha::FencedError when another JobManager has taken the job over. Empty: no other
  // one can.
  std::function<void()> check_fence;
  // See CoordinatorContext. Empty: it is not known.
  std::function<std::int64_t()> newest_savepoint;
};

class CoordinatorHost final {
 public:
  CoordinatorHost(std::shared_ptr<const graph::JobGraph> graph, CoordinatorEnvironment environment);
  ~CoordinatorHost();  // waits for the calls under way

  // `states`: of the checkpoint that the job starts from. Again, once one has failed and no task
  // runs: with new coordinators, calls made before this one come to nothing.
  void start(std::int64_t checkpoint_id, std::map<base::OperatorId, std::string> states);
  void checkpoint(std::int64_t checkpoint_id);
  void checkpoint_complete(std::int64_t checkpoint_id);
  void checkpoint_aborted(std::int64_t checkpoint_id);
  void subtask_ready(const base::AttemptId& id);
  void subtask_reset(const base::AttemptId& id, std::int64_t checkpoint_id);
  void operator_event(const base::AttemptId& id, const base::OperatorId& op, std::string event);
  void commit();  // of all, then all_committed() of all; may be called again when it failed
  void end_retries();
  void abort();
  bool empty() const;
  // Paths that sources read and that can be read once only. Any thread.
  std::set<std::string> read_once_inputs() const { return source_files_.noted(); }

 private:
  class Context;
  struct Entry;
  struct Life;
  struct Round;
  struct Start;
  struct States;
  using LifeRef = std::shared_ptr<Life>;
  using RoundRef = std::shared_ptr<Round>;

  void call(Entry& entry, const LifeRef& life, std::function<void(const LifeRef&)> function);
  void call_all(const LifeRef& life, const std::function<void(Entry&, const LifeRef&)>& function);
  void commit_round(const LifeRef& of, void (OperatorCoordinator::*step)(), const RoundRef& round);
  void discard_all(const std::shared_ptr<Start>& start);
  void start_next(std::size_t index, const std::shared_ptr<Start>& start);
  void open_all();
  void run_async(Entry& entry, std::function<void()> work,
                 std::function<void(std::exception_ptr)> done);
  void finish_async(Entry& entry, const LifeRef& life, const std::function<void()>& done);
  void settle(Entry& entry);
  std::string claim(std::string_view thing, const std::string& claimant);
  std::int64_t align_watermark(std::string_view group, std::string_view op, std::int64_t millis);
  bool leads(const LifeRef& life, const char* doing = nullptr, const RoundRef& committing = {});
  bool guarded(Entry& entry, const LifeRef& life, const char* doing,
               const std::function<void()>& function, const RoundRef& committing = {});
  void failed(const LifeRef& life, const RoundRef& committing, ErrorKind kind, std::string message);

  std::shared_ptr<const graph::JobGraph> graph_;
  CoordinatorEnvironment environment_;
  NotedStreams source_files_;
  std::deque<Entry> entries_;
  LifeRef life_;  // control loop's thread
  std::mutex claims_mutex_;
  std::map<std::string, std::string, std::less<>> claims_;  // ConnectorContext::claim()
  std::mutex watermarks_mutex_;
  // By group and operator; CoordinatorContext::align_watermark().
  std::map<std::string, std::map<std::string, std::int64_t, std::less<>>, std::less<>> watermarks_;
  std::atomic<bool> fenced_{false};  // no call counts any more
};

}  // namespace flink::jobmanager
