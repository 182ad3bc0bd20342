// SPDX-License-Identifier: Apache-2.0
// What windows give, by the plainest means: every element that came is looked at again for each
// window and each watermark. No state, no timers, no merging as it goes; for the event-time
// trigger.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace flink::test {

struct OracleWindows {
  std::int64_t size = 10, slide = 10, offset = 0;  // or, of sessions,
  std::int64_t gap = 0;
  std::int64_t lateness = 0;
  bool in_order = true;  // of arrival; else elements are told sorted
  bool summed = false;   // the first element and the sum of value_of() in place of all
  static std::int64_t value_of(std::int64_t n) { return n * 37 % 101 - 50; }
};

class Oracle {
 public:
  using Window = std::pair<std::int64_t, std::int64_t>;
  explicit Oracle(OracleWindows windows) : of_(windows) {}

  void element(const std::string& key, std::int64_t at, std::int64_t n) {
    bool taken = false;
    if (of_.gap > 0) {
      taken = session(key, at, n);
    } else {
      for (const Window& window : windows_of(at)) {
        if (over(window)) continue;
        taken = true;
        auto& held = held_[{key, window}];
        held.push_back(n);
        if (window.second - 1 <= watermark_) fire(key, window, held);
      }
    }
    if (!taken && at + of_.lateness <= watermark_) lines_.push_back("late:" + std::to_string(n));
  }
  void watermark(std::int64_t at) {
    const std::int64_t before = std::exchange(watermark_, std::max(watermark_, at));
    for (auto& [place, held] : held_) {
      const std::int64_t last = place.second.second - 1;
      if (last > before && last <= watermark_) fire(place.first, place.second, held);
    }
    std::erase_if(held_, [this](const auto& entry) { return over(entry.first.second); });
  }
  // Since the last call, sorted.
  std::vector<std::string> take() {
    std::sort(lines_.begin(), lines_.end());
    return std::exchange(lines_, {});
  }

 private:
  using Place = std::pair<std::string, Window>;

  std::vector<Window> windows_of(std::int64_t at) const {
    std::vector<Window> windows;
    for (std::int64_t start = at - of_.size + 1; start <= at; ++start) {
      if ((start - of_.offset) % of_.slide == 0) windows.push_back({start, start + of_.size});
    }
    return windows;
  }
  // Everything that it touches becomes one; in which order their elements are is not said.
  bool session(const std::string& key, std::int64_t at, std::int64_t n) {
    Window all{at, at + of_.gap};
    std::vector<std::int64_t> held;
    for (auto i = held_.begin(); i != held_.end();) {
      const auto& [owner, window] = i->first;
      if (owner == key && window.first <= at + of_.gap && window.second >= at) {
        all = {std::min(all.first, window.first), std::max(all.second, window.second)};
        held.insert(held.end(), i->second.begin(), i->second.end());
        i = held_.erase(i);
      } else {
        ++i;
      }
    }
    if (over(all)) return false;  // then it is alone: those in flight are not over
    held.push_back(n);
    auto& kept = held_[{key, all}] = std::move(held);
    if (all.second - 1 <= watermark_) fire(key, all, kept);
    return true;
  }
  bool over(const Window& window) const { return window.second - 1 + of_.lateness <= watermark_; }
  void fire(const std::string& key, const Window& window, std::vector<std::int64_t> held) {
    if (of_.summed) {
      std::int64_t sum = 0;
      for (const std::int64_t n : held) sum += OracleWindows::value_of(n);
      lines_.push_back(key + "=" + std::to_string(held.front()) + "/" + std::to_string(sum));
      return;
    }
    if (!of_.in_order) std::sort(held.begin(), held.end());
    std::string line =
        key + "[" + std::to_string(window.first) + "," + std::to_string(window.second) + ")=";
    for (const std::int64_t n : held) line += std::to_string(n) + ",";
    lines_.push_back(line);
  }

  OracleWindows of_;
  std::map<Place, std::vector<std::int64_t>> held_;
  std::int64_t watermark_ = INT64_MIN / 2;
  std::vector<std::string> lines_;
};

}  // namespace flink::test
