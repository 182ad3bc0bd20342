// SPDX-License-Identifier: Apache-2.0
#include "state/time_wheel.h"

#include <doctest/doctest.h>
#include <flink/state/key_rows.h>

#include <random>
#include <set>
#include <utility>
#include <vector>

using namespace flink;
using state::NamespacedRow;
using state::TimeWheel;

namespace {

struct Times {
  const char* what;
  std::int64_t from;
  std::uint64_t spread;
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
        push(below(60));
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
    for (std::uint64_t i = 0; i < count && wheel_.pop(now_, entry); ++i) {
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
                             {"a day", 1'700'000'000'000, 100'000'000}}) {
    CAPTURE(times.what);
    WheelRun run(seed, times);
    for (int step = 0; step < 400; ++step) run.step();
  }
}

TEST_CASE("rows of one time come as they were pushed") {
  std::vector<NamespacedRow> rows(1000);
  TimeWheel wheel;
  for (NamespacedRow& row : rows) wheel.push(&row < &rows[10] ? 5 : 100'000, &row);
  TimeWheel::Entry entry{};
  CHECK_FALSE(wheel.pop(4, entry));
  for (NamespacedRow& row : rows) {
    REQUIRE(wheel.pop(100'000, entry));
    CHECK(entry.row == &row);
  }
  CHECK(wheel.empty());
}
