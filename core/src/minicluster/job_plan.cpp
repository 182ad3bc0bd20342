// SPDX-License-Identifier: Apache-2.0
#include "minicluster/job_plan.h"

#include <flink/check.h>
#include <flink/error.h>

#include "config/options.h"
#include "config/relations.h"

namespace flink::minicluster {
namespace options = config::options;
namespace {

#define FLINK_TEXT_OF(x) #x
#define FLINK_TEXT(x) FLINK_TEXT_OF(x)

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

}  // namespace

std::string abi_tag() { return FLINK_TEXT(FLINK_ABI); }

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
  for (const auto& name : built.unused_arguments) {
    plan.warnings.push_back(detail::concat("the job does not ask for the argument --", name));
  }
  if (!request.describing) config::check_relations(plan.configuration);
  plan.graph = std::make_shared<const graph::JobGraph>(
      graph::build_job_graph(std::move(built.graph), graph_options(plan.configuration)));
  if (!plan.graph->bounded && !plan.configuration.is_set(options::checkpointing_interval)) {
    for (const auto& transformation : plan.graph->stream_graph->transformations) {
      if (!transformation.commits_at_end) continue;
      plan.warnings.push_back(detail::concat(
          "the job is unbounded and takes no checkpoints: nothing that '", transformation.name,
          "' writes becomes visible, since it is committed when the job has finished; set "
          "execution.checkpointing.interval"));
    }
  }
  return plan;
}

void restore_max_parallelism(JobPlan& plan, const std::map<base::OperatorId, int>& had) {
  if (had.empty()) return;
  config::StringMap text;
  for (const auto& [op, groups] : had) text[op.hex()] = std::to_string(groups);
  plan.configuration.set(options::restored_max_parallelism, text,
                         {config::Source::code, "the state it goes on from"});
  plan.graph = std::make_shared<const graph::JobGraph>(
      graph::build_job_graph(plan.graph->stream_graph, graph_options(plan.configuration)));
}

jobmanager::JobSubmission submission_of(const JobPlan& plan, std::vector<std::string> arguments,
                                        std::string build_id) {
  return {plan.graph,
          graph::describe_text(*plan.graph),
          std::move(arguments),
          plan.files,
          plan.configuration,
          std::move(build_id),
          abi_tag()};
}

taskmanager::JobBuilder builder_of(api::DefineJob define_job) {
  return [define_job](const taskmanager::JobInput& input) -> taskmanager::BuiltJob {
    JobPlanRequest request;
    request.define_job = define_job;
    request.arguments = input.arguments;
    request.configuration = input.configuration;
    request.files = &input.files;
    auto plan = plan_job(request);
    return {plan.graph, graph::describe_text(*plan.graph)};
  };
}

}  // namespace flink::minicluster
