// SPDX-License-Identifier: Apache-2.0
// The real Network: TCP by Boost.Asio, driven by one I/O worker of the Executor. No Asio type
// leaves this module. Thread-safe; callbacks come on the worker. Destroyed before the Executor;
// connections and listeners that outlive it are closed and call nobody back; what was posted still
// runs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/executor.h"
#include "base/network.h"

namespace flink::net {

struct AsioNetworkOptions {
  std::string name = "io";
  // 0: the kernel's choice, which adapts itself.
  int send_buffer_bytes = 0;
  int receive_buffer_bytes = 0;
  base::Duration connect_timeout = std::chrono::seconds{10};
};

class AsioNetwork final : public base::Network {
 public:
  explicit AsioNetwork(base::Executor& executor, const AsioNetworkOptions& options = {});
  ~AsioNetwork() override;

  std::unique_ptr<base::Listener> listen(
      const base::Address& address,
      std::function<void(std::shared_ptr<base::Connection>)> accepted) override;
  void connect(const base::Address& address,
               std::function<void(std::shared_ptr<base::Connection>, const std::string& error)>
                   done) override;
  void post(std::function<void()> function) override;

 private:
  class Loop;
  std::shared_ptr<Loop> loop_;
  std::unique_ptr<base::WorkerHandle> handle_;
};

}  // namespace flink::net
