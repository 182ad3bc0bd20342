// SPDX-License-Identifier: Apache-2.0
#include "minicluster/local_cluster.h"

#include <flink/base/check.h>

#include "checkpoint/settings.h"

namespace flink::minicluster {

// One TaskManager of the process.
class LocalCluster::Member final : public taskmanager::TaskManagerListener {
 public:
  Member(LocalCluster& cluster, std::string token, taskmanager::TaskManagerOptions options)
      : cluster_(cluster), token_(std::move(token)) {
    taskmanager_ =
        std::make_unique<taskmanager::TaskManager>(cluster.process_, std::move(options), *this);
    taskmanager_->start();
  }

  void ended(taskmanager::TaskManagerEnd, const std::string& reason) override {
    cluster_.process_.loop.post(cluster_.guard_.wrap([&cluster = cluster_, token = token_, reason] {
      cluster.remove(token, "ended: " + reason);
    }));
  }

 private:
  LocalCluster& cluster_;
  std::string token_;
  std::unique_ptr<taskmanager::TaskManager> taskmanager_;
};

LocalCluster::LocalCluster(const rpc::ProcessEnvironment& process, Job job,
                           jobmanager::JobListener& listener)
    : job_(std::move(job)),
      process_{process.effects, process.loop, pipes_, process.log},
      ha_(checkpoint::ha_services_of(process.effects.file_system, job_.submission.configuration)) {
  job_.submission.configuration.set_text("taskmanager.numberOfTaskSlots",
                                         std::to_string(job_.slots),
                                         {config::Source::code, "this cluster"});
  jobmanager::ResourceManagerDriver& driver = *this;
  jobmanager_ =
      std::make_unique<jobmanager::JobManager>(process_, driver, ha_, job_.submission, listener);
}

LocalCluster::~LocalCluster() noexcept {
  members_.clear();
  jobmanager_.reset();
}

void LocalCluster::start() { jobmanager_->start({"in-process", 0}); }

void LocalCluster::attach(const base::Address& address, jobmanager::DriverEvents& events) {
  address_ = address;
  events_ = &events;
}

void LocalCluster::start_taskmanager(const std::string& token) {
  taskmanager::TaskManagerOptions options;
  options.jobmanager = address_;
  options.build_id = job_.submission.build_id;
  options.abi = job_.submission.abi;
  options.token = token;
  options.process_id = static_cast<std::uint64_t>(++started_);
  options.build_job = job_.builder;
  members_[token] = std::make_unique<Member>(*this, token, std::move(options));
}

void LocalCluster::kill_taskmanager(const std::string& token) {
  process_.loop.post(guard_.wrap([this, token] { remove(token, "was killed"); }));
}

void LocalCluster::crash_taskmanager(std::size_t index) {
  if (index >= members_.size()) return;  // not replaced yet
  auto member = members_.begin();
  std::advance(member, static_cast<std::ptrdiff_t>(index));
  kill_taskmanager(member->first);
}

void LocalCluster::remove(const std::string& token, const std::string& how) {
  if (members_.erase(token) == 0) return;
  events_->taskmanager_exited(token, {how, ""});
}

}  // namespace flink::minicluster
