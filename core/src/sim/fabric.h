// SPDX-License-Identifier: Apache-2.0
// The simulated network of a cluster: listeners, connections and the links between pairs of
// processes. RPC (sim_rpc_network.h) and the data plane (sim_network.h) both run over it, so both
// suffer the same faults. Bytes of one direction of a connection arrive in order, whole, each once,
// up to the point where a fault ends the connection; when they arrive is the seed's choice.
//
// All processes share one machine's ports; host names are recorded, not looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/network.h"
#include "base/random.h"
#include "sim/life.h"
#include "sim/sim_queue.h"
#include "sim/trace.h"

namespace flink::sim {

class Connection;
class CrashPoints;
class Endpoint;

// How bytes travel from one process to another.
struct LinkCondition {
  Duration delay{30'000};
  Duration jitter{30'000};
  std::uint64_t bytes_per_second = 0;  // 0: as many as come
  TimePoint stalled_until;             // nothing arrives before; then everything, in order
};

class Fabric {
 public:
  using Accepted = std::function<void(std::unique_ptr<Endpoint>)>;
  using Connected = std::function<void(std::unique_ptr<Endpoint>, const std::string& error)>;
  static constexpr std::size_t window_bytes = 64 * 1024;  // sent and not yet read by the peer

  Fabric(SimQueue& queue, Trace& trace, std::uint64_t seed)
      : queue_(queue), trace_(trace), random_(seed) {}

  // Port 0: the next free one. Throws Error{resource} when it is taken. `accepted` runs as an
  // action of the owner, for each connection.
  std::uint16_t listen(const LifeRef& owner, std::uint16_t port, Accepted accepted);
  void stop_listening(std::uint16_t port);
  // `done` runs as an action of the owner: an endpoint, or null and why not. keepalive: both ends
  // notice within a minute that the connection loses everything, else never.
  void connect(const LifeRef& owner, const base::Address& address, bool keepalive, Connected done);

  LinkCondition& link(ProcessId from, ProcessId to);
  LinkCondition default_condition;
  // Every link is as good as new; connections that were broken stay broken.
  void heal() { links_.clear(); }

  // Faults. Those that need a connection between the two say whether there was one.
  //  cut: a random connection ends within its next bytes, in the middle of whatever they are. late:
  //  one side hears of it at once, while bytes under way still reach the other for seconds.
  bool cut(ProcessId a, ProcessId b, bool late);
  //  half_open: from now on a random connection loses everything, and neither side is told by it.
  bool half_open(ProcessId a, ProcessId b);
  //  The process is dead; silent: its machine is gone too, so no peer is told.
  void process_died(const Life& life, bool silent);
  // Dies in the middle of its sends when told so; see crash_points.h.
  CrashPoints* crash_points = nullptr;
  // When on, writes also arrive torn into small pieces now and then.
  bool tear_segments = false;

  std::uint64_t bytes_delivered() const { return bytes_delivered_; }

 private:
  friend class Connection;
  struct ListenerEntry {
    LifeRef owner;
    Accepted accepted;
  };
  void established(const LifeRef& owner, const base::Address& address, bool keepalive,
                   Connected done);
  std::vector<std::shared_ptr<Connection>> connections_between(ProcessId a, ProcessId b);
  Duration travel(const LinkCondition& link);
  // When what is sent now arrives.
  TimePoint arrival(ProcessId from, ProcessId to);

  SimQueue& queue_;
  Trace& trace_;
  base::SeededRandom random_;
  std::map<std::uint16_t, ListenerEntry> listeners_;
  std::set<std::uint16_t> vanished_ports_;  // of machines that are gone: no answer at all
  std::uint16_t next_port_ = 40'000;
  std::map<std::pair<ProcessId, ProcessId>, LinkCondition> links_;
  std::map<std::uint64_t, std::weak_ptr<Connection>> connections_;
  std::uint64_t next_connection_ = 1;
  std::uint64_t bytes_delivered_ = 0;
};

}  // namespace flink::sim
