// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/rest_view.h"

#include <flink/error.h>

#include <algorithm>

#include "base/address.h"
#include "config/options.h"
#include "config/restart_strategy.h"
#include "jobmanager/checkpoint_service.h"
#include "jobmanager/coordination.h"
#include "jobmanager/taskmanagers.h"
#include "jobmanager/watermark_holders.h"

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
    case ErrorKind::incurable:
      return "flink.IncurableError";
  }
  return "flink.Error";
}

rest::AttemptView attempt_view(const Execution& execution) {
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
  out.metrics = m.user;
  return out;
}

std::vector<rest::PlanNode> plan_views(const graph::JobGraph& graph) {
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

// "--name value", "--name=value", "--flag".
std::vector<std::pair<std::string, std::string>> user_config(
    const std::vector<std::string>& arguments) {
  std::vector<std::pair<std::string, std::string>> out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    if (!argument.starts_with("--")) continue;
    const auto equals = argument.find('=');
    if (equals != std::string::npos) {
      out.emplace_back(argument.substr(2, equals - 2), argument.substr(equals + 1));
    } else if (i + 1 < arguments.size() && !arguments[i + 1].starts_with("--")) {
      out.emplace_back(argument.substr(2), arguments[++i]);
    } else {
      out.emplace_back(argument.substr(2), "true");
    }
  }
  return out;
}

}  // namespace

rest::Millis RestView::now() const { return context_.process.effects.clock.wall_millis(); }

std::vector<std::string> RestView::job_ids() const { return {context_.job_id.hex()}; }

rest::VertexView RestView::vertex_view(int index) const {
  const auto& vertex = context_.submission.graph->vertices[static_cast<std::size_t>(index)];
  rest::VertexView out;
  out.id = vertex.id.hex();
  out.name = vertex.name;
  out.slot_sharing_group_id = group_id(vertex.slot_sharing_group);
  out.parallelism = vertex.parallelism;
  out.max_parallelism = vertex.max_parallelism;
  for (int i = 0; i < vertex.parallelism; ++i) {
    const auto& subtask = context_.master.executions().subtask(index, i);
    out.subtasks.push_back(attempt_view(subtask.current));
    for (const auto& former : subtask.former) out.former.push_back(attempt_view(former));
  }
  return out;
}

std::vector<rest::ExceptionView> RestView::exception_views() const {
  std::vector<rest::ExceptionView> out;
  const auto& failures = context_.master.failures();
  for (auto failure = failures.rbegin(); failure != failures.rend(); ++failure) {
    rest::ExceptionView view;
    view.name = kind_name(failure->kind);
    view.stacktrace = failure->message;
    view.timestamp = failure->wall_millis;
    view.task_name = failure->task;
    view.taskmanager_id = failure->taskmanager;
    for (const auto& session : taskmanagers_.sessions()) {
      if (!session->offered() || session->info().id != failure->taskmanager) continue;
      const auto& address = session->offer().data_address;
      view.endpoint = base::address_text(address);
    }
    out.push_back(std::move(view));
  }
  return out;
}

std::optional<rest::JobView> RestView::job(std::string_view id) const {
  if (id != context_.job_id.hex()) return std::nullopt;
  const auto& graph = *context_.submission.graph;
  rest::JobView out;
  out.id = context_.job_id.hex();
  out.name = graph.job_name;
  if (graph.batch) out.type = "BATCH";
  out.state = job_status_name(context_.master.status());
  if (is_terminal(context_.master.status()) && std::exchange(end_awaited_, false)) end_was_read_();
  out.start_time = context_.master.started();
  if (is_terminal(context_.master.status()))
    out.end_time = context_.master.entered(context_.master.status());
  const auto parallelism =
      context_.submission.configuration.find(config::options::parallelism_default);
  out.parallelism = parallelism.value_or(1);
  out.max_parallelism =
      context_.submission.configuration.find(config::options::pipeline_max_parallelism)
          .value_or(-1);
  out.restart_strategy = config::restart_strategy(context_.submission.configuration).describe();
  for (int s = 0; s < job_status_count; ++s) {
    const auto status = static_cast<JobStatus>(s);
    if (context_.master.entered(status) != 0) {
      out.timestamps.push_back({job_status_name(status), context_.master.entered(status)});
    }
  }
  for (std::size_t v = 0; v < graph.vertices.size(); ++v) {
    out.vertices.push_back(vertex_view(static_cast<int>(v)));
  }
  out.plan = plan_views(graph);
  out.exceptions = exception_views();
  out.exceptions_truncated =
      context_.master.failures_recorded() > context_.master.failures().size();
  if (context_.master.status() == JobStatus::running) {
    out.watermark_holders = watermark_holders(context_.master.executions());
  }
  const auto streams = coordination_.host().read_once_inputs();
  out.read_once_inputs.assign(streams.begin(), streams.end());
  out.user_config = user_config(context_.submission.arguments);
  return out;
}

int RestView::tasks_in(const SharedSlot& slot) const {
  const auto& subtasks = context_.master.executions().subtasks();
  return static_cast<int>(std::count_if(subtasks.begin(), subtasks.end(), [&](const Subtask& s) {
    return s.shared_slot == slot && s.current.deployed() && !is_terminal(s.current.state);
  }));
}

std::vector<rest::TaskManagerView> RestView::taskmanagers() const {
  std::vector<rest::TaskManagerView> out;
  const auto allocated = context_.master.slots().allocated();
  for (const auto& session : taskmanagers_.sessions()) {
    if (!session->offered()) continue;
    rest::TaskManagerView view;
    view.id = session->info().id;
    view.path = session->info().id;
    view.data_port = session->offer().data_address.port;
    const auto silent = context_.process.effects.clock.now() - session->last_sign();
    view.last_heartbeat =
        now() - std::chrono::duration_cast<std::chrono::milliseconds>(silent).count();
    view.slots = session->offer().slots;
    view.cpu_cores = session->info().cpu_cores;
    view.physical_memory = session->info().physical_memory;
    const auto& memory = session->offer().memory;
    view.memory = {memory.process, memory.framework, memory.network, memory.managed, memory.user};
    if (const auto* health = taskmanagers_.health_of(view.id)) {
      view.resident_memory = health->resident_memory;
    }
    for (const auto& [shared, place] : allocated) {
      if (place.taskmanager != view.id) continue;
      const rest::SlotView slot{context_.job_id.hex(), tasks_in(shared)};
      if (slot.assigned_tasks > 0) view.allocated.push_back(slot);
    }
    out.push_back(std::move(view));
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> RestView::configuration() const {
  return context_.submission.configuration.to_display_list();
}

rest::CancelOutcome RestView::request_cancel(std::string_view job_id) {
  if (job_id != context_.job_id.hex()) return rest::CancelOutcome::unknown;
  end_awaited_ = !is_terminal(context_.master.status());
  context_.cancel();
  return rest::CancelOutcome::accepted;
}

rest::CheckpointsView RestView::checkpoints(std::string_view) const {
  return checkpoints_.coordinator().statistics();
}

rest::CheckpointConfigView RestView::checkpoint_config(std::string_view) const {
  return checkpoints_.coordinator().config_view();
}

bool RestView::answer_unread() const {
  return end_awaited_ || checkpoints_.operations().answer_unread();
}

rest::OperationStart RestView::start_operation(std::string_view, rest::OperationRequest request) {
  auto out = checkpoints_.operations().start(request);
  context_.pump();
  return out;
}

std::optional<rest::OperationView> RestView::operation(rest::OperationKind,
                                                       std::string_view trigger) {
  auto& operations = checkpoints_.operations();
  const bool unread = operations.answer_unread();
  const auto* found = operations.find(std::string{trigger});
  end_awaited_ |= unread && !operations.answer_unread();  // the job's end is asked for next
  if (found == nullptr) return std::nullopt;
  const auto out = *found;
  context_.pump();  // the job may be waiting to be read
  return out;
}

}  // namespace flink::jobmanager
