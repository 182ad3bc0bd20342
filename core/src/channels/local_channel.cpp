// SPDX-License-Identifier: Apache-2.0
#include "channels/local_channel.h"

#include <flink/base/check.h>

#include <array>
#include <atomic>
#include <bit>
#include <vector>

#include "channels/announcements.h"
#include "fiber/slot_task.h"

namespace flink::channels {

namespace {

constexpr std::size_t control_room_min = 48;  // beyond the batches

// What the batches of one ring take of the bytes that it shares: the producer takes, the consumer
// gives back.
class SharedBytes {
 public:
  explicit SharedBytes(std::shared_ptr<FloatingBudget> budget) : budget_(std::move(budget)) {}
  ~SharedBytes() {
    if (budget_) budget_->give_back(taken_.load(std::memory_order_relaxed));
  }
  SharedBytes(const SharedBytes&) = delete;
  SharedBytes& operator=(const SharedBytes&) = delete;

  bool take(std::int64_t bytes) {
    if (!budget_ || !budget_->take(bytes)) return false;
    taken_.fetch_add(bytes, std::memory_order_relaxed);
    return true;
  }
  void give_back(std::int64_t bytes) {
    taken_.fetch_sub(bytes, std::memory_order_relaxed);
    budget_->give_back(bytes);
  }

 private:
  std::shared_ptr<FloatingBudget> budget_;
  std::atomic<std::int64_t> taken_{0};
};

// Single producer, single consumer. A side that must wait says so, then looks again; the other side
// publishes, then looks whether someone waits: one of the two sees the other (sequential
// consistency). Who waits for shared bytes is woken by its own consumer: its ring is not empty
// then.
class Ring {
 public:
  explicit Ring(const LocalChannelOptions& options)
      : batches_max_(options.batches),
        slots_(std::bit_ceil(options.batches + control_room_min)),
        mask_(slots_.size() - 1),
        own_bytes_(options.own_bytes),
        shared_(options.shared) {
    FLINK_CHECK(options.batches > 0);
  }

  bool push_some(Element& element) {
    const auto* batch = std::get_if<BatchRef>(&element);
    if (!take_room(batch) && !look_again(batch)) return false;
    if (batch != nullptr) {
      records_pushed_ += (*batch)->size();
      if (bytes_from_ == From::own) own_pushed_ += bytes_of(*batch);
    }
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    slots_[tail & mask_] = {std::move(element), bytes_from_};
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
    Slot& slot = slots_[head & mask_];
    std::optional<Element> element{std::move(slot.element)};
    if (const auto* batch = std::get_if<BatchRef>(&*element)) {
      if (slot.bytes_from == From::own) add(own_polled_, bytes_of(*batch));
      if (slot.bytes_from == From::shared) shared_.give_back(bytes_of(*batch));
      add(records_polled_, (*batch)->size());
    }
    head_.store(head + 1, std::memory_order_seq_cst);
    // A producer that found no room goes on when half of it is free: a wake-up for each batch would
    // cost more than the batch.
    if (tail_seen_ - head <= batches_max_ / 2 + 1) wake(producer_waits_, producer_);
    return element;
  }

  // Before the consumer's first poll().
  void set_consumer(fiber::Waker waker) { consumer_ = std::move(waker); }
  void want(std::size_t records) { wanted_.store(records, std::memory_order_relaxed); }
  std::size_t wanted() const { return wanted_.load(std::memory_order_relaxed); }

 private:
  // Whose bytes a batch takes.
  enum class From : std::uint8_t { nowhere, own, shared };
  struct Slot {
    Element element;
    From bytes_from{};
  };
  static std::int64_t bytes_of(const BatchRef& batch) {
    return static_cast<std::int64_t>(batch->bytes);
  }
  // By the only thread that writes it.
  template <class Number>
  static void add(std::atomic<Number>& sum, Number more) {
    sum.store(sum.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }

  // True: it may be pushed now, and bytes_from_ says whose bytes it takes. The consumer only makes
  // room, so what sufficed when the producer looked last does: its cache line is left alone then.
  bool take_room(const BatchRef* batch) {
    if (fits(batch)) return true;
    see_consumer(std::memory_order_acquire);
    if (fits(batch)) return true;
    if (batch == nullptr || under_way() >= batches_max_) return false;
    const bool empty = under_way() == 0;
    if (!empty && !is_wanted(**batch)) return false;
    bytes_from_ = shared_.take(bytes_of(*batch)) ? From::shared : From::nowhere;
    return bytes_from_ == From::shared || empty;
  }
  bool fits(const BatchRef* batch) {
    if (batch == nullptr) return under_way() < slots_.size();
    bytes_from_ = From::own;
    return under_way() < batches_max_ && is_wanted(**batch) &&
           own_pushed_ - own_polled_seen_ + bytes_of(*batch) <= own_bytes_;
  }
  // As far as the producer has seen.
  std::size_t under_way() const { return tail_.load(std::memory_order_relaxed) - head_seen_; }
  bool is_wanted(const Batch& batch) const {
    return records_pushed_ - records_polled_seen_ + batch.size() <= wanted();
  }
  void see_consumer(std::memory_order order) {
    head_seen_ = head_.load(order);
    records_polled_seen_ = records_polled_.load(std::memory_order_relaxed);
    own_polled_seen_ = own_polled_.load(std::memory_order_relaxed);
  }
  // The consumer wakes this task when it has made room, unless it has done so just now.
  bool look_again(const BatchRef* batch) {
    if (!producer_) producer_ = fiber::SlotTask::current()->waker();  // once: it may be read
    producer_waits_.store(true, std::memory_order_seq_cst);
    see_consumer(std::memory_order_seq_cst);
    return take_room(batch);
  }
  static void wake(std::atomic<bool>& waits, const fiber::Waker& waker) {
    if (waits.load(std::memory_order_seq_cst) && waits.exchange(false, std::memory_order_acq_rel)) {
      waker.wake();
    }
  }

  const std::size_t batches_max_;
  std::vector<Slot> slots_;
  const std::size_t mask_;
  const std::int64_t own_bytes_;
  SharedBytes shared_;
  alignas(64) std::atomic<std::size_t> wanted_{wanted_at_first};  // records, as the consumer says
  // The consumer's.
  alignas(64) std::atomic<std::size_t> head_{0};
  std::atomic<std::size_t> records_polled_{0};
  std::atomic<std::int64_t> own_polled_{0};  // bytes, of the ring's own
  std::size_t tail_seen_ = 0;
  // The producer's.
  alignas(64) std::atomic<std::size_t> tail_{0};
  std::size_t records_pushed_ = 0;
  std::int64_t own_pushed_ = 0;
  std::size_t head_seen_ = 0, records_polled_seen_ = 0;
  std::int64_t own_polled_seen_ = 0;
  From bytes_from_{};  // of the element being pushed
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
  explicit LocalChannel(const LocalChannelOptions& options) : ring(options) {}
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
  std::size_t wanted() const override { return channel_->ring.wanted(); }
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
  void want(std::size_t records) override { channel_->ring.want(records); }
  std::uint64_t bytes() const override { return 0; }

 private:
  std::shared_ptr<LocalChannel> channel_;
};

}  // namespace

std::pair<std::unique_ptr<ChannelWriter>, std::unique_ptr<ChannelReader>> make_local_channel(
    const LocalChannelOptions& options) {
  auto channel = std::make_shared<LocalChannel>(options);
  return {std::make_unique<LocalWriter>(channel), std::make_unique<LocalReader>(channel)};
}

}  // namespace flink::channels
