// SPDX-License-Identifier: Apache-2.0
// The control loop and RPC network of a real process, over kj::setupAsyncIo(). Create it on the
// thread that runs it, after fork(), before any other thread that may receive captured signals.
#pragma once

#include <kj/async-io.h>
#include <kj/async-unix.h>

#include <cstdint>
#include <mutex>
#include <vector>

#include "rpc/control_loop.h"
#include "rpc/rpc_network.h"

namespace flink::rpc {

class RealRpcNetwork final : public RpcNetwork {
 public:
  explicit RealRpcNetwork(kj::Network& network) : network_(network) {}
  kj::Promise<kj::Own<kj::AsyncIoStream>> connect(const base::Address& address) override;
  kj::Own<kj::ConnectionReceiver> listen(const base::Address& address) override;

 private:
  kj::Network& network_;
};

class RealControlLoop final : public ControlLoop {
 public:
  RealControlLoop();
  ~RealControlLoop() noexcept override;
  kj::Timer& timer() override { return io_.provider->getTimer(); }
  void post(std::function<void()> function) override;

  RpcNetwork& network() { return network_; }
  kj::UnixEventPort& event_port() { return io_.unixEventPort; }
  kj::WaitScope& wait_scope() { return io_.waitScope; }
  kj::Network& kj_network() { return io_.provider->getNetwork(); }
  // Runs the loop until stop() was called (on the loop's thread).
  void run();
  void stop();

 private:
  kj::Promise<void> drain();

  kj::AsyncIoContext io_;
  RealRpcNetwork network_;
  int event_fd_;
  kj::Own<kj::UnixEventPort::FdObserver> observer_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  // guarded by mutex_
  kj::Promise<void> drain_task_ = nullptr;
  kj::PromiseFulfillerPair<void> stopped_ = kj::newPromiseAndFulfiller<void>();
};

}  // namespace flink::rpc
