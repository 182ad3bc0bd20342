// SPDX-License-Identifier: Apache-2.0
// Interval joins and patterns over random streams out of order, and what oracles say of them, which
// try every pair and every way. Streams, bounds and patterns are drawn by --data. Nothing is late
// here: which of two inputs is ahead is different in each run.
#include <flink/cep.h>
#include <flink/flink.h>

#include <algorithm>

#include "../unit/cep/oracle.h"
#include "checked.h"

using namespace flink;
using namespace std::chrono_literals;
using test::Event;

namespace {

constexpr std::int64_t jitter = 40;

using Keyed = decltype(std::declval<const DataStream<Event>&>().key_by(&Event::key));

auto of_kind(const std::string& kinds) {
  return [kinds](const Event& e) { return kinds.find(e.kind) != std::string::npos; };
}

struct Pairs {
  std::string name;
  void process_element(const Event& left, const Event& right, ProcessJoinContext& ctx,
                       Collector<std::string>& out) const {
    out.collect(name + std::to_string(left.seq) + "+" + std::to_string(right.seq) + "@" +
                std::to_string(ctx.timestamp().time_since_epoch().count()));
  }
};

class Job : public test::Checked {
 public:
  explicit Job(StreamExecutionEnvironment& env) : Checked(env) {
    for (std::int64_t i = 0; i < records_; ++i) all_.push_back(event_of(seed_, i));
    events_ = env.from_source(generator(
                                  env, [seed = seed_](std::int64_t i) { return event_of(seed, i); },
                                  records_),
                              WatermarkStrategy<Event>::for_bounded_out_of_orderness(ms(jitter))
                                  .with_timestamp_assigner(&Event::ts),
                              "events")
                  .uid("events")
                  .set_parallelism(1);
  }

  // Of one half of the events with the other.
  void add_interval_join(const std::string& name) {
    const std::int64_t lower = below(60) - 40, upper = lower + below(50);
    const bool open_below = below(3) == 0, open_above = below(3) == 0;
    const auto half = [this](std::int64_t value) {
      return events_->filter([value](const Event& e) { return e.value == value; })
          .key_by(&Event::key);
    };
    auto join = half(0).interval_join(half(1)).between(ms(lower), ms(upper));
    if (open_below) join = join.lower_bound_exclusive();
    if (open_above) join = join.upper_bound_exclusive();
    take(join.process(Pairs{name}));
    for (const Event& left : all_) {
      for (const Event& right : all_) {
        if (left.value != 0 || right.value != 1 || left.key != right.key) continue;
        const auto apart = right.ts - left.ts;
        if (apart < lower || apart > upper || (open_below && apart == lower) ||
            (open_above && apart == upper)) {
          continue;
        }
        expect(name + std::to_string(left.seq) + "+" + std::to_string(right.seq) + "@" +
               std::to_string(std::max(left.ts, right.ts)));
      }
    }
  }

  void add_pattern(const std::string& name) {
    using cep::Contiguity;
    std::vector<test::OracleStep> steps(2 + static_cast<std::size_t>(below(2)));
    for (auto& step : steps) {
      step.kinds = std::string(1, static_cast<char>('A' + below(4)));
      const Contiguity all[] = {Contiguity::strict, Contiguity::relaxed, Contiguity::any};
      step.contiguity = all[below(3)];
      if (below(3) == 0) step.from = 1 + static_cast<int>(below(2)), step.to = step.from + 1;
    }
    const std::int64_t within = 40 + below(80);
    auto pattern = Pattern<Event>::begin("s0").where(of_kind(steps[0].kinds));
    quantify(pattern, steps[0]);
    for (std::size_t i = 1; i < steps.size(); ++i) {
      const auto step = "s" + std::to_string(i);
      const auto contiguity = steps[i].contiguity;
      pattern = contiguity == Contiguity::strict    ? pattern.next(step)
                : contiguity == Contiguity::relaxed ? pattern.followed_by(step)
                                                    : pattern.followed_by_any(step);
      pattern = pattern.where(of_kind(steps[i].kinds));
      quantify(pattern, steps[i]);
    }
    take(CEP::pattern(events_->key_by(&Event::key), pattern.within(ms(within)))
             .process(test::TextOf{})
             .map([name](const std::string& line) { return name + line; }));
    for (std::int64_t key = 0; key < 5; ++key) {
      std::vector<Event> events;
      for (const Event& e : all_) {
        if (e.key == key) events.push_back(e);
      }
      std::stable_sort(events.begin(), events.end(),
                       [](const Event& a, const Event& b) { return a.ts < b.ts; });
      for (const auto& line : test::Oracle{steps, within, events}.matches()) {
        expect(name + line);
      }
    }
  }

 private:
  static Event event_of(std::uint64_t seed, std::int64_t i) {
    const auto x = mixed(seed, i);
    return {.seq = i,
            .key = static_cast<std::int64_t>(x % 5),
            .kind = std::string(1, static_cast<char>('A' + (x >> 8) % 4)),
            .value = static_cast<std::int64_t>(x >> 16 & 1),
            .ts = 4 * i + static_cast<std::int64_t>((x >> 24) % jitter)};
  }
  static void quantify(Pattern<Event>& pattern, const test::OracleStep& step) {
    if (step.to > 1) pattern = pattern.times(step.from, step.to);
  }

  std::vector<Event> all_;
  std::optional<DataStream<Event>> events_;
};

}  // namespace

void define_job(StreamExecutionEnvironment& env) {
  Job job{env};
  job.add_interval_join("join ");
  job.add_interval_join("join again ");
  job.add_pattern("pattern ");
  job.add_pattern("pattern again ");
  job.execute(env, "Joins, patterns and their oracles");
}
