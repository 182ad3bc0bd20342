// SPDX-License-Identifier: Apache-2.0
// Snapshots of which the run has all rows, so that it takes the place of older ones: whatever
// changes while it is taken, each snapshot restores to what there was at its barrier.
#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <random>

#include "unit/state/engine_support.h"
#include "unit/test_seed.h"

using namespace flink;
using namespace flink::test;

namespace {

struct Values {
  ValueState<std::string> text{"text"};
  ValueState<std::int64_t> number{"number"};
};
using Content = std::map<std::int64_t, std::pair<std::string, std::int64_t>>;
constexpr std::int64_t keys = 300;

// What the states have, all read.
Content content_of(Keyed<std::int64_t, Values>& state) {
  Content out;
  for (std::int64_t key = 0; key < keys; ++key) {
    state.use(key);
    const std::string text = state->text.value_or("");
    const std::int64_t number = state->number.value_or(-1);
    if (!text.empty() || number >= 0) out[key] = {text, number};
  }
  return out;
}

struct Taken {
  std::int64_t id = 0;
  Content content;
  std::optional<state::KeyedSnapshotResult> result;
};

class Walk {
 public:
  Walk(std::uint64_t seed, const char* type, std::size_t budget, unsigned share)
      : random_(seed), share_(share), state_(world_.setup(type, budget, {0, 127}), {}, {}, false) {}

  void round() {
    for (int step = 0; step < 400; ++step) change();
    begin();
    for (int step = 0; step < 200; ++step) {
      change();
      if (below(3) == 0) state_.backend().work(std::chrono::microseconds{20 + below(200)});
      if (below(5) == 0 && !world_.helpers.jobs.empty()) {
        world_.helpers.run(below(static_cast<unsigned>(world_.helpers.jobs.size())));
      }
    }
    if (below(3) == 0) begin();  // while one is under way
    for (int turn = 0; turn < 1000 && !taken_.back().result; ++turn) {
      world_.helpers.run_all();
      state_.backend().work(std::chrono::microseconds{1000});
    }
    while (!taken_.empty()) {
      check(taken_.front());
      taken_.pop_front();
    }
  }
  std::size_t least_runs() const { return least_runs_; }

 private:
  unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }

  void change() {
    const std::int64_t key = below(keys) % (below(20) == 0 ? keys : keys * share_ / 100 + 1);
    state_.use(key);
    auto& [text, number] = content_.try_emplace(key, "", -1).first->second;
    switch (below(8)) {
      case 0:
        state_->text.clear();
        text.clear();
        break;
      case 1:
        state_.clear();
        text.clear();
        number = -1;
        break;
      case 2:
        CHECK(state_->text.value_or("") == text);
        CHECK(state_->number.value_or(-1) == number);
        break;
      case 3:
        number = below(1000);
        state_->number.update(number);
        break;
      default:
        text = std::string(1 + below(40), static_cast<char>('a' + below(26)));
        state_->text.update(text);
    }
    if (text.empty() && number < 0) content_.erase(key);
  }

  void begin() {
    Taken& taken = taken_.emplace_back();
    taken.id = ++last_id_;
    taken.content = content_;
    state_.backend().begin(
        world_.target(taken.id, "whole", below(6) == 0),
        [&taken](state::KeyedSnapshotResult result) { taken.result = std::move(result); });
  }

  void check(Taken& taken) {
    REQUIRE(taken.result.has_value());
    REQUIRE_MESSAGE(taken.result->handle.has_value(), taken.result->failure);
    if (below(3) > 0) state_.backend().confirm(taken.id);
    else state_.backend().abort(taken.id);
    least_runs_ = std::min(least_runs_, taken.result->handle->runs.size());
    auto setup = world_.setup("hashmap", 0, {0, 127});
    setup.restored = {*taken.result->handle};
    Keyed<std::int64_t, Values> again(std::move(setup), {}, {}, false);
    CHECK(content_of(again) == taken.content);
  }

  World world_;
  std::mt19937_64 random_;
  unsigned share_;  // of the keys, in percent, that most changes are of
  Keyed<std::int64_t, Values> state_;
  Content content_;
  std::deque<Taken> taken_;
  std::int64_t last_id_ = 0;
  std::size_t least_runs_ = SIZE_MAX;
};

}  // namespace

TEST_CASE("a run that has all rows takes the place of the others") {
  struct Case {
    const char* type;
    std::size_t budget;
    unsigned share;
  };
  for (const auto& [type, budget, share] :
       {Case{"hashmap", 0, 100}, Case{"hashmap", 0, 60}, Case{"hashmap", 0, 10},
        Case{"lmdb", 1'000'000, 100}, Case{"lmdb", 40'000, 100}, Case{"lmdb", 10'000, 80}}) {
    const std::uint64_t seed = seed_or(20261201 + budget + share);
    CAPTURE(type);
    CAPTURE(budget);
    CAPTURE(seed);
    Walk walk(seed, type, budget, share);
    for (int round = 0; round < 30; ++round) walk.round();
    CHECK(walk.least_runs() == 1);
  }
}

TEST_CASE("where all rows change, a checkpoint is one run, and nothing is merged") {
  World world;
  Keyed<std::int64_t, Values> state(world.setup("hashmap", 0, {0, 127}), {}, {}, false);
  for (int id = 1; id <= 20; ++id) {
    for (std::int64_t key = 0; key < keys; ++key) {
      if (key % 10 == id % 10) continue;  // these are carried along
      state.use(key);
      state->number.update(id);
    }
    std::optional<state::KeyedSnapshotResult> result;
    state.backend().begin(world.target(id, "one", false),
                          [&result](state::KeyedSnapshotResult r) { result = std::move(r); });
    for (int turn = 0; turn < 1000 && !result; ++turn) {
      world.helpers.run_all();
      state.backend().work(std::chrono::microseconds{1000});
    }
    REQUIRE(result.has_value());
    REQUIRE(result->handle.has_value());
    CHECK(result->handle->runs.size() == 1);
    state.backend().confirm(id);
  }
}
