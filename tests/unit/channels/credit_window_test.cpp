// SPDX-License-Identifier: Apache-2.0
// The credit window against a model: bytes are conserved, the budget is kept, nobody gets stuck.
#include "channels/credit_window.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/random.h"

using namespace flink;
using channels::CreditWindow;
using channels::FloatingBudget;

TEST_CASE("windows under any load") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    const auto own = static_cast<std::int64_t>(1 + random.below(40));
    const auto window_max = own + static_cast<std::int64_t>(random.below(400));
    const auto floating = static_cast<std::int64_t>(random.below(500));
    FloatingBudget budget{floating};
    struct Channel {
      std::unique_ptr<CreditWindow> window;
      std::int64_t credit;      // the producer's
      std::int64_t queued = 0;  // sent, not consumed
    };
    std::vector<Channel> channels;
    for (auto n = 1 + random.below(5); n > 0; --n) {
      channels.push_back({std::make_unique<CreditWindow>(budget, own, window_max), own});
    }
    for (int i = 0; i < 1000; ++i) {
      auto& channel = channels[random.below(channels.size())];
      if (random.below(2) == 0) {
        if (channel.credit <= 0) continue;
        const auto size =
            static_cast<std::int64_t>(1 + random.below(static_cast<std::uint64_t>(own)));
        channel.credit -= size;
        channel.queued += size;
      } else if (channel.queued > 0) {
        const auto size =
            static_cast<std::int64_t>(1 + random.below(static_cast<std::uint64_t>(channel.queued)));
        channel.queued -= size;
        channel.credit += channel.window->consumed(size, channel.queued == 0);
      }
      std::int64_t taken = 0;
      for (const auto& each : channels) {
        taken += each.window->window() - own;
        CHECK(each.window->window() >= own);
        CHECK(each.window->window() <= window_max);
        // At most one frame beyond the window.
        CHECK(each.credit + each.queued <= each.window->window());
        CHECK(each.queued < each.window->window() + own);
        // An empty channel's producer can always go on.
        if (each.queued == 0) CHECK(each.credit > 0);
      }
      CHECK(taken + budget.left() == floating);
    }
    channels.clear();
    CHECK(budget.left() == floating);
  }
}
