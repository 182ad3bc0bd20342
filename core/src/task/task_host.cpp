// SPDX-License-Identifier: Apache-2.0
#include "task/task_host.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "channels/data_plane.h"
#include "channels/partition_server.h"
#include "channels/partition_store.h"
#include "config/memory_budget.h"
#include "config/options.h"
#include "fiber/slot.h"
#include "fiber/slot_watchdog.h"
#include "fiber/turn_clock.h"
#include "task/local_channels.h"
#include "task/local_state.h"
#include "task/partition_input.h"
#include "task/stream_task.h"

namespace flink::task {

namespace {

constexpr auto stuck_after = std::chrono::seconds{30};
constexpr std::size_t ended_tasks_kept = 1024;  // their metrics, for REST

class TaskHostOfJob final : public TaskHost {
 public:
  TaskHostOfJob(const TaskEnvironment& environment, std::shared_ptr<const graph::JobGraph> graph,
                const config::Configuration& configuration, const JobInfo& job, int slots,
                TaskEvents& events)
      : environment_(environment),
        graph_(std::move(graph)),
        configuration_(configuration),
        job_(job),
        events_(events),
        network_bytes_(static_cast<std::int64_t>(config::memory_budget(configuration_).network)),
        local_channels_(local_channel_options()),
        partitions_(environment_.effects.file_system, environment_.effects.executor,
                    partition_options()),
        data_plane_(environment_.effects.network, data_plane_options()) {
    if (configuration_.get(config::options::local_backup_enabled)) {
      local_state_ = std::make_unique<LocalState>(environment_.effects.executor);
    }
    for (int i = 0; i < slots; ++i) {
      fiber::SlotOptions options;
      options.name = "slot " + std::to_string(i);
      options.stack_bytes =
          static_cast<std::size_t>(configuration_.get(config::options::task_stack_size).bytes);
      slots_.push_back(std::make_unique<fiber::Slot>(environment_.effects.clock, options));
    }
    for (auto& slot : slots_) slot->start(environment_.effects.executor);
    if (graph_->batch) {
      partition_server_ = std::make_unique<channels::PartitionServer>(
          data_plane_, environment_.effects.clock, environment_.effects.executor,
          [this](const channels::ChannelId& id) { return served(id); });
    }
    if (!environment_.effects.executor.in_real_time()) return;
    std::vector<fiber::Slot*> timed;
    for (const auto& slot : slots_) timed.push_back(slot.get());
    turn_clock_ = std::make_unique<fiber::TurnClock>(environment_.effects.clock, std::move(timed));
    turn_clock_runs_ = environment_.effects.executor.start("turn clock", *turn_clock_);
  }

  ~TaskHostOfJob() override {
    turn_clock_runs_.reset();
    for (auto& slot : slots_) slot->cancel_all();
    for (auto& slot : slots_) slot->stop();
    slots_.clear();  // tasks that are left unwind here
  }

  void deploy(TaskDeployment deployment) override {
    const base::AttemptId id = deployment.id;
    try {
      auto task = make_task(std::move(deployment));
      {
        const std::lock_guard lock{mutex_};
        tasks_.insert_or_assign(id, task);
      }
      task->start();
    } catch (const PartitionLost& e) {
      events_.state_changed(id, TaskState::failed, {e.kind(), "", e.message(), e.producer()});
    } catch (const Error& e) {
      events_.state_changed(id, TaskState::failed, {e.kind(), "", e.message(), {}});
    }
  }

  void cancel(const base::AttemptId& id) override {
    if (const auto task = find(id)) task->cancel();
  }
  void release_partition(const base::AttemptId& id) override {
    const int index = graph_->vertex_index(id.vertex);
    if (index < 0) return;
    for (const int e : vertex(index).output_edges) {
      partitions_.release({e, id.subtask, id.attempt});
    }
  }
  void operator_event(const base::AttemptId& id, const base::OperatorId& op,
                      std::string event) override {
    if (const auto task = find(id)) task->tell(CoordinatorEvent{op, std::move(event)});
  }
  void trigger_checkpoint(const base::AttemptId& id, channels::Barrier barrier) override {
    if (const auto task = find(id)) task->tell(TriggerCheckpoint{std::move(barrier)});
  }
  void notify_checkpoint_complete(const base::AttemptId& id, std::int64_t checkpoint) override {
    if (const auto task = find(id)) task->tell(CheckpointComplete{checkpoint});
  }
  void notify_checkpoint_aborted(const base::AttemptId& id, std::int64_t checkpoint) override {
    if (const auto task = find(id)) task->tell(CheckpointAborted{checkpoint});
  }
  TaskMetrics metrics(const base::AttemptId& id) override {
    const auto task = find(id);
    return task ? task->metrics() : TaskMetrics{};
  }
  base::Address data_address() const override { return data_plane_.address(); }

  std::vector<std::string> stuck_tasks() override {
    std::vector<const fiber::Slot*> slots;
    for (const auto& slot : slots_) slots.push_back(slot.get());
    std::vector<std::string> names;
    for (const auto& task :
         fiber::stuck_tasks(slots, environment_.effects.clock.now(), stuck_after)) {
      names.push_back(task.name);
    }
    return names;
  }

 private:
  channels::DataPlaneOptions data_plane_options() const {
    channels::DataPlaneOptions options;
    options.bind_host = configuration_.get(config::options::taskmanager_bind_host);
    options.advertised_host = configuration_.get(config::options::taskmanager_host);
    options.port = static_cast<std::uint16_t>(configuration_.get(config::options::data_port));
    options.job_high = job_.id.high;
    options.job_low = job_.id.low;
    options.epoch = job_.epoch;
    options.record_bytes_max =
        static_cast<std::uint64_t>(configuration_.get(config::options::record_bytes_max).bytes);
    options.floating_bytes = std::min(options.floating_bytes, network_bytes_ / 2);
    return options;
  }
  // Half of the network memory is for each kind of channel.
  channels::LocalChannelOptions local_channel_options() const {
    channels::LocalChannelOptions options;
    options.shared = std::make_shared<channels::FloatingBudget>(network_bytes_ / 2);
    return options;
  }

  channels::PartitionStoreOptions partition_options() const {
    channels::PartitionStoreOptions options;
    options.directories = configuration_.get(config::options::tmp_dirs);
    options.seed = environment_.effects.random.next();
    options.codec = spill::codec_named(configuration_.get(config::options::compression_codec));
    options.record_bytes_max =
        static_cast<std::uint64_t>(configuration_.get(config::options::record_bytes_max).bytes);
    return options;
  }

  std::shared_ptr<StreamTask> find(const base::AttemptId& id) {
    const std::lock_guard lock{mutex_};
    const auto found = tasks_.find(id);
    return found == tasks_.end() ? nullptr : found->second;
  }

  static const protocol::VertexPeers& peers_of(const TaskDeployment& deployment,
                                               const base::VertexId& vertex) {
    for (const auto& peers : deployment.peers) {
      if (peers.vertex == vertex) return peers;
    }
    throw Error{ErrorKind::internal, "a deployment lacks the peers of vertex " + vertex.hex()};
  }

  std::shared_ptr<StreamTask> make_task(TaskDeployment deployment) {
    StreamTaskSetup setup;
    setup.vertex = graph_->vertex_index(deployment.id.vertex);
    if (setup.vertex < 0 || deployment.slot < 0 ||
        deployment.slot >= static_cast<int>(slots_.size())) {
      throw Error{ErrorKind::internal, "a deployment names vertex " + deployment.id.vertex.hex() +
                                           " and slot " + std::to_string(deployment.slot) +
                                           ", which this TaskManager does not have"};
    }
    setup.environment = &environment_;
    setup.graph = graph_;
    setup.configuration = &configuration_;
    setup.job_id = job_.id.hex();
    setup.slot = slots_[static_cast<std::size_t>(deployment.slot)].get();
    setup.events = &events_;
    setup.buffer_timeout = buffer_timeout();
    setup.barriers = barrier_options();
    setup.unaligned =
        setup.barriers.exactly_once && configuration_.get(config::options::checkpointing_unaligned);
    setup.file_prefix = file_prefix(deployment.id);
    if (local_state_) {
      std::optional<std::int64_t> from;
      if (deployment.restore) from = deployment.restore->checkpoint_id;
      local_state_->starts_from(deployment.id, from);
      setup.local_state = local_state_.get();
    }
    open_inputs(deployment, setup);
    open_outputs(deployment, setup);
    setup.ended = [this, id = deployment.id] { on_ended(id); };
    setup.deployment = std::move(deployment);
    return std::make_shared<StreamTask>(std::move(setup));
  }

  base::Duration buffer_timeout() const {
    if (!configuration_.get(config::options::buffer_timeout_enabled)) return base::Duration{-1};
    return std::chrono::duration_cast<base::Duration>(
        configuration_.get(config::options::buffer_timeout));
  }

  channels::BarrierOptions barrier_options() const {
    namespace options = config::options;
    channels::BarrierOptions barriers;
    barriers.exactly_once = configuration_.get(options::checkpointing_mode) == "EXACTLY_ONCE";
    const auto timeout = configuration_.get(options::checkpointing_aligned_timeout);
    if (configuration_.get(options::checkpointing_unaligned) && timeout.count() > 0) {
      barriers.aligned_timeout_millis =
          std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
    }
    return barriers;
  }

  // Attempts count from 0 again when a JobManager is started again: the random part keeps names
  // from being used twice.
  std::string file_prefix(const base::AttemptId& id) {
    const std::lock_guard lock{mutex_};
    return id.vertex.hex().substr(0, 8) + "-" + std::to_string(id.subtask) + "-" +
           std::to_string(id.attempt) + "-" +
           base::hex128(0, environment_.effects.random.next()).substr(16);
  }

  const graph::JobVertex& vertex(int index) const {
    return graph_->vertices[static_cast<std::size_t>(index)];
  }
  bool is_local(const protocol::Peer& peer) const {
    return peer.taskmanager_id == environment_.taskmanager_id;
  }

  // "the output of 'map (1/2)'"
  std::string output_of(const graph::JobVertex& producer, int subtask) const {
    return detail::concat("the output of '", producer.name, " (", subtask + 1, "/",
                          producer.parallelism, ")'");
  }

  // What another process has is fetched from there.
  std::unique_ptr<channels::ChannelReader> open_part(const channels::ChannelId& id,
                                                     const protocol::Peer& peer) {
    const auto& edge = graph_->edges[static_cast<std::size_t>(id.edge)];
    const base::AttemptId producer{vertex(edge.source_vertex).id, id.producer, peer.attempt};
    try {
      return partition_input(is_local(peer) ? partitions_.read(partition_of(id), id.consumer,
                                                               output_of(edge, id), *edge.type)
                                            : data_plane_.fetch(id, peer.data_address, *edge.type),
                             producer);
    } catch (const Error& error) {
      throw PartitionLost{error, producer};
    }
  }

  static channels::PartitionId partition_of(const channels::ChannelId& id) {
    return {id.edge, id.producer, id.producer_attempt};
  }
  // For messages.
  std::string output_of(const graph::JobEdge& edge, const channels::ChannelId& id) const {
    return output_of(vertex(edge.source_vertex), id.producer);
  }

  // For those who fetch.
  channels::PartitionServer::Served served(const channels::ChannelId& id) const {
    if (id.edge < 0 || id.edge >= static_cast<std::int32_t>(graph_->edges.size())) {
      throw Error{ErrorKind::internal, detail::concat("there is no exchange ", id.edge)};
    }
    const auto& edge = graph_->edges[static_cast<std::size_t>(id.edge)];
    return {partitions_.find(partition_of(id), id.consumer, output_of(edge, id)), edge.type};
  }

  void open_inputs(const TaskDeployment& deployment, StreamTaskSetup& setup) {
    const auto& mine = vertex(setup.vertex);
    for (const int e : mine.input_edges) {
      const auto& edge = graph_->edges[static_cast<std::size_t>(e)];
      const auto& source = vertex(edge.source_vertex);
      const auto& peers = peers_of(deployment, source.id);
      TaskInput input{e, {}, {}};
      for (const int producer :
           graph::producers_of(edge, deployment.id.subtask, source.parallelism, mine.parallelism)) {
        const protocol::Peer& peer = peers.subtasks.at(static_cast<std::size_t>(producer));
        const channels::ChannelId id{e, producer, peer.attempt, deployment.id.subtask,
                                     deployment.id.attempt};
        input.channels.push_back(edge.exchange == ExchangeType::blocking ? open_part(id, peer)
                                 : is_local(peer) ? local_channels_.take_reader(id)
                                                  : data_plane_.open_reader(id, *edge.type));
        input.producers.push_back(producer);
      }
      setup.inputs.push_back(std::move(input));
    }
  }

  void open_outputs(const TaskDeployment& deployment, StreamTaskSetup& setup) {
    const auto& mine = vertex(setup.vertex);
    for (const int e : mine.output_edges) {
      const auto& edge = graph_->edges[static_cast<std::size_t>(e)];
      const auto& target = vertex(edge.target_vertex);
      const auto& peers = peers_of(deployment, target.id);
      TaskOutput output{e, {}};
      const auto consumers =
          graph::consumers_of(edge, deployment.id.subtask, mine.parallelism, target.parallelism);
      if (edge.exchange == ExchangeType::blocking) {
        const bool broadcast = edge.partitioning.strategy == ShipStrategy::broadcast;
        output.channels = partitions_.write({e, deployment.id.subtask, deployment.id.attempt},
                                            output_of(mine, deployment.id.subtask),
                                            broadcast ? std::vector<int>{} : consumers, *edge.type);
        setup.outputs.push_back(std::move(output));
        continue;
      }
      for (const int consumer : consumers) {
        const protocol::Peer& peer = peers.subtasks.at(static_cast<std::size_t>(consumer));
        const channels::ChannelId id{e, deployment.id.subtask, deployment.id.attempt, consumer,
                                     peer.attempt};
        output.channels.push_back(is_local(peer)
                                      ? local_channels_.take_writer(id)
                                      : data_plane_.open_writer(id, peer.data_address, *edge.type));
      }
      setup.outputs.push_back(std::move(output));
    }
  }

  // On the slot's thread, from within the task's end: the task object itself goes later.
  void on_ended(const base::AttemptId& id) {
    const auto& mine = vertex(graph_->vertex_index(id.vertex));
    for (const int e : mine.input_edges) local_channels_.forget(e, false, id.subtask, id.attempt);
    for (const int e : mine.output_edges) local_channels_.forget(e, true, id.subtask, id.attempt);
    const std::lock_guard lock{mutex_};
    ended_.push_back(id);
    if (ended_.size() > ended_tasks_kept) {
      tasks_.erase(ended_.front());
      ended_.erase(ended_.begin());
    }
  }

  TaskEnvironment environment_;
  std::shared_ptr<const graph::JobGraph> graph_;
  config::Configuration configuration_;
  JobInfo job_;
  TaskEvents& events_;
  const std::int64_t network_bytes_;
  LocalChannels local_channels_;
  channels::PartitionStore partitions_;
  channels::DataPlane data_plane_;
  std::unique_ptr<channels::PartitionServer> partition_server_;  // of a job in batch
  std::unique_ptr<LocalState> local_state_;                      // null: switched off
  std::vector<std::unique_ptr<fiber::Slot>> slots_;
  std::unique_ptr<fiber::TurnClock> turn_clock_;  // null under virtual time
  std::unique_ptr<base::WorkerHandle> turn_clock_runs_;

  std::mutex mutex_;
  std::map<base::AttemptId, std::shared_ptr<StreamTask>>
      tasks_;  // running, and the last that ended
  std::vector<base::AttemptId> ended_;
};

}  // namespace

std::unique_ptr<TaskHost> make_task_host(const TaskEnvironment& environment,
                                         std::shared_ptr<const graph::JobGraph> graph,
                                         const config::Configuration& configuration,
                                         const TaskHost::JobInfo& job, int slots,
                                         TaskEvents& events) {
  return std::make_unique<TaskHostOfJob>(environment, std::move(graph), configuration, job, slots,
                                         events);
}

}  // namespace flink::task
