// SPDX-License-Identifier: Apache-2.0
// The TaskManager's life: finding the JobManager, registering, offering, losing it again.
#include "taskmanager/task_manager.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <exception>

#include "base/address.h"
#include "base/exception_text.h"
#include "config/memory_budget.h"
#include "config/options.h"
#include "rpc/convert.h"
#include "taskmanager/server.h"

namespace flink::taskmanager {
namespace options = config::options;
namespace {

constexpr auto call_deadline = 10 * kj::SECONDS;

kj::Duration kj_duration(base::Duration duration) { return duration.count() * kj::NANOSECONDS; }

std::string text_of(const kj::Exception& exception) { return exception.getDescription().cStr(); }

}  // namespace

TaskManager::TaskManager(const rpc::ProcessEnvironment& process, TaskManagerOptions options,
                         TaskManagerListener& listener)
    : process_(process),
      options_(std::move(options)),
      listener_(listener),
      link_(std::make_shared<Link>(Link{this})),
      tasks_(*this) {}

TaskManager::~TaskManager() noexcept { link_->taskmanager = nullptr; }

void TaskManager::taskFailed(kj::Exception&& exception) {
  process_.log.error("control plane: ", text_of(exception));
}

void TaskManager::end(TaskManagerEnd end, const std::string& reason) {
  if (std::exchange(ended_, true)) return;
  process_.log.info("TaskManager ", id_, " ends: ", reason);
  process_.loop.post(guard_.wrap([this, end, reason] { listener_.ended(end, reason); }));
}

// --- Finding the JobManager ----------------------------------------------------------------------

void TaskManager::start() {
  registering_since_ = process_.effects.clock.now();
  retry_delay_ = options_.own_configuration.get(options::registration_initial_timeout);
  id_ = detail::concat(options_.host, ":", options_.process_id, "-",
                       base::hex128(0, process_.effects.random.next()).substr(26));
  ++generation_;
  tasks_.add(connect());
}

kj::Promise<void> TaskManager::connect() {
  auto& timer = process_.loop.timer();
  return timer.timeoutAfter(call_deadline, process_.network.connect(options_.jobmanager))
      .then([this](kj::Own<kj::AsyncIoStream> stream) { return register_with(kj::mv(stream)); })
      .catch_([this](kj::Exception&& exception) -> kj::Promise<void> {
        if (was_registered_ && exception.getType() == kj::Exception::Type::DISCONNECTED) {
          end(TaskManagerEnd::jobmanager_lost, "the JobManager is gone: nobody listens there");
          return kj::READY_NOW;
        }
        return retry(text_of(exception));
      });
}

kj::Promise<void> TaskManager::retry(const std::string& why) {
  if (ended_) return kj::READY_NOW;
  const auto where = base::address_text(options_.jobmanager);
  const auto patience = options_.own_configuration.get(options::taskmanager_registration_timeout);
  if (process_.effects.clock.now() - registering_since_ >= patience) {
    end(TaskManagerEnd::jobmanager_lost,
        detail::concat("could not register with the JobManager at ", where, " within ",
                       config::format_duration(patience),
                       " (taskmanager.registration.timeout): ", why));
    return kj::READY_NOW;
  }
  process_.log.warn("cannot register with the JobManager at ", where, ", trying again: ", why);
  const auto delay = retry_delay_;
  retry_delay_ = std::min<base::Duration>(
      retry_delay_ * 2, options_.own_configuration.get(options::registration_error_delay));
  return process_.loop.timer().afterDelay(kj_duration(delay)).then([this] { return connect(); });
}

kj::Promise<void> TaskManager::register_with(kj::Own<kj::AsyncIoStream> stream) {
  peer_ = rpc::Peer::dial(kj::mv(stream));
  auto request = peer_->remote().castAs<wire::JobManager>().registerTaskManagerRequest();
  auto info = request.initInfo();
  info.setId(rpc::text(id_));
  info.setBuildId(rpc::text(options_.build_id));
  info.setAbi(rpc::text(options_.abi));
  info.setHost(rpc::text(options_.host));
  info.setCpuCores(options_.cpu_cores);
  info.setPhysicalMemory(options_.physical_memory);
  info.setToken(rpc::text(options_.token));
  request.setTaskManager(kj::heap<Server>(link_, generation_));
  receiver_ = std::make_unique<rpc::MessageReceiver>(protocol::message_bytes_max);
  auto registration = process_.loop.timer()
                          .timeoutAfter(call_deadline, request.send())
                          .then([this](auto&& answer) { registered(answer); })
                          .fork();
  auto done = registration.addBranch();
  registration_ = kj::mv(registration);
  return done;
}

void TaskManager::registered(wire::JobManager::RegisterTaskManagerResults::Reader answer) {
  if (const auto refused = rpc::text(answer.getRefused()); !refused.empty()) {
    end(TaskManagerEnd::refused, detail::concat("the JobManager refused it: ", refused));
    return;
  }
  was_registered_ = true;
  epoch_ = answer.getEpoch();
  job_master_ = answer.getJobMaster();
  sender_ = std::make_unique<rpc::MessageSender>(
      rpc::StreamLimits{protocol::message_bytes_max},
      [this](std::uint64_t first, std::span<const rpc::Chunk> chunks) {
        auto request = KJ_ASSERT_NONNULL(job_master_).deliverRequest();
        rpc::write_chunks(request, epoch_, first, chunks);
        return request.send().ignoreResult();
      },
      [this](const std::string& why) {
        jobmanager_lost(detail::concat("the JobManager refused a report: ", why));
      });
  tasks_.add(peer_->on_disconnect().then([this, generation = generation_] {
    if (generation == generation_) jobmanager_lost("the connection to the JobManager was lost");
  }));
  last_heartbeat_ = process_.effects.clock.now();
  watch_jobmanager();
}

// --- Learning the job ----------------------------------------------------------------------------

void TaskManager::accept(const protocol::JobAssignment& assignment) {
  job_ = assignment.job;
  JobInput input{assignment.arguments, assignment.files, {}};
  configuration_ = config::Configuration::from_list(assignment.configuration);
  for (const auto& [key, entry] : options_.own_configuration.entries()) {
    configuration_.set_text(key, entry.value, {config::Source::code, entry.origin.where});
  }
  input.configuration = configuration_;
  watch_jobmanager();  // with the job's timeout
  process_.log.info("TaskManager ", id_, " registered for job ", job_.hex());

  // User code does not run on the control loop.
  process_.effects.executor.run_blocking([loop = &process_.loop, build = options_.build_job,
                                          input = std::move(input), token = guard_.token(), this,
                                          generation = generation_] {
    auto job = std::make_shared<BuiltJob>();
    std::string failure;
    try {
      *job = build(input);
    } catch (...) {
      failure = base::exception_text(std::current_exception());
    }
    loop->post([token, this, generation, job, failure] {
      if (!token.expired()) build_finished(generation, std::move(*job), failure);
    });
  });
}

void TaskManager::build_finished(std::uint64_t generation, BuiltJob job,
                                 const std::string& failure) {
  if (ended_ || generation != generation_) return;
  if (!failure.empty()) {
    give_up(detail::concat("define_job failed here, though not on the JobManager: ", failure));
    return;
  }
  graph_ = job.graph;
  try {
    const task::TaskEnvironment environment{process_.effects, id_};
    host_ = options_.make_task_host(environment, graph_, configuration_, {job_, epoch_},
                                    configuration_.get(options::task_slots), *this);
    offer(job);
  } catch (const std::exception& exception) {
    give_up(base::exception_text(exception));
  }
}

void TaskManager::offer(const BuiltJob& job) {
  const auto budget = config::memory_budget(configuration_);
  report(protocol::SlotOffer{
      graph_->fingerprint,
      job.description,
      configuration_.get(options::task_slots),
      host_->data_address(),
      {budget.process, budget.framework, budget.network, budget.managed, budget.user}});
}

// The answer is a refusal, which ends this TaskManager.
void TaskManager::give_up(const std::string& reason) {
  process_.log.error("the job cannot run here: ", reason);
  report(protocol::GiveUp{reason});
}

// --- Losing the JobManager -----------------------------------------------------------------------

void TaskManager::watch_jobmanager() {
  const auto watch = ++watch_;
  const auto timeout = configuration_.get(options::heartbeat_timeout);
  const auto left =
      std::max(base::Duration{0}, last_heartbeat_ + timeout - process_.effects.clock.now());
  tasks_.add(process_.loop.timer()
                 .afterDelay(kj_duration(left) + kj::NANOSECONDS)
                 .then([this, watch, timeout] {
                   if (ended_ || watch != watch_) return;
                   if (process_.effects.clock.now() - last_heartbeat_ < timeout) {
                     watch_jobmanager();
                     return;
                   }
                   jobmanager_lost(detail::concat("no heartbeat of the JobManager within ",
                                                  config::format_duration(timeout),
                                                  " (heartbeat.timeout)"));
                 }));
}

void TaskManager::jobmanager_lost(const std::string& reason) {
  if (ended_) return;
  process_.log.warn(reason);
  if (!options_.reconnect) {
    end(TaskManagerEnd::jobmanager_lost, reason);
    return;
  }
  ++generation_;  // what belongs to the old registration is ignored from here on
  ++watch_;
  attempts_.clear();
  stuck_.clear();
  // This may be called by the sender or the connection themselves: they go once that has returned.
  struct Old {
    std::unique_ptr<rpc::MessageSender> sender;
    kj::Maybe<kj::ForkedPromise<void>> registration;
    kj::Maybe<wire::JobMaster::Client> job_master;
    kj::Own<rpc::Peer> peer;
  };
  auto old = kj::heap<Old>(
      Old{std::move(sender_), kj::mv(registration_), kj::mv(job_master_), kj::mv(peer_)});
  job_master_ = nullptr;
  registration_ = nullptr;
  tasks_.add(kj::evalLast([old = kj::mv(old)]() mutable { old = nullptr; }));
  // Its tasks end first; a slot may take its time.
  process_.effects.executor.run_blocking([loop = &process_.loop, token = guard_.token(), this,
                                          host = std::shared_ptr{std::move(host_)}]() mutable {
    host.reset();
    loop->post([token, this] {
      if (!token.expired() && !ended_) start();
    });
  });
}

}  // namespace flink::taskmanager
