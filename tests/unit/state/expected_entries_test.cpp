// SPDX-License-Identifier: Apache-2.0
// Keys that are named ahead of need read the same as others, whatever happens in between.
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "unit/state/engine_support.h"
#include "unit/test_seed.h"

using namespace flink;
using namespace flink::test;

namespace {

struct States {
  ValueState<std::string> text{"text"};
  MapState<int, int> map{"map"};
  ValueState<std::int64_t> number{"number"};
};
struct Content {
  std::string text;
  std::map<int, int> map;
  std::int64_t number = -1;
};

// A short one, one with zeros, one that is cut.
std::string key_of(unsigned number) {
  std::string key = std::to_string(number);
  if (number % 7 == 0) key += std::string(3, '\0');
  if (number % 11 == 0) key += std::string(300, 'k');
  return key;
}

}  // namespace

TEST_CASE("entries that were expected are read like others") {
  const std::uint64_t seed = seed_or(20261202);
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto below = [&random](unsigned end) { return static_cast<unsigned>(random() % end); };
  World world;
  Keyed<std::string, States> state(world.setup("lmdb", 30'000, {0, 127}));
  std::map<std::string, Content> all;
  std::int64_t checkpoint = 0;
  bool taken = true;
  for (int batch = 0; batch < 3'000; ++batch) {
    std::vector<std::string> keys(1 + below(80));
    for (std::string& key : keys) key = key_of(below(400));
    for (const std::string& key : keys) {
      if (below(10) > 0) state.expect(key);
    }
    state.look_up_expected();
    for (const std::string& key : keys) {
      state.use(key);
      Content& content = all[key];
      CHECK(state->text.value_or("") == content.text);
      CHECK(state->number.value_or(-1) == content.number);
      const int place = static_cast<int>(below(5));
      const int* const held = state->map.get(place);
      const auto known = content.map.find(place);
      CHECK((held == nullptr) == (known == content.map.end()));
      if (held != nullptr && known != content.map.end()) CHECK(*held == known->second);
      switch (below(6)) {
        case 0:
          state.clear();
          content = {};
          break;
        case 1:
          content.number = below(1000);
          state->number.update(content.number);
          break;
        case 2:
          content.map[place] = batch;
          state->map.put(place, batch);
          break;
        case 3:
          content.text = std::string(below(50), 't');
          if (content.text.empty()) state->text.clear();
          else state->text.update(content.text);
          break;
        default:
          break;
      }
      if (below(200) == 0) {  // runs come, and are merged, within a batch
        world.helpers.run_all();
        state.backend().work(std::chrono::microseconds{1000});
      }
    }
    if (taken && below(10) == 0) {
      taken = false;
      state.backend().begin(world.target(++checkpoint, "expected", false),
                            [&taken](state::KeyedSnapshotResult) { taken = true; });
    }
    if (below(4) == 0) world.helpers.run_all();
    state.backend().work(std::chrono::microseconds{500});
  }
  CHECK(checkpoint > 10);
  CHECK_FALSE(state.backend().complete());
}
