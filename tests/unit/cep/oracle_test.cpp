// SPDX-License-Identifier: Apache-2.0
// Random patterns over random streams of several keys, out of order, with late events, ties and
// restores in the middle: the operator's matches are those of the oracle. FLINK_TEST_SEED repeats
// one seed.
#include "unit/cep/oracle.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <memory>
#include <random>

using namespace flink;
using namespace flink::test;
using cep::Contiguity;

namespace {

class Case {
 public:
  explicit Case(std::uint64_t seed) : random_(seed) {}

  // False: a pattern that is refused, or one with too many matches to be worth it.
  bool run() {
    make_steps();
    within_ = pick(3) == 0 && !needs_window() ? 0 : 10 + 10 * pick(6);
    std::unique_ptr<Pattern<Event>> pattern;
    try {
      pattern = std::make_unique<Pattern<Event>>(built());
      cep::compile(pattern->definition());
    } catch (const Error&) {
      return false;
    }
    feed(*pattern);
    std::vector<std::string> wanted;
    for (auto& [key, events] : in_time_) {
      std::stable_sort(events.begin(), events.end(),
                       [](const Event& a, const Event& b) { return a.ts < b.ts; });
      const auto found = Oracle{steps_, within_, events}.matches();
      wanted.insert(wanted.end(), found.begin(), found.end());
    }
    matches += wanted.size();
    const std::string wrong = difference(got_, wanted);
    CHECK_MESSAGE(wrong.empty(), describe(), wrong);
    return true;
  }
  std::size_t matches = 0;

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  bool one_in(int n) { return pick(n) == 0; }
  bool needs_window() const { return steps_.back().contiguity == Contiguity::not_followed; }

  std::string some_kinds() {
    const char* const sets[] = {"A", "B", "C", "AB", "BC", "AC", "ABC"};
    return sets[one_in(3) ? pick(7) : pick(3)];
  }
  void make_steps() {
    const int count = 1 + pick(4);
    for (int i = 0; i < count; ++i) {
      OracleStep step;
      step.kinds = some_kinds();
      if (i > 0) {
        const Contiguity all[] = {Contiguity::strict,   Contiguity::relaxed,
                                  Contiguity::relaxed,  Contiguity::any,
                                  Contiguity::not_next, Contiguity::not_followed};
        step.contiguity = all[pick(6)];
      }
      if (!step.is_not()) quantify(step);
      steps_.push_back(step);
    }
  }
  void quantify(OracleStep& step) {
    if (one_in(2)) {
      step.from = 1 + pick(2);
      step.to = one_in(2) ? 0 : step.from + pick(2);
      const Contiguity all[] = {Contiguity::relaxed, Contiguity::relaxed, Contiguity::strict,
                                Contiguity::any};
      step.inner = all[pick(4)];
      if (step.to == 0 && one_in(3)) step.until = some_kinds();
    }
    step.optional = one_in(4);
  }

  static auto fits(std::string kinds) {
    return [kinds = std::move(kinds)](const Event& e) {
      return kinds.find(e.kind) != std::string::npos;
    };
  }
  Pattern<Event> built() const {
    auto pattern = Pattern<Event>::begin("s0");
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const OracleStep& step = steps_[i];
      if (i > 0) pattern = followed(pattern, "s" + std::to_string(i), step.contiguity);
      pattern = pattern.where(fits(step.kinds));
      if (step.to == 0) pattern = pattern.times_or_more(step.from);
      else if (step.to > 1) pattern = pattern.times(step.from, step.to);
      const bool loops = step.to != 1;
      if (loops && step.inner == Contiguity::strict) pattern = pattern.consecutive();
      if (loops && step.inner == Contiguity::any) pattern = pattern.allow_combinations();
      if (step.optional) pattern = pattern.optional();
      if (!step.until.empty()) pattern = pattern.until(fits(step.until));
    }
    return within_ == 0 ? pattern : pattern.within(std::chrono::milliseconds{within_});
  }
  static Pattern<Event> followed(const Pattern<Event>& pattern, const std::string& name,
                                 Contiguity contiguity) {
    switch (contiguity) {
      case Contiguity::strict:
        return pattern.next(name);
      case Contiguity::relaxed:
        return pattern.followed_by(name);
      case Contiguity::any:
        return pattern.followed_by_any(name);
      case Contiguity::not_next:
        return pattern.not_next(name);
      case Contiguity::not_followed:
        return pattern.not_followed_by(name);
    }
    return pattern;
  }

  static std::unique_ptr<PatternHarness> harness_of(const Pattern<Event>& pattern) {
    return std::make_unique<PatternHarness>([&](const DataStream<Event>& in) {
      return CEP::pattern(in.key_by(&Event::key), pattern).process(TextOf{});
    });
  }
  void feed(const Pattern<Event>& pattern) {
    auto harness = harness_of(pattern);
    std::int64_t watermark = INT64_MIN;
    const int count = 10 + pick(25);
    for (int i = 0; i < count; ++i) {
      Event event{.seq = i, .key = pick(3), .kind = std::string(1, "ABCD"[pick(4)])};
      event.ts = 100 + 4 * i + 5 * pick(8);
      harness->push(event, timestamp_of_millis(event.ts));
      if (event.ts > watermark) in_time_[event.key].push_back(event);
      if (one_in(3)) {
        watermark = std::max<std::int64_t>(watermark, 100 + 4 * i + 2 * pick(12));
        harness->push_watermark(timestamp_of_millis(watermark));
      }
      if (one_in(8)) {
        collect(*harness);
        const auto snapshot = harness->snapshot();
        harness = harness_of(pattern);
        harness->restore(snapshot);
        harness->push_watermark(timestamp_of_millis(watermark));
      }
    }
    harness->finish();
    collect(*harness);
  }
  void collect(PatternHarness& harness) {
    for (std::string& line : harness.take()) got_.push_back(std::move(line));
  }

  std::string describe() const {
    std::string text = "within " + std::to_string(within_) + "\n";
    for (const OracleStep& step : steps_) {
      text += "step " + std::to_string(static_cast<int>(step.contiguity)) + " " + step.kinds + " " +
              std::to_string(step.from) + ".." + std::to_string(step.to) + " inner " +
              std::to_string(static_cast<int>(step.inner)) + (step.optional ? " optional" : "") +
              (step.until.empty() ? "" : " until " + step.until) + "\n";
    }
    for (const auto& [key, events] : in_time_) {
      text += "key " + std::to_string(key) + ":";
      for (const Event& e : events) {
        text += " " + std::to_string(e.seq) + e.kind + "@" + std::to_string(e.ts);
      }
      text += "\n";
    }
    return text;
  }

  std::mt19937_64 random_;
  std::vector<OracleStep> steps_;
  std::int64_t within_ = 0;
  std::map<std::int64_t, std::vector<Event>> in_time_;
  std::vector<std::string> got_;
};

}  // namespace

TEST_CASE("random patterns over random streams find what the oracle finds") {
  const char* const given = ::getenv("FLINK_TEST_SEED");
  const std::uint64_t first = given != nullptr ? std::stoull(given) : 1;
  const std::uint64_t seeds = given != nullptr ? 1 : 300;
  std::size_t cases = 0, matches = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    CAPTURE(seed);
    Case one{seed};
    if (one.run()) ++cases;
    matches += one.matches;
  }
  MESSAGE(cases, " patterns of seeds ", first, "..", first + seeds - 1, ", ", matches, " matches");
  CHECK((given != nullptr || cases > seeds / 2));
}
