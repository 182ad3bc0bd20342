// SPDX-License-Identifier: Apache-2.0
// AsioNetwork over 127.0.0.1.
#include "net/asio_network.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/random.h"
#include "fiber/thread_executor.h"

using namespace flink;
using base::Connection;
using ConnectionRef = std::shared_ptr<Connection>;

namespace {

// Network, executor, and a pair of connected ends.
struct Fixture {
  base::SystemClock clock;
  fiber::ThreadExecutor executor{clock};
  net::AsioNetwork network{executor};
  std::unique_ptr<base::Listener> listener;
  ConnectionRef client, server;

  void connect_pair(const std::string& host = "127.0.0.1", const std::string& bound = "127.0.0.1") {
    std::promise<ConnectionRef> accepted, connected;
    listener = network.listen({bound, 0},
                              [&](ConnectionRef connection) { accepted.set_value(connection); });
    network.connect({host, listener->port()}, [&](ConnectionRef connection, const std::string&) {
      connected.set_value(connection);
    });
    client = connected.get_future().get();
    server = accepted.get_future().get();
    REQUIRE(client);
  }
};

struct Outcome {
  std::size_t bytes = 0;
  std::string error;
};
Outcome read_some(Connection& connection, std::span<char> buffer) {
  std::promise<Outcome> done;
  connection.read(buffer, [&](std::size_t bytes, const std::string& error) {
    done.set_value({bytes, error});
  });
  return done.get_future().get();
}
Outcome write_all(Connection& connection, std::vector<std::span<const char>> pieces) {
  std::promise<Outcome> done;
  connection.write(std::move(pieces), [&](std::size_t bytes, const std::string& error) {
    done.set_value({bytes, error});
  });
  return done.get_future().get();
}

}  // namespace

TEST_CASE("bytes arrive whole and in order, whatever the pieces") {
  Fixture fixture;
  fixture.connect_pair("localhost");
  CHECK(fixture.server->peer().host == "127.0.0.1");
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    std::string sent;
    for (int i = 0; i < 500'000; ++i) sent.push_back(static_cast<char>(random.next()));
    std::promise<std::string> received;
    std::function<void()> read_more;
    std::vector<char> buffer(1 + random.below(100'000));
    std::string got;
    read_more = [&] {
      fixture.server->read(buffer, [&](std::size_t bytes, const std::string& error) {
        got.append(buffer.data(), bytes);
        if (got.size() < sent.size() && error.empty()) return read_more();
        received.set_value(got);
      });
    };
    read_more();
    for (std::size_t at = 0; at < sent.size();) {
      std::vector<std::span<const char>> pieces;
      for (auto n = 1 + random.below(150); n > 0 && at < sent.size(); --n) {
        const auto size = std::min<std::size_t>(random.below(3000), sent.size() - at);
        pieces.emplace_back(sent.data() + at, size);
        at += size;
      }
      CHECK(write_all(*fixture.client, pieces).error.empty());
    }
    CHECK(received.get_future().get() == sent);
  }
}

TEST_CASE("the peer sees the end") {
  Fixture fixture;
  fixture.connect_pair();
  char buffer[8];
  SUBCASE("by close") { fixture.client->close(); }
  SUBCASE("by dropping the last reference") { fixture.client.reset(); }
  const auto outcome = read_some(*fixture.server, buffer);
  CHECK(outcome.bytes == 0);
  CHECK(outcome.error == "closed by peer");
}

TEST_CASE("a refused connection, a name that does not exist, a taken port") {
  Fixture fixture;
  std::promise<std::string> refused, unknown;
  auto listener = fixture.network.listen({"127.0.0.1", 0}, [](ConnectionRef) {});
  const auto port = listener->port();
  try {
    fixture.network.listen({"127.0.0.1", port}, [](ConnectionRef) {});
    FAIL("listened twice");
  } catch (const Error& error) {
    CHECK(error.message().find("cannot listen on 127.0.0.1:") == 0);
  }
  listener.reset();
  // The listener is closed by the I/O thread: after this it has been.
  std::promise<void> turn;
  fixture.network.post([&] { turn.set_value(); });
  turn.get_future().wait();
  fixture.network.connect({"127.0.0.1", port}, [&](ConnectionRef, const std::string& error) {
    refused.set_value(error);
  });
  CHECK(refused.get_future().get().find("Connection refused") != std::string::npos);
  fixture.network.connect({"no-such-host.invalid", 1},
                          [&](ConnectionRef connection, const std::string& error) {
                            CHECK_FALSE(connection);
                            unknown.set_value(error);
                          });
  CHECK(unknown.get_future().get().find("no-such-host.invalid") != std::string::npos);
}

TEST_CASE("the network may go while reads and connections are open") {
  for (int i = 0; i < 20; ++i) {
    ConnectionRef client, server;
    std::vector<char> buffer(100);
    {
      Fixture fixture;
      fixture.connect_pair();
      fixture.server->read(buffer, [](std::size_t, const std::string&) {});
      client = fixture.client;
      server = fixture.server;
    }
    client->close();
  }
}

TEST_CASE("IPv6 addresses, with brackets or without") {
  for (const char* bound : {"::1", "[::1]"}) {
    for (const char* host : {"::1", "[::1]"}) {
      Fixture f;
      f.connect_pair(host, bound);
      CHECK(f.client->peer().host == "::1");
      CHECK(base::address_text(f.client->peer()) == "[::1]:" + std::to_string(f.listener->port()));
    }
  }
}

TEST_CASE("HOST:PORT is read and written in one way") {
  struct Row {
    const char* text;
    const char* host;
    int port;
  };
  for (const Row& row : {Row{"localhost:80", "localhost", 80},
                         {"localhost", "localhost", 7},
                         {"10.0.0.1:0", "10.0.0.1", 0},
                         {"[::1]:80", "::1", 80},
                         {"[::1]", "::1", 7},
                         {"::1", "::1", 7},
                         {"fe80::1%eth0", "fe80::1%eth0", 7},
                         {"::ffff:10.0.0.1", "::ffff:10.0.0.1", 7}}) {
    CAPTURE(row.text);
    const auto address = base::parse_address(row.text, 7);
    REQUIRE(address);
    CHECK(address->host == row.host);
    CHECK(address->port == row.port);
    CHECK(base::parse_address(base::address_text(*address), 1) == address);
  }
  for (const char* wrong :
       {"", ":80", "[]:80", "[::1", "[::1]80", "host:", "host:x", "host:65536", "a:1:2",
        "[::1]:", "1:2:3:4:5:6:7:8:9", "[[::1]]:80", "[[a]:1", "a]:1", "a b:1", "a\x1b:1", "\n"}) {
    CAPTURE(wrong);
    CHECK_FALSE(base::parse_address(wrong, 7));
  }
  for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"})
    CHECK(base::is_loopback(host));
  for (const char* host : {"127.evil.example", "10.0.0.1", "::2", "*", ""})
    CHECK_FALSE(base::is_loopback(host));
}
