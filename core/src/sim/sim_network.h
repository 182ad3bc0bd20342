// SPDX-License-Identifier: Apache-2.0
// The data plane's byte streams in a simulation: base::Network over the Fabric, one a process.
// Every callback is an action of the process, as if on a network thread of its own.
#pragma once

#include "base/network.h"
#include "sim/fabric.h"

namespace flink::sim {

class SimNetwork final : public base::Network {
 public:
  SimNetwork(SimQueue& queue, Fabric& fabric, LifeRef life)
      : queue_(queue), fabric_(fabric), life_(std::move(life)) {}

  std::unique_ptr<base::Listener> listen(
      const base::Address& address,
      std::function<void(std::shared_ptr<base::Connection>)> accepted) override;
  void connect(const base::Address& address,
               std::function<void(std::shared_ptr<base::Connection>, const std::string& error)>
                   done) override;
  void post(std::function<void()> function) override {
    queue_.after(Duration{1'000}, life_, std::move(function));
  }

 private:
  SimQueue& queue_;
  Fabric& fabric_;
  LifeRef life_;
};

}  // namespace flink::sim
