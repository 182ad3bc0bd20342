// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <flink/error.h>
#include <kj/debug.h>

#include <atomic>
#include <thread>

#include "base/random.h"
#include "rpc/guard.h"
#include "rpc/heartbeat_monitor.h"
#include "rpc/message_stream.h"
#include "rpc/real_control_loop.h"

using namespace std::chrono_literals;
using namespace flink;
using namespace flink::rpc;

TEST_CASE("control loop: posts of other threads run once, in order of each thread") {
  RealControlLoop loop;
  constexpr int threads = 3;
  constexpr int posts = 2000;
  std::vector<std::vector<int>> seen(threads);
  int total = 0;
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      for (int i = 0; i < posts; ++i) {
        loop.post([&, t, i] {
          seen[static_cast<std::size_t>(t)].push_back(i);
          if (++total == threads * posts) loop.stop();
        });
      }
    });
  }
  loop.run();
  for (auto& worker : workers) worker.join();
  for (const auto& of_thread : seen) {
    REQUIRE(of_thread.size() == posts);
    for (int i = 0; i < posts; ++i) CHECK(of_thread[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("guard: what was posted for a dead object does nothing") {
  RealControlLoop loop;
  int ran = 0;
  auto guard = std::make_unique<Guard>();
  loop.post(guard->wrap([&] { ++ran; }));
  loop.post([&] { guard.reset(); });
  loop.post(guard->wrap([&] { ++ran; }));
  loop.post([&] { loop.stop(); });
  loop.run();
  CHECK(ran == 1);
}

TEST_CASE("network: a stream both ways, a taken port, a host of nobody") {
  RealControlLoop loop;
  auto receiver = loop.network().listen({"localhost", 0});
  const auto port = static_cast<std::uint16_t>(receiver->getPort());
  auto accepted = receiver->accept();
  auto client = loop.network().connect({"localhost", port}).wait(loop.wait_scope());
  auto server = accepted.wait(loop.wait_scope());
  client->write("hello", 5).wait(loop.wait_scope());
  char buffer[8];
  CHECK(server->read(buffer, 5, 5).wait(loop.wait_scope()) == 5);

  CHECK_THROWS_WITH_AS(loop.network().listen({"localhost", port}),
                       doctest::Contains("the port is taken"), Error);
  CHECK_THROWS_AS(loop.network().listen({"203.0.113.7", 0}), Error);
  receiver = nullptr;
  server = nullptr;
  auto refused = kj::runCatchingExceptions([&] {
    loop.network().connect({"localhost", port}).wait(loop.wait_scope());
  });
  CHECK(refused != nullptr);
}

TEST_CASE("heartbeats: one under way, lost when silent, found unreachable") {
  HeartbeatMonitor monitor{{1s, 5s, 2}, {0s}};
  using Verdict = HeartbeatMonitor::Verdict;
  CHECK(monitor.next() == base::TimePoint{1s});
  CHECK(monitor.tick({500ms}) == Verdict::wait);
  CHECK(monitor.tick({1s}) == Verdict::send);
  CHECK(monitor.tick({3s}) == Verdict::wait);
  CHECK(monitor.next() == base::TimePoint{5s});
  monitor.answered({4s});
  CHECK(monitor.tick({4s}) == Verdict::send);
  CHECK(monitor.tick({9s}) == Verdict::timed_out);
  monitor.answered({9s});  // late, still a sign of life
  CHECK(monitor.tick({9s}) == Verdict::send);
  monitor.failed();
  CHECK(monitor.tick({10s}) == Verdict::send);
  monitor.failed();
  CHECK(monitor.tick({10s}) == Verdict::unreachable);
}

namespace {

constexpr StreamLimits small{.message_bytes = 5000, .call_bytes = 64, .call_chunks = 5};

std::string message_of(base::SeededRandom& random) {
  const std::size_t most[] = {3, 100, 5001};
  return std::string(random.below(most[random.below(3)]),
                     static_cast<char>('a' + random.below(26)));
}

}  // namespace

TEST_CASE("messages of any length arrive whole and in order, however late the answers") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    RealControlLoop loop;
    std::vector<std::string> sent, received;
    MessageReceiver receiver{small.message_bytes};
    MessageSender sender{
        small,
        [&](std::uint64_t first, std::span<const Chunk> chunks) -> kj::Promise<void> {
          CHECK(chunks.size() <= small.call_chunks);
          std::size_t bytes = 0;
          for (const auto& chunk : chunks) {
            bytes += chunk.bytes.size();
            if (auto message = receiver.take(first++, chunk)) received.push_back(*message);
          }
          CHECK(bytes <= small.call_bytes);
          if (random.below(4) != 0) return kj::READY_NOW;
          return loop.timer().afterDelay(random.below(100) * kj::MICROSECONDS);
        },
        nullptr};
    for (int i = 0; i < 200; ++i) {
      sent.push_back(message_of(random));
      CHECK(sender.push(sent.back()) == std::nullopt);
    }
    while (!sender.idle()) loop.timer().afterDelay(1 * kj::MILLISECONDS).wait(loop.wait_scope());
    CHECK(received == sent);
  }
}

TEST_CASE("messages: one that is too long is refused when it is pushed, others go on") {
  RealControlLoop loop;
  int calls = 0;
  MessageSender sender{small,
                       [&](std::uint64_t, std::span<const Chunk>) -> kj::Promise<void> {
                         ++calls;
                         return kj::READY_NOW;
                       },
                       nullptr};
  const auto refused = sender.push(std::string(5001, 'x'));
  REQUIRE(refused.has_value());
  CHECK(refused->find("5001 bytes") != std::string::npos);
  CHECK(refused->find("at most 5000") != std::string::npos);
  CHECK(sender.push(std::string(10, 'x')) == std::nullopt);
  while (!sender.idle()) loop.timer().afterDelay(1 * kj::MILLISECONDS).wait(loop.wait_scope());
  CHECK(calls == 1);
}

TEST_CASE("messages: a refusal, or a send that throws, ends the sender and is told once") {
  for (const int how : {0, 1, 2}) {
    CAPTURE(how);
    RealControlLoop loop;
    std::vector<std::string> refusals;
    MessageSender sender{small,
                         [&](std::uint64_t, std::span<const Chunk>) -> kj::Promise<void> {
                           if (how == 0) return KJ_EXCEPTION(FAILED, "another epoch");
                           if (how == 1) KJ_FAIL_REQUIRE("too large for a message");
                           throw Error{ErrorKind::internal, "boom"};
                         },
                         [&](const std::string& why) {
                           refusals.push_back(why);
                           loop.stop();
                         }};
    sender.push("1");
    sender.push("2");
    loop.run();
    sender.push("3");
    const char* const causes[] = {"another epoch", "too large for a message", "boom"};
    REQUIRE(refusals.size() == 1);
    CHECK(refusals[0].find(causes[how]) != std::string::npos);
  }
}

TEST_CASE("messages: a receiver takes nothing out of order and nothing without bounds") {
  MessageReceiver receiver{10};
  CHECK(receiver.take(1, {"12345", false}) == std::nullopt);
  CHECK(receiver.take(2, {"67890", true}) == "1234567890");
  CHECK_THROWS_WITH_AS(receiver.take(2, {"again", true}), doctest::Contains("part 2"), Error);
  CHECK(receiver.take(3, {"", true}) == "");
  CHECK(receiver.take(4, {"123456", false}) == std::nullopt);
  CHECK_THROWS_WITH_AS(receiver.take(5, {"78901", true}), doctest::Contains("more than 10"), Error);
}
