// SPDX-License-Identifier: Apache-2.0
// The JobMaster against a small world of TaskManagers that come, go, finish, fail and answer late,
// in random order. What must hold is checked at every action; every story must come to its end.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "jobmanager/job_master.h"
#include "test_graphs.h"

using namespace std::chrono_literals;
using namespace flink;
using namespace flink::jobmanager;
using flink::protocol::TaskState;

namespace {

flink::test::GraphShape random_shape(base::Random& random) {
  flink::test::GraphShape shape;
  shape.batch = random.below(2) == 0;
  const auto vertices = 1 + random.below(4);
  for (std::uint64_t v = 0; v < vertices; ++v) {
    shape.parallelism.push_back(1 + static_cast<int>(random.below(4)));
    shape.groups.push_back(random.below(4) == 0 ? "other" : "default");
    if (v == 0) continue;
    constexpr ShipStrategy strategies[] = {ShipStrategy::hash, ShipStrategy::rescale,
                                           ShipStrategy::forward};
    auto strategy = strategies[random.below(3)];
    const int from = static_cast<int>(random.below(v));
    if (strategy == ShipStrategy::forward &&
        shape.parallelism[static_cast<std::size_t>(from)] != shape.parallelism.back()) {
      strategy = ShipStrategy::rebalance;
    }
    const auto exchange = shape.batch && strategy != ShipStrategy::forward && random.below(4) != 0
                              ? ExchangeType::blocking
                              : ExchangeType::pipelined;
    shape.edges.push_back({from, static_cast<int>(v), strategy, exchange});
  }
  return shape;
}

class World final : private RestoreSource {
 public:
  World(std::uint64_t seed, base::Random& random)
      : random_(random),
        shape_(random_shape(random)),
        graph_(flink::test::make_graph(shape_)),
        master_(graph_, options(random, *this), random, now_) {
    CAPTURE(seed);
  }

  void run() {
    master_.start(now_);
    drain();
    for (int step = 0; step < 400 && !is_terminal(master_.status()); ++step) {
      disturb();
      drain();
    }
    // Quiet now: enough TaskManagers, no more failures. It must end.
    calm_ = true;
    for (int step = 0; step < 5000 && !is_terminal(master_.status()); ++step) {
      disturb();
      drain();
    }
    REQUIRE(is_terminal(master_.status()));
    CHECK(running_.empty());
    CHECK(master_.take_actions().empty());
    if (master_.status() == JobStatus::finished) {
      CHECK(commits_ == 1);
      CHECK(last_checkpoint_taken_ == wants_last_);
      // Whoever has read a partition has read that of the attempt that counts.
      for (const auto& subtask : master_.executions().subtasks()) {
        for (const auto& read : read_by_[subtask.current.id]) {
          CHECK(master_.executions().find_current(read) != nullptr);
        }
      }
    } else CHECK(aborts_ == 1);
  }

 private:
  struct Attempt {
    std::string taskmanager;
    int slot = 0;
    TaskState state = TaskState::deploying;
  };

  std::shared_ptr<const checkpoint::RestorePoint> restore_point() override { return restore_; }

  JobMasterOptions options(base::Random& random, RestoreSource& restores) {
    JobMasterOptions out;
    wants_last_ = out.last_checkpoint = random.below(2) == 0;
    out.restores = &restores;
    out.restart.type = config::RestartStrategy::Type::fixed_delay;
    out.restart.attempts = random.below(4) == 0 ? static_cast<int>(random.below(3)) : 1000;
    out.restart.delay = 100ms;
    out.slot_request_timeout = 1000h;
    out.full_failover = random.below(4) == 0;
    return out;
  }

  void advance(base::Duration by) {
    now_.at = now_.at + by;
    now_.wall_millis += by / 1ms;
  }

  void disturb() {
    advance(base::Duration{static_cast<std::int64_t>(random_.below(50)) * 1'000'000});
    if (!coordinators_started_ && asked_to_start_ && random_.below(3) == 0) {
      coordinators_started_ = true;
      master_.coordinators_started(now_);
      return;
    }
    if (calm_) hold(false);
    switch (random_.below(calm_ ? 6 : 12)) {
      case 0:
        join();
        return;
      case 1:
      case 2:
      case 3:
        progress();
        return;
      case 4:
        master_.tick(now_);
        return;
      case 5:
        answer();
        return;
      case 6:
        lose();
        return;
      case 7:
        fail_task();
        return;
      case 8:
        stale_report();
        return;
      case 9:
        hold(!held_);
        return;
      case 10:
        complete_checkpoint();
        return;
      default:
        if (random_.below(40) == 0) master_.cancel(now_);
        if (random_.below(10) == 0)
          master_.fail_over(ErrorKind::resource, "a checkpoint failed", now_);
        return;
    }
  }

  void hold(bool hold) {
    held_ = hold;
    master_.hold_restarts(hold, now_);
  }

  void complete_checkpoint() {
    if (!master_.all_running() || shape_.batch) return;
    checkpoint::RestorePoint point;
    point.checkpoint_id = restore_ == nullptr ? 1 : restore_->checkpoint_id + 1;
    state::TaskSnapshot snapshot;
    snapshot.operators.emplace_back().operator_high =
        static_cast<std::uint64_t>(point.checkpoint_id);
    for (const auto& vertex : graph_->vertices) {
      const auto subtasks = static_cast<std::size_t>(vertex.parallelism);
      point.vertices.push_back({false, std::vector<state::TaskSnapshot>(subtasks, snapshot)});
    }
    restore_ = std::make_shared<const checkpoint::RestorePoint>(std::move(point));
  }

  void join() {
    if (alive_.size() >= 12) return;
    const std::string id = "tm" + std::to_string(next_taskmanager_++);
    const int slots = 1 + static_cast<int>(random_.below(3));
    alive_[id] = slots;
    master_.taskmanager_joined(id, slots, {id, 1}, now_);
  }

  void lose() {
    if (alive_.empty()) return;
    auto victim = alive_.begin();
    std::advance(victim, static_cast<std::ptrdiff_t>(random_.below(alive_.size())));
    const std::string id = victim->first;
    alive_.erase(victim);
    std::erase_if(running_, [&](const auto& r) { return r.second.taskmanager == id; });
    std::erase_if(partitions_, [&](const auto& p) { return p.second == id; });
    master_.taskmanager_lost(id, id + " was lost", "", now_);
  }

  std::map<base::AttemptId, Attempt>::iterator any() {
    auto it = running_.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(random_.below(running_.size())));
    return it;
  }

  void report(std::map<base::AttemptId, Attempt>::iterator it, TaskState state) {
    const auto id = it->first;
    const auto taskmanager = it->second.taskmanager;
    const bool was_running =
        it->second.state == TaskState::running || it->second.state == TaskState::canceling;
    it->second.state = state;
    protocol::TaskFailure failure{ErrorKind::user, "op", "because", {}};
    if (protocol::is_terminal(state)) {
      ended_.insert(id);
      running_.erase(it);
      // Also when it is cancelled or fails, if that is late enough.
      if (has_readers(id) && (state == TaskState::finished || (was_running && coin()))) {
        partitions_[id] = taskmanager;
      }
      if (state == TaskState::failed) failure.lost_partition = damaged(id);
    }
    master_.task_state(taskmanager, {id, state, failure, {}}, now_);
  }
  bool coin() { return random_.below(2) == 0; }
  bool has_readers(const base::AttemptId& id) const {
    const auto& vertex =
        graph_->vertices[static_cast<std::size_t>(graph_->vertex_index(id.vertex))];
    return std::any_of(vertex.output_edges.begin(), vertex.output_edges.end(), [this](int e) {
      return graph_->edges[static_cast<std::size_t>(e)].exchange == ExchangeType::blocking;
    });
  }
  // What it could not read: nobody reads that again.
  std::optional<base::AttemptId> damaged(const base::AttemptId& reader) {
    const auto& read = read_by_[reader];
    if (read.empty() || !coin()) return std::nullopt;
    const auto& producer = read[random_.below(read.size())];
    damaged_.insert(producer);
    return producer;
  }

  void progress() {
    if (running_.empty()) return;
    auto it = any();
    switch (it->second.state) {
      case TaskState::deploying:
        report(it, TaskState::initializing);
        return;
      case TaskState::initializing:
        report(it, TaskState::running);
        return;
      case TaskState::running:
        report(it, TaskState::finished);
        return;
      case TaskState::canceling:
        report(it, random_.below(8) == 0 ? TaskState::failed : TaskState::canceled);
        return;
      default:
        FAIL("a task in a strange state");
    }
  }

  void fail_task() {
    if (!running_.empty()) report(any(), TaskState::failed);
  }

  // A report of an attempt that has ended, or from the wrong place.
  void stale_report() {
    if (ended_.empty()) return;
    master_.task_state("nobody", {*ended_.begin(), TaskState::finished, {}, {}}, now_);
  }

  void answer() {
    if (last_pending_) {
      last_pending_ = false;
      if (!calm_ && random_.below(3) == 0) {
        master_.fail_over(ErrorKind::resource, "the last checkpoint failed", now_);
      } else {
        last_checkpoint_taken_ = true;
        master_.last_checkpoint_done(now_);
      }
    } else if (commit_pending_) {
      commit_pending_ = false;
      if (!calm_ && random_.below(4) == 0) master_.commit_failed(ErrorKind::resource, "no", now_);
      else if (retries_ended_ && random_.below(2) == 0)
        master_.coordinator_failed(ErrorKind::transient, "not now", true, now_);
      else master_.committed(now_);
    } else if (abort_pending_) {
      abort_pending_ = false;
      master_.aborted(now_);
    }
  }

  void drain() {
    for (auto actions = master_.take_actions(); !actions.empty();
         actions = master_.take_actions()) {
      for (auto& action : actions) std::visit([this](auto& a) { apply(a); }, action);
    }
  }

  void apply(action::StartCoordinators&) { asked_to_start_ = true; }
  void apply(action::Deploy& deploy) {
    const auto& id = deploy.deployment.id;
    REQUIRE(coordinators_started_);
    REQUIRE(alive_.contains(deploy.taskmanager));
    CHECK(deploy.deployment.slot < alive_[deploy.taskmanager]);
    const int vertex = graph_->vertex_index(id.vertex);
    // No other attempt of that subtask lives; the former ones were reset.
    for (const auto& [other, attempt] : running_) {
      CHECK_FALSE((other.vertex == id.vertex && other.subtask == id.subtask));
    }
    const auto expected =
        resets_.contains({vertex, id.subtask}) ? resets_[{vertex, id.subtask}] + 1 : 0;
    CHECK(id.attempt == expected);
    // A slot holds one parallel slice: the same group and index.
    const auto& group = shape_.groups[static_cast<std::size_t>(vertex)];
    for (const auto& [other, attempt] : running_) {
      if (attempt.taskmanager != deploy.taskmanager || attempt.slot != deploy.deployment.slot)
        continue;
      const int v = graph_->vertex_index(other.vertex);
      CHECK(shape_.groups[static_cast<std::size_t>(v)] == group);
      CHECK(other.subtask == id.subtask);
    }
    check_inputs(deploy);
    for (const auto& peers : deploy.deployment.peers) {
      if (peers.vertex != id.vertex) continue;
      const auto& self = peers.subtasks.at(static_cast<std::size_t>(id.subtask));
      CHECK(self.attempt == id.attempt);
      CHECK(self.taskmanager_id == deploy.taskmanager);
    }
    // It starts from what its predecessor was reset to, also when there is a newer one since.
    const auto& restore = deploy.deployment.restore;
    CHECK((restore ? restore->checkpoint_id : no_checkpoint) ==
          (id.attempt == 0 ? no_checkpoint : reset_to_[{vertex, id.subtask}]));
    if (restore) {
      CHECK(restore->snapshot.operators.at(0).operator_high ==
            static_cast<std::uint64_t>(restore->checkpoint_id));
    }
    running_[id] = {deploy.taskmanager, deploy.deployment.slot, TaskState::deploying};
    for (const auto& [partition, place] : partitions_) {  // nothing is left of an older attempt
      CHECK_FALSE((partition.vertex == id.vertex && partition.subtask == id.subtask));
    }
  }
  // What it is to read is there, where its deployment says.
  void check_inputs(const action::Deploy& deploy) {
    const auto& id = deploy.deployment.id;
    const auto& mine = graph_->vertices[static_cast<std::size_t>(graph_->vertex_index(id.vertex))];
    for (const int e : mine.input_edges) {
      const auto& edge = graph_->edges[static_cast<std::size_t>(e)];
      if (edge.exchange != ExchangeType::blocking) continue;
      const auto& source = graph_->vertices[static_cast<std::size_t>(edge.source_vertex)];
      for (const int p :
           graph::producers_of(edge, id.subtask, source.parallelism, mine.parallelism)) {
        for (const auto& peers : deploy.deployment.peers) {
          if (peers.vertex != source.id) continue;
          const auto& peer = peers.subtasks.at(static_cast<std::size_t>(p));
          const base::AttemptId producer{source.id, p, peer.attempt};
          REQUIRE(partitions_.contains(producer));
          CHECK_FALSE(damaged_.contains(producer));
          CHECK(partitions_[producer] == peer.taskmanager_id);
          read_by_[id].push_back(producer);
        }
      }
    }
  }
  // Also of what has not become one: nobody knows how far an attempt came.
  void apply(action::ReleasePartition& release) {
    CHECK_FALSE(running_.contains(release.id));
    CHECK(released_.insert(release.id).second);
    partitions_.erase(release.id);
  }
  void apply(action::CancelTask& cancel) {
    const auto found = running_.find(cancel.id);
    if (found != running_.end()) found->second.state = TaskState::canceling;
  }
  void apply(action::SubtaskReady& ready) {
    CHECK(master_.executions().find_current(ready.id) != nullptr);
  }
  void apply(action::SubtaskReset& reset) {
    CHECK_FALSE(running_.contains(reset.id));
    CHECK_FALSE(held_);
    CHECK(reset.checkpoint_id == (restore_ == nullptr ? no_checkpoint : restore_->checkpoint_id));
    reset_to_[{graph_->vertex_index(reset.id.vertex), reset.id.subtask}] = reset.checkpoint_id;
    resets_[{graph_->vertex_index(reset.id.vertex), reset.id.subtask}] = reset.id.attempt;
  }
  void apply(action::LastCheckpoint&) {
    CHECK(running_.empty());
    CHECK(wants_last_);
    CHECK_FALSE(last_pending_);
    last_pending_ = true;
  }
  void apply(action::Commit&) {
    CHECK(running_.empty());
    CHECK_FALSE(commit_pending_);
    ++commits_;
    commit_pending_ = true;
  }
  void apply(action::EndRetries&) {
    CHECK(commit_pending_);
    CHECK_FALSE(retries_ended_);
    retries_ended_ = true;
  }
  void apply(action::Abort&) {
    CHECK(running_.empty());
    ++aborts_;
    abort_pending_ = true;
  }
  void apply(action::StatusChanged&) {}

  bool wants_last_ = false;
  bool retries_ended_ = false;
  base::Random& random_;
  flink::test::GraphShape shape_;
  std::shared_ptr<const graph::JobGraph> graph_;
  Instant now_{{1s}, 1000};
  JobMaster master_;
  bool calm_ = false;
  bool held_ = false;
  bool last_pending_ = false;
  bool last_checkpoint_taken_ = false;
  std::shared_ptr<const checkpoint::RestorePoint> restore_;
  std::map<std::pair<int, int>, std::int64_t> reset_to_;
  bool asked_to_start_ = false;
  bool coordinators_started_ = false;
  bool commit_pending_ = false;
  bool abort_pending_ = false;
  int commits_ = 0;
  int aborts_ = 0;
  int next_taskmanager_ = 0;
  std::map<std::string, int> alive_;
  std::map<base::AttemptId, Attempt> running_;
  std::set<base::AttemptId> ended_;
  std::map<base::AttemptId, std::string> partitions_;  // where each lies
  std::set<base::AttemptId> released_, damaged_;
  std::map<base::AttemptId, std::vector<base::AttemptId>> read_by_;
  std::map<std::pair<int, int>, int> resets_;  // the last attempt that was reset
};

}  // namespace

TEST_CASE("job: random stories keep every promise and come to an end") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    World{seed, random}.run();
  }
}
