// SPDX-License-Identifier: Apache-2.0
// Byte streams of the control plane, passed in: the operating system's (rpc/real_rpc_network.h) or
// simulated links. Everything on the control loop's thread.
//
// A stream that is dropped is closed. A lost peer shows as an end or a DISCONNECTED exception of
// reads and writes; a silent one shows as nothing, so callers set deadlines. connect() has no
// deadline of its own either; dropping its promise cancels it.
#pragma once

#include <kj/async-io.h>

#include "base/network.h"

namespace flink::rpc {

class RpcNetwork {
 public:
  virtual ~RpcNetwork() = default;
  // Fails with DISCONNECTED when nobody listens there.
  virtual kj::Promise<kj::Own<kj::AsyncIoStream>> connect(const base::Address& address) = 0;
  // Port 0: any free one. Throws flink::Error{resource} when the port is taken, {user} when the
  // host is none of this machine's. The receiver's getPort() is the port; dropping it stops
  // accepting.
  virtual kj::Own<kj::ConnectionReceiver> listen(const base::Address& address) = 0;
};

}  // namespace flink::rpc
