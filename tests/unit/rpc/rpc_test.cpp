// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <flink/error.h>
#include <kj/debug.h>

#include <atomic>
#include <thread>

#include "base/random.h"
#include "rpc/guard.h"
#include "rpc/heartbeat_monitor.h"
#include "rpc/ordered_channel.h"
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

TEST_CASE("ordered messages arrive once and in order over answers that are late, lost or come") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    RealControlLoop loop;
    std::vector<int> received;
    SequenceFilter filter;
    const int messages = 200;
    OrderedSender<int> sender{
        loop.timer(), 1 * kj::MILLISECONDS,
        [&](std::uint64_t first, std::span<const int> items) -> kj::Promise<void> {
          if (random.below(4) == 0) return kj::NEVER_DONE;  // the call is lost
          for (const int item : items) {
            if (filter.accept(first++)) received.push_back(item);
          }
          if (random.below(4) == 0) return kj::NEVER_DONE;  // its answer is
          return kj::READY_NOW;
        },
        nullptr};
    for (int i = 0; i < messages; ++i) sender.push(i);
    while (!sender.idle()) loop.timer().afterDelay(1 * kj::MILLISECONDS).wait(loop.wait_scope());
    REQUIRE(received.size() == messages);
    for (int i = 0; i < messages; ++i) CHECK(received[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("ordered messages: a refusal ends the sender and is told once") {
  RealControlLoop loop;
  int refusals = 0;
  OrderedSender<int> sender{loop.timer(), 1 * kj::SECONDS,
                            [](std::uint64_t, std::span<const int>) -> kj::Promise<void> {
                              return KJ_EXCEPTION(FAILED, "another epoch");
                            },
                            [&](const kj::Exception&) {
                              ++refusals;
                              loop.stop();
                            }};
  sender.push(1);
  sender.push(2);
  loop.run();
  sender.push(3);
  CHECK(refusals == 1);
}
