// SPDX-License-Identifier: Apache-2.0
#include "sim/leader.h"

#include <flink/base/check.h>

#include <utility>

#include "checkpoint/settings.h"

namespace flink::sim {
namespace {

class Body final : public SimProcess::Body {
 public:
  Body(SimProcess& process, SimDriver& driver, const jobmanager::JobSubmission& submission,
       jobmanager::JobListener& listener)
      : ha(checkpoint::ha_services_of(process.file_system, submission.configuration)),
        manager(process.environment(), driver, ha, submission, listener) {}
  ha::FileHaServices ha;
  jobmanager::JobManager manager;
};

}  // namespace

Leader::Leader(SimWorld& world, int number, SimDriver::Size size, const MakeTaskManager& make,
               LeaderEvents& events)
    : world_(world),
      events_(events),
      driver_(world, size, make, number == 1 ? std::string{} : detail::concat(".", number)),
      process_(world, "jobmanager") {}

Leader::~Leader() { driver_.end(); }

void Leader::submit(const jobmanager::JobSubmission& submission) {
  auto body = std::make_unique<Body>(process_, driver_, submission,
                                     static_cast<jobmanager::JobListener&>(*this));
  manager_ = &body->manager;
  process_.body = std::move(body);
  manager_->start({"jobmanager", 0});
}

bool Leader::stop_with_savepoint(const std::string& directory) {
  if (manager_ == nullptr || !process_.alive() || stopping() || !savepoint_.empty()) return false;
  rest::OperationRequest request;
  request.kind = rest::OperationKind::stop;
  request.path = directory;
  stop_trigger_ =
      manager_->rest().start_operation(manager_->job_id().hex(), std::move(request)).trigger_id;
  return stopping();
}

void Leader::look_at_stop() {
  if (manager_ == nullptr || !stopping()) return;
  const auto view = manager_->rest().operation(rest::OperationKind::stop, stop_trigger_);
  if (view && !view->done) return;
  stop_trigger_.clear();
  if (view && view->failure.empty()) savepoint_ = view->location;
}

void Leader::kill(bool machine_too) {
  stop_trigger_.clear();
  manager_ = nullptr;
  driver_.detach();
  if (machine_too) process_.lose_machine();
  else process_.kill();
}

bool Leader::offers_slots(const SimProcess& taskmanager) const {
  if (manager_ == nullptr || !process_.alive()) return false;
  for (const auto& each : manager_->rest().taskmanagers()) {
    if (each.id.starts_with(taskmanager.name() + ":")) return true;
  }
  return false;
}

void Leader::status_changed(jobmanager::JobStatus status) {
  status_ = status;
  if (status == jobmanager::JobStatus::restarting) events_.restarting(*this);
  world_.trace.event("job", static_cast<int>(status), world_.queue.now().since_origin.count());
}

void Leader::failure(const jobmanager::FailureRecord& failure) {
  failure_ = failure.message;
  world_.trace.event("failure");
  world_.trace.add(failure.message);
}

}  // namespace flink::sim
