// SPDX-License-Identifier: Apache-2.0
#include "minicluster/submission.h"

#include <utility>

namespace flink::minicluster {

#define FLINK_TEXT_OF(x) #x
#define FLINK_TEXT(x) FLINK_TEXT_OF(x)

std::string abi_tag() { return FLINK_TEXT(FLINK_ABI); }

jobmanager::JobSubmission submission_of(const plan::JobPlan& plan,
                                        std::vector<std::string> arguments, std::string build_id) {
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
    plan::JobPlanRequest request;
    request.define_job = define_job;
    request.arguments = input.arguments;
    request.configuration = input.configuration;
    request.files = &input.files;
    const auto plan = plan::plan_job(request);
    return {plan.graph, graph::describe_text(*plan.graph)};
  };
}

}  // namespace flink::minicluster
