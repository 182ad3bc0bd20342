// SPDX-License-Identifier: Apache-2.0
// Records, and watermarks among them, that an unaligned barrier overtook: held by reference while
// they are processed, written into the checkpoint by a helper, and replayed before new input after
// a restore.
//   element of a ChannelState = number of records:varint, then RecordType::write()
//                             | 0:varint, milliseconds of a watermark:fixed64
// What was given to every subtask (ChannelState::divide) is dealt out again: hash and custom edges
// by their partitioner, others element by element in turn. Watermarks are not: there, they would
// pass records of another channel that came before them.
#pragma once

#include <flink/types/record_type.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/file_system.h"
#include "channels/barrier_handler.h"
#include "channels/input_gate.h"
#include "graph/job_graph.h"
#include "state/handles.h"

namespace flink::task {

// Where a channel of the gate comes from.
struct ChannelOrigin {
  const graph::JobEdge* edge = nullptr;
  base::OperatorId producer;
  int subtask = -1;  // of the producer
};

struct RecordedChannel {
  ChannelOrigin origin;
  std::vector<std::variant<BatchRef, channels::Watermark>> elements;

  void add(const channels::Element& element);  // or not, if it is of another kind
};

// Filled by the task, then encoded by a helper, then read by the task when `done`. The helper may
// be at it when task and TaskManager are gone already.
struct ChannelRecording {
  std::shared_ptr<const graph::JobGraph> graph;  // of the channels' edges
  std::vector<RecordedChannel> channels;
  std::vector<state::ChannelState> encoded;
  std::uint64_t bytes = 0;
  std::string failure;
  std::atomic<bool> done{false};
  std::atomic<bool> abandoned{false};  // nobody will name the file

  // On the helper. What is more than `inline_bytes_max` lies in a file of that path then.
  void encode(base::FileSystem& files, const std::string& path,
              std::uint64_t inline_bytes_max) noexcept;
};

// The task's fiber only.
class ChannelRecorder {
 public:
  ChannelRecorder(channels::InputGate& gate, channels::BarrierHandler& barriers,
                  std::vector<ChannelOrigin> origins);

  // The unaligned checkpoint was taken: what has arrived and is not processed is part of it.
  void start();
  // Takes in what the recording channels have now. The handler's answer is to be obeyed, then there
  // may be more. Nothing: all is taken in.
  std::optional<channels::BarrierActions> take_in(std::int64_t now);
  std::vector<RecordedChannel> take() { return std::exchange(recording_, {}); }
  void abandon() { recording_.clear(); }
  const std::vector<ChannelOrigin>& origins() const noexcept { return origins_; }

 private:
  channels::BarrierActions take_in(std::size_t channel, std::int64_t now);

  channels::InputGate& gate_;
  channels::BarrierHandler& barriers_;
  std::vector<ChannelOrigin> origins_;
  std::vector<RecordedChannel> recording_;
};

// One batch to replay, or a watermark of that channel of the gate.
struct ReplayElement {
  int input = 0;
  BatchRef batch;
  std::size_t channel = 0;
  std::int64_t watermark = INT64_MIN;
};
// `origins`: of the gate's channels. Throws Error: records of another type, or bytes that are none.
std::deque<ReplayElement> replay_of(const graph::JobGraph& graph, const graph::JobVertex& vertex,
                                    int subtask, const std::vector<ChannelOrigin>& origins,
                                    const std::vector<state::ChannelState>& channels);

}  // namespace flink::task
