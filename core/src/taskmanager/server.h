// SPDX-License-Identifier: Apache-2.0
// The TaskManager's RPC interface: checks epoch and registration, then hands over. It outlives the
// TaskManager when calls are dispatched late, so it holds a link that is cut.
#pragma once

#include "taskmanager/task_manager.h"

namespace flink::taskmanager {

class TaskManager::Server final : public wire::TaskManager::Server {
 public:
  Server(std::shared_ptr<Link> link, std::uint64_t generation)
      : link_(std::move(link)), generation_(generation) {}
  kj::Promise<void> heartbeat(HeartbeatContext context) override;
  kj::Promise<void> deliver(DeliverContext context) override;
  kj::Promise<void> shutDown(ShutDownContext context) override;

 private:
  kj::Promise<void> take(DeliverContext context);
  template <class Context, class F>
  kj::Promise<void> with_taskmanager(Context& context, F&& f);

  std::shared_ptr<Link> link_;
  std::uint64_t generation_;
};

}  // namespace flink::taskmanager
