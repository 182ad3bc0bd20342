// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/taskmanager_session.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include "config/value_syntax.h"
#include "rpc/convert.h"

namespace flink::jobmanager {
namespace {

kj::Exception gone() {
  return KJ_EXCEPTION(DISCONNECTED, "the JobManager dropped this connection");
}

}  // namespace

// What a connection starts with: registration only.
class TaskManagerSession::RegistrationServer final : public wire::JobManager::Server {
 public:
  explicit RegistrationServer(std::shared_ptr<Link> link) : link_(std::move(link)) {}
  kj::Promise<void> registerTaskManager(RegisterTaskManagerContext context) override {
    if (link_->session == nullptr) return gone();
    link_->session->on_register(context.getParams(), context.getResults());
    return kj::READY_NOW;
  }

 private:
  std::shared_ptr<Link> link_;
};

class TaskManagerSession::JobMasterServer final : public wire::JobMaster::Server {
 public:
  explicit JobMasterServer(std::shared_ptr<Link> link) : link_(std::move(link)) {}
  kj::Promise<void> deliver(DeliverContext context) override {
    auto* session = link_->session;
    if (session == nullptr) return gone();
    if (context.getParams().getEpoch() != session->options_.epoch) {
      return KJ_EXCEPTION(FAILED, "message of another JobManager epoch refused");
    }
    try {
      session->deliver(context.getParams());
    } catch (const Error& error) {
      return KJ_EXCEPTION(FAILED, error.message().c_str());
    }
    return kj::READY_NOW;
  }

 private:
  std::shared_ptr<Link> link_;
};

TaskManagerSession::TaskManagerSession(kj::Own<kj::AsyncIoStream> stream, Options options,
                                       SessionHandler& handler)
    : options_(options),
      handler_(handler),
      monitor_(options.heartbeat, options.clock->now()),
      tasks_(*this) {
  link_->session = this;
  peer_ = rpc::Peer::accept(kj::mv(stream), kj::heap<RegistrationServer>(link_));
  tasks_.add(peer_->on_disconnect().then([this] {
    end(Loss::connection, detail::concat("the connection to TaskManager ", info_.id, " was lost"));
  }));
  watch();
}

TaskManagerSession::~TaskManagerSession() noexcept { link_->session = nullptr; }

void TaskManagerSession::taskFailed(kj::Exception&& exception) {
  end(Loss::connection, detail::concat("the connection to TaskManager ", info_.id,
                                       " failed: ", exception.getDescription().cStr()));
}

void TaskManagerSession::end(Loss loss, const std::string& reason) {
  if (std::exchange(ended_, true)) return;
  handler_.lost(*this, loss, reason);
}

// --- Registration --------------------------------------------------------------------------------

void TaskManagerSession::on_register(Registering call, Registered results) {
  if (registered_) {
    results.setRefused("this connection has registered already");
    return;
  }
  const auto from = call.getInfo();
  info_ = {rpc::text(from.getId()),   rpc::text(from.getBuildId()), rpc::text(from.getAbi()),
           rpc::text(from.getHost()), rpc::text(from.getToken()),   from.getCpuCores(),
           from.getPhysicalMemory()};
  if (const auto refused = handler_.registering(*this, info_); !refused.empty()) {
    results.setRefused(rpc::text(refused));
    return;
  }
  registered_ = true;
  monitor_.answered(options_.clock->now());
  remote_ = call.getTaskManager();
  sender_ = std::make_unique<rpc::MessageSender>(
      rpc::StreamLimits{protocol::message_bytes_max},
      [this](std::uint64_t first, std::span<const rpc::Chunk> chunks) {
        auto request = KJ_ASSERT_NONNULL(remote_).deliverRequest();
        rpc::write_chunks(request, options_.epoch, first, chunks);
        return request.send().ignoreResult();
      },
      [this](const std::string& why) {
        end(Loss::refusal, detail::concat("TaskManager ", info_.id, " refused a command: ", why));
      });
  results.setEpoch(options_.epoch);
  results.setJobMaster(kj::heap<JobMasterServer>(link_));
  // Once the answer has left.
  tasks_.add(kj::evalLast([this] {
    try {
      send(handler_.assignment());
    } catch (const Error& error) {
      handler_.gave_up(*this, error.message());
    }
  }));
}

void TaskManagerSession::on_offer(protocol::SlotOffer offer) {
  if (offered_) return;
  offer_ = std::move(offer);
  const auto refused = handler_.offering(*this, offer_);
  offered_ = refused.empty();
  if (!offered_) send(protocol::Refusal{refused});
}

// --- Messages ------------------------------------------------------------------------------------

void TaskManagerSession::deliver(wire::JobMaster::DeliverParams::Reader call) {
  rpc::read_chunks(call, receiver_, [this](const std::string& message) {
    if (!ended_) handle(protocol::decode_report(message));
  });
}

void TaskManagerSession::handle(protocol::Report report) {
  struct Visitor {
    TaskManagerSession& self;
    void operator()(protocol::SlotOffer& offer) { self.on_offer(std::move(offer)); }
    void operator()(protocol::GiveUp& give_up) { self.handler_.gave_up(self, give_up.reason); }
    void operator()(protocol::TaskStateUpdate& update) {
      self.handler_.reports().task_state(self.info_.id, update);
    }
    void operator()(protocol::OperatorEvent& event) {
      self.handler_.reports().operator_event(std::move(event));
    }
    void operator()(protocol::CheckpointAck& ack) {
      self.handler_.reports().checkpoint_acknowledged(std::move(ack));
    }
    void operator()(protocol::CheckpointDecline& decline) {
      self.handler_.reports().checkpoint_declined(decline);
    }
  };
  std::visit(Visitor{*this}, report);
}

void TaskManagerSession::send(const protocol::Command& command) {
  FLINK_CHECK(sender_ != nullptr);
  auto bytes = protocol::encode(command);
  const std::string name{protocol::command_name(bytes)};
  if (const auto refused = sender_->push(std::move(bytes))) {
    throw Error{ErrorKind::user, detail::concat("the command '", name,
                                                "' cannot be sent to "
                                                "TaskManager ",
                                                info_.id, ": ", *refused)};
  }
}

void TaskManagerSession::shut_down(const std::string& reason) {
  KJ_IF_MAYBE (remote, remote_) {
    auto request = remote->shutDownRequest();
    request.setEpoch(options_.epoch);
    request.setReason(rpc::text(reason));
    // It may end before it answers: the end of the connection says enough.
    tasks_.add(options_.timer->timeoutAfter(options_.call_deadline, request.send().ignoreResult())
                   .catch_([](kj::Exception&&) {}));
  }
}

// --- Heartbeats ----------------------------------------------------------------------------------

// Waits for what the monitor expects next; to be called again when it has heard something.
void TaskManagerSession::watch() {
  watching_ = watch_loop().eagerlyEvaluate([this](kj::Exception&& e) { taskFailed(kj::mv(e)); });
}

kj::Promise<void> TaskManagerSession::watch_loop() {
  const auto delay = std::max(base::Duration{0}, monitor_.next() - options_.clock->now());
  return options_.timer->afterDelay((delay.count() + 1) * kj::NANOSECONDS)
      .then([this]() -> kj::Promise<void> {
        switch (monitor_.tick(options_.clock->now())) {
          case rpc::HeartbeatMonitor::Verdict::wait:
            break;
          case rpc::HeartbeatMonitor::Verdict::send:
            beat();
            break;
          case rpc::HeartbeatMonitor::Verdict::timed_out:
            end(Loss::silence,
                registered_ ? detail::concat("no heartbeat of TaskManager ", info_.id, " within ",
                                             config::format_duration(options_.heartbeat.timeout),
                                             " (heartbeat.timeout)")
                            : "a connection did not register in time");
            return kj::READY_NOW;
          case rpc::HeartbeatMonitor::Verdict::unreachable:
            end(Loss::silence, detail::concat("TaskManager ", info_.id, " cannot be reached"));
            return kj::READY_NOW;
        }
        return ended_ ? kj::Promise<void>{kj::READY_NOW} : watch_loop();
      });
}

void TaskManagerSession::beat() {
  KJ_IF_MAYBE (remote, remote_) {
    auto request = remote->heartbeatRequest();
    request.setEpoch(options_.epoch);
    const auto deadline = options_.heartbeat.timeout.count() * kj::NANOSECONDS;
    tasks_.add(options_.timer->timeoutAfter(deadline, request.send())
                   .then(
                       [this](auto&& response) {
                         monitor_.answered(options_.clock->now());
                         if (ended_) return;
                         watch();
                         handler_.health(*this,
                                         protocol::decode_health(rpc::data(response.getHealth())));
                       },
                       [this](kj::Exception&&) {
                         monitor_.failed();
                         if (!ended_) watch();
                       }));
  } else {
    monitor_.skipped();
  }
}

}  // namespace flink::jobmanager
