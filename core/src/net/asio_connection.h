// SPDX-License-Identifier: Apache-2.0
// One TCP connection over an io_context that one thread runs. The user's Connection is a handle;
// the socket lives on with the operations under way until they have seen the close.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/network.h"
#include "net/asio_network.h"

namespace flink::net {

// Something with operations under way: closed when the network ends. On the I/O thread.
class Closable {
 public:
  virtual ~Closable() = default;
  virtual void close() = 0;
};

// The io_context and whether it still runs. Operations under way keep it alive, and it keeps them:
// so the end of the network closes everything that was added and runs what that completes.
class Context {
 public:
  boost::asio::io_context& io() { return io_; }

  // Runs f on the I/O thread, at once when this is it; never when the network has ended.
  template <class F>
  void dispatch(F f) {
    if (io_.get_executor().running_in_this_thread()) return f();
    std::lock_guard lock{mutex_};
    if (!closed_) boost::asio::post(io_, std::move(f));
  }

  // On the I/O thread.
  void add(const std::shared_ptr<Closable>& closable);
  // Nobody runs the context any more: this thread does, to its end.
  void close();

 private:
  boost::asio::io_context io_{1};  // run by one thread
  std::mutex mutex_;
  bool closed_ = false;
  std::vector<std::weak_ptr<Closable>> open_;  // the I/O thread's; pruned when it has doubled
  std::size_t prune_at_ = 64;
};
using ContextRef = std::shared_ptr<Context>;

// On the I/O thread. Sets TCP_NODELAY and the buffer sizes.
std::shared_ptr<base::Connection> make_connection(const ContextRef& context,
                                                  boost::asio::ip::tcp::socket socket,
                                                  const AsioNetworkOptions& options);

}  // namespace flink::net
