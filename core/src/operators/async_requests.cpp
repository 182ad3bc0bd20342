// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/operators/async_requests.h>

#include <algorithm>

namespace flink::detail {

namespace {

std::int64_t add_saturated(std::int64_t millis, std::int64_t more) {
  return millis > INT64_MAX - more ? INT64_MAX : millis + more;
}

}  // namespace

AsyncRequests::AsyncRequests(const AsyncSettings& settings) : settings_(settings) {}
AsyncRequests::~AsyncRequests() = default;

bool AsyncRequests::open(Id id) const {
  const auto found = entries_.find(id);
  return found != entries_.end() && !found->second.done;
}

AsyncRequests::Id AsyncRequests::begin(std::int64_t now_millis) {
  const Id id = next_id_++;
  if (watermark_) ++segment_;
  entries_.emplace_hint(entries_.end(), id,
                        Entry{false, segment_, std::exchange(watermark_, std::nullopt)});
  if (settings_.timeout_millis > 0)
    timeouts_.emplace(id, add_saturated(now_millis, settings_.timeout_millis));
  return id;
}

// One that follows another with nothing between them says all that both say.
void AsyncRequests::watermark(std::int64_t millis) { watermark_ = millis; }

void AsyncRequests::retry_at(Id id, std::int64_t millis) {
  FLINK_CHECK(open(id));
  retries_.emplace(millis, id);
}

void AsyncRequests::retry_now() {
  std::multimap<std::int64_t, Id> now;
  for (const auto& [millis, id] : retries_) now.emplace(INT64_MIN, id);
  retries_.swap(now);
}

void AsyncRequests::done(Id id) {
  FLINK_CHECK(open(id));
  Entry& entry = entries_.at(id);
  entry.done = true;
  timeouts_.erase(id);
  if (settings_.order == AsyncOrder::unordered) answered_[entry.segment].push_back(id);
}

std::optional<AsyncRequests::Ready> AsyncRequests::next() {
  if (entries_.empty()) {
    if (!watermark_) return std::nullopt;
    return Ready{std::exchange(watermark_, std::nullopt), 0};
  }
  auto ready = entries_.begin();
  Entry& front = ready->second;
  if (front.watermark) return Ready{std::exchange(front.watermark, std::nullopt), 0};
  if (settings_.order == AsyncOrder::ordered) {
    if (!front.done) return std::nullopt;
  } else {
    const auto answered = answered_.find(front.segment);
    if (answered == answered_.end()) return std::nullopt;
    ready = entries_.find(answered->second.front());
    answered->second.pop_front();
    if (answered->second.empty()) answered_.erase(answered);
  }
  const Id id = ready->first;
  entries_.erase(ready);
  return Ready{std::nullopt, id};
}

std::optional<AsyncRequests::Due> AsyncRequests::due(std::int64_t now_millis) {
  if (!timeouts_.empty() && timeouts_.begin()->second <= now_millis) {
    const Id id = timeouts_.begin()->first;
    timeouts_.erase(timeouts_.begin());
    std::erase_if(retries_, [id](const auto& retry) { return retry.second == id; });
    return Due{id, true};
  }
  if (!retries_.empty() && retries_.begin()->first <= now_millis) {
    const Id id = retries_.begin()->second;
    retries_.erase(retries_.begin());
    return Due{id, false};
  }
  return std::nullopt;
}

std::int64_t AsyncRequests::next_due() const {
  return std::min(timeouts_.empty() ? INT64_MAX : timeouts_.begin()->second,
                  retries_.empty() ? INT64_MAX : retries_.begin()->first);
}

std::vector<AsyncRequests::Id> AsyncRequests::under_way() const {
  std::vector<Id> ids;
  for (const auto& [id, entry] : entries_) ids.push_back(id);
  return ids;
}

}  // namespace flink::detail
