// SPDX-License-Identifier: Apache-2.0
// The HTTP server over in-memory pipes, byte by byte as a client would write them, and over a real
// port for the choice of ports. No clock is waited for.
#include "rest/rest_server.h"

#include <doctest/doctest.h>
#include <kj/async-queue.h>

#include "config/options.h"
#include "fake_view.h"
#include "flink/error.h"
#include "rest/call.h"

namespace flink::rest {
namespace {

// Connections are pushed in by the test.
class PipeReceiver final : public kj::ConnectionReceiver {
 public:
  explicit PipeReceiver(kj::ProducerConsumerQueue<kj::Own<kj::AsyncIoStream>>& queue)
      : queue_(queue) {}
  kj::Promise<kj::Own<kj::AsyncIoStream>> accept() override { return queue_.pop(); }
  kj::uint getPort() override { return 8081; }

 private:
  kj::ProducerConsumerQueue<kj::Own<kj::AsyncIoStream>>& queue_;
};

struct Fixture {
  explicit Fixture(RestServerOptions options = {})
      : loop(),
        wait_scope(loop),
        timer(kj::origin<kj::TimePoint>()),
        view("running"),
        server(view, timer, kj::heap<PipeReceiver>(queue), std::move(options)) {}

  // Everything the server answers to these bytes before it closes the connection.
  std::string send(const std::string& bytes) {
    auto pipe = kj::newTwoWayPipe();
    queue.push(kj::mv(pipe.ends[1]));
    auto& client = *pipe.ends[0];
    auto answer = client.readAllText().eagerlyEvaluate(nullptr);
    client.write(bytes.data(), bytes.size())
        .then([&] { client.shutdownWrite(); }, [](kj::Exception&&) {})
        .wait(wait_scope);
    for (int step = 0; step < 10 && !answer.poll(wait_scope); ++step) {
      timer.advanceTo(timer.now() + 10 * kj::SECONDS);
    }
    REQUIRE(answer.poll(wait_scope));
    const auto text = answer.wait(wait_scope);
    return {text.begin(), text.size()};
  }

  kj::EventLoop loop;
  kj::WaitScope wait_scope;
  kj::TimerImpl timer;
  FakeView view;
  kj::ProducerConsumerQueue<kj::Own<kj::AsyncIoStream>> queue;
  RestServer server;
};

std::string get(const std::string& target, const std::string& host = "localhost:8081") {
  return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
}

TEST_CASE("a request is answered with security headers") {
  Fixture f;
  const auto text = f.send(get("/v1/overview"));
  CHECK(text.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(text.find("Content-Type: application/json; charset=UTF-8\r\n") != std::string::npos);
  CHECK(text.find("X-Content-Type-Options: nosniff\r\n") != std::string::npos);
  CHECK(text.find("Access-Control") == std::string::npos);
  CHECK(text.find("\"slots-total\":4") != std::string::npos);
}

TEST_CASE("a page is of its type and may use what is ours only") {
  Fixture f;
  const auto text = f.send(get("/"));
  CHECK(text.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(text.find("Content-Type: text/html; charset=UTF-8\r\n") != std::string::npos);
  CHECK(text.find("Content-Security-Policy: default-src 'self'; ") != std::string::npos);
  CHECK(text.find("<h1>Fixture run</h1>") != std::string::npos);
}

// A route whose answers come when the test gives them.
struct LaterRoute {
  explicit LaterRoute(Fixture& f) {
    f.server.api().add(Method::get, "/later/:what", [this](Call& call) -> Reply {
      auto pair = kj::newPromiseAndFulfiller<RestAnswer>();
      waiting.push_back({call.arguments[0], kj::mv(pair.fulfiller)});
      return {{}, pair.promise.attach(kj::defer([this] { ++dropped; }))};
    });
  }
  struct Waiting {
    std::string what;
    kj::Own<kj::PromiseFulfiller<RestAnswer>> fulfiller;
  };
  std::vector<Waiting> waiting;
  int dropped = 0;
};

TEST_CASE("an answer may come later, and holds up its own connection only") {
  Fixture f;
  LaterRoute route(f);
  auto pipe = kj::newTwoWayPipe();
  f.queue.push(kj::mv(pipe.ends[1]));
  auto& client = *pipe.ends[0];
  auto answer = client.readAllText().eagerlyEvaluate(nullptr);
  const auto request = get("/later/coffee") + get("/jobs");
  client.write(request.data(), request.size()).wait(f.wait_scope);
  CHECK_FALSE(answer.poll(f.wait_scope));
  REQUIRE(route.waiting.size() == 1);
  CHECK(route.waiting[0].what == "coffee");
  CHECK(f.send(get("/jobs")).starts_with("HTTP/1.1 200 OK\r\n"));
  route.waiting[0].fulfiller->fulfill({202, "[\"here\"]"});
  CHECK_FALSE(answer.poll(f.wait_scope));
  client.shutdownWrite();
  const auto text = answer.wait(f.wait_scope);
  const std::string both{text.begin(), text.size()};
  CHECK(both.starts_with("HTTP/1.1 202 Accepted\r\n"));
  CHECK(both.find("[\"here\"]HTTP/1.1 200 OK\r\n") != std::string::npos);
}

TEST_CASE("an answer that does not come is given up, like one that fails") {
  Fixture f;
  LaterRoute route(f);
  CHECK(f.send(get("/later/never")).starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  CHECK(route.dropped == 1);
  f.server.api().add(Method::get, "/broken", [](Call&) -> Reply {
    return {{}, kj::Promise<RestAnswer>(KJ_EXCEPTION(FAILED, "at rest_api.cpp:1"))};
  });
  const auto text = f.send(get("/broken"));
  CHECK(text.starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
  CHECK(text.find("rest_api.cpp") == std::string::npos);
}

TEST_CASE("nobody works on for a client that is gone") {
  Fixture f;
  LaterRoute route(f);
  {
    auto pipe = kj::newTwoWayPipe();
    f.queue.push(kj::mv(pipe.ends[1]));
    const auto request = get("/later/coffee");
    pipe.ends[0]->write(request.data(), request.size()).wait(f.wait_scope);
    kj::Promise<void>(kj::NEVER_DONE).poll(f.wait_scope);
    CHECK(route.waiting.size() == 1);
    CHECK(route.dropped == 0);
  }
  kj::Promise<void>(kj::NEVER_DONE).poll(f.wait_scope);
  CHECK(route.dropped == 1);
  CHECK_FALSE(route.waiting[0].fulfiller->isWaiting());
  CHECK(f.send(get("/jobs")).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("pipelined requests on one connection") {
  Fixture f;
  const auto text = f.send(get("/jobs") + get("/nope"));
  CHECK(text.find("HTTP/1.1 200 OK\r\n") != std::string::npos);
  CHECK(text.find("HTTP/1.1 404 Not Found\r\n") != std::string::npos);
}

TEST_CASE("cancel with and without a body") {
  RestServerOptions options;
  options.body_bytes_max = 10;
  Fixture f(options);
  const std::string head =
      std::string("PATCH /jobs/") + fake_job_id + "?mode=cancel HTTP/1.1\r\nHost: localhost\r\n";
  CHECK(f.send(head + "Content-Length: 0\r\n\r\n").starts_with("HTTP/1.1 202 "));
  const std::string json = "Content-Type: application/json\r\n";
  CHECK(f.send(head + json + "Content-Length: 2\r\n\r\n{}").starts_with("HTTP/1.1 202 "));
  CHECK(f.view.cancels == 2);
  CHECK(f.send(head + json + "Content-Length: 11\r\n\r\n{         }").starts_with("HTTP/1.1 413 "));
  CHECK(f.send(head + json + "Transfer-Encoding: chunked\r\n\r\nb\r\n{         }\r\n0\r\n\r\n")
            .starts_with("HTTP/1.1 413 "));
  CHECK(f.view.cancels == 2);
}

// What pages of other sites can make a browser send, and what programs do.
TEST_CASE("only programs and our own pages change something") {
  struct Row {
    const char* headers;
    const char* answer;
  };
  const Row rows[] = {
      {"", "202"},
      {"Content-Type: application/json\r\n", "202"},
      {"Content-Type: Application/JSON ; charset=UTF-8\r\n", "202"},
      {"Content-Type: text/plain\r\n", "415"},
      {"Content-Type: application/x-www-form-urlencoded\r\n", "415"},
      {"Content-Type: application/jsonp\r\n", "415"},
      {"Origin: http://localhost:8081\r\n", "202"},
      {"Origin: https://LOCALHOST:8081\r\n", "202"},
      {"Origin: http://localhost:9000\r\n", "403"},
      {"Origin: http://evil.example\r\n", "403"},
      {"Origin: http://evil.example\r\nContent-Type: application/json\r\n", "403"},
      {"Origin: http://localhost:8081.evil.example\r\n", "403"},
      {"Origin: null\r\n", "403"},
      {"Sec-Fetch-Site: same-origin\r\n", "202"},
      {"Sec-Fetch-Site: none\r\n", "202"},
      {"Sec-Fetch-Site: same-site\r\n", "403"},
      {"Sec-Fetch-Site: cross-site\r\n", "403"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.headers);
    for (const char* method : {"PATCH", "POST"}) {
      Fixture f;
      const bool patch = std::string_view{method} == "PATCH";
      const auto text = f.send(std::string(method) + " /jobs/" + fake_job_id +
                               (patch ? "?mode=cancel" : "/savepoints") +
                               " HTTP/1.1\r\nHost: localhost:8081\r\n" + row.headers + "\r\n");
      const bool refused = std::string_view{row.answer} != "202";
      // The fake has no checkpoints; whether a handler was asked is what counts here.
      if (patch || refused) CHECK(text.substr(9, 3) == row.answer);
      else CHECK(text.substr(9, 3) != "403");
      CHECK(f.view.cancels == (patch && !refused ? 1 : 0));
    }
  }
  Fixture f;
  CHECK(f.send("POST /jobs/" + std::string(fake_job_id) +
               "/savepoints HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
            .starts_with("HTTP/1.1 415 "));
  // Reading needs none of it: without Access-Control-Allow-Origin no page sees the answer.
  CHECK(f.send("GET /overview HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n")
            .starts_with("HTTP/1.1 200 "));
}

TEST_CASE("an origin that was let in may change something") {
  for (const char* allowed : {"http://board.example", "*"}) {
    Fixture f({.policy = {.allow_origin = allowed}});
    CHECK(f.send("PATCH /jobs/" + std::string(fake_job_id) +
                 "?mode=cancel HTTP/1.1\r\nHost: localhost\r\nOrigin: "
                 "http://board.example\r\n\r\n")
              .starts_with("HTTP/1.1 202 "));
  }
}

// Clients that connect and say nothing, or half a request, take no place from those that ask.
TEST_CASE("connections that wait for their client give way to new ones") {
  Fixture f({.connections_max = 4});
  std::vector<kj::Own<kj::AsyncIoStream>> silent;
  for (int i = 0; i < 20; ++i) {
    auto pipe = kj::newTwoWayPipe();
    f.queue.push(kj::mv(pipe.ends[1]));
    const std::string_view half = i % 2 == 0 ? "" : "GET /overview HTTP/1.1\r\nHost: loc";
    auto written = pipe.ends[0]->write(half.data(), half.size());
    f.wait_scope.poll();
    written.detach([](kj::Exception&&) {});
    silent.push_back(kj::mv(pipe.ends[0]));
  }
  const auto before = f.timer.now();
  CHECK(f.send(get("/overview")).starts_with("HTTP/1.1 200 "));
  CHECK(f.timer.now() == before);  // no deadline of the silent ones had to pass
}

TEST_CASE("what is not HTTP, or not for this machine, is refused") {
  Fixture f;
  CHECK(f.send("\x16\x03\x01\x02\r\n\r\n").starts_with("HTTP/1.1 501 Not Implemented"));
  CHECK(f.send("FOO / HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 5"));
  CHECK(f.send(get("/overview", "evil.example")).starts_with("HTTP/1.1 403 "));
  CHECK(f.send(get("/overview", "127.0.0.1.evil.example")).starts_with("HTTP/1.1 403 "));
  CHECK(f.send(get("/overview", "127.0.0.1:8081")).starts_with("HTTP/1.1 200 "));
  CHECK(f.send(get("/overview", "[::1]:8081")).starts_with("HTTP/1.1 200 "));
  CHECK(f.send(get("/" + std::string(8000, 'a'))).starts_with("HTTP/1.1 414 "));
  f.send(get("/" + std::string(1 << 20, 'a')));  // may be cut off, must not end the server
  f.send("GET /overview HTTP/1.1\r\n");          // cut short
  f.send("");
  CHECK(f.send(get("/overview")).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("open to other hosts when configured") {
  config::Configuration configuration;
  configuration.set_text("rest.bind-address", "0.0.0.0", {config::Source::property, "-D"});
  configuration.set_text("web.access-control-allow-origin", "http://a\r\nb",
                         {config::Source::property, "-D"});
  Fixture f(rest_server_options(configuration));
  const auto text = f.send(get("/overview", "jobs.example"));
  CHECK(text.starts_with("HTTP/1.1 200 "));
  CHECK(text.find("Access-Control-Allow-Origin: http://ab\r\n") != std::string::npos);
}

// Ports below `free_from` are taken.
class FakeNetwork final : public rpc::RpcNetwork {
 public:
  explicit FakeNetwork(int free_from) : free_from_(free_from) {}
  kj::Promise<kj::Own<kj::AsyncIoStream>> connect(const base::Address&) override { return nullptr; }
  kj::Own<kj::ConnectionReceiver> listen(const base::Address& address) override {
    struct Receiver final : kj::ConnectionReceiver {
      explicit Receiver(kj::uint number) : port(number) {}
      kj::Promise<kj::Own<kj::AsyncIoStream>> accept() override { return kj::NEVER_DONE; }
      kj::uint getPort() override { return port; }
      kj::uint port;
    };
    if (address.port < free_from_) throw Error(ErrorKind::resource, "taken");
    return kj::heap<Receiver>(address.port);
  }

 private:
  int free_from_;
};

TEST_CASE("the first free port of the range") {
  config::Configuration configuration;
  FakeNetwork network(8083);
  const auto listener = listen_for_rest(network, configuration);
  CHECK(listener.port == 8083);
  CHECK(listener.address == "localhost");
  configuration.set_text("rest.port", "8082", {config::Source::property, "-Drest.port=8082"});
  try {
    listen_for_rest(network, configuration);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::resource);
    CHECK(error.message() ==
          "no free port for REST at localhost: all of rest.bind-port 8082 (-Drest.port=8082) are "
          "taken: "
          "end another job, or set -Drest.bind-port to other ports, 0 for any");
  }
}

}  // namespace
}  // namespace flink::rest
