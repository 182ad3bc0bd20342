// SPDX-License-Identifier: Apache-2.0
// Partitions that are read in another process than the one that holds them, over real TCP.
#include <doctest/doctest.h>
#include <flink/error.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "channel_fixture.h"
#include "channels/partition_server.h"
#include "fs/local_file_system.h"
#include "unit/scratch_directory.h"
#include "unit/test_seed.h"

using namespace flink;
using namespace flink::channels;
using namespace flink::channels::test;
using fiber::SlotTask;

namespace {

// Process 0 holds partitions, process 1 reads them.
struct World {
  World() : store(files, executor, options()) {
    server = std::make_unique<PartitionServer>(
        cluster.plane(0), cluster.clock(), executor, [this](const ChannelId& id) {
          const PartitionId partition{id.edge, id.producer, id.producer_attempt};
          return PartitionServer::Served{store.find(partition, id.consumer, "the output of 'map'"),
                                         &record_type<Numbered>()};
        });
    cluster.start();
  }
  PartitionStoreOptions options() const {
    PartitionStoreOptions out;
    out.directories = scratch.path;
    return out;
  }
  // So many records for each consumer, of which each knows its number; ended.
  void write(int edge, std::vector<int> consumers, std::int64_t records, std::size_t pad) {
    TestTask task{cluster.slot(0, 0), 0, [&] {
                    const auto writers = store.write({edge, 0, 0}, "the output of 'map'", consumers,
                                                     record_type<Numbered>());
                    for (std::int64_t n = 0; n < records; n += 10) {
                      for (auto& writer : writers)
                        writer->push(Element{make_batch(n, 10, std::string(pad, 'x'))});
                    }
                    for (auto& writer : writers) {
                      writer->push(Watermark{records});
                      writer->push(EndOfPartition{});
                    }
                  }};
    task.join();
  }
  std::unique_ptr<ChannelReader> fetch(int edge, int consumer) {
    return cluster.plane(1).fetch({edge, 0, 0, consumer, 0}, cluster.plane(0).address(),
                                  record_type<Numbered>());
  }
  // In a task: all of it, in order.
  static std::int64_t read_all(ChannelReader& reader) {
    reader.set_waker(SlotTask::current()->waker());
    std::int64_t records = 0;
    for (;;) {
      const auto element = next(reader);
      if (std::holds_alternative<EndOfPartition>(element)) return records;
      if (const auto* watermark = std::get_if<Watermark>(&element)) {
        CHECK(watermark->millis == records);
        continue;
      }
      const auto& batch = static_cast<RecordBatch<Numbered>&>(*std::get<BatchRef>(element));
      for (const auto& record : batch.records()) {
        if (record.number != records++) throw Error{ErrorKind::internal, "out of order"};
      }
    }
  }
  void wait_until_nothing_is_sent() const {
    while (server->sending() > 0) std::this_thread::yield();
  }

  fs::LocalFileSystem files;
  flink::test::Scratch scratch;
  base::SystemClock clock;
  fiber::ThreadExecutor executor{clock};
  Cluster cluster{{.processes = 2, .slots = 1, .local_batches = 8, .plane = {}}};
  PartitionStore store;
  std::unique_ptr<PartitionServer> server;
};

Error error_of(TestTask& task) {
  try {
    task.join();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  return {ErrorKind::internal, ""};
}

}  // namespace

TEST_CASE("a partition is read in another process, by several consumers at the same time") {
  World world;
  world.write(0, {3, 4, 5}, 20'000, 20);
  world.write(1, {}, 5'000, 10'000);
  std::vector<std::unique_ptr<TestTask>> tasks;
  for (const auto& [edge, consumer, records] :
       {std::tuple{0, 3, 20'000}, {0, 5, 20'000}, {1, 0, 5'000}, {1, 1, 5'000}}) {
    tasks.push_back(std::make_unique<TestTask>(
        world.cluster.slot(1, 0), 0, [&world, edge = edge, consumer = consumer, records = records] {
          const auto reader = world.fetch(edge, consumer);
          CHECK(World::read_all(*reader) == records);
          CHECK(reader->bytes() > static_cast<std::uint64_t>(records));
        }));
  }
  for (auto& task : tasks) task->join();
  world.wait_until_nothing_is_sent();
}

TEST_CASE("a partition that is not there is told as lost") {
  World world;
  world.write(0, {0}, 100, 1);
  world.store.release({0, 0, 0});
  TestTask task{world.cluster.slot(1, 0), 0, [&] {
                  const auto reader = world.fetch(0, 0);
                  World::read_all(*reader);
                }};
  CHECK(error_of(task).message() ==
        "the output of 'map', attempt 0, is not on the TaskManager that wrote it any more; it has "
        "to be made again");
  // A process that keeps none at all.
  TestTask other{world.cluster.slot(1, 0), 0, [&] {
                   const auto reader = world.cluster.plane(0).fetch(
                       {0, 0, 0, 0, 1}, world.cluster.plane(1).address(), record_type<Numbered>());
                   World::read_all(*reader);
                 }};
  CHECK(error_of(other).message() == "there are no partitions on that TaskManager");
}

TEST_CASE("a reader that goes away is not sent to any more, and others read on") {
  World world;
  world.write(0, {0, 1}, 50'000, 100);
  TestTask half{world.cluster.slot(1, 0), 0, [&] {
                  const auto reader = world.fetch(0, 0);
                  reader->set_waker(SlotTask::current()->waker());
                  next(*reader);
                }};
  half.join();
  world.wait_until_nothing_is_sent();
  TestTask whole{world.cluster.slot(1, 0), 0, [&] {
                   const auto reader = world.fetch(0, 1);
                   CHECK(World::read_all(*reader) == 50'000);
                 }};
  whole.join();
}

TEST_CASE("when the process that holds it goes, the reader hears") {
  for (const bool before : {false, true}) {
    World world;
    world.write(0, {0}, 50'000, 100);
    const auto address = world.cluster.plane(0).address();
    std::promise<void> reading;
    std::unique_ptr<ChannelReader> reader;
    if (before) {
      world.server.reset();
      world.cluster.process(0).plane.reset();
      reader = world.cluster.plane(1).fetch({0, 0, 0, 0, 0}, address, record_type<Numbered>());
      reading.set_value();
    } else {
      reader = world.fetch(0, 0);
    }
    TestTask task{
        world.cluster.slot(1, 0), 0, [&] {
          reader->set_waker(SlotTask::current()->waker());
          if (!before) {
            next(*reader);
            reading.set_value();
          }
          for (;;) {
            next(*reader);
            SlotTask::current()->suspend_until(world.clock.now() + std::chrono::milliseconds{1});
          }
        }};
    reading.get_future().wait();
    world.server.reset();
    world.cluster.process(0).plane.reset();
    const auto error = error_of(task);
    CHECK(error.kind() == ErrorKind::transient);
    INFO(error.message());
    CHECK(error.message().find("lost") != std::string::npos);
    reader.reset();
  }
}
