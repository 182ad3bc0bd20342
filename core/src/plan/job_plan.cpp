// SPDX-License-Identifier: Apache-2.0
#include "plan/job_plan.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <utility>

#include "config/options.h"
#include "config/relations.h"

namespace flink::plan {
namespace options = config::options;
namespace {

std::string read_whole(base::FileSystem& file_system, const std::string& path) {
  const auto file = file_system.open_read(path);
  std::string content(file->size(), '\0');
  std::size_t have = 0;
  while (have < content.size()) {
    const auto got = file->read_at(have, {content.data() + have, content.size() - have});
    if (got == 0) break;
    have += got;
  }
  content.resize(have);
  return content;
}

graph::JobGraphOptions graph_options(const config::Configuration& configuration) {
  graph::JobGraphOptions out;
  out.default_parallelism = configuration.get(options::parallelism_default);
  out.default_max_parallelism = configuration.get(options::pipeline_max_parallelism);
  out.chaining = configuration.get(options::operator_chaining);
  const auto mode = configuration.get(options::runtime_mode);
  out.mode = mode == "BATCH"       ? graph::RuntimeMode::batch
             : mode == "AUTOMATIC" ? graph::RuntimeMode::automatic
                                   : graph::RuntimeMode::streaming;
  out.blocking_exchanges =
      configuration.get(options::batch_shuffle_mode) == "ALL_EXCHANGES_BLOCKING";
  const auto restored = configuration.find(options::restored_max_parallelism);
  for (const auto& [id, groups] : restored.value_or(config::StringMap{})) {
    const auto op = base::OperatorId::parse(id);
    const auto number = config::parse_int32(groups);
    if (!op || !number || *number < 1 || *number > 32768) {
      throw Error{ErrorKind::user,
                  detail::concat(options::restored_max_parallelism.key(), ": '", id, ":", groups,
                                 "' is no operator id with 1 to 32768; leave the option out")};
    }
    out.restored_max_parallelism[*op] = *number;
  }
  return out;
}

// What the graph can say and the runtime cannot do.
void refuse_what_cannot_run(const graph::JobGraph& graph,
                            const config::Configuration& configuration) {
  for (const auto& transformation : graph.stream_graph->transformations) {
    if (transformation.selects_inputs && configuration.is_set(options::checkpointing_interval)) {
      throw Error{ErrorKind::user,
                  detail::concat("operator '", transformation.name,
                                 "' selects which input it reads next: such a job can take no "
                                 "checkpoints; unset execution.checkpointing.interval")};
    }
  }
  if (graph.batch && configuration.is_set(options::recovery_path)) {
    throw Error{ErrorKind::user,
                "a job in BATCH has no state to go on from: leave out --from-savepoint "
                "(execution.state-recovery.path), or run it in STREAMING"};
  }
  for (const auto& edge : graph.edges) {
    if (edge.exchange == ExchangeType::pipelined || graph.batch) continue;
    throw Error{
        ErrorKind::user,
        detail::concat("'", graph.vertices[static_cast<std::size_t>(edge.target_vertex)].name,
                       "' reads a blocking exchange, which only a job in BATCH has: use a "
                       "pipelined one")};
  }
}

// What the mode comes to is in the configuration, too: operators and their coordinators read it.
void settle_batch(JobPlan& plan) {
  if (!plan.graph->batch) return;
  plan.configuration.set(options::runtime_mode, std::string{"BATCH"},
                         plan.configuration.origin_of(options::runtime_mode.info));
  if (!plan.configuration.is_set(options::checkpointing_interval)) return;
  plan.configuration.unset(options::checkpointing_interval.info);
  plan.warnings.emplace_back(
      "the job runs in BATCH, which takes no checkpoints: execution.checkpointing.interval is "
      "ignored");
}

}  // namespace

std::shared_ptr<const graph::JobGraph> graph_under(const config::Configuration& configuration,
                                                   std::shared_ptr<const StreamGraph> stream) {
  return std::make_shared<const graph::JobGraph>(
      graph::build_job_graph(std::move(stream), graph_options(configuration)));
}

JobPlan plan_job(const JobPlanRequest& request) {
  StreamExecutionEnvironment::Options environment;
  environment.arguments = request.arguments;
  environment.describing = request.describing;
  environment.read_file = [&request](const std::string& path) {
    if (request.files != nullptr) {
      const auto found = request.files->find(path);
      if (found != request.files->end()) return found->second;
      throw Error{ErrorKind::user, detail::concat("define_job asks for the file '", path,
                                                  "' here, though it did not on the JobManager")};
    }
    return read_whole(*request.file_system, path);
  };
  auto built = api::build_stream(request.define_job, std::move(environment));

  JobPlan plan;
  plan.files = std::move(built.files);
  plan.placeholders = std::move(built.placeholders);
  plan.configuration = request.configuration;
  for (const auto& [key, value] : built.graph->configuration) {
    plan.configuration.set_text(key, value, {config::Source::code, "code"});
  }
  if (!request.describing) config::check_relations(plan.configuration);
  plan.graph = graph_under(plan.configuration, std::move(built.graph));
  settle_batch(plan);
  refuse_what_cannot_run(*plan.graph, plan.configuration);
  for (const auto& name : built.unused_arguments) {
    plan.warnings.push_back(detail::concat("the job does not ask for the argument --", name));
  }
  for (auto& warning : job_warnings(*plan.graph, plan.configuration)) {
    plan.warnings.push_back(std::move(warning));
  }
  return plan;
}

void restore_max_parallelism(JobPlan& plan, const std::map<base::OperatorId, int>& had) {
  if (had.empty()) return;
  config::StringMap text;
  for (const auto& [op, groups] : had) text[op.hex()] = std::to_string(groups);
  plan.configuration.set(options::restored_max_parallelism, text,
                         {config::Source::code, "the state it goes on from"});
  plan.graph = graph_under(plan.configuration, plan.graph->stream_graph);
}

}  // namespace flink::plan
