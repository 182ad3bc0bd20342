// SPDX-License-Identifier: Apache-2.0
// What REST shows of the JobManager: copies of its state in Flink's words.
#include <flink/error.h>

#include "base/address.h"
#include "config/options.h"
#include "config/restart_strategy.h"
#include "jobmanager/job_manager.h"

namespace flink::jobmanager {
namespace {

// Flink shows ids where groups have names here: the name's own, stable one.
std::string group_id(const std::string& name) {
  std::uint64_t hash[2] = {0xcbf29ce484222325ull, 0x84222325cbf29ce4ull};
  for (const char c : name) {
    for (auto& part : hash) part = (part ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  }
  return base::hex128(hash[0], hash[1]);
}

const char* kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::user:
      return "flink.UserError";
    case ErrorKind::resource:
      return "flink.ResourceError";
    case ErrorKind::transient:
      return "flink.TransientError";
    case ErrorKind::internal:
      return "flink.InternalError";
  }
  return "flink.Error";
}

std::string number(double value) {
  auto text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (!text.empty() && text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

rest::Millis JobManager::now() const { return process_.effects.clock.wall_millis(); }

std::vector<std::string> JobManager::job_ids() const { return {job_id_.hex()}; }

std::int64_t JobManager::runtime_millis() const {
  const auto start = master_.entered(JobStatus::initializing);
  return (is_terminal(master_.status()) ? master_.entered(master_.status()) : now()) - start;
}

const FailureRecord* JobManager::root_failure() const {
  if (master_.status() != JobStatus::failed && master_.status() != JobStatus::failing) {
    return nullptr;
  }
  // The first failure without a restart, unless that was only the echo of a lost TaskManager.
  const FailureRecord* root = nullptr;
  for (const auto& failure : master_.failures()) {
    if (failure.restarts) continue;
    const bool echo =
        root != nullptr && !root->taskmanager_lost && root->kind == ErrorKind::transient;
    if (root == nullptr || (echo && failure.taskmanager_lost)) root = &failure;
  }
  return root;
}

rest::AttemptView JobManager::attempt_view(const Execution& execution) const {
  rest::AttemptView out;
  out.subtask = execution.id.subtask;
  out.attempt = execution.id.attempt;
  out.state = protocol::task_state_name(execution.state);
  if (execution.deployed()) {
    out.endpoint = base::address_text(execution.data_address);
    out.taskmanager_id = execution.place.taskmanager;
  }
  for (int s = 0; s < protocol::task_state_count; ++s) {
    const auto at = execution.entered[static_cast<std::size_t>(s)];
    if (at != 0)
      out.timestamps.push_back(
          {protocol::task_state_name(static_cast<protocol::TaskState>(s)), at});
  }
  const auto& m = execution.metrics;
  out.io = {m.bytes_in,
            m.bytes_out,
            m.records_in,
            m.records_out,
            static_cast<rest::Millis>(m.backpressured_ms),
            static_cast<rest::Millis>(m.idle_ms),
            static_cast<rest::Millis>(m.busy_ms),
            execution.metrics_known};
  for (const auto& [name, value] : m.user) out.metrics.emplace_back(name, number(value));
  return out;
}

rest::VertexView JobManager::vertex_view(int index) const {
  const auto& vertex = submission_.graph->vertices[static_cast<std::size_t>(index)];
  rest::VertexView out;
  out.id = vertex.id.hex();
  out.name = vertex.name;
  out.slot_sharing_group_id = group_id(vertex.slot_sharing_group);
  out.parallelism = vertex.parallelism;
  out.max_parallelism = vertex.max_parallelism;
  for (int i = 0; i < vertex.parallelism; ++i) {
    const auto& subtask = master_.executions().subtask(index, i);
    out.subtasks.push_back(attempt_view(subtask.current));
    for (const auto& former : subtask.former) out.former.push_back(attempt_view(former));
  }
  return out;
}

std::vector<rest::PlanNode> JobManager::plan_views() const {
  const auto& graph = *submission_.graph;
  std::vector<rest::PlanNode> out;
  for (auto vertex = graph.vertices.rbegin(); vertex != graph.vertices.rend(); ++vertex) {
    rest::PlanNode node;
    node.id = vertex->id.hex();
    node.parallelism = vertex->parallelism;
    for (std::size_t i = 0; i < vertex->chain.size(); ++i) {
      if (i > 0) node.description += std::string(3 * (i - 1), ' ') + "+- ";
      node.description += vertex->chain[i].name + "<br/>";
    }
    for (std::size_t i = 0; i < vertex->input_edges.size(); ++i) {
      const auto& edge = graph.edges[static_cast<std::size_t>(vertex->input_edges[i])];
      node.inputs.push_back({graph.vertices[static_cast<std::size_t>(edge.source_vertex)].id.hex(),
                             static_cast<std::int32_t>(i),
                             graph::ship_strategy_name(edge.partitioning.strategy),
                             graph::exchange_type_name(edge.exchange)});
    }
    out.push_back(std::move(node));
  }
  return out;
}

std::vector<rest::ExceptionView> JobManager::exception_views() const {
  std::vector<rest::ExceptionView> out;
  const auto& failures = master_.failures();
  for (auto failure = failures.rbegin(); failure != failures.rend(); ++failure) {
    rest::ExceptionView view;
    view.name = kind_name(failure->kind);
    view.stacktrace = failure->message;
    view.timestamp = failure->wall_millis;
    view.task_name = failure->task;
    view.taskmanager_id = failure->taskmanager;
    for (const auto& session : sessions_) {
      if (!session->offered() || session->info().id != failure->taskmanager) continue;
      const auto& address = session->offer().data_address;
      view.endpoint = base::address_text(address);
    }
    out.push_back(std::move(view));
  }
  return out;
}

std::optional<rest::JobView> JobManager::job(std::string_view id) const {
  if (id != job_id_.hex()) return std::nullopt;
  const auto& graph = *submission_.graph;
  rest::JobView out;
  out.id = job_id_.hex();
  out.name = graph.job_name;
  out.state = job_status_name(master_.status());
  if (is_terminal(master_.status()) && std::exchange(end_awaited_, false)) end_was_read_();
  out.start_time = master_.entered(JobStatus::initializing);
  if (is_terminal(master_.status())) out.end_time = master_.entered(master_.status());
  const auto parallelism = submission_.configuration.find(config::options::parallelism_default);
  out.parallelism = parallelism.value_or(1);
  out.max_parallelism =
      submission_.configuration.find(config::options::pipeline_max_parallelism).value_or(-1);
  out.restart_strategy = config::restart_strategy(submission_.configuration).describe();
  for (int s = 0; s < job_status_count; ++s) {
    const auto status = static_cast<JobStatus>(s);
    if (master_.entered(status) != 0) {
      out.timestamps.push_back({job_status_name(status), master_.entered(status)});
    }
  }
  for (std::size_t v = 0; v < graph.vertices.size(); ++v) {
    out.vertices.push_back(vertex_view(static_cast<int>(v)));
  }
  out.plan = plan_views();
  out.exceptions = exception_views();
  out.exceptions_truncated = master_.failures_recorded() > master_.failures().size();
  const auto streams = coordinators_->read_once_inputs();
  out.read_once_inputs.assign(streams.begin(), streams.end());
  for (std::size_t i = 0; i < submission_.arguments.size(); ++i) {
    const auto& argument = submission_.arguments[i];
    if (!argument.starts_with("--")) continue;
    const auto equals = argument.find('=');
    if (equals != std::string::npos) {
      out.user_config.emplace_back(argument.substr(2, equals - 2), argument.substr(equals + 1));
    } else if (i + 1 < submission_.arguments.size() &&
               !submission_.arguments[i + 1].starts_with("--")) {
      out.user_config.emplace_back(argument.substr(2), submission_.arguments[++i]);
    } else {
      out.user_config.emplace_back(argument.substr(2), "true");
    }
  }
  return out;
}

std::vector<rest::TaskManagerView> JobManager::taskmanagers() const {
  std::vector<rest::TaskManagerView> out;
  const auto allocated = master_.slots().allocated();
  for (const auto& session : sessions_) {
    if (!session->offered()) continue;
    rest::TaskManagerView view;
    view.id = session->info().id;
    view.path = session->info().id;
    view.data_port = session->offer().data_address.port;
    const auto silent = process_.effects.clock.now() - session->last_sign();
    view.last_heartbeat =
        now() - std::chrono::duration_cast<std::chrono::milliseconds>(silent).count();
    view.slots = session->offer().slots;
    view.cpu_cores = session->info().cpu_cores;
    view.physical_memory = session->info().physical_memory;
    const auto& memory = session->offer().memory;
    view.memory = {memory.process, memory.framework, memory.network, memory.managed, memory.user};
    if (const auto health = health_.find(view.id); health != health_.end()) {
      view.resident_memory = health->second.resident_memory;
    }
    for (const auto& [shared, place] : allocated) {
      if (place.taskmanager != view.id) continue;
      rest::SlotView slot{job_id_.hex(), 0};
      for (const auto& subtask : master_.executions().subtasks()) {
        slot.assigned_tasks += subtask.shared_slot == shared && subtask.current.deployed() &&
                               !is_terminal(subtask.current.state);
      }
      if (slot.assigned_tasks > 0) view.allocated.push_back(slot);
    }
    out.push_back(std::move(view));
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> JobManager::configuration() const {
  return submission_.configuration.to_display_list();
}

rest::CancelOutcome JobManager::request_cancel(std::string_view job_id) {
  if (job_id != job_id_.hex()) return rest::CancelOutcome::unknown;
  end_awaited_ = !is_terminal(master_.status());
  cancel();
  return rest::CancelOutcome::accepted;
}

rest::CheckpointsView JobManager::checkpoints(std::string_view) const {
  return checkpoints_->coordinator().statistics();
}

rest::CheckpointConfigView JobManager::checkpoint_config(std::string_view) const {
  return checkpoints_->coordinator().config_view();
}

rest::OperationStart JobManager::start_operation(std::string_view, rest::OperationRequest request) {
  using rest::OperationKind;
  auto name = request.trigger_id.empty() ? base::JobId::random(process_.effects.random).hex()
                                         : request.trigger_id;
  try {
    switch (request.kind) {
      case OperationKind::checkpoint:
        checkpoints_->trigger_checkpoint(name, request.full);
        break;
      case OperationKind::savepoint:
        if (request.cancel) checkpoints_->cancel_after(name);
        checkpoints_->trigger_savepoint(name, request.path, false, false);
        break;
      case OperationKind::stop:
        checkpoints_->trigger_savepoint(name, request.path, true, request.drain);
        break;
      case OperationKind::disposal:
        checkpoints_->dispose_savepoint(name, request.path);
        break;
    }
  } catch (const Error& error) {
    return {{}, error.message()};
  }
  return {name, {}};
}

std::optional<rest::OperationView> JobManager::operation(rest::OperationKind,
                                                         std::string_view trigger) {
  const bool unread = checkpoints_->answer_unread();
  const auto* found = checkpoints_->operation(std::string{trigger});
  end_awaited_ |= unread && !checkpoints_->answer_unread();  // the job's end is asked for next
  check_closed();
  if (found == nullptr) return std::nullopt;
  return *found;
}

}  // namespace flink::jobmanager
