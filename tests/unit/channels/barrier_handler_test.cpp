// SPDX-License-Identifier: Apache-2.0
// Channels with random records, barriers, gaps and ends are read in random order; what belongs to
// each checkpoint is compared with what lies before its barrier.
#include "channels/barrier_handler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/random.h"

namespace flink::channels {
namespace {

Barrier make(std::int64_t id, std::uint8_t options = 0) {
  Barrier barrier;
  barrier.checkpoint_id = id;
  barrier.timestamp_millis = id * 100;
  barrier.options = options;
  return barrier;
}

std::vector<std::int64_t> triggered(const BarrierActions& actions) {
  std::vector<std::int64_t> ids;
  for (const auto& trigger : actions.triggers) ids.push_back(trigger.barrier.checkpoint_id);
  return ids;
}
using Ids = std::vector<std::int64_t>;

// A reader of channels that obeys the handler, and the oracle.
class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed) {
    channels_count_ = 1 + random_.below(4);
    options_.exactly_once = !percent(25);
    if (percent(50)) {
      options_.aligned_timeout_millis = static_cast<std::int64_t>(random_.below(3) * 100);
    }
    for (std::size_t c = 0; c < channels_count_; ++c) recordable_.push_back(percent(70));
    always_unaligned_ = percent(30);
    make_channels();
    handler_.emplace(recordable_, options_);
  }

  void run() {
    for (;;) {
      now_ += static_cast<std::int64_t>(random_.below(60));
      if (const auto at = handler_->timeout(); at && now_ >= *at) obey(handler_->timed_out(now_));
      if (percent(5)) abort_one();
      if (percent(30)) announce_one();
      std::vector<std::size_t> readable;
      for (std::size_t c = 0; c < channels_count_; ++c) {
        if (!channels_[c].blocked && channels_[c].next < channels_[c].items.size()) {
          readable.push_back(c);
        }
      }
      if (readable.empty()) break;
      read(readable[random_.below(readable.size())]);
    }
    // Nothing is left behind a blocked channel.
    for (const auto& channel : channels_) REQUIRE(channel.next == channel.items.size());
    check_all_taken();
  }

 private:
  struct Item {
    std::int64_t barrier = -1;  // else a record, or the end
    bool end = false;
    bool told = false;  // announced
  };
  struct Channel {
    std::vector<Item> items;
    std::size_t next = 0;
    bool blocked = false;
    std::size_t records = 0;  // read so far
    // Records before each barrier.
    std::map<std::int64_t, std::size_t> before;
    std::size_t total = 0;
    std::size_t recorded_from = 0;
  };
  static constexpr std::int64_t checkpoints = 12;

  bool percent(std::uint64_t likely) { return random_.below(100) < likely; }

  Barrier barrier_of(std::int64_t id) const {
    return make(id, always_unaligned_ ? Barrier::unaligned : 0);
  }

  // With gaps: a producer that has given a checkpoint up sends no barrier of it.
  void make_channels() {
    for (std::size_t c = 0; c < channels_count_; ++c) {
      Channel channel;
      const auto last = static_cast<std::int64_t>(1 + random_.below(checkpoints * 2));
      for (std::int64_t id = 1; id <= checkpoints && id < last; ++id) {
        for (auto n = random_.below(4); n > 0; --n) channel.items.push_back({});
        const auto records = static_cast<std::size_t>(std::count_if(
            channel.items.begin(), channel.items.end(), [](auto& i) { return i.barrier < 0; }));
        if (percent(10)) {
          skipped_.insert(id);
          continue;
        }
        channel.before[id] = records;
        channel.items.push_back({id});
      }
      channel.items.push_back({});
      channel.total = static_cast<std::size_t>(std::count_if(
          channel.items.begin(), channel.items.end(), [](auto& i) { return i.barrier < 0; }));
      channel.items.push_back({-1, true});
      channels_.push_back(channel);
    }
  }

  void abort_one() {
    const auto id = static_cast<std::int64_t>(1 + random_.below(checkpoints));
    if (!taken_.contains(id)) aborted_.insert(id);
    if (recording_ == id) recording_.reset();
    obey(handler_->aborted(id));
  }

  void announce_one() {
    auto& channel = channels_[random_.below(channels_count_)];
    for (std::size_t i = channel.next; i < channel.items.size(); ++i) {
      Item& item = channel.items[i];
      if (item.barrier < 0 || item.told) continue;
      item.told = true;
      const auto index = static_cast<std::size_t>(&channel - channels_.data());
      obey(handler_->announced(index, barrier_of(item.barrier), now_));
      return;
    }
  }

  void read(std::size_t c) {
    Channel& channel = channels_[c];
    const Item item = channel.items[channel.next++];
    if (item.end) return obey(handler_->ended(c, now_));
    if (item.barrier >= 0) return obey(handler_->barrier(c, barrier_of(item.barrier), now_));
    ++channel.records;
    if (recording_) {
      // Exactly the records before the barrier are recorded.
      const auto upto = records_before(channel, *recording_);
      REQUIRE(handler_->recording(c) == (channel.records <= upto));
    }
  }

  static std::size_t records_before(const Channel& channel, std::int64_t id) {
    const auto found = channel.before.find(id);
    return found == channel.before.end() ? channel.total : found->second;
  }

  void obey(const BarrierActions& actions) {
    if (actions.unblock_all) {
      for (auto& channel : channels_) channel.blocked = false;
    }
    if (actions.block) {
      REQUIRE(options_.exactly_once);
      channels_[*actions.block].blocked = true;
    }
    for (const auto id : actions.given_up) {
      if (recording_ == id) recording_.reset();
    }
    if (actions.recorded) {
      REQUIRE(recording_ == actions.recorded);
      for (const auto& channel : channels_) {
        REQUIRE(channel.records >= records_before(channel, *recording_));
      }
      recording_.reset();
    }
    for (const auto& trigger : actions.triggers) take(trigger);
  }

  void take(const BarrierActions::Trigger& trigger) {
    const auto id = trigger.barrier.checkpoint_id;
    REQUIRE((taken_.empty() || *taken_.rbegin() < id));
    REQUIRE(!aborted_.contains(id));
    taken_.insert(id);
    for (std::size_t c = 0; c < channels_count_; ++c) {
      const auto& channel = channels_[c];
      const auto upto = records_before(channel, id);
      if (trigger.unaligned) {
        if (!recordable_[c]) REQUIRE(channel.records == upto);
        REQUIRE(channel.records <= upto);
      } else if (options_.exactly_once) {
        REQUIRE(channel.records == upto);
      } else {
        REQUIRE(channel.records >= upto);
      }
    }
    if (trigger.unaligned) recording_ = id;
  }

  // Whatever every live channel has brought, and nobody gave up, was taken.
  void check_all_taken() {
    for (std::int64_t id = 1; id <= checkpoints; ++id) {
      const bool any = std::any_of(channels_.begin(), channels_.end(),
                                   [&](const Channel& c) { return c.before.contains(id); });
      if (!any || skipped_.contains(id) || aborted_.contains(id)) continue;
      CAPTURE(id);
      REQUIRE(taken_.contains(id));
    }
    REQUIRE(!recording_);
  }

  base::SeededRandom random_;
  std::size_t channels_count_ = 0;
  BarrierOptions options_;
  std::vector<bool> recordable_;
  bool always_unaligned_ = false;
  std::vector<Channel> channels_;
  std::set<std::int64_t> skipped_, aborted_, taken_;
  std::optional<BarrierHandler> handler_;
  std::optional<std::int64_t> recording_;
  std::int64_t now_ = 0;
};

}  // namespace

TEST_CASE("random channels: each checkpoint holds exactly what lies before its barrier") {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    Model{seed}.run();
  }
}

TEST_CASE("aligned: blocked until the last channel brings the barrier") {
  BarrierHandler handler{{true, true, true}, {}};
  auto actions = handler.barrier(0, make(1), 100);
  CHECK(actions.block == 0);
  CHECK(actions.triggers.empty());
  CHECK(handler.barrier(2, make(1), 110).block == 2);
  CHECK(handler.aligning());
  actions = handler.barrier(1, make(1), 130);
  CHECK(actions.unblock_all);
  CHECK(!actions.block);
  REQUIRE(triggered(actions) == Ids{1});
  CHECK(actions.triggers[0].first_heard_millis == 100);
  CHECK(!handler.aligning());
  CHECK(handler.barrier(1, make(1), 140).empty());  // once
}

TEST_CASE("the end of a channel counts as its barrier") {
  BarrierHandler handler{{true, true}, {}};
  handler.barrier(0, make(3), 0);
  const auto actions = handler.ended(1, 0);
  CHECK(triggered(actions) == Ids{3});
  CHECK(actions.unblock_all);
  CHECK(triggered(handler.barrier(0, make(4), 0)) == Ids{4});
}

TEST_CASE("a newer checkpoint gives the older one up, an abort lets go of it") {
  BarrierHandler handler{{true, true}, {}};
  handler.barrier(0, make(1), 0);
  auto actions = handler.barrier(1, make(2), 0);
  CHECK(actions.given_up == Ids{1});
  CHECK(actions.unblock_all);
  CHECK(actions.block == 1);
  actions = handler.aborted(2);
  CHECK(actions.unblock_all);
  CHECK(actions.given_up == Ids{2});
  CHECK(handler.barrier(0, make(2), 0).empty());
  CHECK(handler.aborted(4).empty());
  CHECK(handler.barrier(0, make(4), 0).empty());
  CHECK(handler.barrier(0, make(5), 0).block == 0);
}

TEST_CASE("started where all channels have ended, or none is") {
  BarrierHandler source{{}, {}};
  CHECK(triggered(source.start(make(1), 0)) == Ids{1});
  CHECK(source.start(make(1), 0).empty());
  BarrierHandler sink{{true}, {}};
  CHECK(sink.start(make(1), 0).triggers.empty());  // the end is still under way
  CHECK(triggered(sink.ended(0, 0)) == Ids{1});
}

TEST_CASE("unaligned: taken at once, recording until each barrier") {
  BarrierHandler handler{{true, true}, {}};
  const auto unaligned = make(1, Barrier::unaligned);
  auto actions = handler.announced(0, unaligned, 0);
  REQUIRE(triggered(actions) == Ids{1});
  CHECK(actions.triggers[0].unaligned);
  CHECK(handler.recording(0));
  CHECK(handler.barrier(0, unaligned, 0).empty());
  CHECK(!handler.recording(0));
  CHECK(handler.recording(1));
  CHECK(handler.barrier(1, unaligned, 0).recorded == 1);
  CHECK(!handler.recording_any());
}

TEST_CASE("aligned with timeout turns unaligned in time; savepoints never do") {
  BarrierHandler handler{{true, true, false}, {.aligned_timeout_millis = 50}};
  handler.barrier(0, make(1), 110);
  REQUIRE(handler.timeout() == 150);
  CHECK(handler.timed_out(150).empty());  // channel 2 must be waited for
  CHECK(!handler.timeout());
  const auto actions = handler.barrier(2, make(1), 160);
  REQUIRE(triggered(actions) == Ids{1});
  CHECK(actions.triggers[0].unaligned);
  CHECK((actions.triggers[0].barrier.options & Barrier::unaligned) != 0);
  CHECK(actions.unblock_all);
  CHECK(handler.recording(1));
  handler.barrier(1, make(1), 170);
  handler.barrier(0, make(2, Barrier::savepoint), 1000);
  CHECK(!handler.timeout());
}

TEST_CASE("at least once: nothing is blocked, several are under way") {
  BarrierHandler handler{{true, true}, {.exactly_once = false}};
  CHECK(handler.barrier(0, make(1), 0).empty());
  CHECK(handler.barrier(0, make(2), 0).empty());
  CHECK(triggered(handler.barrier(1, make(1), 0)) == Ids{1});
  CHECK(handler.barrier(0, make(3), 0).empty());
  const auto actions = handler.barrier(1, make(3), 0);
  CHECK(triggered(actions) == Ids{3});
  CHECK(actions.given_up == Ids{2});
}

}  // namespace flink::channels
