// SPDX-License-Identifier: Apache-2.0
// tumbling and sessions: two threads, partition by key, watermarks; the sums of tumbling windows in
// a table by (key, window), with a list of each window's keys; sessions in a table by key, looked
// at when the first end that they had comes.
#include <algorithm>
#include <map>
#include <vector>

#include "probed_table.h"
#include "timed_exchange.h"

namespace bench {
namespace {

constexpr std::size_t group = 32;

struct WindowSum {
  std::uint64_t key = 0;
  std::int64_t window = 0;
  TimedEvent first;  // with the sum
  bool used = false;

  std::uint64_t hash() const { return key * 31 + static_cast<std::uint64_t>(window); }
  bool is(const WindowSum& other) const { return key == other.key && window == other.window; }
};

class Tumbling {
 public:
  explicit Tumbling(const Arguments& arguments) : size_(arguments.size) {}

  void take(const TimedEvent* events, std::size_t count) {
    for (std::size_t from = 0; from < count; from += group) {
      const std::size_t stop = std::min(count, from + group);
      for (std::size_t i = from; i < stop; ++i) table_.prefetch(wanted(events[i]).hash());
      for (std::size_t i = from; i < stop; ++i) add(events[i]);
    }
  }
  void advance(std::int64_t watermark) {
    while (!keys_.empty() && keys_.begin()->first * size_ + size_ - 1 <= watermark) {
      const auto& [window, keys] = *keys_.begin();
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (i + group < keys.size()) table_.prefetch(WindowSum{keys[i + group], window, {}}.hash());
        WindowSum* const sum = table_.find({keys[i], window, {}});
        sink_.add(sum->first);
        table_.erase(sum);
      }
      keys_.erase(keys_.begin());
      last_ = nullptr;
    }
  }
  Result finish() { return sink_.finish(); }

 private:
  WindowSum wanted(const TimedEvent& event) const {
    return {event.key, event.at / size_, event, true};
  }
  void add(const TimedEvent& event) {
    const WindowSum sum = wanted(event);
    const auto [held, is_new] = table_.find_or_add(sum);
    if (!is_new) {
      held->first.value += event.value;
      return;
    }
    if (last_ == nullptr || last_window_ != sum.window) {
      last_ = &keys_[sum.window];
      last_window_ = sum.window;
    }
    last_->push_back(sum.key);
  }

  std::int64_t size_;
  ProbedTable<WindowSum> table_;
  std::map<std::int64_t, std::vector<std::uint64_t>> keys_;  // by window
  std::vector<std::uint64_t>* last_ = nullptr;
  std::int64_t last_window_ = 0;
  TimedSink sink_;
};

struct Session {
  std::int64_t start = 0, end = 0;  // the last record and the gap
  std::int64_t looked_at = 0;
  TimedEvent first;
};
struct KeySessions {
  std::uint64_t key = 0;
  std::vector<Session> open;
  bool used = false;
  std::uint64_t hash() const { return key; }
  bool is(const KeySessions& other) const { return key == other.key; }
};

class Sessions {
 public:
  explicit Sessions(const Arguments& arguments) : gap_(arguments.size) {}

  void take(const TimedEvent* events, std::size_t count) {
    for (std::size_t from = 0; from < count; from += group) {
      const std::size_t stop = std::min(count, from + group);
      for (std::size_t i = from; i < stop; ++i) table_.prefetch(events[i].key);
      for (std::size_t i = from; i < stop; ++i) add(events[i]);
    }
  }
  void advance(std::int64_t watermark) {
    while (!due_.empty() && due_.begin()->first - 1 <= watermark) {
      for (const std::uint64_t key : due_.begin()->second) look_at(key, due_.begin()->first);
      due_.erase(due_.begin());
    }
  }
  Result finish() { return sink_.finish(); }

 private:
  void add(const TimedEvent& event) {
    const auto [held, is_new] = table_.find_or_add({event.key, {}, true});
    Session joined{event.at, event.at + gap_, 0, event};
    Session* into = nullptr;
    for (std::size_t i = 0; i < held->open.size(); ++i) {
      Session& open = held->open[i];
      if (open.start > joined.end || open.end < joined.start) continue;
      if (into == nullptr) {
        into = &open;
        into->first.value += event.value;
      } else {
        into->first.value += open.first.value;
      }
      into->start = std::min(into->start, std::min(open.start, joined.start));
      into->end = std::max(into->end, std::max(open.end, joined.end));
      if (into != &open) held->open.erase(held->open.begin() + static_cast<std::ptrdiff_t>(i--));
    }
    if (into != nullptr) return;
    joined.looked_at = joined.end;
    held->open.push_back(joined);
    due_[joined.end].push_back(event.key);
  }
  void look_at(std::uint64_t key, std::int64_t now) {
    KeySessions* const held = table_.find({.key = key, .open = {}});
    if (held == nullptr) return;
    std::erase_if(held->open, [&](Session& open) {
      if (open.end <= now) {
        sink_.add(open.first);
        return true;
      }
      if (open.looked_at <= now) {
        open.looked_at = open.end;
        due_[open.end].push_back(key);
      }
      return false;
    });
    if (held->open.empty()) table_.erase(held);
  }

  std::int64_t gap_;
  ProbedTable<KeySessions> table_;
  std::map<std::int64_t, std::vector<std::uint64_t>> due_;
  TimedSink sink_;
};

}  // namespace

Result tumbling(const Arguments& arguments) {
  return run_timed<Tumbling>(arguments, timed_events(arguments));
}
Result session(const Arguments& arguments) {
  return run_timed<Sessions>(arguments, timed_events(arguments));
}

}  // namespace bench
