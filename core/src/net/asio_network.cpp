// SPDX-License-Identifier: Apache-2.0
#include "net/asio_network.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <netdb.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <utility>

#include "base/address.h"
#include "net/asio_connection.h"

namespace flink::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

std::string text_of(const base::Address& address) {
  return base::address_text(address.host.empty() ? "*" : address.host, address.port);
}

struct Resolved {
  std::vector<tcp::endpoint> endpoints;
  std::string error;
};

bool is_numeric(const std::string& host) {
  error_code error;
  asio::ip::make_address(base::plain_host(host), error);
  return !error;
}

// Blocks when the name is not numeric. IPv4 addresses come first: they are what servers bind.
Resolved resolve(const base::Address& address, bool passive) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0);
  addrinfo* list = nullptr;
  // Without a name: all interfaces.
  const bool any = address.host.empty() || address.host == "*";
  const std::string host = any ? "0.0.0.0" : base::plain_host(address.host);
  const int failure =
      ::getaddrinfo(host.c_str(), std::to_string(address.port).c_str(), &hints, &list);
  if (failure != 0) return {{}, ::gai_strerror(failure)};
  Resolved resolved;
  for (const int family : {AF_INET, AF_INET6}) {
    for (const addrinfo* one = list; one; one = one->ai_next) {
      if (one->ai_family != family) continue;
      tcp::endpoint endpoint;
      if (one->ai_addrlen > endpoint.capacity()) continue;
      std::memcpy(endpoint.data(), one->ai_addr, one->ai_addrlen);
      endpoint.resize(one->ai_addrlen);
      resolved.endpoints.push_back(endpoint);
    }
  }
  ::freeaddrinfo(list);
  if (resolved.endpoints.empty()) resolved.error = "the name has no IPv4 or IPv6 address";
  return resolved;
}

}  // namespace

// The worker that runs the io_context.
class AsioNetwork::Loop final : public base::Worker {
 public:
  Loop(base::Executor& executor, AsioNetworkOptions options)
      : executor_(executor),
        options_(std::move(options)),
        context_(std::make_shared<Context>()),
        work_(context_->io().get_executor()) {}

  base::Step step() override {
    // Blocks in epoll until something happens: the destructor of AsioNetwork stops the context
    // first.
    context_->io().run_one();
    context_->io().poll();
    return context_->io().stopped() ? base::Step::done() : base::Step::again();
  }

  void stop() {
    work_.reset();
    context_->io().stop();
  }
  const ContextRef& context() const { return context_; }
  const AsioNetworkOptions& options() const { return options_; }
  base::Executor& executor() { return executor_; }

  class Acceptor;
  class Connector;

 private:
  base::Executor& executor_;
  AsioNetworkOptions options_;
  ContextRef context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
};

// Accepts until stopped. Lives on the I/O thread but for stop().
class AsioNetwork::Loop::Acceptor final : public Closable,
                                          public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(const Loop& loop, std::function<void(std::shared_ptr<base::Connection>)> accepted)
      : context_(loop.context()),
        options_(loop.options()),
        accepted_(std::move(accepted)),
        acceptor_(context_->io()),
        pause_(context_->io()) {}

  // Before the first accept(); throws what the system says.
  std::uint16_t open(const tcp::endpoint& endpoint) {
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address{true});
    acceptor_.bind(endpoint);
    acceptor_.listen();
    return acceptor_.local_endpoint().port();
  }

  void start() {
    context_->add(shared_from_this());
    accept();
  }

  void accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](const error_code& error, tcp::socket socket) {
          if (self->stopped_) return;
          if (!error) {
            const auto accepted = self->accepted_;  // it may end this listener
            accepted(make_connection(self->context_, std::move(socket), self->options_));
            if (!self->stopped_) self->accept();
            return;
          }
          // Out of descriptors, or the peer was gone already: neither ends the listener.
          self->pause_.expires_after(std::chrono::milliseconds{100});
          self->pause_.async_wait([self](const error_code&) {
            if (!self->stopped_) self->accept();
          });
        });
  }

  void close() override {
    stopped_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    accepted_ = nullptr;
  }

 private:
  ContextRef context_;
  AsioNetworkOptions options_;
  std::function<void(std::shared_ptr<base::Connection>)> accepted_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  bool stopped_ = false;
};

// One attempt to connect: the addresses of a name in turn, each within the timeout.
class AsioNetwork::Loop::Connector final : public Closable,
                                           public std::enable_shared_from_this<Connector> {
 public:
  using Done = std::function<void(std::shared_ptr<base::Connection>, const std::string& error)>;
  Connector(const Loop& loop, base::Address address, Done done)
      : context_(loop.context()),
        options_(loop.options()),
        address_(std::move(address)),
        done_(std::move(done)),
        socket_(context_->io()),
        timer_(context_->io()) {}

  void start(Resolved resolved) {
    context_->add(shared_from_this());
    resolved_ = std::move(resolved);
    last_error_ = resolved_.error;
    try_next();
  }

  // The network ends: nobody is called.
  void close() override {
    done_ = nullptr;
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void try_next() {
    if (next_ == resolved_.endpoints.size()) {
      return done_(nullptr, "cannot connect to " + text_of(address_) + ": " + last_error_);
    }
    socket_ = tcp::socket{context_->io()};
    timed_out_ = false;
    timer_.expires_after(options_.connect_timeout);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (error) return;
      self->timed_out_ = true;
      error_code ignored;
      self->socket_.close(ignored);
    });
    socket_.async_connect(resolved_.endpoints[next_++],
                          [self = shared_from_this()](const error_code& error) {
                            self->timer_.cancel();
                            self->connected(error);
                          });
  }

  void connected(const error_code& error) {
    if (!done_) return;
    if (!error && !timed_out_) {
      return done_(make_connection(context_, std::move(socket_), options_), {});
    }
    last_error_ = timed_out_ ? "no answer in time" : error.message();
    try_next();
  }

  ContextRef context_;
  AsioNetworkOptions options_;
  base::Address address_;
  Done done_;
  Resolved resolved_;
  std::size_t next_ = 0;
  std::string last_error_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  bool timed_out_ = false;
};

namespace {

class AsioListener final : public base::Listener {
 public:
  AsioListener(std::uint16_t port, std::function<void()> stop)
      : port_(port), stop_(std::move(stop)) {}
  ~AsioListener() override { stop_(); }
  std::uint16_t port() const override { return port_; }

 private:
  std::uint16_t port_;
  std::function<void()> stop_;
};

}  // namespace

AsioNetwork::AsioNetwork(base::Executor& executor, const AsioNetworkOptions& options)
    : loop_(std::make_shared<Loop>(executor, options)),
      handle_(executor.start(options.name, *loop_)) {}

AsioNetwork::~AsioNetwork() {
  loop_->stop();
  handle_.reset();
  loop_->context()->close();
}

std::unique_ptr<base::Listener> AsioNetwork::listen(
    const base::Address& address, std::function<void(std::shared_ptr<base::Connection>)> accepted) {
  const auto refuse = [&](const std::string& why) {
    throw Error{ErrorKind::user, "cannot listen on " + text_of(address) + ": " + why +
                                     "; choose another address or port, or end what holds it"};
  };
  const auto resolved = resolve(address, true);
  if (resolved.endpoints.empty()) refuse(resolved.error);
  auto acceptor = std::make_shared<Loop::Acceptor>(*loop_, std::move(accepted));
  std::uint16_t port = 0;
  try {
    port = acceptor->open(resolved.endpoints.front());
  } catch (const boost::system::system_error& error) {
    refuse(error.code().message());
  }
  post([acceptor] { acceptor->start(); });
  return std::make_unique<AsioListener>(port, [acceptor, context = loop_->context()] {
    context->dispatch([acceptor] { acceptor->close(); });
  });
}

void AsioNetwork::connect(
    const base::Address& address,
    std::function<void(std::shared_ptr<base::Connection>, const std::string& error)> done) {
  auto connector = std::make_shared<Loop::Connector>(*loop_, address, std::move(done));
  if (is_numeric(address.host)) {
    return post([connector, address] { connector->start(resolve(address, false)); });
  }
  // Looking up a name may block for seconds.
  loop_->executor().run_blocking([connector, address, context = loop_->context()] {
    context->dispatch(
        [connector, resolved = resolve(address, false)] { connector->start(resolved); });
  });
}

void AsioNetwork::post(std::function<void()> function) {
  asio::post(loop_->context()->io(), std::move(function));
}

}  // namespace flink::net
