// SPDX-License-Identifier: Apache-2.0
// Interval joins: what Flink 2.3 joined (data/interval_joins.txt), a brute-force oracle over random
// streams, lateness and refusals; what older versions kept is read. FLINK_TEST_SEED repeats one
// seed.
#include <doctest/doctest.h>
#include <flink/flink.h>
#include <flink/testing.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using namespace flink;
using namespace std::chrono_literals;

namespace {

struct Record {
  std::int64_t seq = 0;
  std::int64_t key = 0;
  std::int64_t ts = 0;
};
struct Bounds {
  std::int64_t lower = 0, upper = 0;
  bool lower_exclusive = false, upper_exclusive = false;
};
using Lines = std::vector<std::string>;
using Joined = testing::TwoInputHarness<Record, Record, std::string>;

const OutputTag<Record> late_left{"late left"}, late_right{"late right"};

std::string line_of(const Record& x, const Record& y) {
  const auto text = [](std::int64_t number) { return std::to_string(number); };
  const std::int64_t later = std::max(x.ts, y.ts);
  return text(x.key) + "," + text(x.seq) + " " + text(y.seq) + "," + text(y.ts - x.ts) + " " +
         text(x.ts) + " " + text(y.ts) + " " + text(later) + ",t=" + text(later);
}

// The times come from the context, so that the test sees whether it has them right.
struct ToLine {
  void process_element(const Record& x, const Record& y, ProcessJoinContext& ctx,
                       Collector<std::string>& out) {
    const Record left{x.seq, x.key, ctx.left_timestamp().time_since_epoch().count()};
    const Record right{y.seq, y.key, ctx.right_timestamp().time_since_epoch().count()};
    std::string line = line_of(left, right);
    line.resize(line.rfind('=') + 1);
    out.collect(line + std::to_string(ctx.timestamp().time_since_epoch().count()));
  }
};

// What versions kept that had no lists: buckets of all records, each with a timer.
class BucketJoin {
 public:
  explicit BucketJoin(detail::JoinInterval interval) : interval_(interval) {}
  void process_element1(const Record& left, KeyedContext<std::int64_t>& ctx,
                        Collector<std::string>& out) {
    if (is_late(left, ctx)) return;
    set_timer(left_.add(left, left.ts, watermark_of(ctx)), ctx);
    right_.for_each(left.ts + interval_.lower, left.ts + interval_.upper, watermark_of(ctx),
                    [&](const Record& right, std::int64_t) { out.collect(line_of(left, right)); });
  }
  void process_element2(const Record& right, KeyedContext<std::int64_t>& ctx,
                        Collector<std::string>& out) {
    if (is_late(right, ctx)) return;
    set_timer(right_.add(right, right.ts, watermark_of(ctx)), ctx);
    left_.for_each(right.ts - interval_.upper, right.ts - interval_.lower, watermark_of(ctx),
                   [&](const Record& left, std::int64_t) { out.collect(line_of(left, right)); });
  }
  void on_timer(Timestamp at, KeyedContext<std::int64_t>&, Collector<std::string>&) {
    left_.on_timer(at.time_since_epoch().count());
    right_.on_timer(at.time_since_epoch().count());
  }

 private:
  static std::int64_t watermark_of(ProcessContext& ctx) {
    return ctx.current_watermark().time_since_epoch().count();
  }
  static bool is_late(const Record& record, ProcessContext& ctx) {
    return record.ts < watermark_of(ctx);
  }
  static void set_timer(std::optional<std::int64_t> at, ProcessContext& ctx) {
    if (at) ctx.timer_service().register_event_time_timer(timestamp_of_millis(*at));
  }

  detail::JoinInterval interval_;
  detail::JoinBuckets<Record> left_{"_join/left", interval_,
                                    std::max<std::int64_t>(interval_.upper, 0)};
  detail::JoinBuckets<Record> right_{"_join/right", interval_,
                                     std::max<std::int64_t>(-interval_.lower, 0)};
};
std::unique_ptr<Joined> old_harness_of(const Bounds& bounds) {
  return std::make_unique<Joined>([&](const DataStream<Record>& x, const DataStream<Record>& y) {
    return x.key_by(&Record::key)
        .connect(y.key_by(&Record::key))
        .process(BucketJoin{{bounds.lower + (bounds.lower_exclusive ? 1 : 0),
                             bounds.upper - (bounds.upper_exclusive ? 1 : 0)}});
  });
}

std::unique_ptr<Joined> harness_of(const Bounds& bounds) {
  return std::make_unique<Joined>([&](const DataStream<Record>& x, const DataStream<Record>& y) {
    auto join = x.key_by(&Record::key)
                    .interval_join(y.key_by(&Record::key))
                    .between(std::chrono::milliseconds{bounds.lower},
                             std::chrono::milliseconds{bounds.upper})
                    .side_output_left_late_data(late_left)
                    .side_output_right_late_data(late_right);
    if (bounds.lower_exclusive) join = join.lower_bound_exclusive();
    if (bounds.upper_exclusive) join = join.upper_bound_exclusive();
    return join.process(ToLine{});
  });
}

std::ifstream open_data(const std::string& name) {
  std::ifstream file(std::string{FLINK_SOURCE_DIR} + "/tests/unit/api/data/" + name);
  REQUIRE(file);
  return file;
}
std::vector<Record> read_records(const std::string& name) {
  std::ifstream file = open_data(name);
  std::vector<Record> records;
  std::string line, field;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::vector<std::string> values;
    while (std::getline(fields, field, ',')) values.push_back(field);
    records.push_back({std::stoll(values[0]), std::stoll(values[1]), std::stoll(values[4])});
  }
  return records;
}
std::map<std::string, Lines> read_blocks() {
  std::ifstream file = open_data("interval_joins.txt");
  std::map<std::string, Lines> blocks;
  std::string line, block;
  while (std::getline(file, line)) {
    if (line.front() == '[') block = line.substr(1, line.size() - 2);
    else blocks[block].push_back(line);
  }
  return blocks;
}
Lines sorted(Lines lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

TEST_CASE("interval joins find what Flink finds") {
  struct Row {
    const char* name;
    const char* x;
    const char* y;
    Bounds bounds;
  };
  const Row rows[] = {
      {"j14", "left.csv", "right.csv", {-300, 200, true, true}},
      {"j16", "left.csv", "right.csv", {-300, 200, false, true}},
      {"j18", "right.csv", "left.csv", {0, 0}},
      {"j20", "left.csv", "right.csv", {100, 400, true, true}},
      {"j22", "left.csv", "right.csv", {-400, -100, true, false}},
      {"j24", "right.csv", "left.csv", {150, 150}},
      {"j26", "left.csv", "left.csv", {0, 250, true, false}},
  };
  const auto blocks = read_blocks();
  CHECK(blocks.size() == std::size(rows));
  for (const Row& row : rows) {
    CAPTURE(row.name);
    auto harness = harness_of(row.bounds);
    const std::vector<Record> x = read_records(row.x), y = read_records(row.y);
    std::int64_t largest_x = INT64_MIN, largest_y = INT64_MIN;
    for (std::size_t i = 0; i < x.size(); ++i) {
      harness->push1(x[i], timestamp_of_millis(x[i].ts));
      largest_x = std::max(largest_x, x[i].ts);
      harness->push_watermark1(timestamp_of_millis(largest_x - 501));
      harness->push2(y[i], timestamp_of_millis(y[i].ts));
      largest_y = std::max(largest_y, y[i].ts);
      harness->push_watermark2(timestamp_of_millis(largest_y - 501));
    }
    harness->finish();
    CHECK(sorted(harness->output()) == sorted(blocks.at(row.name)));
  }
}

namespace {

// All pairs that fit. A pair of which one came so late that the other had gone is none: it goes
// when the watermark has come as far as it reaches, but not before the next one (Flink's timers).
class Oracle {
 public:
  explicit Oracle(Bounds bounds) : bounds_(bounds) {
    bounds_.lower += bounds.lower_exclusive ? 1 : 0;
    bounds_.upper -= bounds.upper_exclusive ? 1 : 0;
  }
  void left(const Record& record, std::int64_t watermark) {
    for (const Kept& other : rights_) pair(record, other.record, other, -bounds_.lower, watermark);
    lefts_.push_back({record, watermark});
  }
  void right(const Record& record, std::int64_t watermark) {
    for (const Kept& other : lefts_) pair(other.record, record, other, bounds_.upper, watermark);
    rights_.push_back({record, watermark});
  }
  Lines lines;

 private:
  struct Kept {
    Record record;
    std::int64_t came_at;  // the watermark then
  };
  void pair(const Record& x, const Record& y, const Kept& earlier, std::int64_t reach,
            std::int64_t watermark) {
    const std::int64_t apart = y.ts - x.ts;
    if (x.key != y.key || apart < bounds_.lower || apart > bounds_.upper) return;
    const std::int64_t kept_until =
        std::max(earlier.record.ts + std::max<std::int64_t>(reach, 0), earlier.came_at + 1);
    if (kept_until > watermark) lines.push_back(line_of(x, y));
  }
  Bounds bounds_;
  std::vector<Kept> lefts_, rights_;
};

std::size_t run_random(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](int below) {
    return static_cast<std::int64_t>(random() % static_cast<unsigned>(below));
  };
  Bounds bounds;
  bounds.lower = pick(60) - 30;
  bounds.upper = bounds.lower + pick(3) * pick(40);
  bounds.lower_exclusive = pick(3) == 0;
  bounds.upper_exclusive = pick(3) == 0;

  const bool from_old = pick(3) == 0;  // until the first restore
  auto harness = from_old ? old_harness_of(bounds) : harness_of(bounds);
  Oracle oracle{bounds};
  Lines got;
  std::int64_t marks[2] = {INT64_MIN, INT64_MIN};
  // So that lists and chunks are filled, and that keys come and go.
  const std::int64_t dense = pick(4);
  const int many = dense < 2 ? 900 : 150;
  const std::int64_t spread = dense == 0 ? 8 : 2;
  const int keys = dense == 1 ? 12 : 2;
  for (int i = 0; i < many; ++i) {
    const Record record{i, pick(keys), i / spread + pick(30) - 50};
    const Timestamp at = timestamp_of_millis(record.ts);
    const std::int64_t watermark = std::min(marks[0], marks[1]);
    const bool late = record.ts < watermark;
    if (pick(2) == 0) {
      harness->push1(record, at);
      if (!late) oracle.left(record, watermark);
    } else {
      harness->push2(record, at);
      if (!late) oracle.right(record, watermark);
    }
    if (pick(4) == 0) {
      const auto side = static_cast<std::size_t>(pick(2));
      marks[side] = std::max(marks[side], i / spread + pick(10) - 45);
      const Timestamp mark = timestamp_of_millis(marks[side]);
      side == 0 ? harness->push_watermark1(mark) : harness->push_watermark2(mark);
    }
    if (pick(many / 3) == 0) {
      for (std::string& line : harness->take()) got.push_back(std::move(line));
      const auto snapshot = harness->snapshot();
      harness = harness_of(bounds);
      harness->restore(snapshot);
      if (marks[0] != INT64_MIN) harness->push_watermark1(timestamp_of_millis(marks[0]));
      if (marks[1] != INT64_MIN) harness->push_watermark2(timestamp_of_millis(marks[1]));
    }
  }
  harness->finish();
  for (std::string& line : harness->take()) got.push_back(std::move(line));
  CHECK(sorted(got) == sorted(oracle.lines));
  return oracle.lines.size();
}

}  // namespace

TEST_CASE("random interval joins, restored in their middle, find what the oracle finds") {
  const char* const given = ::getenv("FLINK_TEST_SEED");
  const std::uint64_t first = given != nullptr ? std::stoull(given) : 1;
  const std::uint64_t seeds = given != nullptr ? 1 : 150;
  std::size_t pairs = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    CAPTURE(seed);
    pairs += run_random(seed);
  }
  MESSAGE("seeds ", first, "..", first + seeds - 1, ": ", pairs, " pairs");
  CHECK(pairs > 0);
}

TEST_CASE("a join's late records go to side outputs; one at the watermark is not late") {
  auto harness = harness_of({-5, 5});
  const auto& left = harness->side_output(late_left);
  const auto& right = harness->side_output(late_right);
  harness->push_watermark(timestamp_of_millis(10));
  harness->push1({.seq = 1, .ts = 9}, timestamp_of_millis(9));
  harness->push2({.seq = 2, .ts = 9}, timestamp_of_millis(9));
  harness->push1({.seq = 3, .ts = 10}, timestamp_of_millis(10));
  harness->push2({.seq = 4, .ts = 12}, timestamp_of_millis(12));
  REQUIRE(left.size() == 1);
  REQUIRE(right.size() == 1);
  CHECK(left[0].seq == 1);
  CHECK(right[0].seq == 2);
  CHECK(harness->output() == Lines{"0,3 4,2 10 12 12,t=12"});
}

TEST_CASE("a join over months keeps records that are weeks apart, also when restored") {
  const std::int64_t day = 24 * 3600 * 1000;
  const Bounds bounds{-60 * day, 60 * day};
  const std::int64_t days[] = {100, 50, 75, 61, 110, 99, 101, 60, 139, 112, 77, 51};
  auto harness = harness_of(bounds);
  Oracle oracle{bounds};
  Lines got;
  std::int64_t seq = 0;
  for (const std::int64_t at : days) {
    const Record record{++seq, 0, at * day};
    harness->push1(record, timestamp_of_millis(record.ts));
    oracle.left(record, INT64_MIN);
    harness->push2(record, timestamp_of_millis(record.ts));
    oracle.right(record, INT64_MIN);
    for (std::string& line : harness->take()) got.push_back(std::move(line));
    const auto snapshot = harness->snapshot();
    harness = harness_of(bounds);
    harness->restore(snapshot);
  }
  CHECK(sorted(got) == sorted(oracle.lines));
}

TEST_CASE("a join's list is described, and evolves, as its fields do") {
  using List = detail::JoinList<Record>;
  using Fields = detail::JoinListFields<Record>;
  CHECK(schema_of<List>() == schema_of<Fields>());
  CHECK(schema_defaults<List>() == schema_defaults<Fields>());
  ByteWriter out;
  Serializer<Fields>::write(out, {{1, 2, INT64_MAX}, {{}, {}, {}}, 0});
  ByteReader in(out.view());
  List list;
  CHECK_THROWS_WITH_AS(Serializer<List>::read(in, list), doctest::Contains("a list of a join"),
                       Error);
}

TEST_CASE("joins that cannot be are refused") {
  CHECK_THROWS_WITH_AS(harness_of({5, 4}), doctest::Contains("the lower bound is above"), Error);
  CHECK_THROWS_WITH_AS(harness_of({INT64_MIN, 0}), doctest::Contains("millions of years"), Error);
  auto harness = harness_of({0, 1});
  CHECK_THROWS_WITH_AS(harness->push1({}), doctest::Contains("without a timestamp"), Error);
  CHECK_NOTHROW(harness->push1({}, timestamp_of_millis(INT64_MAX)));
  CHECK_NOTHROW(harness->push2({}, timestamp_of_millis(INT64_MIN + 1)));
}
