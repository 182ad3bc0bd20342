// SPDX-License-Identifier: Apache-2.0
// What batches promise: timestamps for all records or for none, views that stay valid, bytes that
// stay bounded.
#include <doctest/doctest.h>
#include <flink/collector.h>
#include <flink/types/record_type.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "unit/test_turn.h"

namespace flink {
namespace {

struct Wide {
  std::int64_t number = 0;
  std::string text;
};
std::int64_t number_of(std::int64_t record) { return record; }
std::int64_t number_of(const Wide& record) { return record.number; }
template <class T>
T record_of(std::int64_t number) {
  if constexpr (std::is_same_v<T, std::int64_t>) {
    return number;
  } else {
    return {number, std::string(static_cast<std::size_t>(number % 40), 'x')};
  }
}

// A record and its timestamp, as they went in or came out.
using Stamped = std::pair<std::int64_t, std::int64_t>;

template <class T>
void read(const Batch& batch, std::vector<Stamped>& to) {
  batch.check_timestamps();
  const auto& records = static_cast<const RecordBatch<T>&>(batch);
  for (std::size_t i = 0; i < records.size(); ++i) {
    to.emplace_back(number_of(records[i]), batch.stamped() ? batch.timestamps()[i] : no_timestamp);
  }
}

// Some take the batch, some give it back.
template <class T>
struct Reader final : Output {
  std::mt19937* random = nullptr;
  std::vector<Stamped> seen;
  void emit(BatchRef& batch) override {
    read<T>(*batch, seen);
    if ((*random)() % 2 == 0) batch = nullptr;
  }
  void emit_watermark(Timestamp) override {}
  void emit_idle(bool) override {}
};

template <class T>
struct Channels final : ChannelBatches {
  std::vector<BatchRef> batches;
  std::vector<std::vector<Stamped>> seen;
  Channels(int channels, std::size_t capacity) : seen(static_cast<std::size_t>(channels)) {
    count = channels;
    max_parallelism = 128;
    for (int c = 0; c < channels; ++c) batches.push_back(make_ref<RecordBatch<T>>(capacity));
    open = batches.data();
  }
  void flush(int channel) override {
    auto& batch = batches[static_cast<std::size_t>(channel)];
    read<T>(*batch, seen[static_cast<std::size_t>(channel)]);
    batch->clear();
  }
};

// A batch that is stamped, is not, or holds some of both.
template <class T>
BatchRef random_batch(std::mt19937& random, std::int64_t& next, std::vector<Stamped>& sent) {
  const int kind = static_cast<int>(random() % 3);
  auto batch = make_ref<RecordBatch<T>>(1 + random() % 8);
  for (std::size_t i = 0, count = 1 + random() % 12; i < count; ++i) {
    const std::int64_t at = kind == 0 || (kind == 1 && random() % 2 == 0) ? no_timestamp : 7 * next;
    batch->emplace(record_of<T>(next));
    batch->stamp(at);
    sent.emplace_back(next++, at);
  }
  return BatchRef{batch.release()};
}

template <class T>
void check_exchange(unsigned seed) {
  std::mt19937 random{seed};
  const int count = 1 + static_cast<int>(random() % 3) + (random() % 8 == 0 ? 40 : 0);
  Channels<T> channels{count, 1 + random() % 20};
  const RecordType& type = record_type<T>();
  std::vector<std::vector<Stamped>> expected(static_cast<std::size_t>(count));
  std::int64_t next = 0;
  for (int b = 0; b < 60; ++b) {
    std::vector<Stamped> sent;
    BatchRef batch = random_batch<T>(random, next, sent);
    if (random() % 4 == 0) {  // over the network
      std::string bytes;
      ByteWriter out{bytes};
      REQUIRE(type.write(*batch, 0, SIZE_MAX, out) == sent.size());
      out.finish();
      ByteReader in{bytes};
      batch = type.read(in, sent.size(), nullptr);
    }
    if (random() % 4 == 0) batch = type.slice(*batch, 0, batch->size(), random() % 2 == 0);
    std::vector<std::uint16_t> channel_of;
    for (const auto& record : sent) {
      const auto channel = static_cast<std::uint16_t>(random() % static_cast<unsigned>(count));
      channel_of.push_back(channel);
      expected[channel].push_back(record);
    }
    if (random() % 4 == 0) {
      for (std::size_t i = 0; i < sent.size(); ++i) {
        type.append(*channels.batches[channel_of[i]], *batch, i, random() % 2 == 0);
      }
    } else {
      type.scatter(*batch, random() % 2 == 0, channel_of.data(), channels);
    }
    if (random() % 8 == 0)
      channels.flush(static_cast<int>(random() % static_cast<unsigned>(count)));
  }
  for (int c = 0; c < count; ++c) channels.flush(c);
  CHECK(channels.seen == expected);
}

template <class T>
void check_collector(unsigned seed) {
  std::mt19937 random{seed};
  Reader<T> reader;
  reader.random = &random;
  Collector<T> out{reader};
  std::vector<Stamped> sent;
  std::int64_t next = 0;
  for (int step = 0; step < 200; ++step) {
    const bool stamped = random() % 2 == 0;
    switch (random() % 4) {
      case 0: {
        out.clear_timestamp();
        const std::size_t count = 1 + random() % 5;
        T* const place = out.room(count);
        for (std::size_t i = 0; i < count; ++i) {
          ::new (static_cast<void*>(place + i)) T(record_of<T>(next));
          sent.emplace_back(next++, no_timestamp);
        }
        out.commit(count);
        break;
      }
      case 1:
        if (random() % 4 == 0) out.flush();
        break;
      default: {
        const std::int64_t at = random() % 5 == 0 ? no_timestamp : 3 * next;
        if (stamped) {
          out.set_timestamp(at);
        } else {
          out.clear_timestamp();
        }
        for (std::size_t i = 0, count = 1 + random() % 40; i < count; ++i) {
          out.collect(record_of<T>(next));
          sent.emplace_back(next++, stamped ? at : no_timestamp);
        }
      }
    }
  }
  out.end();
  CHECK(reader.seen == sent);
}

// Keeps the batches, as a channel does.
struct Keeper final : Output {
  std::vector<BatchRef> batches;
  void emit(BatchRef& batch) override { batches.push_back(std::move(batch)); }
  void emit_watermark(Timestamp) override {}
  void emit_idle(bool) override {}
};

// A call that turns slow at record `slow_at`: how many more are collected before somebody looks up.
template <class T>
std::size_t collected_late(std::size_t slow_at) {
  Keeper keeper;
  TestTurn turn;
  Collector<T> out;
  out.bind(keeper, turn);
  for (std::size_t i = 0; i < slow_at; ++i) out.collect(record_of<T>(static_cast<int>(i)));
  turn.flag.store(true);
  std::size_t late = 0;
  for (; turn.looked == 0; ++late) {
    REQUIRE(late < 2000);
    out.collect(record_of<T>(0));
  }
  out.end();
  return late;
}

struct TwoViews {
  std::string_view first, second;
};

}  // namespace

TEST_CASE("batches: a record keeps its timestamp, or that it has none, among others") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    check_exchange<std::int64_t>(seed);
    check_exchange<Wide>(seed);
    check_collector<std::int64_t>(seed);
    check_collector<Wide>(seed);
  }
}

TEST_CASE("arena: all that was copied for a record lives as long as its batch") {
  for (const std::size_t size : {10u, 3000u, 20000u, 40000u, 70000u}) {
    CAPTURE(size);
    Keeper keeper;
    Collector<TwoViews> out{keeper};
    constexpr int records = 300;
    for (int i = 0; i < records; ++i) {
      const std::string first(size, static_cast<char>('a' + i % 26));
      const std::string second(size / 2, static_cast<char>('A' + i % 26));
      const auto kept = out.arena().copy(first);
      out.collect({kept, out.arena().copy(second)});
    }
    out.end();
    int i = 0;
    for (const auto& batch : keeper.batches) {
      for (const auto& record : static_cast<const RecordBatch<TwoViews>&>(*batch).records()) {
        REQUIRE(record.first == std::string(size, static_cast<char>('a' + i % 26)));
        REQUIRE(record.second == std::string(size / 2, static_cast<char>('A' + i % 26)));
        ++i;
      }
    }
    CHECK(i == records);
  }
}

TEST_CASE("arena: a copy lives in all batches that its call's records come into") {
  for (const std::size_t size : {3u, 100u, 30'000u, 100'000u}) {
    CAPTURE(size);
    Keeper keeper;
    Collector<TwoViews> out{keeper};
    RecordBatch<std::int64_t> input;
    constexpr int calls = 40, records = 150;
    for (int call = 0; call < calls; ++call) {
      if (call % 10 == 0) out.begin(input);
      out.begin_call();
      const auto shared = out.arena().copy(std::string(size, static_cast<char>('a' + call % 26)));
      for (int i = 0; i < records; ++i) {
        const bool copies = size < 1000 || i % 50 == 1;  // also among them
        out.collect({shared, copies ? out.arena().copy(std::string(size, 'Z')) : shared});
      }
    }
    out.end();
    int seen = 0;
    for (const auto& batch : keeper.batches) {
      const auto inside = [&batch](std::string_view view) {
        return std::any_of(batch->pins.begin(), batch->pins.end(), [view](const auto& block) {
          return view.data() >= block->data() && view.end() <= block->data() + block->size();
        });
      };
      for (const auto& r : static_cast<const RecordBatch<TwoViews>&>(*batch).records()) {
        REQUIRE(inside(r.first));
        REQUIRE(inside(r.second));
        REQUIRE(r.first == std::string(size, static_cast<char>('a' + seen / records % 26)));
        ++seen;
      }
    }
    CHECK(seen == calls * records);
  }
}

TEST_CASE("arena: what a call copied is let go with the next, also when it collected nothing") {
  Keeper keeper;
  Collector<TwoViews> out{keeper};
  for (int call = 0; call < 1000; ++call) {
    out.begin_call();
    for (int i = 0; i < 3; ++i) out.arena().copy(std::string(40'000, 'x'));
  }
  out.begin_call();
  const auto kept = out.arena().copy("kept");
  out.collect({kept, kept});
  out.end();
  CHECK(keeper.batches.at(0)->pinned_bytes() <= 128 * 1024);
}

TEST_CASE("collector: a call that turns slow at any record is looked up from soon") {
  for (const std::size_t slow_at : {0u, 1u, 31u, 100u, 1023u, 1500u, 5000u}) {
    CAPTURE(slow_at);
    CHECK(collected_late<std::int64_t>(slow_at) <= 32);
    CHECK(collected_late<Wide>(slow_at) <= 16);
  }
}

TEST_CASE("collector: batches are bounded in bytes, and say how many") {
  Keeper keeper;
  Collector<Wide> out{keeper};
  std::size_t records = 0;
  for (int i = 0; i < 200; ++i) {
    // Small ones, then suddenly large ones.
    out.collect({i, std::string(i < 150 ? 5 : 300'000, 'x')});
  }
  out.end();
  for (const auto& batch : keeper.batches) {
    records += batch->size();
    CHECK(batch->bytes == record_type<Wide>().bytes(*batch));
    CHECK(batch->bytes < 17 * 310'000);
  }
  CHECK(records == 200);
  CHECK(keeper.batches.back()->size() <= 2);
}

}  // namespace flink
