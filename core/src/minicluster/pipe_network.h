// SPDX-License-Identifier: Apache-2.0
// An RpcNetwork of in-memory pipes: one listener, found under any address. One thread.
#pragma once

#include <deque>

#include "rpc/rpc_network.h"

namespace flink::minicluster {

class PipeNetwork final : public rpc::RpcNetwork {
 public:
  kj::Promise<kj::Own<kj::AsyncIoStream>> connect(const base::Address& address) override;
  kj::Own<kj::ConnectionReceiver> listen(const base::Address& address) override;

 private:
  class Receiver;
  Receiver* listener_ = nullptr;
};

}  // namespace flink::minicluster
