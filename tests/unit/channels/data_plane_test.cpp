// SPDX-License-Identifier: Apache-2.0
// What only the data plane can do wrong: lost connections, strangers, nonsense on the wire, ends
// that go away early, records that are too large.
#include "channels/data_plane.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "channel_fixture.h"
#include "channels/frame.h"

using namespace flink;
using namespace flink::channels;
using namespace flink::channels::test;
using fiber::SlotTask;

namespace {

Error error_of(TestTask& task) {
  try {
    task.join();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  return {ErrorKind::internal, ""};
}

bool has(const Error& error, std::string_view part) {
  return error.message().find(part) != std::string::npos;
}

void push_for_ever(ChannelWriter& writer) {
  for (;;) {
    writer.push(Element{make_batch(0, 10, "pad")});
    SlotTask::current()->yield();
  }
}
// A reader hears of a lost connection once its producer has opened the channel.
void read_for_ever(ChannelReader& reader, std::promise<void>* flowing = nullptr) {
  reader.set_waker(SlotTask::current()->waker());
  for (;;) {
    next(reader);
    if (flowing) std::exchange(flowing, nullptr)->set_value();
    SlotTask::current()->yield();
  }
}

// A peer that says whatever a test wants, and what it hears until the end.
std::string talk(Cluster& cluster, const std::string& words) {
  std::promise<std::string> heard;
  std::shared_ptr<base::Connection> connection;
  std::string got, buffer(1000, ' ');
  std::function<void()> read = [&] {
    connection->read(buffer, [&](std::size_t bytes, const std::string& error) {
      got.append(buffer.data(), bytes);
      if (!error.empty()) return heard.set_value(got);
      read();
    });
  };
  auto& network = *cluster.process(1).network;
  network.connect(cluster.plane(0).address(),
                  [&](std::shared_ptr<base::Connection> made, const std::string&) {
                    connection = std::move(made);
                    connection->write({std::span<const char>{words.data(), words.size()}},
                                      [](std::size_t, const std::string&) {});
                    read();
                  });
  return heard.get_future().get();
}

std::string bytes_of(const OutFrame& frame) { return {frame.buffer->data(), frame.size}; }

}  // namespace

TEST_CASE("a lost connection fails the writers and readers on it, once they look") {
  for (const int lost : {0, 1}) {
    CAPTURE(lost);
    Cluster cluster{{}};
    auto there = cluster.connect(0, 1);
    auto back = cluster.connect(1, 0);
    std::promise<void> flows, flows_back;
    TestTask writer{cluster.slot(0, 0), 0, [&] { push_for_ever(*there.writer); }};
    TestTask reader{cluster.slot(1, 0), 0, [&] { read_for_ever(*there.reader, &flows); }};
    TestTask back_writer{cluster.slot(1, 0), 0, [&] { push_for_ever(*back.writer); }};
    TestTask back_reader{cluster.slot(0, 0), 0, [&] { read_for_ever(*back.reader, &flows_back); }};
    cluster.start();
    flows.get_future().wait();
    flows_back.get_future().wait();
    cluster.process(lost).plane.reset();
    for (auto* task : {&writer, &reader, &back_writer, &back_reader}) {
      const auto error = error_of(*task);
      CHECK(error.kind() == ErrorKind::transient);
      CHECK(has(error, "is lost"));
    }
  }
}

TEST_CASE("a peer that is not there") {
  Cluster cluster{{}};
  const auto& type = record_type<Numbered>();
  const auto address = cluster.plane(1).address();
  cluster.process(1).plane.reset();
  auto writer = cluster.plane(0).open_writer({1, 0, 0, 0, 0}, address, type);
  TestTask task{cluster.slot(0, 0), 0, [&] { push_for_ever(*writer); }};
  cluster.start();
  const auto error = error_of(task);
  CHECK(error.kind() == ErrorKind::transient);
  CHECK(has(error, address.host + ":" + std::to_string(address.port)));
}

TEST_CASE("after the end a lost connection means nothing") {
  Cluster cluster{{}};
  auto channel = cluster.connect(0, 1);
  TestTask writer{cluster.slot(0, 0), 0, [&] {
                    channel.writer->push(Element{make_batch(0, 10, "")});
                    channel.writer->push(Element{EndOfPartition{}});
                  }};
  std::promise<void> ended, lost;
  TestTask reader{cluster.slot(1, 0), 0, [&] {
                    auto& reader = *channel.reader;
                    reader.set_waker(SlotTask::current()->waker());
                    CHECK(std::holds_alternative<BatchRef>(next(reader)));
                    CHECK(std::holds_alternative<EndOfPartition>(next(reader)));
                    ended.set_value();
                    lost.get_future().wait();
                    CHECK_FALSE(reader.poll());
                  }};
  cluster.start();
  writer.join();
  ended.get_future().wait();
  cluster.process(0).plane.reset();
  lost.set_value();
  reader.join();
}

TEST_CASE("ends that go away at any point leave the others alone") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    ClusterOptions options;
    options.plane.own_bytes = static_cast<std::int64_t>(1 + random.below(5000));
    options.plane.floating_bytes = static_cast<std::int64_t>(random.below(20'000));
    Cluster cluster{options};
    constexpr int channels = 12;
    constexpr std::int64_t batches = 200;
    std::vector<Channel> ends;
    std::vector<std::unique_ptr<TestTask>> cut, whole;
    for (int c = 0; c < channels; ++c) ends.push_back(cluster.connect(0, 1));
    for (auto& end : ends) {
      const bool writer_stops = random.below(3) == 0, reader_stops = random.below(3) == 0;
      auto& list = writer_stops || reader_stops ? cut : whole;
      const auto write_until =
          static_cast<std::int64_t>(writer_stops ? random.below(batches) : batches);
      const auto read_until = reader_stops ? random.below(batches) : batches + 1;
      list.push_back(std::make_unique<TestTask>(cluster.slot(0, 0), 0, [&end, write_until] {
        auto writer = std::move(end.writer);
        for (std::int64_t i = 0; i < write_until; ++i) {
          writer->push(Element{make_batch(i * 10, 10, "some bytes of padding")});
        }
        if (write_until == batches) writer->push(Element{EndOfPartition{}});
      }));
      list.push_back(std::make_unique<TestTask>(cluster.slot(1, 0), 0, [&end, read_until] {
        auto reader = std::move(end.reader);
        reader->set_waker(SlotTask::current()->waker());
        std::int64_t number = 0;
        for (std::uint64_t i = 0; i < read_until; ++i) {
          auto element = next(*reader);
          if (std::holds_alternative<EndOfPartition>(element)) {
            CHECK(number == batches * 10);
            return;
          }
          const auto& records = static_cast<RecordBatch<Numbered>&>(*std::get<BatchRef>(element));
          for (const auto& record : records.records()) REQUIRE(record.number == number++);
        }
      }));
    }
    cluster.start();
    for (auto& task : whole) task->join();
    for (auto& task : cut) {
      task->task().cancel();  // a writer may wait for ever, and says nothing
      task->join();
    }
  }
}

TEST_CASE("a connection forgets the channels of attempts that are gone") {
  Cluster cluster{{}};
  const auto& type = record_type<Numbered>();
  auto kept = cluster.connect(0, 1);  // so that there is a connection all the time
  for (std::int32_t attempt = 1; attempt <= 500; ++attempt) {
    const ChannelId id{100, 0, attempt, 0, attempt};
    const auto reader = cluster.plane(1).open_reader(id, type);
    const auto writer = cluster.plane(0).open_writer(id, cluster.plane(1).address(), type);
  }
  // What comes behind their ends on the wire has arrived: so have they.
  TestTask writer{cluster.slot(0, 0), 0, [&] {
                    kept.writer->push(Element{make_batch(0, 1, "")});
                    kept.writer->flush();
                  }};
  TestTask reader{cluster.slot(1, 0), 0, [&] {
                    kept.reader->set_waker(SlotTask::current()->waker());
                    next(*kept.reader);
                  }};
  cluster.start();
  writer.join();
  reader.join();
  CHECK(cluster.plane(0).open_channels() == 1);
  CHECK(cluster.plane(1).open_channels() == 1);
}

TEST_CASE("records of every size around a frame's end arrive, behind any others, either way") {
  // The room a message's writer asks for is more than what it then takes: near a frame's end a
  // message may or may not have moved out of it. Also with a byte of credit: then a message is gone
  // on with after a wait.
  for (const std::int64_t own : {std::int64_t{64} * 1024, std::int64_t{1}}) {
    for (const int from : {0, 1}) {
      for (const std::size_t before : {0, 127, 31'500}) {
        CAPTURE(own);
        CAPTURE(from);
        CAPTURE(before);
        ClusterOptions options;
        options.plane.own_bytes = own;
        options.plane.floating_bytes = 0;
        Cluster cluster{options};
        auto channel = cluster.connect(from, 1 - from);
        // Of both records.
        const std::size_t first = frame_bytes_max - 1100, last = frame_bytes_max + 20;
        TestTask writer{cluster.slot(from, 0), 0, [&] {
                          for (std::size_t size = first; size <= last; ++size) {
                            auto batch = make_ref<RecordBatch<Numbered>>(2);
                            if (before > 0) batch->emplace(Numbered{1, std::string(before, 'a')});
                            batch->emplace(Numbered{2, std::string(size - before, 'b')});
                            channel.writer->push(Element{std::move(batch)});
                          }
                        }};
        TestTask reader{cluster.slot(1 - from, 0), 0, [&] {
                          channel.reader->set_waker(SlotTask::current()->waker());
                          BatchRef batch;
                          std::size_t at = 0;
                          const auto check_next = [&](std::int64_t number, const std::string& pad) {
                            if (!batch || at == batch->size()) {
                              batch = std::get<BatchRef>(next(*channel.reader));
                              at = 0;
                            }
                            const auto& got = static_cast<RecordBatch<Numbered>&>(*batch)[at++];
                            if (got.number != number || got.pad != pad) {
                              FAIL("a record of ", got.pad.size(), " bytes instead of ",
                                   pad.size());
                            }
                          };
                          for (std::size_t size = first; size <= last; ++size) {
                            if (before > 0) check_next(1, std::string(before, 'a'));
                            check_next(2, std::string(size - before, 'b'));
                          }
                        }};
        cluster.start();
        writer.join();
        reader.join();
      }
    }
  }
}

TEST_CASE("small batches share frames; flush() lets what has gathered go") {
  Cluster cluster{{}};
  auto channel = cluster.connect(0, 1);
  constexpr std::size_t batches = 300, records = 3, pad = 100;
  std::atomic<std::size_t> read{0};
  TestTask writer{cluster.slot(0, 0), 0, [&] {
                    auto& to = *channel.writer;
                    for (std::size_t i = 0; i < batches; ++i) {
                      to.push(Element{make_batch(0, records, std::string(pad, 'x'))});
                    }
                    to.flush();
                    while (read < batches * records) SlotTask::current()->yield();
                    const auto bytes = batches * records * pad;
                    CHECK(to.bytes() > bytes);
                    CHECK(to.bytes() < bytes + bytes / 8);
                    to.push(Element{EndOfPartition{}});
                  }};
  TestTask reader{cluster.slot(1, 0), 0, [&] {
                    channel.reader->set_waker(SlotTask::current()->waker());
                    channel.reader->want(batches * records);
                    for (;;) {
                      const auto element = next(*channel.reader);
                      const auto* batch = std::get_if<BatchRef>(&element);
                      if (batch == nullptr) return;
                      read += (*batch)->size();
                    }
                  }};
  cluster.start();
  writer.join();
  reader.join();
}

TEST_CASE("a record over record_bytes_max fails its task by name; one of nearly that size passes") {
  ClusterOptions options;
  options.plane.record_bytes_max = 300'000;
  options.plane.own_bytes = 1000;
  Cluster cluster{options};
  auto channel = cluster.connect(0, 1);
  TestTask writer{cluster.slot(0, 0), 0, [&] {
                    // Others may be in front of it in its message.
                    auto batch = make_batch(0, 2, std::string(10'000, 'a'));
                    static_cast<RecordBatch<Numbered>&>(*batch)[1].pad.assign(299'900, 'a');
                    channel.writer->push(Element{std::move(batch)});
                    channel.writer->push(Element{make_batch(2, 1, std::string(300'100, 'b'))});
                  }};
  TestTask reader{cluster.slot(1, 0), 0, [&] {
                    channel.reader->set_waker(SlotTask::current()->waker());
                    auto element = next(*channel.reader);
                    const auto& records =
                        static_cast<RecordBatch<Numbered>&>(*std::get<BatchRef>(element));
                    REQUIRE(records.size() == 2);
                    CHECK(records[1].pad == std::string(299'900, 'a'));
                  }};
  cluster.start();
  reader.join();
  const auto error = error_of(writer);
  CHECK(error.kind() == ErrorKind::user);
  CHECK(has(error, "Numbered"));
  CHECK(has(error, "record_bytes_max"));
}

TEST_CASE("strangers and nonsense are refused with the reason; channels of others go on") {
  ClusterOptions options;
  options.plane.job_low = 5;
  Cluster cluster{options};
  auto channel = cluster.connect(0, 1);
  auto back = cluster.connect(1, 0);
  const auto hello = bytes_of(encode_hello({0, 5, 0}));
  const auto open0 = bytes_of(encode_open(0, {{99, 0, 0, 0, 0}, 1}));
  auto wrong_version = hello;
  wrong_version[FrameHeader::bytes] = 9;
  std::string data(FrameHeader::bytes + 1, 'x');
  write_header({FrameKind::data, 0, 0, 0, 1}, data.data());
  struct Row {
    std::string words;
    const char* answer;
  };
  const Row rows[] = {
      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "no frame"},
      {bytes_of(encode_hello({0, 6, 0})), "another job"},
      {bytes_of(encode_hello({0, 5, 1})), "another job"},
      {wrong_version, "version 9"},
      {open0, "no hello"},
      {hello + hello, "to a consumer"},
      {hello + bytes_of(encode_open(1, {{99, 0, 0, 0, 0}, 1})), "instead of 0"},
      {hello + bytes_of(encode_credit(0, {1, 0, 1})), "to a consumer"},
      {hello + bytes_of(encode_close(3)), "not open"},
      {hello + open0 + data, "before it had credit"},
      {hello + open0 + bytes_of(encode_control(0, 7, Barrier{})), "instead of 0"},
      {hello + open0 + bytes_of(encode_close(0)) + bytes_of(encode_control(0, 0, Barrier{})),
       "not open"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.answer);
    const auto heard = talk(cluster, row.words);
    CAPTURE(heard);
    CHECK(heard.find(row.answer) != std::string::npos);
  }
  // The channels of the right peers still work.
  TestTask writer{cluster.slot(0, 0), 0, [&] { channel.writer->push(Element{EndOfPartition{}}); }};
  TestTask reader{cluster.slot(1, 0), 0, [&] {
                    channel.reader->set_waker(SlotTask::current()->waker());
                    next(*channel.reader);
                  }};
  cluster.start();
  writer.join();
  reader.join();
}

TEST_CASE("more than its credit ends a producer's connection") {
  ClusterOptions options;
  options.plane.own_bytes = 100;
  Cluster cluster{options};
  auto reader = cluster.plane(0).open_reader({99, 0, 0, 0, 0}, record_type<Numbered>());
  std::string words =
      bytes_of(encode_hello({})) +
      bytes_of(encode_open(0, {{99, 0, 0, 0, 0}, record_type<Numbered>().fingerprint()}));
  // The grant may still be under way when the first one arrives: both are refused.
  for (std::uint32_t i = 0; i < 3; ++i) {
    std::string data(FrameHeader::bytes + 80, 'x');
    write_header({FrameKind::data, 0, 0, i, 80}, data.data());
    words += data;
  }
  const auto heard = talk(cluster, words);
  CAPTURE(heard);
  CHECK(heard.find("credit for") != std::string::npos);
}

TEST_CASE("a message has no more records than it has room for") {
  Cluster cluster{{}};
  const auto& type = record_type<Numbered>();
  auto reader = cluster.plane(0).open_reader({99, 0, 0, 0, 0}, type);
  const std::uint32_t head[] = {30'000, 10};  // records, bytes
  std::string data(FrameHeader::bytes + sizeof head + 10, '\0');
  write_header({FrameKind::data, 0, 0, 0, sizeof head + 10}, data.data());
  std::memcpy(&data[FrameHeader::bytes], head, sizeof head);
  talk(cluster, bytes_of(encode_hello({})) +
                    bytes_of(encode_open(0, {{99, 0, 0, 0, 0}, type.fingerprint()})) + data +
                    std::string(FrameHeader::bytes, 'x'));  // ends the connection
  std::string message;
  try {
    reader->poll();
  } catch (const Error& error) {
    message = error.message();
  }
  CAPTURE(message);
  CHECK(message.find("its number of records cannot be") != std::string::npos);
}

TEST_CASE("both sides must mean the same type") {
  Cluster cluster{{}};
  auto reader = cluster.plane(1).open_reader({7, 0, 0, 0, 0}, record_type<std::int64_t>());
  auto writer = cluster.plane(0).open_writer({7, 0, 0, 0, 0}, cluster.plane(1).address(),
                                             record_type<Numbered>());
  TestTask task{cluster.slot(1, 0), 0, [&] { read_for_ever(*reader); }};
  cluster.start();
  CHECK(has(error_of(task), "another type"));
}
