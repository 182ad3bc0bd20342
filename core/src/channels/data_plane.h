// SPDX-License-Identifier: Apache-2.0
// All channels of this process to other processes: one listening port, one connection per pair of
// TaskManagers. Any thread.
#pragma once

#include <flink/record_type.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/network.h"
#include "channels/channel.h"
#include "channels/channel_id.h"

namespace flink::channels {

struct DataPlaneOptions {
  std::string bind_host;
  std::string advertised_host;  // what peers connect to; empty: the bind host
  std::uint16_t port = 0;       // 0: any
  // Of the job and its JobManager's leadership: connections of another are refused.
  std::uint64_t job_high = 0, job_low = 0, epoch = 0;
  std::uint64_t record_bytes_max = 64 << 20;
};

class DataPlane {
 public:
  // Throws Error{resource} when the port is taken.
  DataPlane(base::Network& network, const base::Clock& clock, DataPlaneOptions options);
  ~DataPlane();

  base::Address address() const;
  // Either end may be opened first; a channel end is opened once.
  std::unique_ptr<ChannelReader> open_reader(const ChannelId& id, const RecordType& type);
  std::unique_ptr<ChannelWriter> open_writer(const ChannelId& id, const base::Address& consumer,
                                             const RecordType& type);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace flink::channels
