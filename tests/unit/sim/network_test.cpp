// SPDX-License-Identifier: Apache-2.0
// Simulated links: order and conservation of bytes under every fault, through both the KJ streams
// and the data plane's connections, and equal traces for equal seeds.
#include <doctest/doctest.h>
#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/sim_loop.h"
#include "sim/sim_network.h"
#include "sim/sim_rpc_network.h"

namespace flink::sim {
namespace {

using Kind = SimLoop::Outcome::Kind;
constexpr std::int64_t second = 1'000'000'000;

char pattern(std::size_t i) { return static_cast<char>((i * 2654435761u) >> 13); }
std::string pattern(std::size_t begin, std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = pattern(begin + i);
  return out;
}

// A sender in one process, a receiver in another, over base::Network.
struct DataFlow {
  static constexpr std::size_t total = 300'000;
  std::shared_ptr<base::Connection> out, in;
  std::string block, buffer = std::string(5000, '\0');
  std::size_t sent = 0, received = 0;
  std::string send_failure, receive_failure;
  bool intact = true;

  void send(base::Random& random) {
    if (sent == total) return out->close();
    block = pattern(sent, std::min<std::size_t>(1 + random.below(20'000), total - sent));
    const std::size_t half = block.size() / 2;
    out->write({{block.data(), half}, {block.data() + half, block.size() - half}},
               [this, &random](std::size_t bytes, const std::string& error) {
                 if (!error.empty()) {
                   send_failure = error;
                   return;
                 }
                 sent += bytes;
                 send(random);
               });
  }
  void receive() {
    in->read(buffer, [this](std::size_t bytes, const std::string& error) {
      if (!error.empty()) {
        receive_failure = error;
        return;
      }
      intact = intact && std::string_view{buffer}.substr(0, bytes) == pattern(received, bytes);
      received += bytes;
      receive();
    });
  }
};

// The same over KJ streams.
struct RpcFlow {
  static constexpr std::size_t total = 200'000;
  kj::Own<kj::AsyncIoStream> out, in;
  std::string block;
  char buffer[4096];
  std::size_t sent = 0, received = 0;
  bool intact = true;

  kj::Promise<void> send(base::Random& random) {
    if (sent == total) {
      out->shutdownWrite();
      return kj::READY_NOW;
    }
    block = pattern(sent, std::min<std::size_t>(1 + random.below(20'000), total - sent));
    return out->write(block.data(), block.size()).then([this, &random] {
      sent += block.size();
      return send(random);
    });
  }
  kj::Promise<void> receive() {
    return in->tryRead(buffer, 1, sizeof buffer)
        .then([this](std::size_t bytes) -> kj::Promise<void> {
          if (bytes == 0) return kj::READY_NOW;
          intact = intact && std::string_view{buffer, bytes} == pattern(received, bytes);
          received += bytes;
          return receive();
        });
  }
};

struct World {
  explicit World(std::uint64_t seed)
      : random(seed), fabric(queue, trace, random.next()), loop(queue) {}
  base::SeededRandom random;
  SimQueue queue;
  Trace trace;
  Fabric fabric;
  SimLoop loop;
  LifeRef a = std::make_shared<Life>(Life{1, "a", true});
  LifeRef b = std::make_shared<Life>(Life{2, "b", true});
};

struct Result {
  std::uint64_t hash = 0;
  std::size_t data_received = 0, rpc_received = 0;
  bool intact = false;
  std::set<std::string> ends;
};

enum class Fault { none, tear, slow, stall, cut, late_cut, half_open, crash, silent_crash };

Result run(std::uint64_t seed, Fault fault) {
  World world{seed};
  Fabric& fabric = world.fabric;
  fabric.tear_segments = fault != Fault::none;
  SimNetwork net_a{world.queue, fabric, world.a}, net_b{world.queue, fabric, world.b};
  SimRpcNetwork rpc_a{fabric, world.a}, rpc_b{fabric, world.b};
  DataFlow data;
  RpcFlow rpc;
  Result result;

  auto listener = net_b.listen({"b", 0}, [&](std::shared_ptr<base::Connection> in) {
    data.in = std::move(in);
    data.receive();
  });
  net_a.connect({"b", listener->port()},
                [&](std::shared_ptr<base::Connection> out, const std::string&) {
                  data.out = std::move(out);
                  if (data.out) data.send(world.random);
                });
  auto receiver = rpc_b.listen({"b", 6123});
  const auto note = [&](const char* who) {
    return [&result, who](kj::Exception&& e) {
      result.ends.insert(std::string{who} + e.getDescription().cStr());
    };
  };
  auto accepting = receiver->accept()
                       .then([&](kj::Own<kj::AsyncIoStream> in) {
                         rpc.in = kj::mv(in);
                         return rpc.receive();
                       })
                       .eagerlyEvaluate(note("in: "));
  auto sending = rpc_a.connect({"b", 6123})
                     .then([&](kj::Own<kj::AsyncIoStream> out) {
                       rpc.out = kj::mv(out);
                       return rpc.send(world.random);
                     })
                     .eagerlyEvaluate(note("out: "));

  const Duration when{static_cast<std::int64_t>(world.random.below(3'000'000))};
  world.queue.after(when, nullptr, [&] {
    switch (fault) {
      case Fault::none:
      case Fault::tear:
        break;
      case Fault::slow:
        fabric.link(1, 2) =
            fabric.link(2, 1) = {Duration{50'000'000}, Duration{50'000'000}, 100'000, {}};
        break;
      case Fault::stall:
        fabric.link(1, 2).stalled_until = world.queue.now() + Duration{3 * second};
        break;
      case Fault::cut:
        fabric.cut(1, 2, false);
        break;
      case Fault::late_cut:
        fabric.cut(1, 2, true);
        break;
      case Fault::half_open:
        fabric.half_open(1, 2);
        break;
      case Fault::crash:
      case Fault::silent_crash:
        world.a->alive = false;
        fabric.process_died(*world.a, fault == Fault::silent_crash);
        world.queue.forget(*world.a);
        break;
    }
  });
  CHECK(world.loop.run_until([] { return false; }).kind == Kind::deadlock);
  result.hash = world.trace.hash();
  result.data_received = data.received;
  result.rpc_received = rpc.received;
  result.intact = data.intact && rpc.intact;
  if (!data.receive_failure.empty()) result.ends.insert("data in: " + data.receive_failure);
  if (!data.send_failure.empty()) result.ends.insert("data out: " + data.send_failure);
  return result;
}

TEST_CASE("bytes arrive in order, whole, once, whatever happens to the link") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    for (const Fault fault :
         {Fault::none, Fault::tear, Fault::slow, Fault::stall, Fault::cut, Fault::late_cut,
          Fault::half_open, Fault::crash, Fault::silent_crash}) {
      CAPTURE(seed);
      CAPTURE(static_cast<int>(fault));
      const Result result = run(seed, fault);
      CHECK(result.intact);
      if (fault <= Fault::stall) {
        CHECK(result.data_received == DataFlow::total);
        CHECK(result.rpc_received == RpcFlow::total);
        CHECK(result.ends == std::set<std::string>{"data in: closed by peer"});
      }
    }
  }
}

TEST_CASE("equal seeds, equal traces; other seeds, others") {
  std::set<std::uint64_t> hashes;
  std::vector<std::string> ballast;  // so that the second run meets another heap
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto fault = static_cast<Fault>(seed % 9);
    const Result first = run(seed, fault);
    ballast.emplace_back(1000 * seed, 'x');
    CHECK(run(seed, fault).hash == first.hash);
    hashes.insert(first.hash);
  }
  CHECK(hashes.size() == 30);
}

TEST_CASE("every fault ends somewhere in the way it should") {
  std::map<Fault, std::set<std::string>> ends;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    for (const Fault fault :
         {Fault::cut, Fault::late_cut, Fault::half_open, Fault::crash, Fault::silent_crash}) {
      ends[fault].merge(run(seed, fault).ends);
    }
  }
  for (const Fault fault : {Fault::cut, Fault::late_cut}) {
    for (const char* who : {"data in: ", "data out: ", "in: ", "out: "}) {
      CAPTURE(who);
      CHECK(ends[fault].contains(std::string{who} + "connection reset by peer"));
    }
  }
  // A half-open connection: keepalive ends it where there is one, RPC's callers must notice by
  // themselves.
  CHECK(ends[Fault::half_open] == std::set<std::string>{"data in: closed by peer",
                                                        "data in: Connection timed out",
                                                        "data out: Connection timed out"});
  CHECK(ends[Fault::crash].contains("data in: closed by peer"));
  CHECK_FALSE(ends[Fault::silent_crash].contains("in: connection reset by peer"));
}

TEST_CASE("ports: refused without a listener, taken twice, free again after a crash") {
  World world{1};
  SimNetwork network{world.queue, world.fabric, world.a};
  std::string failure;
  network.connect({"nobody", 9},
                  [&](std::shared_ptr<base::Connection> connection, const std::string& error) {
                    CHECK(connection == nullptr);
                    failure = error;
                  });
  while (!world.queue.empty()) world.queue.run_one();
  CHECK(failure == "connection refused");
  const auto accepted = [](std::shared_ptr<base::Connection>) {};
  auto listener = network.listen({"a", 6123}, accepted);
  CHECK(listener->port() == 6123);
  CHECK_THROWS_AS(network.listen({"a", 6123}, accepted), Error);
  world.a->alive = false;
  world.fabric.process_died(*world.a, false);
  listener.reset();
  SimNetwork other{world.queue, world.fabric, world.b};
  CHECK(other.listen({"b", 6123}, accepted)->port() == 6123);
  CHECK_NOTHROW(other.listen({"b", 6123}, accepted));
}

}  // namespace
}  // namespace flink::sim
