// SPDX-License-Identifier: Apache-2.0
// The control plane's messages over a slow simulated link: one that takes minutes arrives, once.
#include <doctest/doctest.h>

#include <string>

#include "rpc/convert.h"
#include "rpc/message_stream.h"
#include "rpc/peer.h"
#include "sim/sim_loop.h"
#include "sim/sim_rpc_network.h"

namespace flink::sim {
namespace {

constexpr rpc::StreamLimits limits{.message_bytes = 8 << 20};

class Receiver final : public wire::JobMaster::Server {
 public:
  Receiver(SimQueue& queue, std::vector<std::string>& messages)
      : queue_(queue), messages_(messages) {}
  kj::Promise<void> deliver(DeliverContext context) override {
    rpc::read_chunks(context.getParams(), receiver_,
                     [&](std::string& message) { messages_.push_back(std::move(message)); });
    longest_pause = std::max(longest_pause, queue_.now() - last_);
    last_ = queue_.now();
    return kj::READY_NOW;
  }
  base::Duration longest_pause{0};

 private:
  SimQueue& queue_;
  std::vector<std::string>& messages_;
  rpc::MessageReceiver receiver_{limits.message_bytes};
  TimePoint last_{};
};

TEST_CASE("a message that takes minutes over a slow link arrives whole, and is sent once") {
  SimQueue queue;
  Trace trace;
  Fabric fabric{queue, trace, 1};
  SimLoop loop{queue};
  const LifeRef a = std::make_shared<Life>(Life{1, "a", true});
  const LifeRef b = std::make_shared<Life>(Life{2, "b", true});
  constexpr std::uint64_t bytes_per_second = 20'000;
  fabric.link(1, 2) = {base::Duration{50'000'000}, base::Duration{0}, bytes_per_second, {}};
  SimRpcNetwork network_a{fabric, a}, network_b{fabric, b};

  std::vector<std::string> messages;
  auto server = kj::heap<Receiver>(queue, messages);
  auto& receiver = *server;
  wire::JobMaster::Client job_master = kj::mv(server);
  kj::Own<rpc::Peer> accepted, dialled;
  auto listener = network_b.listen({"b", 6123});
  auto accepting = listener->accept()
                       .then([&](kj::Own<kj::AsyncIoStream> stream) {
                         accepted = rpc::Peer::accept(kj::mv(stream), job_master);
                       })
                       .eagerlyEvaluate(nullptr);
  auto dialling = network_a.connect({"b", 6123})
                      .then([&](kj::Own<kj::AsyncIoStream> stream) {
                        dialled = rpc::Peer::dial(kj::mv(stream));
                      })
                      .eagerlyEvaluate(nullptr);
  REQUIRE(loop.run_until([&] { return dialled.get() != nullptr; }).kind ==
          SimLoop::Outcome::Kind::done);

  auto remote = dialled->remote().castAs<wire::JobMaster>();
  rpc::MessageSender sender{limits,
                            [&](std::uint64_t first, std::span<const rpc::Chunk> chunks) {
                              auto request = remote.deliverRequest();
                              rpc::write_chunks(request, 1, first, chunks);
                              return request.send().ignoreResult();
                            },
                            [](const std::string& why) { FAIL(why); }};
  const std::string large(4 << 20, 'x');
  const auto start = queue.now();
  CHECK(!sender.push(large));
  CHECK(!sender.push("small"));
  REQUIRE(loop.run_until([&] { return messages.size() == 2; }).kind ==
          SimLoop::Outcome::Kind::done);
  CHECK(messages[0] == large);
  CHECK(messages[1] == "small");
  const auto took = std::chrono::duration_cast<std::chrono::seconds>(queue.now() - start);
  CHECK(took.count() > 200);
  CHECK(fabric.bytes_delivered() < large.size() * 102 / 100);
  // Whatever else goes over the connection gets its turn between two calls.
  CHECK(receiver.longest_pause < std::chrono::seconds{15});
}

}  // namespace
}  // namespace flink::sim
