// SPDX-License-Identifier: Apache-2.0
#include "sim/fabric.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>

#include "sim/connection.h"

namespace flink::sim {

std::uint16_t Fabric::listen(const LifeRef& owner, std::uint16_t port, Accepted accepted) {
  if (port == 0) {
    while (listeners_.contains(next_port_)) ++next_port_;
    port = next_port_++;
  }
  const bool fresh = listeners_.emplace(port, ListenerEntry{owner, std::move(accepted)}).second;
  if (!fresh) {
    throw Error{ErrorKind::resource, detail::concat("cannot listen on port ", port,
                                                    ": the port is taken; choose another one")};
  }
  return port;
}

void Fabric::stop_listening(std::uint16_t port) { listeners_.erase(port); }

LinkCondition& Fabric::link(ProcessId from, ProcessId to) {
  return links_.try_emplace({from, to}, default_condition).first->second;
}

Duration Fabric::travel(const LinkCondition& link) {
  return link.delay + Duration{static_cast<std::int64_t>(
                          random_.below(static_cast<std::uint64_t>(link.jitter.count()) + 1))};
}

TimePoint Fabric::arrival(ProcessId from, ProcessId to) {
  const LinkCondition& condition = link(from, to);
  return std::max(queue_.now(), condition.stalled_until) + travel(condition);
}

// There and back takes two journeys; who listens is decided in between.
void Fabric::connect(const LifeRef& owner, const base::Address& address, bool keepalive,
                     Connected done) {
  if (vanished_ports_.contains(address.port)) return;
  const auto listener = listeners_.find(address.port);
  const TimePoint there = listener == listeners_.end()
                              ? queue_.now() + travel(default_condition)
                              : arrival(owner->id, listener->second.owner->id);
  queue_.at(there, owner, [this, owner, address, keepalive, done = std::move(done)]() mutable {
    established(owner, address, keepalive, std::move(done));
  });
}

void Fabric::established(const LifeRef& owner, const base::Address& address, bool keepalive,
                         Connected done) {
  const auto listener = listeners_.find(address.port);
  if (listener == listeners_.end() || !listener->second.owner->alive) {
    trace_.event("refused", owner->id, address.port);
    queue_.after(travel(default_condition), owner,
                 [done = std::move(done)] { done(nullptr, "connection refused"); });
    return;
  }
  const LifeRef server = listener->second.owner;
  const std::uint64_t id = next_connection_++;
  trace_.event("connect", id, owner->id, server->id);
  auto connection = std::make_shared<Connection>(*this, id, owner, server, keepalive);
  connections_.emplace(id, connection);
  // Both ends exist from here on: what is sent to one that nobody has picked up yet waits there.
  auto client_end = std::make_shared<std::unique_ptr<Endpoint>>(
      std::make_unique<Endpoint>(connection, 0, address));
  auto server_end = std::make_shared<std::unique_ptr<Endpoint>>(
      std::make_unique<Endpoint>(connection, 1, base::Address{owner->name, 0}));
  queue_.after(Duration{0}, server, [this, port = address.port, server_end]() {
    const auto found = listeners_.find(port);
    if (found == listeners_.end()) return;  // stopped meanwhile: dropping the end resets the peer
    const Accepted accepted = found->second.accepted;
    accepted(std::move(*server_end));
  });
  queue_.at(arrival(server->id, owner->id), owner,
            [client_end, done = std::move(done)] { done(std::move(*client_end), {}); });
}

std::vector<std::shared_ptr<Connection>> Fabric::connections_between(ProcessId a, ProcessId b) {
  std::vector<std::shared_ptr<Connection>> found;
  for (auto it = connections_.begin(); it != connections_.end();) {
    auto connection = it->second.lock();
    if (!connection) {
      it = connections_.erase(it);
      continue;
    }
    ++it;
    if (!connection->open()) continue;
    if (std::minmax(connection->process(0), connection->process(1)) == std::minmax(a, b)) {
      found.push_back(std::move(connection));
    }
  }
  return found;
}

bool Fabric::cut(ProcessId a, ProcessId b, bool late) {
  const auto found = connections_between(a, b);
  if (found.empty()) return false;
  auto& connection = *found[random_.below(found.size())];
  const int side = static_cast<int>(random_.below(2));
  if (late) {
    connection.cut_late(side);
  } else {
    // Often at once, else anywhere in the next bytes that pass.
    connection.cut_after(side, random_.below(3) == 0 ? 0 : random_.below(20'000));
  }
  return true;
}

bool Fabric::half_open(ProcessId a, ProcessId b) {
  const auto found = connections_between(a, b);
  if (found.empty()) return false;
  found[random_.below(found.size())]->lose_everything();
  return true;
}

void Fabric::process_died(const Life& life, bool silent) {
  trace_.event("died", life.id, silent);
  for (auto it = listeners_.begin(); it != listeners_.end();) {
    if (it->second.owner->id != life.id) {
      ++it;
      continue;
    }
    if (silent) vanished_ports_.insert(it->first);
    it = listeners_.erase(it);
  }
  for (const auto& [id, weak] : connections_) {
    const auto connection = weak.lock();
    if (!connection) continue;
    if (connection->process(0) == life.id || connection->process(1) == life.id) {
      connection->process_died(life.id, silent);
    }
  }
}

}  // namespace flink::sim
