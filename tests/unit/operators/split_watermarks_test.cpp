// SPDX-License-Identifier: Apache-2.0
// Watermarks of a source's splits: what is combined when, idleness, and outputs of splits.
#include "operators/split_watermarks.h"

#include <doctest/doctest.h>
#include <flink/reader_output.h>
#include <flink/watermark_strategy.h>

#include <algorithm>
#include <map>
#include <random>
#include <sstream>

#include "operators/combined_watermark.h"
#include "unit/operators/played_task.h"

using namespace flink;
using namespace std::chrono_literals;
using flink::operators::CombinedWatermark;
using flink::operators::SplitWatermarks;
using flink::test::PlayedTask;

namespace {

constexpr std::int64_t none = INT64_MIN;  // watermark
using Strategy = WatermarkStrategy<std::int64_t>;

Strategy monotonous() {
  return Strategy::for_monotonous_timestamps().with_timestamp_assigner(
      [](const std::int64_t& at) { return at; });
}

// A reader's view of a source under a strategy. What is said is asked for once.
struct Source {
  PlayedTask task;
  SplitWatermarks watermarks;
  std::optional<ReaderOutput<std::int64_t>> out;

  explicit Source(const Strategy& strategy) : watermarks(strategy.plan()) {
    watermarks.open(task);
    out.emplace(watermarks.main_output(), &watermarks);
  }
  void collect(const std::string& split, std::int64_t at) {
    (split.empty() ? *out : out->create_output_for_split(split)).collect(at);
    out->flush();
  }
  void tick(base::Duration at) {
    task.time.at = at;
    watermarks.on_periodic_emit(at - task.blocked);
  }
  std::string said() {
    std::string all;
    for (const auto& one : std::exchange(task.said, {})) all += (all.empty() ? "" : ", ") + one;
    return all;
  }
};

}  // namespace

TEST_CASE("combined: the least of those that are not idle, never going back") {
  using Part = CombinedWatermark::Part;
  struct Row {
    std::string name;
    std::vector<Part> parts;
    std::int64_t watermark;
    bool idle;
  };
  const Row rows[] = {
      {"nothing", {}, none, false},
      {"one that has said nothing", {{none, false}}, none, false},
      {"the least", {{20, false}, {10, false}}, 10, false},
      {"one is idle", {{20, false}, {10, true}}, 20, false},
      {"all are idle: it does not advance", {{20, true}, {10, true}}, none, true},
      {"one has said nothing", {{20, false}, {none, false}}, none, false},
      {"idle, having said nothing", {{20, false}, {none, true}}, 20, false},
      {"at the end of time", {{INT64_MAX, false}}, INT64_MAX, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CombinedWatermark combined;
    for (const Part& part : row.parts) combined.add(part);
    const auto change = combined.combine();
    CHECK(change.watermark.value_or(none) == row.watermark);
    CHECK(change.idle.value_or(false) == row.idle);
    CHECK(!combined.combine().watermark);
    const Part late{5, false};
    combined.add(late);
    combined.combine();
    CHECK(combined.watermark() >= row.watermark);
  }
}

TEST_CASE("a split that is behind holds its source back until it is released") {
  Source source{monotonous()};
  source.collect("a", 100);
  source.collect("b", 10);
  source.tick(200ms);
  CHECK(source.said() == "record 100, record 10, watermark 9");
  source.out->create_output_for_split("c");
  source.collect("b", 90);
  source.tick(400ms);
  CHECK(source.said() == "record 90");  // c has said nothing yet
  source.out->release_output_for_split("c");
  CHECK(source.said() == "watermark 89");
  source.out->release_output_for_split("b");
  CHECK(source.said() == "watermark 99");
  source.out->release_output_for_split("a");
  source.collect("d", 50);  // comes late: never back
  source.tick(600ms);
  CHECK(source.said() == "record 50");
  source.collect("d", 150);
  source.tick(800ms);
  CHECK(source.said() == "record 150, watermark 149");
}

TEST_CASE("records of no split have a generator of their own") {
  Source source{monotonous()};
  source.collect("", 50);
  source.tick(200ms);
  CHECK(source.said() == "record 50, watermark 49");
  source.collect("a", 100);
  source.tick(400ms);
  CHECK(source.said() == "record 100");  // once used it counts
  source.collect("", 80);
  source.tick(600ms);
  CHECK(source.said() == "record 80, watermark 79");
}

TEST_CASE("idleness: of each split, and of the source when all are") {
  Source source{monotonous().with_idleness(1s)};
  source.collect("a", 10);
  source.collect("b", 100);
  source.tick(200ms);
  source.said();
  for (int at = 400; at <= 1200; at += 200) {
    source.collect("b", at);
    source.tick(1ms * at);
  }
  CHECK(source.said() == "record 400, record 600, record 800, record 1000, record 1200");
  source.collect("b", 1400);
  source.tick(1400ms);
  CHECK(source.said() == "record 1400, watermark 1399");  // a is idle
  for (int at = 1600; at <= 2400; at += 200) source.tick(1ms * at);
  CHECK(source.said().empty());
  source.tick(2600ms);
  CHECK(source.said() == "idle");
  source.collect("a", 50);
  CHECK(source.said() == "active, record 50");
  source.tick(2800ms);
  CHECK(source.said().empty());  // behind: never back
  source.collect("a", 3000);
  source.tick(3000ms);
  CHECK(source.said() == "record 3000, watermark 2999");  // b is idle still
}

TEST_CASE("idleness: a subtask without splits, before the first and after the last") {
  Source source{monotonous().with_idleness(1s)};
  source.tick(200ms);
  source.tick(1200ms);
  CHECK(source.said() == "idle");
  source.out->create_output_for_split("a");
  CHECK(source.said() == "active");
  source.collect("a", 10);
  source.tick(1400ms);
  CHECK(source.said() == "record 10, watermark 9");
  source.out->release_output_for_split("a");
  source.tick(1600ms);
  source.tick(2400ms);
  CHECK(source.said().empty());
  source.tick(2600ms);
  CHECK(source.said() == "idle");
}

TEST_CASE("idleness: time in which the task is blocked does not count") {
  Source source{monotonous().with_idleness(1s)};
  source.collect("a", 10);
  source.collect("b", 10);
  source.tick(200ms);
  source.tick(400ms);
  source.task.blocked = 5s;  // nobody could read either
  source.collect("b", 6000);
  source.tick(6200ms);
  CHECK(source.said() == "record 10, record 10, watermark 9, record 6000");
  source.collect("b", 6300);
  source.tick(6400ms);  // 400 to 6400, less 5 s
  CHECK(source.said() == "record 6300, watermark 6299");
}

TEST_CASE("many splits in one poll: no record is lost, and few batches are held") {
  struct Counted final : Output {
    std::map<const Batch*, int> batches;
    std::size_t records = 0, emitted = 0;
    void emit(BatchRef& batch) override {
      ++batches[batch.get()];
      records += batch->size();
      ++emitted;
    }
    void emit_watermark(Timestamp) override {}
    void emit_idle(bool) override {}
  } counted;
  struct Splits final : SplitOutputs {
    Output& out;
    int live = 0;
    explicit Splits(Output& o) : out(o) {}
    Output& create_output_for_split(std::string_view) override {
      ++live;
      return out;
    }
    void release_output_for_split(std::string_view) override { --live; }
  } splits{counted};
  ReaderOutput<std::int64_t> output{counted, &splits};
  const auto half_full_after = [&](int splits_used) {
    for (int split = 0; split < splits_used; ++split) {
      output.create_output_for_split(std::to_string(split)).collect(std::int64_t{split});
    }
    const bool half_full = output.half_full();
    CHECK(output.pending() == static_cast<std::size_t>(splits_used));
    output.flush();
    CHECK(output.pending() == 0);
    return half_full;
  };
  CHECK(!half_full_after(15));
  CHECK(half_full_after(16));
  CHECK(half_full_after(100));
  CHECK(splits.live == 100);
  CHECK(counted.records == 131);
  CHECK(output.records_emitted() == 131);
  CHECK(output.batches_emitted() == counted.emitted);
  for (int split = 0; split < 100; ++split) {
    auto& one = output.create_output_for_split(std::to_string(split));
    one.collect(7);
    output.release_output_for_split(std::to_string(split));  // its records go on first
  }
  CHECK(counted.records == 231);
  CHECK(splits.live == 0);
  // A batch of a split is as large as the runtime wants it for now.
  output.set_goal(3);
  auto& split = output.create_output_for_split("a");
  CHECK(split.room() == 3);
  for (int i = 0; i < 7; ++i) split.collect(i);
  CHECK(output.pending() == 1);
  CHECK(counted.records == 237);
  // Without watermarks nobody asks for the split.
  ReaderOutput<std::int64_t> plain{counted};
  CHECK(&plain.create_output_for_split("a") == &plain);
  plain.release_output_for_split("a");
}

// ---- against an oracle that keeps what each split has seen, and works everything out anew

namespace {

struct Model {
  struct Split {
    std::int64_t greatest = none, watermark = none;
    std::optional<base::Duration> quiet_since;
    bool fresh = false, idle = false;
  };
  base::Duration idleness{0};
  std::map<std::string, Split> splits;  // "" is the main output
  bool main_used = false;
  std::int64_t watermark = none;
  bool idle = false;

  bool counts(const std::string& name) const {
    return !name.empty() || main_used || splits.size() == 1;
  }
  void combine() {
    bool all_idle = true;
    std::int64_t least = INT64_MAX;
    for (const auto& [name, split] : splits) {
      if (!counts(name) || split.idle) continue;
      all_idle = false;
      least = std::min(least, split.watermark);
    }
    if (!all_idle) watermark = std::max(watermark, least);
    idle = all_idle;
  }
  void collect(const std::string& name, std::int64_t at) {
    if (name.empty() && !main_used)
      splits[""] = {splits[""].greatest, splits[""].watermark, {}, false, false};
    if (name.empty()) main_used = true;
    Split& split = splits[name];
    split.fresh = true;
    split.idle = false;
    combine();
    split.greatest = std::max(split.greatest, at);
  }
  void release(const std::string& name) {
    splits.erase(name);
    if (splits.size() == 1 && !main_used)
      splits[""] = {splits[""].greatest, splits[""].watermark, {}, false, false};
    combine();
  }
  void tick(base::Duration now) {
    for (auto& [name, split] : splits) {
      if (!counts(name)) continue;
      if (split.fresh) split.quiet_since.reset();
      else if (!split.quiet_since) split.quiet_since = now;
      else if (now - *split.quiet_since >= idleness) split.idle = true;
      split.fresh = false;
      if (!split.idle && split.greatest != none) split.watermark = split.greatest - 1;
    }
    combine();
  }
};

// Of what a task said.
void follow(const std::string& said, std::int64_t& watermark, bool& idle) {
  std::istringstream words{said};
  for (std::string word; words >> word;) {
    if (word.back() == ',') word.pop_back();
    if (word == "idle") idle = true;
    if (word == "active") idle = false;
    if (word != "watermark") continue;
    std::string number;
    words >> number;
    const auto next = std::stoll(number);
    CHECK(next > watermark);
    watermark = next;
  }
}

void play(unsigned seed) {
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto below = [&random](unsigned n) { return random() % n; };
  const auto strategy = monotonous().with_idleness(1s);
  const unsigned names = 1 + below(5);
  const bool uses_main = below(4) == 0;
  for (unsigned life = 0; life < 3; ++life) {  // a restore begins with no watermark
    Source source{strategy};
    Model model;
    model.idleness = 1s;
    model.splits[""];
    std::int64_t watermark = none;
    bool idle = false;
    base::Duration now{0};
    for (int step = 0; step < 200; ++step) {
      std::string name(1, static_cast<char>('a' + below(names)));
      switch (below(6)) {
        case 0:
        case 1:
          if (uses_main && below(3) == 0) name.clear();
          {
            const auto at =
                static_cast<std::int64_t>(below(1000) + static_cast<unsigned>(step) * 5);
            if (!name.empty()) model.splits[name], model.combine();
            model.collect(name, at);
            source.collect(name, at);
          }
          break;
        case 2:
          if (below(4) != 0) break;
          model.splits[name];
          model.combine();
          source.out->create_output_for_split(name);
          break;
        case 3:
          if (below(4) != 0 || !model.splits.contains(name)) break;
          model.release(name);
          source.out->release_output_for_split(name);
          break;
        default:
          now += 50ms * (1 + below(8));
          if (below(10) == 0) {
            const auto blocked = 1ms * below(3000);
            now += blocked;
            source.task.blocked += blocked;
          }
          source.tick(now);
          model.tick(now - source.task.blocked);
      }
      follow(source.said(), watermark, idle);
      CAPTURE(step);
      REQUIRE(watermark == model.watermark);
      REQUIRE(idle == model.idle);
    }
  }
}

}  // namespace

TEST_CASE("random splits: watermark and idleness are those of an oracle") {
  const unsigned first = std::random_device{}();
  MESSAGE("seeds from " << first << " on, 300 of them");
  for (unsigned seed = first; seed != first + 300; ++seed) play(seed);
}
