// SPDX-License-Identifier: Apache-2.0
// The data plane of one process for one job: the ends of all channels that lead to or from other
// TaskManagers. One TCP connection a pair of processes and direction, made by the producing side;
// channels share it in frames (frame.h). Data flows only against credit, which the consuming side
// gives once its reader is there: so producers and consumers may be deployed in any order, nothing
// arrives that nobody expects, and the sockets are always read.
//
// A lost connection fails every channel on it: both ends throw Error{transient} at their next call.
// Channels opened after that get a new connection. A writer or reader that merely goes away (its
// task was cancelled or has failed) is silent: the JobManager cancels its neighbours.
//
// Threads: any. Its end fails the channels that are still in use; their ends may be destroyed
// later, but before the network.
#pragma once

#include <flink/types/record_type.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/network.h"
#include "channels/channel.h"
#include "channels/channel_id.h"
#include "channels/frame.h"

namespace flink::channels {

class RemoteWriter;

struct DataPlaneOptions {
  std::string bind_host;        // empty: all interfaces
  std::string advertised_host;  // empty: bind_host
  std::uint16_t port = 0;       // 0: any
  // Both must be equal on both sides.
  std::uint64_t job_high = 0, job_low = 0;
  std::uint64_t epoch = 0;

  std::uint64_t record_bytes_max = 64ull << 20;
  // What a channel's producer may have under way: its own frame, and more out of the shared budget.
  std::int64_t own_bytes = 32 * 1024;
  std::int64_t channel_bytes_max = 512 * 1024;
  std::int64_t floating_bytes = 16 << 20;
};

class DataPlane {
 public:
  // Listens; throws Error when it cannot.
  DataPlane(base::Network& network, DataPlaneOptions options);
  ~DataPlane();
  DataPlane(const DataPlane&) = delete;
  DataPlane& operator=(const DataPlane&) = delete;

  // Where other processes' writers connect to.
  base::Address address() const;

  // The type outlives the ends.
  std::unique_ptr<ChannelReader> open_reader(const ChannelId& id, const RecordType& type);
  std::unique_ptr<ChannelWriter> open_writer(const ChannelId& id, const base::Address& consumer,
                                             const RecordType& type);

  // The reader of a channel of a partition that lies, finished, in the process at `producer`, which
  // is asked to send it. It throws Error{transient} when that process has not got it.
  std::unique_ptr<ChannelReader> fetch(const ChannelId& id, const base::Address& producer,
                                       const RecordType& type);
  // Who answers when others fetch; before any does. On the network's worker.
  using Refuse = std::function<void(const std::string& why)>;  // any thread
  void serve(std::function<void(const Fetch& fetch, Refuse refuse)> fetched,
             std::function<void(const ChannelId& id)> unfetched);
  // For who answers: it can take messages that were serialized before.
  std::unique_ptr<RemoteWriter> open_remote_writer(const ChannelId& id,
                                                   const base::Address& consumer,
                                                   const RecordType& type);

  // Ends that its connections hold now. Any thread but the network's: it waits for that.
  std::size_t open_channels() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
  std::unique_ptr<base::Listener> listener_;
};

}  // namespace flink::channels
