// SPDX-License-Identifier: Apache-2.0
// Blocking exchanges within a process: random elements through files, whatever helpers and tasks do
// in turn; disks that are full or lie; ends that go away early. FLINK_TEST_SEED repeats one seed.
#include <doctest/doctest.h>
#include <flink/error.h>

#include <array>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/forwarding_file_system.h"
#include "base/random.h"
#include "channels/channel.h"
#include "channels/partition_format.h"
#include "channels/partition_store.h"
#include "fiber/thread_executor.h"
#include "unit/full_disk.h"
#include "unit/scratch_directory.h"
#include "unit/step_executor.h"
#include "unit/test_seed.h"

using namespace flink;
using namespace flink::channels;
using flink::test::Scratch;
using flink::test::StepExecutor;

namespace {

struct Word {
  std::int64_t number = 0;
  std::string text;
};

// What one consumer gets, as text.
std::string shown(const Element& element) {
  if (const auto* watermark = std::get_if<Watermark>(&element)) {
    return "watermark " + std::to_string(watermark->millis) + ";";
  }
  if (const auto* status = std::get_if<WatermarkStatus>(&element)) {
    return status->idle ? "idle;" : "active;";
  }
  if (std::holds_alternative<EndOfPartition>(element)) return "end;";
  const auto& batch = static_cast<const RecordBatch<Word>&>(*std::get<BatchRef>(element));
  std::string out;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    out += std::to_string(batch[i].number) + " " + batch[i].text;
    if (batch.stamped()) out += " at " + std::to_string(batch.timestamps()[i]);
    out += ";";
  }
  return out;
}

Element random_element(base::SeededRandom& random) {
  const auto kind = random.below(12);
  if (kind == 0) return Watermark{static_cast<std::int64_t>(random.next())};
  if (kind == 1) return WatermarkStatus{random.below(2) == 0};
  auto batch = make_ref<RecordBatch<Word>>(16);
  const auto count = 1 + random.below(kind == 2 ? 1024 : 20);
  const bool stamped = random.below(2) == 0;
  const auto letters = random.below(kind == 3 ? 20'000 : 30);
  for (std::uint64_t i = 0; i < count; ++i) {
    batch->emplace(
        Word{static_cast<std::int64_t>(random.next()),
             std::string(random.below(letters + 1), static_cast<char>('a' + random.below(26)))});
    if (stamped) batch->stamp(static_cast<std::int64_t>(i));
  }
  return BatchRef{std::move(batch)};
}

struct World {
  explicit World(base::FileSystem& file_system, spill::Codec codec = spill::Codec::lz4,
                 std::size_t memory = 100'000)
      : store(file_system, executor, options(codec, memory)) {}
  PartitionStoreOptions options(spill::Codec codec, std::size_t memory) const {
    PartitionStoreOptions out;
    out.directories = scratch.path;
    out.codec = codec;
    out.memory_bytes = memory;
    return out;
  }
  std::vector<std::unique_ptr<ChannelWriter>> write(std::vector<int> consumers, int edge = 0) {
    return store.write({edge, 0, 0}, "the output of 'map (1/2)'", std::move(consumers),
                       record_type<Word>());
  }
  std::unique_ptr<ChannelReader> read(int consumer, int edge = 0) {
    return store.read({edge, 0, 0}, consumer, "the output of 'map (1/2)'", record_type<Word>());
  }
  void push(ChannelWriter& writer, Element element) {
    while (!writer.push_some(element)) REQUIRE(executor.step());
  }
  void end_all(std::vector<std::unique_ptr<ChannelWriter>>& writers) {
    for (auto& writer : writers) push(*writer, EndOfPartition{});
  }
  std::string read_all(ChannelReader& reader) {
    std::string out;
    for (;;) {
      if (const auto element = reader.poll()) {
        out += shown(*element);
        if (std::holds_alternative<EndOfPartition>(*element)) return out;
      } else {
        REQUIRE(executor.step());
      }
    }
  }

  Scratch scratch;
  StepExecutor executor;
  PartitionStore store;
};

template <class F>
std::string error_of(ErrorKind kind, F f) {
  try {
    f();
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.message();
  }
  return "none";
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Changes what is read of files, or ends them early.
class LyingDisk final : public base::ForwardingFileSystem {
 public:
  LyingDisk() : ForwardingFileSystem(files_) {}
  std::unique_ptr<base::ReadableFile> open_read(const base::Path& path) override {
    return std::make_unique<Reader>(*this, to_.open_read(path));
  }
  std::uint64_t flips_at = UINT64_MAX, ends_at = UINT64_MAX;

 private:
  struct Reader final : base::ReadableFile {
    Reader(LyingDisk& owner, std::unique_ptr<base::ReadableFile> real)
        : disk(owner), file(std::move(real)) {}
    std::size_t read_at(std::uint64_t offset, std::span<char> out) override {
      auto got = file->read_at(offset, out);
      if (disk.ends_at < offset + got) got = disk.ends_at > offset ? disk.ends_at - offset : 0;
      if (disk.flips_at >= offset && disk.flips_at - offset < got) out[disk.flips_at - offset] ^= 4;
      return got;
    }
    std::uint64_t size() override { return file->size(); }
    LyingDisk& disk;
    std::unique_ptr<base::ReadableFile> file;
  };
  fs::LocalFileSystem files_;
};

// What happens while a helper writes or closes a file.
class SlowDisk final : public base::ForwardingFileSystem {
 public:
  SlowDisk() : ForwardingFileSystem(files_) {}
  std::unique_ptr<base::WritableFile> create(const base::Path& path, bool truncate) override {
    return std::make_unique<Writer>(*this, to_.create(path, truncate));
  }
  std::function<void()> meanwhile;

 private:
  struct Writer final : base::WritableFile {
    Writer(SlowDisk& owner, std::unique_ptr<base::WritableFile> real)
        : disk(owner), file(std::move(real)) {}
    void append(std::span<const char> bytes) override {
      disk.happen();
      file->append(bytes);
    }
    void sync() override { file->sync(); }
    void close() override {
      disk.happen();
      file->close();
    }
    SlowDisk& disk;
    std::unique_ptr<base::WritableFile> file;
  };
  void happen() {
    if (const auto now = std::exchange(meanwhile, nullptr)) now();
  }
  fs::LocalFileSystem files_;
};

}  // namespace

TEST_CASE("each consumer reads its own part of a partition, in order, as often as it likes") {
  fs::LocalFileSystem files;
  for (int round = 0; round < 12; ++round) {
    const auto seed = flink::test::seed_or(4711) + static_cast<std::uint64_t>(round);
    CAPTURE(seed);
    base::SeededRandom random{seed};
    const std::array codecs{spill::Codec::none, spill::Codec::lz4, spill::Codec::zstd};
    World world{files, codecs[random.below(3)], random.below(2) == 0 ? 1u : 1'000'000u};
    const auto consumers = 1 + random.below(5);
    std::vector<int> numbers;
    for (std::uint64_t c = 0; c < consumers; ++c) numbers.push_back(static_cast<int>(c * 3));
    auto writers = world.write(numbers);
    REQUIRE(writers.size() == consumers);
    std::vector<std::string> expected(consumers);
    for (auto left = random.below(400); left > 0; --left) {
      const auto to = random.below(consumers);
      auto element = random_element(random);
      expected[to] += shown(element);
      world.push(*writers[to], std::move(element));
      if (random.below(8) == 0) world.executor.step();
    }
    CHECK(world.store.size() == 0);
    world.end_all(writers);
    REQUIRE(world.store.size() == 1);
    CHECK(world.scratch.empty());
    writers.clear();
    world.executor.run_all();
    for (int again = 0; again < 2; ++again) {
      for (std::uint64_t c = 0; c < consumers; ++c) {
        const auto reader = world.read(numbers[c]);
        CHECK(world.read_all(*reader) == expected[c] + "end;");
      }
    }
  }
}

TEST_CASE("a broadcast partition is written once and read by all, also at the same time") {
  fs::LocalFileSystem files;
  base::SeededRandom random{flink::test::seed_or(1)};
  World world{files};
  auto writers = world.write({});
  REQUIRE(writers.size() == 1);
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    auto element = random_element(random);
    expected += shown(element);
    world.push(*writers[0], std::move(element));
  }
  world.end_all(writers);
  std::vector<std::unique_ptr<ChannelReader>> readers;
  std::vector<std::string> got(5);
  for (int c = 0; c < 5; ++c) readers.push_back(world.read(c));
  std::size_t open = 5;
  while (open > 0) {
    const auto c = random.below(5);
    if (auto element = readers[c]->poll()) {
      got[c] += shown(*element);
      if (std::holds_alternative<EndOfPartition>(*element)) --open;
    } else if (random.below(2) == 0) {
      world.executor.step();
    }
  }
  for (const auto& text : got) CHECK(text == expected + "end;");
}

TEST_CASE("a partition is kept until it is released, its file until the last reader is gone") {
  fs::LocalFileSystem files;
  World world{files};
  auto writers = world.write({0, 1});
  world.push(*writers[0], Watermark{1});
  world.end_all(writers);
  const auto reader = world.read(0);
  world.store.release({0, 0, 0});
  world.store.release({0, 0, 0});
  world.executor.run_all();
  CHECK(world.store.spilled_bytes() > 0);
  CHECK(world.read_all(*reader) == "watermark 1;end;");
  const auto error = error_of(ErrorKind::transient, [&] { world.read(1); });
  CHECK(error ==
        "the output of 'map (1/2)', attempt 0, is not on the TaskManager that wrote it "
        "any more; it has to be made again");
}

TEST_CASE("what a task that fails has written goes with its writers") {
  fs::LocalFileSystem files;
  for (int steps = 0; steps < 6; ++steps) {
    World world{files, spill::Codec::none, 1};
    auto writers = world.write({0, 1});
    base::SeededRandom random{7};
    for (int i = 0; i < 40; ++i) world.push(*writers[i % 2], random_element(random));
    // Not all ends, and not all of the way.
    if (steps > 2) world.push(*writers[1], EndOfPartition{});
    for (int i = 0; i < steps; ++i) world.executor.step();
    writers.clear();
    world.executor.run_all();
    CHECK(world.store.size() == 0);
    CHECK(world.store.spilled_bytes() == 0);
  }
}

TEST_CASE("a task that is cancelled while the end of its partition is written leaves nothing") {
  SlowDisk files;
  World world{files, spill::Codec::none, 1};
  auto writers = world.write({0, 1});
  for (auto& writer : writers) {
    Element end = EndOfPartition{};
    while (!writer->push_some(end) && writer != writers.back()) REQUIRE(world.executor.step());
  }
  files.meanwhile = [&] { writers.clear(); };
  world.executor.run_all();
  REQUIRE(writers.empty());
  CHECK(world.store.size() == 0);
  CHECK(world.store.spilled_bytes() == 0);
}

TEST_CASE("helpers finish or drop a partition whose task goes meanwhile, nothing between") {
  fs::LocalFileSystem files;
  const Scratch scratch;
  const base::SystemClock clock;
  fiber::ThreadExecutor executor{clock};
  for (int round = 0; round < 200; ++round) {
    PartitionStoreOptions options;
    options.seed = static_cast<std::uint64_t>(round);
    options.directories = scratch.path;
    PartitionStore store{files, executor, options};
    auto writers = store.write({0, 0, 0}, "it", {0}, record_type<Word>());
    Element end = EndOfPartition{};
    for (int turn = 0; turn < round && !writers[0]->push_some(end); ++turn) {
      std::this_thread::yield();
    }
    writers.clear();
    store.release({0, 0, 0});  // what the JobMaster says once the task has ended
    CHECK(store.size() == 0);
    while (store.spilled_bytes() > 0) std::this_thread::yield();
    CHECK(store.size() == 0);
  }
}

TEST_CASE("a full disk is told to the task that writes, with what to do") {
  for (const std::uint64_t room : {0, 5'000, 50'000}) {
    flink::test::FullDisk files{room};
    World world{files, spill::Codec::none, 1};
    auto writers = world.write({0, 1});
    base::SeededRandom random{3};
    const auto error = error_of(ErrorKind::resource, [&] {
      for (;;) world.push(*writers[random.below(2)], random_element(random));
    });
    CAPTURE(error);
    CHECK(error.starts_with("the output of 'map (1/2)' does not fit into '" + world.scratch.path));
    CHECK(has(error, "No space left on device"));
    CHECK(has(error, "io.tmp.dirs"));
    // Again at every call, and nothing is left.
    Element end = EndOfPartition{};
    CHECK(error_of(ErrorKind::resource, [&] {
            world.push(*writers[0], EndOfPartition{});
            world.push(*writers[1], EndOfPartition{});
          }) == error);
    writers.clear();
    world.executor.run_all();
    CHECK(world.store.spilled_bytes() == 0);
    CHECK(world.scratch.empty());
  }
}

TEST_CASE("a disk that lies is found out, wherever it does") {
  base::SeededRandom random{flink::test::seed_or(99)};
  for (int round = 0; round < 60; ++round) {
    LyingDisk files;
    World world{files, spill::Codec::lz4, 1};
    auto writers = world.write({0});
    std::string expected;
    for (int i = 0; i < 30; ++i) {
      auto element = random_element(random);
      expected += shown(element);
      world.push(*writers[0], std::move(element));
    }
    world.end_all(writers);
    const auto at = random.below(world.store.spilled_bytes());
    CAPTURE(at);
    (round % 2 == 0 ? files.flips_at : files.ends_at) = at;
    const auto reader = world.read(0);
    const auto error = error_of(ErrorKind::transient, [&] { world.read_all(*reader); });
    CHECK(has(error, "the output of 'map (1/2)' cannot be read back from '" + world.scratch.path));
  }
}

TEST_CASE("records that nobody could take over the network are refused") {
  fs::LocalFileSystem files;
  Scratch scratch;
  StepExecutor executor;
  PartitionStoreOptions options;
  options.directories = scratch.path;
  options.record_bytes_max = 100'000;
  PartitionStore store{files, executor, options};
  auto writers = store.write({0, 0, 0}, "it", {0}, record_type<Word>());
  auto batch = make_ref<RecordBatch<Word>>(1);
  batch->emplace(Word{1, std::string(200'000, 'x')});
  Element element = BatchRef{std::move(batch)};
  CHECK(has(error_of(ErrorKind::user, [&] { writers[0]->push_some(element); }),
            "more than record_bytes_max (100000) allows"));
}

TEST_CASE("items that cannot be are refused") {
  const auto damage = [](std::string_view block) {
    return error_of(ErrorKind::transient, [&] {
      ItemReader items{block};
      while (const auto item = items.next()) {
        if (item->kind != FrameKind::data) control_of(*item);
      }
    });
  };
  ByteWriter block;
  write_item(Element{Watermark{5}}, block);
  write_item(Element{WatermarkStatus{true}}, block);
  CHECK(damage(block.view()) == "none");
  CHECK(has(damage(block.view().substr(0, 5)), "cut off"));
  CHECK(has(damage("\x01"), "unknown kind"));
  CHECK(has(damage(std::string_view{"\x08\x07", 2}), "status"));
  CHECK(has(damage(std::string_view{"\x06\0\0\0\0\0\0\0\0", 9}), "number of records"));
  CHECK(has(damage(std::string_view{"\x06\xff\xff\xff\xff\1\0\0\0x", 10}), "number of records"));
  CHECK(has(error_of(ErrorKind::transient, [] { read_places("short"); }), "index"));
}
