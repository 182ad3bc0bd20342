// SPDX-License-Identifier: Apache-2.0
// RPC's byte streams in a simulation: kj::AsyncIoStream and ConnectionReceiver over the Fabric, one
// SimRpcNetwork a process. On the simulation's thread.
#pragma once

#include "rpc/rpc_network.h"
#include "sim/fabric.h"

namespace flink::sim {

class SimRpcNetwork final : public rpc::RpcNetwork {
 public:
  SimRpcNetwork(Fabric& fabric, LifeRef life) : fabric_(fabric), life_(std::move(life)) {}
  kj::Promise<kj::Own<kj::AsyncIoStream>> connect(const base::Address& address) override;
  kj::Own<kj::ConnectionReceiver> listen(const base::Address& address) override;

 private:
  Fabric& fabric_;
  LifeRef life_;
};

}  // namespace flink::sim
