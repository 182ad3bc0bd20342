// SPDX-License-Identifier: Apache-2.0
#include "state/time_wheel.h"

#include <doctest/doctest.h>
#include <flink/state/key_rows.h>

#include <random>
#include <set>
#include <utility>
#include <vector>

using namespace flink;
using state::Due;
using state::NamespacedRow;
using state::TimeWheel;

namespace {

struct Times {
  const char* what;
  std::int64_t from;
  std::uint64_t spread;
  std::uint64_t at_once = 60;  // that are pushed, at most
};

class WheelRun {
 public:
  WheelRun(std::uint64_t seed, const Times& times)
      : random_(seed), times_(times), now_(times.from), rows_(5000) {}

  void step() {
    switch (below(7)) {
      case 0:
        if (below(3) == 0) drop_odd();
        break;
      case 1:
      case 2:
      case 3:
        push(below(times_.at_once));
        break;
      default:
        now_ = later_by(now_, random_() % (times_.spread / 8));
        pop(below(200));
    }
    CHECK(wheel_.size() == model_.size());
    CHECK(wheel_.next() == (model_.empty() ? INT64_MAX : model_.begin()->first));
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  static std::int64_t later_by(std::int64_t at, std::uint64_t millis) {
    const auto later = static_cast<std::int64_t>(static_cast<std::uint64_t>(at) + millis);
    return later < at ? INT64_MAX : later;
  }
  bool is_odd(const NamespacedRow* row) const { return (row - rows_.data()) % 2 != 0; }

  void push(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::int64_t at = later_by(times_.from, random_() % times_.spread);
      NamespacedRow* const row = &rows_[below(rows_.size())];
      wheel_.push(at, row);
      model_.emplace(at, is_odd(row));
    }
  }
  void pop(std::uint64_t count) {
    TimeWheel::Entry entry{};
    for (std::uint64_t i = 0; i < count; ++i) {
      const Due due = wheel_.pop(now_, entry);
      if (due == Due::not_yet) {
        if (below(4) != 0) continue;
        return;  // in the middle of their way
      }
      if (due == Due::none) {
        REQUIRE((model_.empty() || model_.begin()->first > now_));
        return;
      }
      REQUIRE(entry.millis <= now_);
      REQUIRE(entry.millis == model_.begin()->first);
      const auto held = model_.find({entry.millis, is_odd(entry.row)});
      REQUIRE(held != model_.end());
      model_.erase(held);
    }
  }
  // Either all of them, or those that are in the way of the first other one.
  void drop_odd() {
    const auto odd = [this](const TimeWheel::Entry& entry) { return is_odd(entry.row); };
    if (below(2) == 0) {
      wheel_.erase_if(odd);
      std::erase_if(model_, [](const auto& entry) { return entry.second; });
      return;
    }
    wheel_.drop_first(odd);
    for (auto at = model_.begin(); model_.size() > wheel_.size();) {
      REQUIRE(at != model_.end());
      at = at->second ? model_.erase(at) : std::next(at);
    }
  }

  std::mt19937_64 random_;
  Times times_;
  std::int64_t now_;
  std::vector<NamespacedRow> rows_;
  TimeWheel wheel_;
  std::multiset<std::pair<std::int64_t, bool>> model_;  // time, and whether the row is odd
};

}  // namespace

TEST_CASE("the wheel gives what a set by time gives") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  for (const Times& times : {Times{"few", 0, 10},
                             {"a second", 1'700'000'000'000, 1000},
                             {"around 0", -50'000, 100'000},
                             {"all", INT64_MIN, UINT64_MAX},
                             {"a day", 1'700'000'000'000, 100'000'000},
                             {"many at once", 1'700'000'000'000, 100'000, 20'000}}) {
    CAPTURE(times.what);
    WheelRun run(seed, times);
    for (int step = 0; step < 400; ++step) run.step();
  }
}

TEST_CASE("a place of many rows moves down in pieces, and those of one time keep their order") {
  constexpr std::size_t count = 100'000;
  std::vector<NamespacedRow> rows(count);
  TimeWheel wheel;
  for (std::size_t i = 0; i < count - 100; ++i) {
    wheel.push(1'700'000'000'000 + static_cast<std::int64_t>(i % 1000), &rows[i]);
  }
  TimeWheel::Entry entry{};
  std::size_t not_yet = 0, taken = 0;
  std::vector<const NamespacedRow*> last(1000);
  while (!wheel.empty()) {
    const Due due = wheel.pop(1'700'000'001'000, entry);
    REQUIRE(due != Due::none);
    if (due == Due::not_yet && ++not_yet == 3) {
      for (std::size_t i = count - 100; i < count; ++i) {
        wheel.push(1'700'000'000'000 + static_cast<std::int64_t>(i % 1000), &rows[i]);
      }
    }
    if (due == Due::not_yet) continue;
    ++taken;
    const NamespacedRow*& before = last[static_cast<std::size_t>(entry.millis % 1000)];
    REQUIRE((before == nullptr || before < entry.row));
    before = entry.row;
  }
  CHECK(taken == count);
  CHECK(not_yet >= 40);
}

TEST_CASE("rows of one time come as they were pushed") {
  std::vector<NamespacedRow> rows(1000);
  TimeWheel wheel;
  for (NamespacedRow& row : rows) wheel.push(&row < &rows[10] ? 5 : 100'000, &row);
  TimeWheel::Entry entry{};
  CHECK(wheel.pop(4, entry) == Due::none);
  for (NamespacedRow& row : rows) {
    REQUIRE(wheel.pop(100'000, entry) == Due::one);
    CHECK(entry.row == &row);
  }
  CHECK(wheel.empty());
}
