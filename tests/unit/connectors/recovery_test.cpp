// SPDX-License-Identifier: Apache-2.0
// Exactly once, whatever dies when: random schedules of polls, checkpoints, acknowledgements, lost
// tasks, lost JobManagers and rescaling, over files in memory, real files and simulated disks that
// lose what was not synced. The committed output must be the input, each record once.
#include <doctest/doctest.h>
#include <flink/connectors/data_generator_source.h>
#include <flink/connectors/file/file_sink.h>
#include <flink/connectors/file/file_source.h>
#include <flink/connectors/sequence_source.h>
#include <unistd.h>

#include <filesystem>

#include "fs/local_file_system.h"
#include "sim/sim_file_system.h"
#include "unit/connectors/recovery_harness.h"

namespace flink::test {
namespace {

using Lines = std::vector<std::string>;

struct MemoryDisks final : Disks {
  MemoryFileSystem files;
  void heal() override { files.before = nullptr; }
  base::FileSystem& of(int) override { return files; }
};
struct RealDisks final : Disks {
  fs::LocalFileSystem files;
  base::FileSystem& of(int) override { return files; }
};
// A machine for each process.
struct SimulatedDisks final : Disks {
  explicit SimulatedDisks(std::uint64_t seed) : disk(queue, trace, seed, nullptr) {}
  base::FileSystem& of(int process) override {
    Machine& machine = machines[process];
    if (!machine.files) {
      machine.life = std::make_shared<sim::Life>(sim::Life{next++, "machine", true});
      machine.files = std::make_unique<sim::SimFileSystem>(disk, machine.life);
      if (trouble) trouble(machine.life->id);
    }
    return *machine.files;
  }
  void lost(int process, bool with_its_machine) override {
    Machine& machine = machines[process];
    if (!machine.files) return;
    machine.life->alive = false;
    if (with_its_machine) disk.machine_lost(*machine.life);
    dead.push_back(std::move(machine.files));  // open files of the dead still refer to it
  }
  void heal() override {
    trouble = nullptr;
    lost(-1, false);
  }
  struct Machine {
    sim::LifeRef life;
    std::unique_ptr<sim::SimFileSystem> files;
  };
  sim::SimQueue queue;
  sim::Trace trace;
  sim::SimDisk disk;
  std::map<int, Machine> machines;
  std::vector<std::unique_ptr<sim::SimFileSystem>> dead;
  std::function<void(sim::ProcessId)> trouble;
  sim::ProcessId next = 1;
};

// A source of one's own: ranges of numbers, a number a poll, a range when it asks.
struct Range {
  std::int64_t next = 0, end = 0;
};
struct RangesReader final : SourceReader<std::string, Range> {
  explicit RangesReader(SourceReaderContext& c) : context(c) {}
  void start() override {
    if (ranges.empty()) context.send_split_request();
  }
  InputStatus poll_next(ReaderOutput<std::string>& output) override {
    if (ranges.empty()) return ended ? InputStatus::end_of_input : InputStatus::nothing_available;
    Range& range = ranges.front();
    output.collect("line " + std::to_string(range.next++));
    if (range.next == range.end) {
      ranges.pop_front();
      if (ranges.empty()) context.send_split_request();
    }
    return InputStatus::more_available;
  }
  void add_splits(std::vector<Range> splits) override {
    ranges.insert(ranges.end(), splits.begin(), splits.end());
  }
  void notify_no_more_splits() override { ended = true; }
  std::vector<Range> snapshot_state(std::int64_t) override {
    return {ranges.begin(), ranges.end()};
  }
  SourceReaderContext& context;
  std::deque<Range> ranges;
  bool ended = false;
};
// Its enumerator finds the ranges one by one, so its state is more than the splits nobody holds.
struct Found {
  std::int64_t found = 0;
  std::vector<Range> back;
};
struct RangesEnumerator final : SplitEnumerator<Range, Found> {
  RangesEnumerator(SplitEnumeratorContext<Range>& c, std::int64_t t, Found f)
      : context(c), total(t), state(std::move(f)) {}
  void start() override {}
  void handle_split_request(int subtask) override {
    if (!state.back.empty()) {
      context.assign_split(state.back.back(), subtask);
      state.back.pop_back();
    } else if (state.found < total) {
      const std::int64_t end = std::min<std::int64_t>(state.found + 7, total);
      context.assign_split({state.found, end}, subtask);
      state.found = end;
    } else {
      context.signal_no_more_splits(subtask);
    }
  }
  void add_splits_back(std::vector<Range> splits, int) override {
    state.back.insert(state.back.end(), splits.begin(), splits.end());
  }
  Found snapshot_state(std::int64_t) override { return state; }
  SplitEnumeratorContext<Range>& context;
  std::int64_t total;
  Found state;
};
struct RangesSource final : Source<std::string, Range, Found> {
  explicit RangesSource(std::int64_t t) : total(t) {}
  Boundedness boundedness() const override { return Boundedness::bounded; }
  std::unique_ptr<Enumerator> create_enumerator(
      SplitEnumeratorContext<Range>& context) const override {
    return std::make_unique<RangesEnumerator>(context, total, Found{});
  }
  std::unique_ptr<Enumerator> restore_enumerator(SplitEnumeratorContext<Range>& context,
                                                 Found state) const override {
    return std::make_unique<RangesEnumerator>(context, total, std::move(state));
  }
  std::unique_ptr<SourceReader<std::string, Range>> create_reader(
      SourceReaderContext& context) const override {
    return std::make_unique<RangesReader>(context);
  }
  std::int64_t total;
};

template <class S, class K>
RecoveringJob::Define define(S source, K sink) {
  auto shared_source = std::make_shared<const S>(std::move(source));
  auto shared_sink = std::make_shared<const K>(std::move(sink));
  return [shared_source, shared_sink](Transformation& from, Transformation& to) {
    detail::install_source(shared_source, from);
    detail::install_sink(shared_sink, to);
  };
}

std::string bucket_of(const std::string& line) {
  const char last = line.empty() ? '0' : line.back();
  return last < '3' ? std::string{} : last < '6' ? std::string{"low"} : std::string{"high/"} + last;
}

struct Output {
  Lines lines;
  std::size_t in_progress = 0, pending = 0, files = 0;
};
void read_output(base::FileSystem& files, const std::string& directory, Output& output) {
  for (const auto& entry : files.list(directory)) {
    if (entry.is_directory) {
      read_output(files, entry.path, output);
    } else if (entry.path.ends_with(".inprogress")) {
      ++output.in_progress;
    } else if (entry.path.ends_with(".pending")) {
      ++output.pending;
    } else {
      ++output.files;
      std::string text(entry.size, '\0');
      files.open_read(entry.path)->read_at(0, text);
      for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
        output.lines.push_back(text.substr(at, text.find('\n', at) - at));
      }
    }
  }
}

struct Scenario {
  std::string root;
  RecoveringJob::Define define;
  Lines expected;
};

// Which source, how large, with buckets or without.
Scenario scenario(base::Random& random, Disks& disks, const std::string& root) {
  Scenario made;
  made.root = root;
  const auto total = static_cast<std::int64_t>(1 + random.below(400));
  std::string text;
  for (std::int64_t i = 0; i < total; ++i) {
    made.expected.push_back("line " + std::to_string(i));
    text += made.expected.back() + '\n';
  }
  auto sink = FileSink<std::string>::text(root + "/out");
  if (random.below(2) == 0) sink = sink.with_bucket_assigner(bucket_of);
  if (random.below(2) == 0) {
    sink = sink.with_rolling_policy(
        DefaultRollingPolicy{}.with_max_part_size(200).with_rollover_interval(
            std::chrono::milliseconds{20}));
  }
  switch (random.below(3)) {
    case 0: {
      disks.of(-1).create_directories(root);
      const auto file = disks.of(-1).create(root + "/in.txt");
      file->append(text);
      file->sync();
      file->close();
      disks.of(-1).sync_directory(root);
      made.define = define(
          FileSource<std::string>::text(root + "/in.txt").with_split_bytes(1 + random.below(2000)),
          sink);
      break;
    }
    case 1:
      made.define = define(
          DataGeneratorSource<std::string>{
              [](std::int64_t i) { return "line " + std::to_string(i); }, total},
          sink);
      break;
    default:
      made.define = define(RangesSource{total}, sink);
  }
  std::sort(made.expected.begin(), made.expected.end());
  return made;
}

int failures_seen = 0, checkpoints_seen = 0;

void run_once(std::uint64_t seed, Disks& disks, const std::string& root,
              RecoveringJob::Chances chances, bool clean = true) {
  CAPTURE(seed);
  base::SeededRandom random{seed};
  const Scenario made = scenario(random, disks, root);
  RecoveringJob job{disks, random, made.define, chances};
  REQUIRE(job.run(200'000));
  failures_seen += job.failures();
  checkpoints_seen += job.checkpoints();
  disks.heal();
  Output output;
  read_output(disks.of(-1), root + "/out", output);
  std::sort(output.lines.begin(), output.lines.end());
  Lines lost, doubled;
  std::set_difference(made.expected.begin(), made.expected.end(), output.lines.begin(),
                      output.lines.end(), std::back_inserter(lost));
  std::set_difference(output.lines.begin(), output.lines.end(), made.expected.begin(),
                      made.expected.end(), std::back_inserter(doubled));
  CAPTURE(lost.size());
  CAPTURE(doubled.size());
  REQUIRE(output.lines == made.expected);
  // A job that another one continued may leave parts; nobody else does.
  if (clean && job.job_ids() == 1) REQUIRE(output.in_progress == 0);
  // Nor what it handed over, unless a savepoint may name it.
  if (clean && job.job_ids() == 1 && (job.jobmanagers() == 1 || !job.savepoints())) {
    REQUIRE(output.pending == 0);
  }
}

TEST_CASE("every record once, whatever dies when") {
  failures_seen = checkpoints_seen = 0;
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    MemoryDisks disks;
    run_once(seed, disks, "dir", {});
  }
  CHECK(failures_seen > 3000);
  CHECK(checkpoints_seen > 3000);
}

TEST_CASE("checkpoints all the time, failures all the time") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    MemoryDisks disks;
    run_once(seed, disks, "dir", {5, 10, 15, 3, 60, true, 4});
  }
}

TEST_CASE("file operations that fail, disks that are full") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    MemoryDisks disks;
    base::SeededRandom random{seed + 1'000'000};
    int faults = 15;
    bool full = false;
    disks.files.before = [&](const std::string& operation, const std::string& path) {
      if (!path.starts_with("dir/out") || faults == 0) return;
      if (operation == "append" && random.below(60) == 0) full = !full;
      if (random.below(50) == 0 || (full && operation == "append")) {
        --faults;
        if (faults == 0) full = false;
        MemoryFileSystem::fail(operation, path, full ? "No space left on device" : "I/O error");
      }
    };
    // What a failed clean-up leaves is garbage, not output.
    run_once(seed, disks, "dir", {}, false);
  }
}

TEST_CASE("simulated machines that lose what they have not synced") {
  for (std::uint64_t seed = 1; seed <= 700; ++seed) {
    SimulatedDisks disks{seed};
    base::SeededRandom random{seed + 2'000'000};
    if (seed % 2 == 0) {
      disks.trouble = [&](sim::ProcessId process) {
        if (process > 1 && random.below(3) == 0)
          disks.disk.fail_operation(process, random.below(60));
      };
    }
    run_once(seed, disks, "/dir", {}, false);
  }
}

TEST_CASE("real files") {
  const auto root = std::filesystem::temp_directory_path() /
                    ("flink-recovery-test-" + std::to_string(::getpid()));
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    std::filesystem::remove_all(root);
    RealDisks disks;
    run_once(seed, disks, root.string(), {});
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace flink::test
