// SPDX-License-Identifier: Apache-2.0
// The end of a chain: splits batches over the channels of one exchange. Records gather in one open
// batch a channel until it is full (by number or bytes, sooner when its consumer is slow), until
// flush(), or until the buffer timeout. Control elements first flush all. Owns the open batches;
// runs on the task's fiber; every emit may suspend.
#pragma once

#include <flink/graph/operator.h>
#include <flink/graph/partitioner.h>
#include <flink/types/record_type.h>

#include <deque>
#include <memory>
#include <vector>

#include "base/random.h"
#include "channels/channel.h"
#include "graph/job_graph.h"
#include "task/task_counters.h"

namespace flink::task {

// What a writer does when there is no room.
class RoomWait {
 public:
  virtual ~RoomWait() = default;
  // Suspends until there may be room. False: it must not wait, what there is no room for is kept.
  // `full`: enough is kept already.
  virtual bool wait_for_room(bool full) = 0;
};

class ExchangeWriter final : public Output, private ChannelBatches {
 public:
  struct Setup {
    const graph::JobEdge* edge = nullptr;
    int subtask = 0;             // of the producer
    int target_parallelism = 1;  // consumers in all, not only this one's
    int max_parallelism = 128;   // of the consumer: key groups
    std::uint64_t seed = 0;      // shuffle
    TaskCounters* counters = nullptr;
    RoomWait* room = nullptr;
    bool announce_barriers = false;  // unaligned checkpoints are possible
    std::vector<std::unique_ptr<channels::ChannelWriter>> channels;  // in channel order
  };
  explicit ExchangeWriter(Setup setup);
  ~ExchangeWriter() override;

  void emit(BatchRef& batch) override;
  void emit_watermark(Timestamp watermark) override;
  void emit_idle(bool idle) override;

  void flush_all();
  // To every channel, behind all records emitted so far.
  void broadcast(const channels::Element& element);
  // As broadcast(), and ahead of records that have not been taken yet the consumers are told.
  void send_barrier(const channels::Barrier& barrier);
  bool pending() const noexcept { return pending_; }
  // From now on records are dropped: the task has failed.
  void discard() noexcept { discarding_ = true; }
  // Elements of one channel that are kept before its operator waits after all.
  static constexpr std::size_t overflow_max = 128;
  static constexpr std::size_t overflow_bytes_max = 4 * Batch::bytes_max;
  // What was kept aside for want of room. Nothing may be emitted until it is gone.
  bool overflowing() const noexcept { return overflowing_ > 0; }
  // Sends what there is room for; never waits. True: nothing is left.
  bool send_overflow();

 private:
  void flush(int channel) override;
  void send(int channel, channels::Element element);
  void send_slowly(std::size_t channel, channels::Element element);
  bool send_overflow_of(std::size_t channel);
  bool overflow_full(std::size_t channel) const;
  BatchRef spare_of(int channel, std::size_t capacity);
  // How many records a batch of that channel may have now.
  std::size_t records_max(int channel) const;
  void gathered(const Batch& batch);
  void count_bytes();
  void look_over();
  std::size_t bytes_of(const Batch& batch) const;
  void emit_to_one(BatchRef& batch, int channel);
  void emit_to_all(BatchRef& batch);
  void spread(Batch& batch, bool sole_owner);

  const RecordType& type_;
  const bool flat_;
  ShipStrategy strategy_;
  TaskCounters& counters_;
  std::vector<std::unique_ptr<channels::ChannelWriter>> writers_;
  std::vector<BatchRef> open_batches_;
  std::unique_ptr<Partitioner> partitioner_;  // hash, custom
  std::vector<std::uint16_t> channel_of_record_;
  base::SeededRandom random_;
  int next_ = 0;  // round robin
  bool pending_ = false;
  bool discarding_ = false;
  unsigned emits_ = 0;
  // Of what was emitted since the open batches were looked over; not of flat records.
  std::size_t gathered_records_ = 0, gathered_bytes_ = 0;
  std::size_t record_bytes_ = 0;  // about, of late
  std::uint64_t counted_bytes_ = 0;
  RoomWait& room_;
  const bool announce_barriers_;
  std::vector<std::deque<channels::Element>> overflow_;  // by channel, in order
  std::vector<std::size_t> overflow_bytes_;
  std::size_t overflowing_ = 0;  // elements in them
};

}  // namespace flink::task
