// SPDX-License-Identifier: Apache-2.0
#include "minicluster/pipe_network.h"

#include <flink/base/check.h>
#include <kj/debug.h>

namespace flink::minicluster {

class PipeNetwork::Receiver final : public kj::ConnectionReceiver {
 public:
  explicit Receiver(PipeNetwork& network) : network_(network) { network.listener_ = this; }
  ~Receiver() noexcept { network_.listener_ = nullptr; }

  kj::Promise<kj::Own<kj::AsyncIoStream>> accept() override {
    if (!waiting_.empty()) {
      auto stream = kj::mv(waiting_.front());
      waiting_.pop_front();
      return kj::mv(stream);
    }
    auto pair = kj::newPromiseAndFulfiller<kj::Own<kj::AsyncIoStream>>();
    acceptor_ = kj::mv(pair.fulfiller);
    return kj::mv(pair.promise);
  }
  kj::uint getPort() override { return 1; }

  void add(kj::Own<kj::AsyncIoStream> stream) {
    if (acceptor_.get() != nullptr && acceptor_->isWaiting()) {
      acceptor_->fulfill(kj::mv(stream));
      acceptor_ = nullptr;
    } else {
      waiting_.push_back(kj::mv(stream));
    }
  }

 private:
  PipeNetwork& network_;
  std::deque<kj::Own<kj::AsyncIoStream>> waiting_;
  kj::Own<kj::PromiseFulfiller<kj::Own<kj::AsyncIoStream>>> acceptor_;
};

kj::Promise<kj::Own<kj::AsyncIoStream>> PipeNetwork::connect(const base::Address&) {
  if (listener_ == nullptr) return KJ_EXCEPTION(DISCONNECTED, "nobody listens");
  auto pipe = kj::newTwoWayPipe();
  listener_->add(kj::mv(pipe.ends[0]));
  return kj::mv(pipe.ends[1]);
}

kj::Own<kj::ConnectionReceiver> PipeNetwork::listen(const base::Address&) {
  FLINK_CHECK(listener_ == nullptr);
  return kj::heap<Receiver>(*this);
}

}  // namespace flink::minicluster
