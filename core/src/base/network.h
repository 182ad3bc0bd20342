// SPDX-License-Identifier: Apache-2.0
// Byte streams of the data plane, passed in: Boost.Asio (net/asio_network.h) or simulated links.
// Every callback runs on the network's own worker; every method may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace flink::base {

struct Address {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const Address&, const Address&) = default;
};

// One byte stream. At most one read and one write are under way. After a failure (`error` not
// empty: its text) no more callbacks come. Dropping the last reference closes it. A peer that
// vanished without a word counts as failed within a minute.
class Connection {
 public:
  using Done = std::function<void(std::size_t bytes, const std::string& error)>;
  virtual ~Connection() = default;
  // Completes with 1..buffer.size() bytes, or 0 and an error ("closed by peer" at the end).
  virtual void read(std::span<char> buffer, Done done) = 0;
  // Completes when all bytes are handed over. The pieces must live until then.
  virtual void write(std::vector<std::span<const char>> pieces, Done done) = 0;
  virtual void close() = 0;
  virtual Address peer() const = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;  // stops accepting
  virtual std::uint16_t port() const = 0;
};

class Network {
 public:
  virtual ~Network() = default;
  // port 0: any free one. Throws Error when the address cannot be bound.
  virtual std::unique_ptr<Listener> listen(
      const Address& address, std::function<void(std::shared_ptr<Connection>)> accepted) = 0;
  virtual void connect(
      const Address& address,
      std::function<void(std::shared_ptr<Connection>, const std::string& error)> done) = 0;
  // Runs a function on the network's worker.
  virtual void post(std::function<void()> function) = 0;
};

}  // namespace flink::base
