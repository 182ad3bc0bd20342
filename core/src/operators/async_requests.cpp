// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/operators/async_requests.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace flink::detail {

namespace {

std::int64_t add_saturated(std::int64_t millis, std::int64_t more) {
  return millis > INT64_MAX - more ? INT64_MAX : millis + more;
}

}  // namespace

struct AsyncRequests::Waiting {
  struct Entry {
    bool done = false;
    std::uint64_t segment = 0;              // how many watermarks came before it
    std::optional<std::int64_t> watermark;  // the last of them, while it waits here
  };

  AsyncSettings settings;
  Id next_id = 0;
  std::map<Id, Entry> entries;  // those whose results have not gone on
  std::uint64_t segment = 0;
  std::optional<std::int64_t> watermark;  // behind all entries
  // unordered: by segment, in order of their answers
  std::map<std::uint64_t, std::deque<Id>> answered;
  // When those that wait are timed out. All wait equally long: in order of time, too.
  std::map<Id, std::int64_t> timeouts;
  std::multimap<std::int64_t, Id> retries;
};

AsyncRequests::AsyncRequests(const AsyncSettings& settings)
    : waiting_(std::make_unique<Waiting>()) {
  waiting_->settings = settings;
}
AsyncRequests::~AsyncRequests() = default;

bool AsyncRequests::empty() const noexcept {
  return waiting_->entries.empty() && !waiting_->watermark;
}
bool AsyncRequests::full() const noexcept {
  return waiting_->entries.size() >= waiting_->settings.capacity;
}

bool AsyncRequests::open(Id id) const {
  const auto found = waiting_->entries.find(id);
  return found != waiting_->entries.end() && !found->second.done;
}

AsyncRequests::Id AsyncRequests::begin(std::int64_t now_millis) {
  const Id id = waiting_->next_id++;
  if (waiting_->watermark) ++waiting_->segment;
  waiting_->entries.emplace_hint(
      waiting_->entries.end(), id,
      Waiting::Entry{false, waiting_->segment, std::exchange(waiting_->watermark, std::nullopt)});
  if (waiting_->settings.timeout_millis > 0)
    waiting_->timeouts.emplace(id, add_saturated(now_millis, waiting_->settings.timeout_millis));
  return id;
}

// One that follows another with nothing between them says all that both say.
void AsyncRequests::watermark(std::int64_t millis) { waiting_->watermark = millis; }

void AsyncRequests::retry_at(Id id, std::int64_t millis) {
  FLINK_CHECK(open(id));
  waiting_->retries.emplace(millis, id);
}

void AsyncRequests::retry_now() {
  std::multimap<std::int64_t, Id> now;
  for (const auto& [millis, id] : waiting_->retries) now.emplace(INT64_MIN, id);
  waiting_->retries.swap(now);
}

void AsyncRequests::done(Id id) {
  FLINK_CHECK(open(id));
  Waiting::Entry& entry = waiting_->entries.at(id);
  entry.done = true;
  waiting_->timeouts.erase(id);
  if (waiting_->settings.order == AsyncOrder::unordered)
    waiting_->answered[entry.segment].push_back(id);
}

std::optional<AsyncRequests::Ready> AsyncRequests::next() {
  if (waiting_->entries.empty()) {
    if (!waiting_->watermark) return std::nullopt;
    return Ready{std::exchange(waiting_->watermark, std::nullopt), 0};
  }
  auto ready = waiting_->entries.begin();
  Waiting::Entry& front = ready->second;
  if (front.watermark) return Ready{std::exchange(front.watermark, std::nullopt), 0};
  if (waiting_->settings.order == AsyncOrder::ordered) {
    if (!front.done) return std::nullopt;
  } else {
    const auto answered = waiting_->answered.find(front.segment);
    if (answered == waiting_->answered.end()) return std::nullopt;
    ready = waiting_->entries.find(answered->second.front());
    answered->second.pop_front();
    if (answered->second.empty()) waiting_->answered.erase(answered);
  }
  const Id id = ready->first;
  waiting_->entries.erase(ready);
  return Ready{std::nullopt, id};
}

std::optional<AsyncRequests::Due> AsyncRequests::due(std::int64_t now_millis) {
  if (!waiting_->timeouts.empty() && waiting_->timeouts.begin()->second <= now_millis) {
    const Id id = waiting_->timeouts.begin()->first;
    waiting_->timeouts.erase(waiting_->timeouts.begin());
    std::erase_if(waiting_->retries, [id](const auto& retry) { return retry.second == id; });
    return Due{id, true};
  }
  if (!waiting_->retries.empty() && waiting_->retries.begin()->first <= now_millis) {
    const Id id = waiting_->retries.begin()->second;
    waiting_->retries.erase(waiting_->retries.begin());
    return Due{id, false};
  }
  return std::nullopt;
}

std::int64_t AsyncRequests::next_due() const {
  return std::min(waiting_->timeouts.empty() ? INT64_MAX : waiting_->timeouts.begin()->second,
                  waiting_->retries.empty() ? INT64_MAX : waiting_->retries.begin()->first);
}

std::vector<AsyncRequests::Id> AsyncRequests::under_way() const {
  std::vector<Id> ids;
  for (const auto& [id, entry] : waiting_->entries) ids.push_back(id);
  return ids;
}

}  // namespace flink::detail
