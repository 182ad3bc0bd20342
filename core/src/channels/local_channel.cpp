// SPDX-License-Identifier: Apache-2.0
#include "channels/local_channel.h"

#include <flink/check.h>

#include <array>
#include <atomic>
#include <bit>
#include <vector>

#include "channels/announcements.h"
#include "fiber/slot_task.h"

namespace flink::channels {

namespace {

constexpr std::size_t control_room_min = 48;  // beyond the batches

// Single producer, single consumer. A side that must wait says so, then looks again; the other side
// publishes, then looks whether someone waits: one of the two sees the other (sequential
// consistency).
class Ring {
 public:
  explicit Ring(std::size_t batches)
      : batches_max_(batches),
        slots_(std::bit_ceil(batches + control_room_min)),
        mask_(slots_.size() - 1) {
    FLINK_CHECK(batches > 0);
  }

  bool push_some(Element& element) {
    const bool batch = std::holds_alternative<BatchRef>(element);
    const std::size_t limit = batch ? batches_max_ : slots_.size();
    if (tail_.load(std::memory_order_relaxed) - head_seen_ >= limit) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (!has_room(limit) && !look_again(limit)) return false;
    }
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    slots_[tail & mask_] = std::move(element);
    tail_.store(tail + 1, std::memory_order_seq_cst);
    wake(consumer_waits_, consumer_);
    return true;
  }

  std::optional<Element> poll() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head == tail_seen_) {
        // Still raised from an earlier look: whoever pushes next sees it.
        if (!consumer_waits_.load(std::memory_order_relaxed)) {
          consumer_waits_.store(true, std::memory_order_seq_cst);
        }
        tail_seen_ = tail_.load(std::memory_order_seq_cst);
        if (head == tail_seen_) return std::nullopt;
      }
    }
    std::optional<Element> element{std::move(slots_[head & mask_])};
    head_.store(head + 1, std::memory_order_seq_cst);
    // A producer that found no room goes on when half of it is free: a wake-up for each batch would
    // cost more than the batch.
    if (tail_seen_ - head <= batches_max_ / 2 + 1) wake(producer_waits_, producer_);
    return element;
  }

  // Before the consumer's first poll().
  void set_consumer(fiber::Waker waker) { consumer_ = std::move(waker); }

 private:
  bool has_room(std::size_t limit) const {
    return tail_.load(std::memory_order_relaxed) - head_seen_ < limit;
  }
  // The consumer wakes this task when it has made room, unless it has done so just now.
  bool look_again(std::size_t limit) {
    if (!producer_) producer_ = fiber::SlotTask::current()->waker();  // once: it may be read
    producer_waits_.store(true, std::memory_order_seq_cst);
    head_seen_ = head_.load(std::memory_order_seq_cst);
    return has_room(limit);
  }
  static void wake(std::atomic<bool>& waits, const fiber::Waker& waker) {
    if (waits.load(std::memory_order_seq_cst) && waits.exchange(false, std::memory_order_acq_rel)) {
      waker.wake();
    }
  }

  const std::size_t batches_max_;
  std::vector<Element> slots_;
  const std::size_t mask_;
  alignas(64) std::atomic<std::size_t> head_{0};
  std::size_t tail_seen_ = 0;  // consumer's
  alignas(64) std::atomic<std::size_t> tail_{0};
  std::size_t head_seen_ = 0;  // producer's
  alignas(64) std::atomic<bool> consumer_waits_{false};
  std::atomic<bool> producer_waits_{false};
  fiber::Waker consumer_, producer_;  // written before the flag is raised, read after it is seen
};

// Batches on their way back to the producer. Their memory then stays in the caches of the two
// cores, and of one when producer and consumer share a slot.
class Spares {
 public:
  void give(BatchRef batch) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == slots_.size()) return;  // it is freed
    slots_[tail % slots_.size()] = std::move(batch);
    tail_.store(tail + 1, std::memory_order_release);
  }
  BatchRef take() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return nullptr;
    BatchRef batch = std::move(slots_[head % slots_.size()]);
    head_.store(head + 1, std::memory_order_release);
    return batch;
  }

 private:
  std::array<BatchRef, 8> slots_;
  alignas(64) std::atomic<std::size_t> head_{0};  // producer's
  alignas(64) std::atomic<std::size_t> tail_{0};  // consumer's
};

struct LocalChannel {
  explicit LocalChannel(std::size_t batches) : ring(batches) {}
  Ring ring;
  Spares spares;
  Announcements announcements;
};

class LocalWriter final : public ChannelWriter {
 public:
  explicit LocalWriter(std::shared_ptr<LocalChannel> channel) : channel_(std::move(channel)) {}
  bool push_some(Element& element) override { return channel_->ring.push_some(element); }
  void announce(const Barrier& barrier) override { channel_->announcements.tell(barrier); }
  void flush() override {}
  BatchRef take_spare() override { return channel_->spares.take(); }
  std::uint64_t bytes() const override { return 0; }

 private:
  std::shared_ptr<LocalChannel> channel_;
};

class LocalReader final : public ChannelReader {
 public:
  explicit LocalReader(std::shared_ptr<LocalChannel> channel) : channel_(std::move(channel)) {}
  void set_waker(fiber::Waker waker) override {
    channel_->announcements.set_waker(waker);
    channel_->ring.set_consumer(std::move(waker));
  }
  std::optional<Element> poll() override { return channel_->ring.poll(); }
  std::optional<Barrier> poll_announced() override { return channel_->announcements.take(); }
  void give_back(BatchRef batch) override { channel_->spares.give(std::move(batch)); }
  std::uint64_t bytes() const override { return 0; }

 private:
  std::shared_ptr<LocalChannel> channel_;
};

}  // namespace

std::pair<std::unique_ptr<ChannelWriter>, std::unique_ptr<ChannelReader>> make_local_channel(
    std::size_t batches) {
  auto channel = std::make_shared<LocalChannel>(batches);
  return {std::make_unique<LocalWriter>(channel), std::make_unique<LocalReader>(channel)};
}

}  // namespace flink::channels
