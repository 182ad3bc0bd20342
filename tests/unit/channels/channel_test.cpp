// SPDX-License-Identifier: Apache-2.0
// What both kinds of channel promise, on random loads: order, nothing lost or doubled, whatever the
// sizes, the budgets and the speeds.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "channel_fixture.h"
#include "channels/input_gate.h"

using namespace flink;
using namespace flink::channels;
using namespace flink::channels::test;
using fiber::SlotTask;

namespace {

// What the k-th element of a channel is, known to both ends.
class Script {
 public:
  Script(std::uint64_t seed, std::int64_t records) : random_(seed), left_(records) {}

  Element next() {
    if (left_ == 0) return EndOfPartition{};
    switch (random_.below(12)) {
      case 0:
        return Watermark{static_cast<std::int64_t>(random_.below(1'000'000))};
      case 1:
        return WatermarkStatus{random_.below(2) == 0};
      case 2:
        return Barrier{static_cast<std::int64_t>(random_.below(1000)), 5, 1};
      default:
        break;
    }
    auto count = static_cast<std::int64_t>(1 + random_.below(random_.below(4) == 0 ? 1500 : 20));
    if (count > left_) count = left_;
    left_ -= count;
    const auto pad = random_.below(20) == 0 ? random_.below(200'000) / static_cast<unsigned>(count)
                                            : random_.below(40);
    auto batch = make_batch(number_, static_cast<std::size_t>(count),
                            std::string(pad, static_cast<char>('a' + number_ % 26)));
    if (random_.below(2) == 0) {
      const auto stamps = static_cast<RecordBatch<Numbered>&>(*batch).stamp_all();
      for (std::int64_t i = 0; i < count; ++i) stamps[static_cast<std::size_t>(i)] = number_ + i;
    }
    number_ += count;
    return batch;
  }

 private:
  base::SeededRandom random_;
  std::int64_t left_;
  std::int64_t number_ = 0;
};

void write_all(ChannelWriter& writer, std::uint64_t seed, std::int64_t records) {
  Script script{seed, records};
  base::SeededRandom pace{seed + 1};
  for (;;) {
    auto element = script.next();
    const bool end = std::holds_alternative<EndOfPartition>(element);
    writer.push(std::move(element));
    if (end) return;
    if (pace.below(4) == 0) SlotTask::current()->yield();
    // A batch that came back is whole, empty and ours alone: filling it disturbs nobody.
    if (BatchRef spare = writer.take_spare()) {
      if (!spare->unique() || spare->size() != 0 || spare->stamped()) {
        FAIL("a spare batch of ", spare->size(), " records");
      }
      static_cast<RecordBatch<Numbered>&>(*spare).emplace();
    }
  }
}

// Compares with the script record by record: the network may cut batches elsewhere.
class Checker {
 public:
  Checker(std::uint64_t seed, std::int64_t records) : script_(seed, records) {}

  // False: the end.
  bool take(Element& got) {
    if (auto* batch = std::get_if<BatchRef>(&got)) {
      auto& records = static_cast<RecordBatch<Numbered>&>(**batch);
      REQUIRE(records.size() > 0);
      for (std::size_t i = 0; i < records.size(); ++i) take_record(records, i);
      return true;
    }
    REQUIRE(at_ == expected_size());
    auto expected = script_.next();
    REQUIRE(expected.index() == got.index());
    if (auto* watermark = std::get_if<Watermark>(&got)) {
      CHECK(watermark->millis == std::get<Watermark>(expected).millis);
    } else if (auto* status = std::get_if<WatermarkStatus>(&got)) {
      CHECK(status->idle == std::get<WatermarkStatus>(expected).idle);
    } else if (auto* barrier = std::get_if<Barrier>(&got)) {
      CHECK(barrier->checkpoint_id == std::get<Barrier>(expected).checkpoint_id);
    }
    return !std::holds_alternative<EndOfPartition>(got);
  }

 private:
  std::size_t expected_size() const { return expected_ ? expected_->size() : 0; }
  void take_record(const RecordBatch<Numbered>& records, std::size_t i) {
    if (at_ == expected_size()) {
      auto element = script_.next();
      REQUIRE(std::holds_alternative<BatchRef>(element));
      expected_ = std::get<BatchRef>(std::move(element));
      at_ = 0;
    }
    const auto& expected = static_cast<const RecordBatch<Numbered>&>(*expected_);
    if (records[i].number != expected[at_].number || records[i].pad != expected[at_].pad) {
      FAIL("record ", records[i].number, " instead of ", expected[at_].number);
    }
    REQUIRE(records.stamped() == expected.stamped());
    if (records.stamped()) {
      if (records.timestamps()[i] != expected.timestamps()[at_])
        FAIL("timestamp of ", records[i].number);
    }
    ++at_;
  }

  Script script_;
  BatchRef expected_;
  std::size_t at_ = 0;
};

void read_all(ChannelReader& reader, std::uint64_t seed, std::int64_t records) {
  Checker checker{seed, records};
  base::SeededRandom pace{seed + 2};
  reader.set_waker(SlotTask::current()->waker());
  for (;;) {
    auto element = next(reader);
    if (!checker.take(element)) return;
    if (auto* batch = std::get_if<BatchRef>(&element); batch != nullptr && (*batch)->unique()) {
      (*batch)->clear();
      reader.give_back(std::move(*batch));
    }
    if (pace.below(8) == 0) SlotTask::current()->yield();
    if (pace.below(100) == 0) {
      const auto pause = std::chrono::microseconds{pace.below(300)};
      SlotTask::current()->sleep_until(SlotTask::current()->slot().clock().now() + pause);
    }
  }
}

struct Row {
  const char* name;
  int processes;
  std::size_t local_batches;
  std::int64_t own, channel_max, floating;
};
const Row rows[] = {
    {"local", 1, 8, 1, 1, 0},
    {"local, one batch", 1, 1, 1, 1, 0},
    {"remote", 2, 8, 32 * 1024, 512 * 1024, 16 << 20},
    {"remote, a byte of credit", 2, 8, 1, 1, 0},
    {"remote, tiny budget", 2, 8, 100, 5000, 10'000},
};

}  // namespace

TEST_CASE("many channels at once keep their elements and their order") {
  for (const auto& row : rows) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      CAPTURE(row.name);
      CAPTURE(seed);
      ClusterOptions options;
      options.processes = row.processes;
      options.slots = 2;
      options.local_batches = row.local_batches;
      options.plane.own_bytes = row.own;
      options.plane.channel_bytes_max = row.channel_max;
      options.plane.floating_bytes = row.floating;
      base::SeededRandom random{seed};
      Cluster cluster{options};
      const auto channels = 1 + random.below(12);
      const auto records = static_cast<std::int64_t>(random.below(6000));
      std::vector<Channel> ends;
      std::vector<std::unique_ptr<TestTask>> tasks;
      for (std::size_t c = 0; c < channels; ++c) {
        const int from = static_cast<int>(random.below(static_cast<unsigned>(row.processes)));
        ends.push_back(cluster.connect(from, row.processes - 1 - from));
      }
      for (std::size_t c = 0; c < channels; ++c) {
        tasks.push_back(std::make_unique<TestTask>(
            cluster.slot(0, static_cast<int>(random.below(2))), 0,
            [&, c] { write_all(*ends[c].writer, seed * 100 + c, records); }));
        tasks.push_back(std::make_unique<TestTask>(
            cluster.slot(row.processes - 1, static_cast<int>(random.below(2))), 1,
            [&, c] { read_all(*ends[c].reader, seed * 100 + c, records); }));
      }
      cluster.start();
      for (auto& task : tasks) task->join();
    }
  }
}

TEST_CASE("a barrier is announced past a full channel, whose rest then comes piecemeal") {
  for (const int processes : {1, 2}) {
    CAPTURE(processes);
    ClusterOptions options;
    options.processes = processes;
    options.slots = 2;
    Cluster cluster{options};
    auto channel = cluster.connect(0, processes - 1);
    std::int64_t sent = 0, received = 0;
    TestTask writer{cluster.slot(0, 0), 0, [&] {
                      Element element{make_batch(sent++, 1, std::string(100'000, 'x'))};
                      while (channel.writer->push_some(element)) {
                        element = make_batch(sent++, 1, std::string(100'000, 'x'));
                      }
                      channel.writer->announce({7, 1, Barrier::unaligned, "somewhere"});
                      channel.writer->push(std::move(element));
                      channel.writer->push(Barrier{7, 1, Barrier::unaligned, "somewhere"});
                      channel.writer->push(EndOfPartition{});
                    }};
    TestTask reader{cluster.slot(processes - 1, 1), 1, [&] {
                      channel.reader->set_waker(SlotTask::current()->waker());
                      std::optional<Barrier> announced;
                      while (!(announced = channel.reader->poll_announced())) {
                        SlotTask::current()->suspend(fiber::Wait::input);
                      }
                      CHECK(announced->checkpoint_id == 7);
                      CHECK(announced->directory == "somewhere");
                      for (;; ++received) {
                        const auto element = next(*channel.reader);
                        if (std::holds_alternative<Barrier>(element)) break;
                        const auto* batch = std::get_if<BatchRef>(&element);
                        REQUIRE(batch != nullptr);
                        CHECK(static_cast<RecordBatch<Numbered>&>(**batch)[0].number == received);
                      }
                    }};
    cluster.start();
    writer.join();
    reader.join();
    CHECK(sent == received);
  }
}

TEST_CASE("a gate takes from all its channels, and not from blocked ones") {
  for (const int processes : {1, 2}) {
    CAPTURE(processes);
    ClusterOptions options;
    options.processes = processes;
    Cluster cluster{options};
    constexpr std::size_t channels = 5;
    constexpr std::int64_t records = 2000;
    std::vector<std::unique_ptr<ChannelWriter>> writers;
    std::vector<std::unique_ptr<ChannelReader>> readers;
    for (std::size_t c = 0; c < channels; ++c) {
      auto channel = cluster.connect(0, processes - 1);
      writers.push_back(std::move(channel.writer));
      readers.push_back(std::move(channel.reader));
    }
    std::vector<std::unique_ptr<TestTask>> tasks;
    for (std::size_t c = 0; c < channels; ++c) {
      tasks.push_back(std::make_unique<TestTask>(cluster.slot(0, 0), 0,
                                                 [&, c] { write_all(*writers[c], c, records); }));
    }
    tasks.push_back(std::make_unique<TestTask>(cluster.slot(processes - 1, 0), 1, [&] {
      InputGate gate{std::move(readers)};
      gate.set_waker(SlotTask::current()->waker());
      std::vector<Checker> checkers;
      for (std::size_t c = 0; c < channels; ++c) checkers.emplace_back(c, records);
      std::vector<bool> blocked(channels, false);
      std::size_t open = channels, blocked_count = 0;
      while (open > 0) {
        auto got = gate.poll();
        if (!got) {
          // Everything is empty, or only blocked ones have something.
          if (blocked_count > 0) {
            gate.unblock_all();
            blocked.assign(channels, false);
            blocked_count = 0;
          } else {
            SlotTask::current()->suspend(fiber::Wait::input);
          }
          continue;
        }
        CHECK_FALSE(blocked[got->channel]);
        const bool barrier = std::holds_alternative<Barrier>(got->element);
        if (!checkers[got->channel].take(got->element)) --open;
        if (barrier) {
          gate.block(got->channel);
          blocked[got->channel] = true;
          ++blocked_count;
        }
      }
      CHECK_FALSE(gate.poll());
    }));
    cluster.start();
    for (auto& task : tasks) task->join();
  }
}

TEST_CASE("bounded: a producer waits for a consumer that does not read") {
  for (const int processes : {1, 2}) {
    CAPTURE(processes);
    ClusterOptions options;
    options.processes = processes;
    options.local_batches = 4;
    options.plane.channel_bytes_max = 64 * 1024;
    Cluster cluster{options};
    auto channel = cluster.connect(0, processes - 1);
    std::atomic<int> pushed{0};
    TestTask producer{cluster.slot(0, 0), 0, [&] {
                        for (;;) {
                          channel.writer->push(Element{make_batch(0, 100, std::string(100, 'x'))});
                          ++pushed;
                        }
                      }};
    cluster.start();
    while (producer.task().times().waiting_output == base::Duration{0}) std::this_thread::yield();
    // About 12 KB each: 32 KB and a frame, or four.
    if (processes == 1) CHECK(pushed <= 4);
    producer.task().cancel();
    producer.join();
    CHECK(producer.cancelled());
    CHECK(pushed < 10);
  }
}

TEST_CASE("whatever a consumer wants, and however that changes, batches of all sizes get through") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    ClusterOptions options;
    options.processes = seed % 4 == 0 ? 1 : 2;
    options.slots = 2;
    base::SeededRandom random{seed};
    if (random.below(2) == 0) options.plane.own_bytes = 1, options.plane.floating_bytes = 0;
    Cluster cluster{options};
    auto channel = cluster.connect(0, options.processes - 1);
    constexpr std::int64_t records = 3000;
    TestTask writer{cluster.slot(0, 0), 0, [&] { write_all(*channel.writer, seed, records); }};
    TestTask reader{cluster.slot(options.processes - 1, 1), 1, [&] {
                      channel.reader->set_waker(SlotTask::current()->waker());
                      Checker checker{seed, records};
                      for (;;) {
                        auto element = next(*channel.reader);
                        if (!checker.take(element)) return;
                        if (random.below(3) == 0) channel.reader->want(1ull << random.below(12));
                        if (random.below(10) == 0) channel.reader->want(1 + random.below(5));
                        if (random.below(20) == 0) channel.reader->want(SIZE_MAX);
                      }
                    }};
    cluster.start();
    writer.join();
    reader.join();
  }
}
