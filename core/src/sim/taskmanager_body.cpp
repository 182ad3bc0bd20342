// SPDX-License-Identifier: Apache-2.0
#include "sim/taskmanager_body.h"

#include <flink/check.h>
#include <flink/error.h>

#include <utility>

#include "config/options.h"
#include "taskmanager/task_manager.h"

namespace flink::sim {
namespace {

namespace options = config::options;
using taskmanager::TaskManager;
using taskmanager::TaskManagerEnd;

taskmanager::BuiltJob build_job(api::DefineJob define_job, const taskmanager::JobInput& input) {
  StreamExecutionEnvironment::Options environment;
  environment.arguments = input.arguments;
  environment.read_file = [&input](const std::string& path) {
    const auto found = input.files.find(path);
    if (found == input.files.end()) {
      throw Error{ErrorKind::user,
                  detail::concat("read_file('", path, "'): the JobManager did not read that file")};
    }
    return found->second;
  };
  const auto stream = api::build_stream(define_job, std::move(environment));
  auto graph = plan(stream.graph, input.configuration);
  std::string description = graph::describe_text(*graph);
  return {std::move(graph), std::move(description)};
}

class TaskManagerBody final : public SimProcess::Body, private taskmanager::TaskManagerListener {
 public:
  TaskManagerBody(SimProcess& process, taskmanager::TaskManagerOptions options,
                  std::function<void(int)> ended)
      : ended_(std::move(ended)), manager_(environment(process), std::move(options), *this) {
    manager_.start();
  }

 private:
  static taskmanager::TaskManagerEnvironment environment(SimProcess& process) {
    taskmanager::TaskManagerEnvironment out;
    out.loop = &process.loop;
    out.rpc_network = &process.rpc_network;
    out.executor = &process.executor;
    out.network = &process.network;
    out.file_system = &process.file_system;
    out.clock = &process.clock;
    out.random = &process.random;
    out.log = &process.log;
    return out;
  }
  void ended(TaskManagerEnd end, const std::string&) override {
    ended_(end == TaskManagerEnd::job_ended ? 0 : 1);
  }

  std::function<void(int)> ended_;
  TaskManager manager_;
};

}  // namespace

std::shared_ptr<const graph::JobGraph> plan(const std::shared_ptr<const StreamGraph>& stream,
                                            const config::Configuration& configuration) {
  graph::JobGraphOptions out;
  out.default_parallelism = configuration.get(options::parallelism_default);
  out.default_max_parallelism = configuration.get(options::pipeline_max_parallelism);
  out.chaining = configuration.get(options::operator_chaining);
  return std::make_shared<const graph::JobGraph>(graph::build_job_graph(stream, out));
}

MakeTaskManager taskmanager_maker(api::DefineJob define_job) {
  return [define_job](SimProcess& process, const base::Address& jobmanager,
                      const std::string& token, std::function<void(int)> ended) {
    taskmanager::TaskManagerOptions options;
    options.jobmanager = jobmanager;
    options.host = process.name();
    options.build_id = options.abi = simulated_build;
    options.token = token;
    options.process_id = static_cast<std::uint64_t>(process.id());
    options.build_job = [define_job](const taskmanager::JobInput& input) {
      return build_job(define_job, input);
    };
    return std::make_unique<TaskManagerBody>(process, std::move(options), std::move(ended));
  };
}

}  // namespace flink::sim
