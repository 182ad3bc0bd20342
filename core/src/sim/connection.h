// SPDX-License-Identifier: Apache-2.0
// One simulated TCP connection: two sides, two directions, each a queue of segments under way.
// Users hold an Endpoint, which reads what has arrived, sends, and is told through on_change
// whenever bytes, an end, a failure or new room came. Dropping the Endpoint closes that side, as
// close(2) does.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/network.h"
#include "sim/fabric.h"

namespace flink::sim {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Fabric& fabric, std::uint64_t id, LifeRef client, LifeRef server, bool keepalive);

  // Faults; see Fabric.
  void cut_after(int from_side, std::uint64_t bytes);
  void cut_late(int told_side);
  void lose_everything();
  void process_died(ProcessId process, bool silent);

  bool open() const { return !sides_[0].closed && !sides_[1].closed; }
  ProcessId process(int side) const { return sides_[side].life->id; }

 private:
  friend class Endpoint;
  struct Segment {
    enum class Kind : std::uint8_t { data, end, reset };
    Kind kind = Kind::data;
    TimePoint ready;
    std::string bytes;
  };
  // What a side holds and knows.
  struct Side {
    LifeRef life;
    base::Address peer;
    std::string inbox;
    std::size_t inbox_read = 0;      // taken of it
    std::size_t unacknowledged = 0;  // sent and not taken by the peer
    bool end_sent = false, end_received = false, closed = false;
    std::string failure;
    std::function<void()> on_change;
  };
  // From a side to the other one.
  struct Direction {
    std::deque<Segment> segments;
    TimePoint last_ready;
    bool pump_scheduled = false;
    bool lost = false;
    std::optional<std::uint64_t> cut_after;
    std::uint64_t delivered = 0;
  };

  void send_or_die(int side, std::string_view bytes, std::string_view what);
  void send(int side, std::string_view bytes);
  void push(int side, Segment::Kind kind, std::string bytes, Duration extra = Duration{0});
  void schedule_pump(int side);
  void pump(int side);
  void deliver(int side, Segment& segment);
  void acknowledge(int side, std::size_t bytes);
  void fail(int side, const char* failure);
  void close(int side);
  void changed(int side);

  Fabric& fabric_;
  std::uint64_t id_;
  bool keepalive_;
  Side sides_[2];
  Direction directions_[2];
};

// One user of it at a time; on the simulation's thread.
class Endpoint {
 public:
  Endpoint(std::shared_ptr<Connection> connection, int side, base::Address peer)
      : connection_(std::move(connection)), side_(side) {
    self().peer = std::move(peer);
  }
  ~Endpoint() { connection_->close(side_); }
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Called as an action, never from within one of these methods.
  void on_change(std::function<void()> changed) { self().on_change = std::move(changed); }

  std::size_t available() const { return self().inbox.size() - self().inbox_read; }
  std::size_t take(char* out, std::size_t bytes_max);
  // All that will ever come has been taken.
  bool at_end() const { return self().end_received && available() == 0; }
  // Why nothing can be sent or received any more; empty: it can.
  const std::string& failure() const { return self().failure; }

  // `what`: "call deliver", "frame data": where the sender may die, see crash_points.h.
  void send(std::string_view bytes, std::string_view what) {
    connection_->send_or_die(side_, bytes, what);
  }
  // Senders wait for room before they call a send complete.
  bool has_room() const { return self().unacknowledged < Fabric::window_bytes; }
  void end_sending();
  const base::Address& peer() const { return self().peer; }
  const LifeRef& life() const { return self().life; }

 private:
  Connection::Side& self() { return connection_->sides_[side_]; }
  const Connection::Side& self() const { return connection_->sides_[side_]; }

  std::shared_ptr<Connection> connection_;
  int side_;
};

}  // namespace flink::sim
