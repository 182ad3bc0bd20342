// SPDX-License-Identifier: Apache-2.0
// Windows over a random stream out of order, and what an oracle says of them: the stream, the
// windows and their lateness are drawn by --data. The watermark follows each element at once, so
// that the oracle knows which ones are late, whatever fails and at any parallelism.
#include <flink/flink.h>

#include <algorithm>
#include <map>

#include "../unit/windows/oracle.h"
#include "checked.h"

using namespace flink;
using namespace std::chrono_literals;

namespace {

struct Element {
  std::string key;
  std::int64_t n = 0, at = 0;
};

constexpr std::int64_t lag = 16;

class EveryElement {
 public:
  void on_event(const Element&, Timestamp at, WatermarkOutput& output) {
    if (at > greatest_) output.emit_watermark((greatest_ = at) - std::chrono::milliseconds{lag});
  }
  void on_periodic_emit(WatermarkOutput&) {}

 private:
  Timestamp greatest_ = min_timestamp + 1h;
};

template <class W>
struct Listing {
  bool sorted = false;
  void process(const std::string& key, WindowContext<W>& ctx, Elements<Element> elements,
               Collector<std::string>& out) const {
    std::vector<std::int64_t> all;
    for (const Element& element : elements) all.push_back(element.n);
    if (sorted) std::sort(all.begin(), all.end());
    std::string line = key;
    if constexpr (std::is_same_v<W, TimeWindow>) {
      line += "[" + std::to_string(ctx.window().start().time_since_epoch().count()) + "," +
              std::to_string(ctx.window().end().time_since_epoch().count()) + ")";
    }
    line += "=";
    for (const std::int64_t n : all) line += std::to_string(n) + ",";
    out.collect(line);
  }
};

using Keyed = decltype(std::declval<const DataStream<Element>&>().key_by(&Element::key));

class Job : public test::Checked {
 public:
  explicit Job(StreamExecutionEnvironment& env) : Checked(env) {
    events_.emplace(
        env.from_source(
               generator(
                   env, [seed = seed_](std::int64_t i) { return element_of(seed, i); }, records_),
               WatermarkStrategy<Element>::for_generator(EveryElement{})
                   .with_timestamp_assigner(&Element::at),
               "elements")
            .uid("elements")
            .set_parallelism(1)
            .key_by(&Element::key));
  }

  void add_time_windows(const std::string& name) {
    test::OracleWindows of;
    of.size = of.slide = 4 + below(60);
    if (below(2) == 0) of.slide = 1 + below(of.size);
    of.offset = below(2 * of.slide - 1) - (of.slide - 1);
    if (below(3) == 0) of.gap = 2 + below(14);
    of.in_order = of.gap == 0;
    if (below(2) == 0) of.lateness = below(80);
    test::Oracle oracle{of};
    for (const auto& line : lines_of(oracle)) expect(name + line);
    if (of.gap > 0) {
      add(name, events_->window(EventTimeSessionWindows::with_gap(ms(of.gap))), of);
    } else if (of.size != of.slide) {
      add(name,
          events_->window(SlidingEventTimeWindows::of(ms(of.size), ms(of.slide), ms(of.offset))),
          of);
    } else {
      add(name, events_->window(TumblingEventTimeWindows::of(ms(of.size), ms(of.offset))), of);
    }
  }

  // Sums, which may be kept by slices.
  void add_sums(const std::string& name) {
    test::OracleWindows of;
    of.slide = 2 + below(9);
    of.size = of.slide * (1 + below(12));
    if (below(2) == 0) of.lateness = below(60);
    test::Oracle oracle{of};
    for (const auto& line : lines_of(oracle)) {
      if (line.starts_with("late")) continue;
      std::int64_t sum = 0;
      for (auto at = line.find('='); at + 1 < line.size(); at = line.find(',', at + 1)) {
        sum += std::stoll(line.substr(at + 1));
      }
      expect(name + line.substr(0, 1) + std::to_string(sum));
    }
    take(events_->window(SlidingEventTimeWindows::of(ms(of.size), ms(of.slide)))
             .allowed_lateness(ms(of.lateness))
             .sum(&Element::n)
             .map([name](const Element& sum) { return name + sum.key + std::to_string(sum.n); }));
  }

  void add_counts(const std::string& name) {
    const std::int64_t size = 1 + below(9), slide = 1 + below(size);
    std::map<std::string, std::vector<std::int64_t>> came;
    for (std::int64_t i = 0; i < records_; ++i) {
      auto& all = came[element_of(seed_, i).key];
      all.push_back(i);
      const auto count = static_cast<std::int64_t>(all.size());
      if (count % slide != 0) continue;
      std::string line = name + element_of(seed_, i).key + "=";
      for (auto k = std::max<std::int64_t>(0, count - size); k < count; ++k) {
        line += std::to_string(all[static_cast<std::size_t>(k)]) + ",";
      }
      expect(line);
    }
    take(events_->count_window(size, slide)
             .process(Listing<GlobalWindow>{})
             .map([name](const std::string& line) { return name + line; }));
  }

 private:
  // Now and then far behind.
  static Element element_of(std::uint64_t seed, std::int64_t i) {
    const auto random = mixed(seed, i);
    const auto late = static_cast<std::int64_t>(random >> 8 & 31) * (random % 7 == 0 ? 4 : 1);
    return {std::string(1, static_cast<char>('a' + (random >> 16) % 5)), i, 2 * i - late};
  }
  std::vector<std::string> lines_of(test::Oracle& oracle) const {
    std::int64_t greatest = INT64_MIN;
    for (std::int64_t i = 0; i < records_; ++i) {
      const auto element = element_of(seed_, i);
      oracle.element(element.key, element.at, element.n);
      if (element.at > greatest) oracle.watermark((greatest = element.at) - lag);
    }
    oracle.watermark(INT64_MAX / 2);
    return oracle.take();
  }
  template <class Windows>
  void add(const std::string& name, const Windows& windows, const test::OracleWindows& of) {
    const OutputTag<Element> late{"late"};
    const auto fired = windows.allowed_lateness(ms(of.lateness))
                           .side_output_late_data(late)
                           .process(Listing<TimeWindow>{of.gap > 0});
    take(fired.map([name](const std::string& line) { return name + line; }));
    take(fired.get_side_output(late).map(
        [name](const Element& element) { return name + "late:" + std::to_string(element.n); }));
  }

  std::optional<Keyed> events_;
};

}  // namespace

void define_job(StreamExecutionEnvironment& env) {
  Job job{env};
  job.add_time_windows("first ");
  job.add_time_windows("second ");
  job.add_sums("sum ");
  job.add_counts("count ");
  job.execute(env, "Windows and their oracle");
}
