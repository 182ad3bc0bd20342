// SPDX-License-Identifier: Apache-2.0
// What the contents of windows are said to take is what they take, whatever was added, summed up,
// merged and dropped.
#include <doctest/doctest.h>
#include <flink/windows/window_slices.h>

#include <algorithm>
#include <random>

#include "unit/state/engine_support.h"
#include "unit/test_seed.h"

using namespace flink;
using namespace flink::test;

namespace {

struct Joined {
  using Accumulator = std::string;
  Accumulator create_accumulator() const { return {}; }
  void add(const std::string& record, Accumulator& to) const { to += record; }
  Accumulator get_result(const Accumulator& of) const { return of; }
  void merge(const Accumulator& from, Accumulator& into) const { into += from; }
};
struct Longest {
  using Accumulator = std::int64_t;
  Accumulator create_accumulator() const { return 0; }
  void add(const std::string& record, Accumulator& to) const {
    to = std::max(to, static_cast<std::int64_t>(record.size()));
  }
  Accumulator get_result(const Accumulator& of) const { return of; }
  void merge(const Accumulator& from, Accumulator& into) const { into = std::max(into, from); }
};
using Concat = decltype([](std::string& kept, const std::string& record) { kept += record; });

template <class Contents>
struct Sliced {
  detail::WindowSlices<Contents> slices;
};
template <class Contents>
struct Whole {
  Contents contents;
};

template <class T>
void check_row(StateHandle& handle) {
  state::BoundState& state = handle.bound();
  const state::Row* const row = state.at->row;
  if (row == nullptr) return;
  const auto* const held = static_cast<const T*>(state.read());
  CHECK(row->heap_bytes ==
        state.at->name_space.heap_bytes() + (held == nullptr ? 0 : heap_bytes(*held)));
}

std::string record_of(std::mt19937_64& random) { return std::string(random() % 60, 'x'); }

template <class Contents>
void check_slices(const Contents& contents, std::uint64_t seed) {
  using Slices = detail::WindowSlices<Contents>;
  std::mt19937_64 random{seed};
  World world;
  Keyed<std::int64_t, Sliced<Contents>> state{world.setup("hashmap", 0, {0, 127}),
                                              {Slices{contents}}};
  const detail::Slicing slicing{60, 20, 0};
  Slices& slices = state->slices;
  std::int64_t now = 0;
  for (int step = 0; step < 500; ++step) {
    state.use(static_cast<std::int64_t>(random() % 3));
    auto* held = slices.load(slicing);
    const auto what = random() % 8;
    if (what < 5) {
      slices.add(record_of(random),
                 slicing.slice_of(now - static_cast<std::int64_t>(random() % 100)), slicing);
    } else if (held != nullptr && what == 5) {
      now += 20;
      slices.retire(*held, slicing.slice_of(now - 80));
    } else {
      const auto end = slicing.slice_of(now);
      slices.sum(held, {timestamp_of_millis(end - 60), timestamp_of_millis(end)}, what == 6,
                 nullptr);
    }
    check_row<typename Slices::Held>(slices.handle());
  }
}

template <class Contents>
void check_whole(const Contents& contents, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  World world;
  Keyed<std::int64_t, Whole<Contents>> state{
      world.setup("hashmap", 0, {0, 127}), {contents}, schema_of<std::string>()};
  const std::string windows[] = {"one", "another", std::string(40, 'w'), std::string(90, 'w')};
  for (int step = 0; step < 500; ++step) {
    const std::string& window = windows[random() % 4];
    state.use(static_cast<std::int64_t>(random() % 2), window);
    const auto what = random() % 8;
    if (what < 5) {
      state->contents.add(record_of(random), 0);
    } else if (what == 5) {
      state->contents.clear();
    } else {
      std::vector<state::Namespace> from;
      for (const std::string& other : windows) {
        if (other != window && random() % 2 == 0) from.emplace_back(other);
      }
      state->contents.merge(state::Namespace{window}, from);
    }
    for (const std::string& any : windows) {
      state.enter(state.rows(), any);
      check_row<typename Contents::Kept>(state->contents.handle());
    }
  }
}

}  // namespace

TEST_CASE("what contents of windows take is counted as it is") {
  for (std::uint64_t round = 0; round < 5; ++round) {
    const auto seed = seed_or(17) + round;
    CAPTURE(seed);
    check_slices(detail::AggregateContents<std::string, Joined>{{}}, seed);
    check_slices(detail::AggregateContents<std::string, Longest>{{}}, seed);
    check_whole(detail::AggregateContents<std::string, Joined>{{}}, seed);
    check_whole(detail::AggregateContents<std::string, Longest>{{}}, seed);
    check_whole(detail::FoldContents<std::string, Concat>{{}}, seed);
  }
}
