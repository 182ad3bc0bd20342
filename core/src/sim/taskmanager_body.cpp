// SPDX-License-Identifier: Apache-2.0
#include "sim/taskmanager_body.h"

#include <utility>

#include "minicluster/submission.h"
#include "taskmanager/task_manager.h"

namespace flink::sim {
namespace {

using taskmanager::TaskManager;
using taskmanager::TaskManagerEnd;

class TaskManagerBody final : public SimProcess::Body, private taskmanager::TaskManagerListener {
 public:
  TaskManagerBody(SimProcess& process, taskmanager::TaskManagerOptions options,
                  std::function<void(int)> ended)
      : ended_(std::move(ended)), manager_(process.environment(), std::move(options), *this) {
    manager_.start();
  }

 private:
  void ended(TaskManagerEnd end, const std::string&) override {
    ended_(end == TaskManagerEnd::job_ended ? 0 : 1);
  }

  std::function<void(int)> ended_;
  TaskManager manager_;
};

}  // namespace

MakeTaskManager taskmanager_maker(api::DefineJob define_job) {
  return [define_job](SimProcess& process, const base::Address& jobmanager,
                      const std::string& token, std::function<void(int)> ended) {
    taskmanager::TaskManagerOptions options;
    options.jobmanager = jobmanager;
    options.host = process.name();
    options.build_id = simulated_build;
    options.abi = minicluster::abi_tag();
    options.token = token;
    options.process_id = static_cast<std::uint64_t>(process.id());
    options.build_job = minicluster::builder_of(define_job);
    return std::make_unique<TaskManagerBody>(process, std::move(options), std::move(ended));
  };
}

}  // namespace flink::sim
