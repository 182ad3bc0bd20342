// SPDX-License-Identifier: Apache-2.0
// The valve: Flink's rules as rows, and a randomized run against the definition.
#include "channels/watermark_valve.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buggify.h"
#include "base/random.h"

using namespace flink;
using channels::WatermarkValve;

namespace {

// "w5 i" means: a watermark of 5 and idle came out.
std::string text(const WatermarkValve::Change& change) {
  std::string out;
  if (change.watermark) {
    out += *change.watermark == INT64_MAX ? "wMAX" : "w" + std::to_string(*change.watermark);
  }
  if (change.idle) out += *change.idle ? "i" : "a";
  return out;
}

}  // namespace

TEST_CASE("the least of all channels, never back") {
  WatermarkValve valve{2};
  CHECK(text(valve.watermark(0, 10)) == "");
  CHECK(text(valve.watermark(1, 5)) == "w5");
  CHECK(text(valve.watermark(1, 4)) == "");
  CHECK(text(valve.watermark(1, 20)) == "w10");
  CHECK(text(valve.ended(0)) == "w20");
  CHECK(text(valve.ended(1)) == "wMAX");
}

TEST_CASE("the channel that the others wait for") {
  WatermarkValve valve{3};
  CHECK_FALSE(valve.behind());
  valve.watermark(0, 10);
  CHECK(valve.behind() == 1);  // no watermark yet
  valve.watermark(1, 5);
  CHECK(valve.behind() == 2);
  valve.watermark(2, 10);
  CHECK(valve.behind() == 1);
  valve.status(1, true);  // idle: nobody waits for it
  CHECK_FALSE(valve.behind());
  valve.watermark(2, 20);
  CHECK(valve.behind() == 0);
  valve.status(1, false);  // behind the merged watermark, so it does not count yet
  CHECK(valve.behind() == 0);
  valve.ended(0);
  CHECK_FALSE(valve.behind());
}

// As in a simulation, where going back is an error.
TEST_CASE("a restored producer may begin behind what was replayed of it") {
  struct Never final : base::Buggify {
    bool fires(std::string_view) override { return false; }
  } never;
  base::current_buggify = &never;
  WatermarkValve valve{1};
  CHECK(text(valve.replayed(0, 515)) == "w515");
  CHECK(text(valve.watermark(0, 484)) == "");
  CHECK(text(valve.watermark(0, 520)) == "w520");
  base::current_buggify = nullptr;
}

TEST_CASE("an idle channel is left out, and counts again once it has caught up") {
  WatermarkValve valve{2};
  valve.watermark(0, 10);
  CHECK(text(valve.status(1, true)) == "w10");
  CHECK(text(valve.watermark(0, 20)) == "w20");
  CHECK(text(valve.status(1, false)) == "");
  CHECK(text(valve.watermark(1, 15)) == "");  // behind: left out still
  CHECK(text(valve.watermark(0, 30)) == "w30");
  CHECK(text(valve.watermark(1, 35)) == "");
  CHECK(text(valve.watermark(0, 40)) == "w35");
}

TEST_CASE("all idle: the furthest watermark, then idle; the first one back is active") {
  WatermarkValve valve{3};
  valve.watermark(0, 10);
  valve.watermark(1, 7);
  CHECK(text(valve.status(0, true)) == "");
  CHECK(text(valve.status(2, true)) == "w7");
  CHECK(text(valve.status(1, true)) == "w10i");
  CHECK(text(valve.status(1, true)) == "");
  CHECK(text(valve.status(2, false)) == "a");
}

TEST_CASE("an ended channel neither keeps idle ones awake nor speaks for them") {
  WatermarkValve valve{2};
  valve.watermark(0, 10);
  valve.watermark(1, 20);
  CHECK(text(valve.status(0, true)) == "w20");
  CHECK(text(valve.ended(1)) == "i");
  CHECK(text(valve.status(0, false)) == "a");
  CHECK(text(valve.watermark(0, 30)) == "w30");
  CHECK(text(valve.status(0, true)) == "i");
  CHECK(text(valve.ended(0)) == "wMAXa");
}

TEST_CASE("an idle channel that comes back without a watermark does not hold the others back") {
  WatermarkValve valve{2};
  valve.status(1, true);
  CHECK(text(valve.watermark(0, 10)) == "w10");
  valve.status(1, false);
  CHECK(text(valve.watermark(0, 20)) == "w20");
}

TEST_CASE("one channel passes everything through") {
  WatermarkValve valve{1};
  CHECK(text(valve.watermark(0, 1)) == "w1");
  CHECK(text(valve.status(0, true)) == "i");
  CHECK(text(valve.status(0, false)) == "a");
  CHECK(text(valve.watermark(0, 2)) == "w2");
  CHECK(text(valve.ended(0)) == "wMAX");
}

// By definition: after every event nothing has gone back, the output is at most what every channel
// that counts has promised, and MAX comes exactly when all have ended.
TEST_CASE("random events keep what a watermark promises") {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    const std::size_t count = 1 + random.below(4);
    WatermarkValve valve{count};
    struct Model {
      std::int64_t watermark = INT64_MIN;
      bool idle = false, ended = false;
    };
    std::vector<Model> models(count);
    std::int64_t out = INT64_MIN;
    bool out_idle = false;
    for (int step = 0; step < 60; ++step) {
      const std::size_t channel = random.below(count);
      auto& model = models[channel];
      if (model.ended) continue;
      WatermarkValve::Change change;
      switch (random.below(8)) {
        case 0:
          model.ended = true, model.idle = false, model.watermark = INT64_MAX;
          change = valve.ended(channel);
          break;
        case 1:
        case 2:
          model.idle = !model.idle;
          change = valve.status(channel, model.idle);
          break;
        default:
          if (model.idle) continue;  // a producer says it is active first
          const auto millis = static_cast<std::int64_t>(random.below(50));
          model.watermark = std::max(model.watermark, millis);
          change = valve.watermark(channel, millis);
      }
      const auto before = out;
      if (change.watermark) {
        CHECK(*change.watermark > out);
        out = *change.watermark;
      }
      if (change.idle) {
        CHECK(*change.idle != out_idle);
        out_idle = *change.idle;
      }
      const bool all_ended =
          std::all_of(models.begin(), models.end(), [](auto& m) { return m.ended; });
      const bool none_active =
          std::all_of(models.begin(), models.end(), [](auto& m) { return m.idle || m.ended; });
      CHECK(out_idle == (none_active && !all_ended));
      CHECK((out == INT64_MAX) == all_ended);
      // Active channels that are not behind bound what came out, and their least is what is out.
      std::optional<std::int64_t> least;
      for (const auto& m : models) {
        if (m.ended || m.idle || m.watermark < before) continue;
        least = std::min(least.value_or(INT64_MAX), m.watermark);
      }
      if (least && change.watermark) CHECK(out <= *least);
    }
  }
}
