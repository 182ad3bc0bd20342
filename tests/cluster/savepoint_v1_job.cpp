// SPDX-License-Identifier: Apache-2.0
// The job whose savepoints are kept in data: every kind of state, in every shape that formats tell
// apart. It never changes but to follow the API: what it does to a record is part of the test. Its
// final state and output depend on --records alone. Without --output nothing is written, and
// sliding windows, whose results are kept as state, come in its place: so since v3, since what a
// sink has to commit names absolute paths.
//   savepoint_v1 -- --records N --sources P [--rate R] [--output DIR]   goes on until it is stopped
#include <flink/flink.h>

#include <chrono>

#include "../mean.h"

using namespace flink;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t blocks = 4;  // of the input, with keys of their own: no split cuts one
constexpr std::int64_t keys_per_block = 3;
constexpr std::int64_t numbers_min = 240;  // how many there are at least

struct Reading {
  std::string key;
  std::int64_t number = 0;
  std::int64_t seq = 0;  // of the key's readings
  std::int64_t at = 0;   // milliseconds of event time
};
struct Line {
  std::string what, key;
  std::int64_t number = 0, seen = 0;
  double mean = 0;
};
struct Rule {
  std::string name;
  std::int64_t factor = 0;
  std::optional<double> least;
};

enum class Colour : std::uint8_t { red, green, blue };
struct Place {
  std::string name;
  std::array<float, 2> position{};
};
// Every type that a value may have.
struct Profile {
  bool even = false;
  std::int8_t small = 0;
  std::uint16_t port = 0;
  std::int32_t count = 0;
  std::uint64_t digest = 0;
  double ratio = 0;
  Colour colour = Colour::red;
  std::string text;
  std::chrono::milliseconds pause{0};
  std::optional<std::string> note;
  std::variant<std::int64_t, std::string, Place> latest;
  std::vector<Place> places;
  std::map<std::string, std::int64_t> tallies;
  std::set<std::int32_t> digits;
  std::tuple<std::int64_t, std::string> pair;
};

// Lists of operators, on the way.
struct Noted {
  OperatorList<Place> places{"places"};
  UnionList<std::int64_t> marks{"marks"};

  void initialize_state(FunctionInitializationContext& context) {
    const auto subtasks = context.runtime().parallelism();
    std::erase_if(marks.items(), [&](std::int64_t mark) {
      return mark % subtasks != context.runtime().subtask_index();  // somebody else's
    });
  }
  void process_element(const Reading& in, ProcessContext&, Collector<Reading>& out) {
    if (in.number % 17 == 5) places.add({std::to_string(in.number), {1.5F, -2.25F}});
    if (in.number % 19 == 7) marks.add(in.number);
    out.collect(in);
  }
};

const BroadcastState<std::string, Rule> rules{"rules"};

const StateTtlConfig centuries = StateTtlConfig::new_builder(24h * 365 * 200).build();

struct EveryState {
  ValueState<Profile> profile{"profile"};
  ValueState<std::int64_t> seen{"seen"};
  ListState<std::string> words{"words"};
  MapState<std::string, Place> places{"places"};
  MapState<std::pair<std::int32_t, Colour>, std::int64_t> colours{"colours"};
  ReducingState<std::int64_t> greatest{
      "greatest", [](const std::int64_t& a, const std::int64_t& b) { return std::max(a, b); }};
  AggregatingState<Mean> mean{"mean"};
  ValueState<std::string> last_ttl{"last-ttl"};
  ListState<std::int64_t> list_ttl{"list-ttl"};
  MapState<std::int64_t, std::string> map_ttl{"map-ttl"};

  EveryState() {
    last_ttl.enable_time_to_live(centuries);
    list_ttl.enable_time_to_live(centuries);
    map_ttl.enable_time_to_live(centuries);
  }

  void process_element(const Reading& in, KeyedReadOnlyContext<std::string>& ctx,
                       Collector<Line>& out) {
    seen.update(seen.value_or(0) + 1);
    greatest.add(in.number * 7919 % 1000);
    mean.add(in.number);
    update_profile(in);
    words.add("word " + std::to_string(in.number));
    if (in.seq % 7 == 6) words.clear();
    places.put(in.seq % 8 == 0 ? std::string(510, 'p') + std::to_string(in.seq % 10)
                               : "place " + std::to_string(in.seq % 7),
               {std::to_string(in.number), {0.5F, static_cast<float>(in.seq)}});
    if (in.seq % 6 == 5) places.remove("place 3");
    colours.put({static_cast<std::int32_t>(in.seq % 3), Colour::green}, in.number);
    if (in.seq % 4 == 1) colours.clear();
    last_ttl.update(in.key.substr(0, 8) + std::to_string(in.number));
    list_ttl.add(in.number);
    if (in.seq % 6 == 5) list_ttl.clear();
    map_ttl.put(in.seq % 4, std::to_string(in.number));
    set_timers(in, ctx.timer_service());
    out.collect({"record", in.key.substr(0, 8), in.number, *seen.value(), *mean.get()});
  }

  void process_broadcast_element(const Rule& in, KeyedBroadcastContext<std::string>& ctx,
                                 Collector<Line>&) {
    ctx.get_broadcast_state(rules).put(in.name, in);
  }

  // Those of event time; every rule is there, since the rules' end is what lets event time begin.
  void on_timer(Timestamp at, KeyedReadOnlyContext<std::string>& ctx, Collector<Line>& out) {
    std::int64_t factors = 0;
    for (const auto& [name, rule] : ctx.get_broadcast_state(rules).entries()) {
      factors += rule.factor;
    }
    out.collect({"timer", ctx.current_key().substr(0, 8), at.time_since_epoch().count(), factors});
  }

 private:
  void update_profile(const Reading& in) {
    Profile next = profile.value_or(Profile{});
    next.even = in.number % 2 == 0;
    next.small = static_cast<std::int8_t>(in.number % 256 - 128);
    next.port = static_cast<std::uint16_t>(in.number * 31);
    ++next.count;
    next.digest = (next.digest ^ static_cast<std::uint64_t>(in.number)) * 0x9e3779b97f4a7c15ull;
    next.ratio = static_cast<double>(in.number) / 3;
    next.colour = static_cast<Colour>(in.number % 3);
    next.text = "text\n" + std::to_string(in.number);
    next.pause = std::chrono::milliseconds{in.number};
    next.note = in.number % 4 == 0 ? std::optional<std::string>{} : "note";
    if (in.number % 3 == 0) next.latest = in.number;
    if (in.number % 3 == 1) next.latest = std::to_string(in.number);
    if (in.number % 3 == 2) next.latest = Place{"here", {1, 2}};
    next.places.resize(static_cast<std::size_t>(in.number % 3));
    ++next.tallies["tally " + std::to_string(in.number % 4)];
    next.digits.insert(static_cast<std::int32_t>(in.number % 10));
    next.pair = {in.number, "pair"};
    profile.update(next);
  }

  static void set_timers(const Reading& in, TimerService& timers) {
    timers.register_event_time_timer(timestamp_of_millis((in.at / 1000 + 1) * 1000));
    // Stays: behind the watermark of silence.
    if (in.seq % 4 == 0) {
      timers.register_event_time_timer(timestamp_of_millis(in.at + (std::int64_t{1} << 50)));
    }
    const std::int64_t far = 24h / 1ms * 365 * 300;  // nobody will see it
    timers.register_processing_time_timer(timestamp_of_millis(far + in.seq % 4));
    if (in.seq % 4 == 3) timers.delete_processing_time_timer(timestamp_of_millis(far + 1));
  }
};

struct WindowSum {
  std::string key;
  std::int64_t end = 0, sum = 0;
};
struct Sum {
  using Accumulator = std::int64_t;
  Accumulator create_accumulator() const { return 0; }
  void add(const Reading& in, Accumulator& sum) const { sum += in.number; }
  std::int64_t get_result(const Accumulator& sum) const { return sum; }
  void merge(const Accumulator& from, Accumulator& into) const { into += from; }
};
struct SayWindow {
  void process(const std::string& key, WindowContext<TimeWindow>& ctx, const std::int64_t& sum,
               Collector<WindowSum>& out) const {
    out.collect({key, ctx.window().end().time_since_epoch().count(), sum});
  }
};
struct KeepSums {
  MapState<std::int64_t, std::int64_t> sums{"sums"};
  void process_element(const WindowSum& in, KeyedContext<std::string>&, Collector<WindowSum>&) {
    const auto* before = sums.get(in.end);  // a window that fires twice is seen
    sums.put(in.end, in.sum + (before == nullptr ? 0 : *before));
  }
};
void add_windows(const DataStream<Reading>& readings) {
  readings.key_by(&Reading::key)
      .window(SlidingEventTimeWindows::of(8s, 2s))
      .aggregate(Sum{}, SayWindow{})
      .uid("windows")
      .key_by(&WindowSum::key)
      .process(KeepSums{})
      .uid("window-sums")
      .sink_to(BlackholeSink<WindowSum>{})
      .uid("no-sums");
}

// A key of every length: short, one that is cut, one with zeros and bytes above 127.
std::string key_of(std::int64_t block, std::int64_t i) {
  const std::string name = std::to_string(block) + '-' + std::to_string(i);
  if (i == 1) return name + ' ' + std::string(block == 2 ? 600 : 20, 'k');
  if (i == 2) return name + std::string("\0\1\xC3\xA4", 4);
  return name;
}

Reading reading_of(std::int64_t n, std::int64_t records) {
  const std::int64_t each = records / blocks;
  const std::int64_t block = std::min(n / each, blocks - 1), own = n - block * each;
  return {key_of(block, own % keys_per_block), n, own / keys_per_block, n * 100};
}

// None, for as long as the job runs; so far in the future that they hold no watermark back.
DataStream<Reading> silence(StreamExecutionEnvironment& env, int parallelism) {
  return env
      .from_source(DataGeneratorSource<Reading>(
                       [](std::int64_t) {
                         return Reading{"", 0, 0, std::int64_t{1} << 45};
                       },
                       1'000'000, RateLimiterStrategy::per_second(10)),
                   WatermarkStrategy<Reading>::for_monotonous_timestamps().with_timestamp_assigner(
                       &Reading::at),
                   "silence")
      .set_parallelism(parallelism)
      .uid("silence")
      .filter([](const Reading&) { return false; })
      .set_parallelism(parallelism)
      .uid("no-silence");
}

}  // namespace

void define_job(StreamExecutionEnvironment& env) {
  const auto records = std::max(numbers_min, env.args().get<std::int64_t>("records", numbers_min));
  // No more than the savepoint has splits, since a subtask that ends takes its union list along.
  const auto sources = env.args().get<int>("sources", 2);
  const auto rate = env.args().get<double>("rate", 0);
  auto make = [records](std::int64_t n) { return reading_of(n, records); };
  auto source =
      rate > 0 ? DataGeneratorSource<Reading>(make, records, RateLimiterStrategy::per_second(rate))
               : DataGeneratorSource<Reading>(make, records);
  const auto changes =
      env.from_data(Rule{"large", 3, 100.5}, Rule{"small", 4, {}}).uid("rules").broadcast(rules);
  const auto readings =
      env.from_source(
             source,
             WatermarkStrategy<Reading>::for_monotonous_timestamps().with_timestamp_assigner(
                 &Reading::at),
             "readings")
          .set_parallelism(sources)
          .uid("readings")
          .union_with(silence(env, sources))
          .process(Noted{})
          .set_parallelism(sources)
          .uid("noted");
  const auto said =
      readings.key_by(&Reading::key).connect(changes).process(EveryState{}).uid("every-state");
  if (env.args().has("output")) {
    said.sink_to(FileSink<Line>::csv(env.args().require("output"))).uid("lines");
  } else {
    said.sink_to(BlackholeSink<Line>{}).uid("lines");
    add_windows(readings);
  }
  env.execute("savepoint_v1");
}
