// SPDX-License-Identifier: Apache-2.0
#include "net/asio_connection.h"

#include <flink/base/check.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace flink::net {

namespace asio = boost::asio;
using boost::system::error_code;
using Done = base::Connection::Done;

namespace {

std::size_t at_once(const error_code& error, std::size_t) { return error ? 0 : SIZE_MAX; }

std::string text_of(const error_code& error) {
  if (error == asio::error::eof) return "closed by peer";
  return error.message();
}

// Lives on the I/O thread.
class Socket final : public Closable, public std::enable_shared_from_this<Socket> {
 public:
  Socket(ContextRef context, asio::ip::tcp::socket socket)
      : context_(std::move(context)), socket_(std::move(socket)) {}

  void read(std::span<char> buffer, Done done) {
    FLINK_CHECK(!reading_);
    if (failed_) return;
    reading_ = true;
    socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                            [self = shared_from_this(), done = std::move(done)](
                                const error_code& error, std::size_t bytes) {
                              self->reading_ = false;
                              self->end(done, error, bytes);
                            });
  }

  void write(std::vector<std::span<const char>> pieces, Done done) {
    FLINK_CHECK(!writing_);
    if (failed_) return;
    writing_ = true;
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(pieces.size());
    for (const auto& piece : pieces) buffers.emplace_back(piece.data(), piece.size());
    // All that the socket takes in one call: asio would send 64 KiB and look at epoll, again and
    // again.
    asio::async_write(socket_, std::move(buffers), at_once,
                      [self = shared_from_this(), done = std::move(done)](const error_code& error,
                                                                          std::size_t bytes) {
                        self->writing_ = false;
                        self->end(done, error, bytes);
                      });
  }

  void close() override {
    failed_ = true;
    error_code ignored;
    socket_.close(ignored);
  }

  Context& context() { return *context_; }

 private:
  // After a failure nobody is called any more.
  void end(const Done& done, const error_code& error, std::size_t bytes) {
    if (failed_) return;
    if (error) {
      close();
      done(0, text_of(error));
    } else {
      done(bytes, {});
    }
  }

  ContextRef context_;  // outlives the socket
  asio::ip::tcp::socket socket_;
  bool reading_ = false, writing_ = false, failed_ = false;
};

class AsioConnection final : public base::Connection {
 public:
  AsioConnection(std::shared_ptr<Socket> socket, base::Address peer)
      : socket_(std::move(socket)), peer_(std::move(peer)) {}
  ~AsioConnection() override { close(); }

  // Dispatched: at once when the caller is on the I/O thread.
  void read(std::span<char> buffer, Done done) override {
    socket_->context().dispatch([socket = socket_, buffer, done = std::move(done)]() mutable {
      socket->read(buffer, std::move(done));
    });
  }
  void write(std::vector<std::span<const char>> pieces, Done done) override {
    socket_->context().dispatch(
        [socket = socket_, pieces = std::move(pieces), done = std::move(done)]() mutable {
          socket->write(std::move(pieces), std::move(done));
        });
  }
  void close() override {
    socket_->context().dispatch([socket = socket_] { socket->close(); });
  }
  base::Address peer() const override { return peer_; }

 private:
  std::shared_ptr<Socket> socket_;
  base::Address peer_;
};

}  // namespace

void Context::add(const std::shared_ptr<Closable>& closable) {
  if (open_.size() >= prune_at_) {
    std::erase_if(open_, [](const auto& one) { return one.expired(); });
    prune_at_ = std::max<std::size_t>(64, open_.size() * 2);
  }
  open_.push_back(closable);
}

void Context::close() {
  {
    std::lock_guard lock{mutex_};
    closed_ = true;
  }
  io_.restart();
  // What runs here may add more.
  while (!open_.empty()) {
    for (const auto& one : std::exchange(open_, {})) {
      if (const auto still = one.lock()) still->close();
    }
    io_.poll();
  }
  io_.poll();
}

namespace {

// A peer that has vanished without a word is noticed, by reader and writer alike, in less than a
// minute.
void set_keepalive(int socket) {
  const std::pair<int, int> seconds[] = {{TCP_KEEPIDLE, 20}, {TCP_KEEPINTVL, 5}, {TCP_KEEPCNT, 5}};
  const int on = 1;
  const unsigned patience_millis = 50'000;
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  for (const auto& [option, value] : seconds) {
    ::setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value);
  }
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_millis, sizeof patience_millis);
}

}  // namespace

std::shared_ptr<base::Connection> make_connection(const ContextRef& context,
                                                  asio::ip::tcp::socket socket,
                                                  const AsioNetworkOptions& options) {
  error_code error;  // a socket that has failed already says so at its first read
  socket.set_option(asio::ip::tcp::no_delay{true}, error);
  set_keepalive(socket.native_handle());
  if (options.send_buffer_bytes > 0) {
    socket.set_option(asio::socket_base::send_buffer_size{options.send_buffer_bytes}, error);
  }
  if (options.receive_buffer_bytes > 0) {
    socket.set_option(asio::socket_base::receive_buffer_size{options.receive_buffer_bytes}, error);
  }
  base::Address peer;
  const auto endpoint = socket.remote_endpoint(error);
  if (!error) peer = {endpoint.address().to_string(), endpoint.port()};
  auto shared = std::make_shared<Socket>(context, std::move(socket));
  context->add(shared);
  return std::make_shared<AsioConnection>(std::move(shared), std::move(peer));
}

}  // namespace flink::net
