// SPDX-License-Identifier: Apache-2.0
// Several JobManagers of one job, stepped through each other: before every operation on a file
// another one may go on instead. Whatever the order, the job's output is committed once.
#include <doctest/doctest.h>

#include <array>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/forwarding_file_system.h"
#include "base/random.h"
#include "checkpoint/open_job.h"
#include "fs/local_file_system.h"
#include "ha/ha_services.h"
#include "unit/checkpoint/scratch.h"

namespace flink::checkpoint {
namespace {

using test::job;
using test::Scratch;

// Two processes, of which one runs at a time. `next` says who does the next operation, given who
// would; one that has ended is passed over.
class Turns {
 public:
  explicit Turns(std::function<int(int)> next) : next_(std::move(next)) {}
  void begin(int me) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return turn_ == me; });
  }
  void step(int me) {
    std::unique_lock lock{mutex_};
    const int next = next_(me);
    turn_ = ended_[static_cast<std::size_t>(next)] ? me : next;
    changed_.notify_all();
    changed_.wait(lock, [&] { return turn_ == me; });
  }
  void end(int me) {
    const std::lock_guard lock{mutex_};
    ended_[static_cast<std::size_t>(me)] = true;
    turn_ = 1 - me;
    changed_.notify_all();
  }

 private:
  std::function<int(int)> next_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int turn_ = 0;
  std::array<bool, 2> ended_{};
};

// Steps before each operation; nothing is lost here, so nothing is synced.
class SteppedFiles final : public base::ForwardingFileSystem {
 public:
  SteppedFiles(base::FileSystem& files, Turns* turns, int me)
      : ForwardingFileSystem(files), turns_(turns), me_(me) {}

  std::unique_ptr<base::ReadableFile> open_read(const base::Path& path) override {
    return step().open_read(path);
  }
  std::unique_ptr<base::WritableFile> create(const base::Path& path, bool truncate) override {
    struct Unsynced final : base::WritableFile {
      std::unique_ptr<base::WritableFile> file;
      void append(std::span<const char> bytes) override { file->append(bytes); }
      void sync() override {}
      void close() override { file->close(); }
    };
    auto out = std::make_unique<Unsynced>();
    out->file = step().create(path, truncate);
    return out;
  }
  std::optional<base::FileStatus> status(const base::Path& path) override {
    return step().status(path);
  }
  std::vector<base::FileStatus> list(const base::Path& directory) override {
    return step().list(directory);
  }
  void create_directories(const base::Path& path) override { step().create_directories(path); }
  void rename(const base::Path& from, const base::Path& to) override { step().rename(from, to); }
  bool remove(const base::Path& path) override { return step().remove(path); }
  void sync_directory(const base::Path&) override {}

 private:
  base::FileSystem& step() {
    if (turns_ != nullptr) turns_->step(me_);
    return to_;
  }
  Turns* turns_;
  int me_;
};

// A job of one checkpoint, its last: what that names is committed.
struct World {
  Scratch scratch;
  Settings settings;
  graph::JobGraph graph;
  std::map<std::string, std::string> made_by;  // checkpoints
  std::set<std::string> committed;             // whose

  World() {
    settings.directory = settings.ha_directory = scratch.path;
    auto stream = std::make_shared<StreamGraph>();
    stream->transformations.resize(1);
    graph.stream_graph = stream;
    graph::JobVertex vertex;
    graph::ChainedOperator op;
    op.id = {2, 6};
    op.transformation = 0;
    vertex.chain.push_back(op);
    graph.vertices.push_back(vertex);
  }

  // As one JobManager does it: how it ended.
  std::string run(base::FileSystem& files, const std::string& who, std::uint64_t random) {
    try {
      const auto store = ha::make_file_ha_store(files, settings.ha_directory, job);
      const OpenOptions options{job, true, true, {}, false, false, false, random};
      const auto opened = open_job(files, store.get(), settings, graph, options);
      if (opened.ended) return "ended before";
      auto record = opened.record;
      std::string last = opened.from ? opened.from->directory : "";
      if (last.empty()) {
        const auto id = record.next_checkpoint_id;
        record.next_checkpoint_id = id + 16;
        store->publish(record);
        last = test::make_checkpoint(files, scratch, id);
        made_by[last] = who;
        record.checkpoints = {last};
        store->publish(record);
      }
      store->check();
      committed.insert(made_by.at(last));
      store->finish({"FINISHED", 1, ""});
      remove_tree(files, last);
      store->clean_up(true);
      return "finished";
    } catch (const ha::FencedError&) {
      return "fenced";
    } catch (const Error& error) {
      return error.message();
    }
  }

  void run_two(std::function<int(int)> next) {
    Turns turns{std::move(next)};
    std::array<std::string, 2> ends;
    std::array<std::thread, 2> threads;
    for (int me : {0, 1}) {
      threads[static_cast<std::size_t>(me)] = std::thread{[&, me] {
        fs::LocalFileSystem real;
        SteppedFiles files{real, &turns, me};
        turns.begin(me);
        const auto number = static_cast<std::uint64_t>(me);
        ends[number] = run(files, me == 0 ? "first" : "second", 100 + number);
        turns.end(me);
      }};
    }
    for (auto& thread : threads) thread.join();
    fs::LocalFileSystem real;
    SteppedFiles alone{real, nullptr, 0};
    const auto third = run(alone, "third", 102);
    CAPTURE(ends[0]);
    CAPTURE(ends[1]);
    CAPTURE(third);
    const std::set<std::string> expected{"finished", "ended before", "fenced"};
    CHECK(expected.contains(ends[0]));
    CHECK(expected.contains(ends[1]));
    CHECK(third == (ends[0] == "finished" || ends[1] == "finished" ? "ended before" : third));
    CHECK(committed.size() == 1);
    CHECK(run(alone, "fourth", 103) == "ended before");
  }
};

}  // namespace

TEST_CASE("HA: one JobManager is stopped before any of its steps while another runs the job") {
  bool stopped = true;
  for (int at = 0; stopped; ++at) {
    CAPTURE(at);
    World world;
    int steps = 0;
    stopped = false;
    world.run_two([&](int me) {
      if (me == 1) return 1;
      stopped |= steps >= at;
      return steps++ == at ? 1 : 0;
    });
  }
}

TEST_CASE("HA: two JobManagers take turns, by chance") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    World world;
    base::SeededRandom random{seed};
    const auto stay = 1 + random.below(20);
    world.run_two([&](int me) { return random.below(stay + 1) == 0 ? 1 - me : me; });
  }
}

TEST_CASE("HA: the directory is removed, and another starts before the next write") {
  for (std::uint64_t random : {3, 5}) {  // below and above the first one's
    Scratch scratch;
    fs::LocalFileSystem files;
    const auto first = ha::make_file_ha_store(files, scratch.at("x"), job);
    const auto epoch = first->take_over(4);
    first->publish({17, {"/a"}});
    std::filesystem::remove_all(scratch.at("x"));
    const auto second = ha::make_file_ha_store(files, scratch.at("x"), job);
    CHECK(second->take_over(random) != epoch);
    CHECK(!second->read());
    second->publish({1, {}});
    CHECK_THROWS_AS(first->check(), ha::FencedError);
    CHECK_THROWS_AS(first->publish({18, {"/b"}}), ha::FencedError);
    CHECK_THROWS_AS(first->finish({"FINISHED", 1, ""}), ha::FencedError);
    CHECK(!second->result());
    second->check();
  }
}

TEST_CASE("HA: a new job needs a directory without any trace of another") {
  Scratch scratch;
  fs::LocalFileSystem files;
  const auto first = ha::make_file_ha_store(files, scratch.at("x"), job);
  CHECK(first->take_first(4));
  const auto second = ha::make_file_ha_store(files, scratch.at("x"), job);
  CHECK(!second->take_first(5));  // nothing is published yet
  first->publish({17, {}});
  first->finish({"FINISHED", 1, ""});
  first->clean_up(false);
  CHECK(second->take_first(5));
}

TEST_CASE("HA: a result that a successor has not seen does not end its job") {
  Scratch scratch;
  fs::LocalFileSystem files;
  const auto first = ha::make_file_ha_store(files, scratch.at("x"), job);
  const auto epoch = first->take_over(4);
  first->publish({17, {}});
  const auto second = ha::make_file_ha_store(files, scratch.at("x"), job);
  second->take_over(5);
  CHECK(!second->result());
  // The first one's write, which had begun before.
  const auto third = ha::make_file_ha_store(files, scratch.at("y"), job);
  third->take_over(4);
  third->finish({"CANCELED", 1, ""});
  const auto ha = "/" + job.hex() + "/ha/result-" + std::to_string(epoch);
  std::filesystem::copy_file(scratch.at("y") + ha, scratch.at("x") + ha);
  second->publish({17, {}});
  CHECK(!ha::make_file_ha_store(files, scratch.at("x"), job)->result());
  second->finish({"FINISHED", 1, ""});
  CHECK(second->result()->status == "FINISHED");
}

}  // namespace flink::checkpoint
