// SPDX-License-Identifier: Apache-2.0
// Which results go on next, and what is due: against an oracle that looks at everything each time.
#include <doctest/doctest.h>
#include <flink/operators/async_requests.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace flink::detail;

namespace {

// All that came in, in order; what has gone on is taken out.
class Oracle {
 public:
  explicit Oracle(const AsyncSettings& settings) : settings_(settings) {}

  void begin(std::uint64_t id, std::int64_t now) {
    items_.push_back(
        {.id = id,
         .deadline = settings_.timeout_millis == 0 ? INT64_MAX : now + settings_.timeout_millis});
  }
  void watermark(std::int64_t millis) {
    if (!items_.empty() && items_.back().watermark) items_.pop_back();
    items_.push_back({.watermark = millis});
  }
  void done(std::uint64_t id) { find(id).answered = ++answers_; }
  void retry_at(std::uint64_t id, std::int64_t millis) { find(id).retry = millis; }
  void retry_now() {
    for (Item& item : items_) {
      if (item.retry) item.retry = INT64_MIN;
    }
  }

  // "w5", "r3" or nothing.
  std::string next() {
    std::size_t found = items_.size();
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].watermark) {
        if (i == 0) found = 0;
        break;  // none overtakes it
      }
      if (items_[i].answered == 0) {
        if (settings_.order == AsyncOrder::ordered) break;
        continue;
      }
      if (found == items_.size() || items_[i].answered < items_[found].answered) found = i;
      if (settings_.order == AsyncOrder::ordered) break;
    }
    if (found == items_.size()) return "";
    const Item item = items_[found];
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(found));
    return item.watermark ? "w" + std::to_string(*item.watermark) : "r" + std::to_string(item.id);
  }

  // "t3": timed out; "a3": to be asked again. Those that may come first.
  std::set<std::string> due(std::int64_t now) const {
    std::set<std::string> timed_out, again;
    std::int64_t earliest = INT64_MAX;
    for (const Item& item : items_) {
      if (item.watermark || item.answered != 0) continue;
      if (item.deadline <= now && timed_out.empty()) {
        timed_out.insert("t" + std::to_string(item.id));
      }
      if (item.retry && *item.retry <= now) {
        if (*item.retry < earliest) again.clear();
        earliest = std::min(earliest, *item.retry);
        if (*item.retry == earliest) again.insert("a" + std::to_string(item.id));
      }
    }
    return timed_out.empty() ? again : timed_out;
  }
  void told(const std::string& due) {
    Item& item = find(std::stoull(due.substr(1)));
    item.retry.reset();
    if (due[0] == 't') item.deadline = INT64_MAX;
  }
  std::int64_t next_due() const {
    std::int64_t next = INT64_MAX;
    for (const Item& item : items_) {
      if (item.watermark || item.answered != 0) continue;
      next = std::min({next, item.deadline, item.retry.value_or(INT64_MAX)});
    }
    return next;
  }

  std::vector<std::uint64_t> under_way() const {
    std::vector<std::uint64_t> ids;
    for (const Item& item : items_) {
      if (!item.watermark) ids.push_back(item.id);
    }
    return ids;
  }
  bool waits_to_retry(std::uint64_t id) { return find(id).retry.has_value(); }

 private:
  struct Item {
    std::uint64_t id = 0;
    std::optional<std::int64_t> watermark = std::nullopt;
    int answered = 0;  // the how manyth answer
    std::int64_t deadline = INT64_MAX;
    std::optional<std::int64_t> retry = std::nullopt;
  };
  Item& find(std::uint64_t id) {
    return *std::find_if(items_.begin(), items_.end(),
                         [&](const Item& item) { return !item.watermark && item.id == id; });
  }

  AsyncSettings settings_;
  std::vector<Item> items_;
  int answers_ = 0;
};

std::string text_of(const std::optional<AsyncRequests::Ready>& ready) {
  if (!ready) return "";
  return ready->watermark ? "w" + std::to_string(*ready->watermark)
                          : "r" + std::to_string(ready->id);
}

void run(const AsyncSettings& settings, std::uint64_t seed) {
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  const auto below = [&random](std::uint64_t n) { return random() % n; };
  AsyncRequests requests{settings};
  Oracle oracle{settings};
  std::vector<std::uint64_t> open;
  std::int64_t now = 1000;
  for (int step = 0; step < 400; ++step) {
    CAPTURE(step);
    now += static_cast<std::int64_t>(below(4));
    switch (below(7)) {
      case 0:
      case 1:
        if (requests.full()) break;
        open.push_back(requests.begin(now));
        oracle.begin(open.back(), now);
        break;
      case 2:
        requests.watermark(now);
        oracle.watermark(now);
        break;
      case 3:
      case 4: {
        if (open.empty()) break;
        const auto which = open.begin() + static_cast<std::ptrdiff_t>(below(open.size()));
        if (oracle.waits_to_retry(*which)) break;
        if (below(4) == 0) {
          const auto at = now + static_cast<std::int64_t>(below(20));
          requests.retry_at(*which, at);
          oracle.retry_at(*which, at);
        } else {
          requests.done(*which);
          oracle.done(*which);
          open.erase(which);
        }
        break;
      }
      case 5:
        for (int some = static_cast<int>(below(4)); some > 0; --some) {
          REQUIRE(text_of(requests.next()) == oracle.next());
        }
        break;
      case 6:
        if (below(20) == 0) {
          requests.retry_now();
          oracle.retry_now();
        }
        for (;;) {
          const auto expected = oracle.due(now);
          const auto due = requests.due(now);
          REQUIRE(due.has_value() == !expected.empty());
          if (!due) break;
          const std::string text = (due->timed_out ? "t" : "a") + std::to_string(due->id);
          REQUIRE(expected.contains(text));
          oracle.told(text);
        }
        break;
    }
    REQUIRE(requests.next_due() == oracle.next_due());
    REQUIRE(requests.under_way() == oracle.under_way());
    REQUIRE(requests.full() == (oracle.under_way().size() >= settings.capacity));
    for (const std::uint64_t id : open) REQUIRE(requests.open(id));
  }
  for (const std::uint64_t id : open) {
    if (oracle.waits_to_retry(id)) continue;
    requests.done(id);
    oracle.done(id);
  }
  for (std::string expected; !(expected = oracle.next()).empty();) {
    REQUIRE(text_of(requests.next()) == expected);
  }
  CHECK_FALSE(requests.next().has_value());
}

}  // namespace

TEST_CASE("results go on in order, or never past a watermark; time-outs and retries come due") {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    run({.order = seed % 2 == 0 ? AsyncOrder::ordered : AsyncOrder::unordered,
         .timeout_millis = seed % 3 == 0 ? 0 : static_cast<std::int64_t>(seed % 50 + 1),
         .capacity = seed % 7 + 1},
        seed);
  }
  MESSAGE("seeds 1 to 400, 400 steps each");
}

TEST_CASE("a time-out beyond the end of time never comes") {
  AsyncRequests requests{{.timeout_millis = INT64_MAX}};
  requests.begin(1000);
  CHECK(requests.next_due() == INT64_MAX);
}
