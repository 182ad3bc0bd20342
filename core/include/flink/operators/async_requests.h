// SPDX-License-Identifier: Apache-2.0
// AsyncRequests: what an asynchronous operator has under way: which results go on next, and what is
// due when. Knows neither records nor threads nor a clock: told what happens, asked what follows.
//
// Order (Flink, "Asynchronous I/O", order of results): `ordered` as they came in; `unordered` as
// they were answered, but none overtakes a watermark in either direction.
#pragma once

#include <flink/base/memory.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace flink::detail {

enum class AsyncOrder : unsigned char { ordered, unordered };

struct AsyncSettings {
  AsyncOrder order = AsyncOrder::ordered;
  std::int64_t timeout_millis = 0;  // 0: none
  // How many may be under way, those included that are answered and wait for their turn.
  std::size_t capacity = 100;
};

class AsyncRequests {
 public:
  using Id = std::uint64_t;  // in order of begin(), from 0

  explicit AsyncRequests(const AsyncSettings& settings);
  AsyncRequests(const AsyncRequests&) = delete;
  AsyncRequests& operator=(const AsyncRequests&) = delete;
  ~AsyncRequests();

  bool empty() const noexcept;
  bool full() const noexcept;
  Id begin(std::int64_t now_millis);
  void watermark(std::int64_t millis);
  // Asked again at that time; not before it was due() is it answered.
  void retry_at(Id id, std::int64_t millis);
  // All that are to be asked again are due now.
  void retry_now();
  // Its results may go on.
  void done(Id id);
  // A request that is neither done nor gone.
  bool open(Id id) const;

  // What goes on next: a watermark, or the results of a request, which is gone then. Until there is
  // nothing.
  struct Ready {
    std::optional<std::int64_t> watermark;
    Id id = 0;
  };
  std::optional<Ready> next();

  // What has come due: its time is over (said once), or it is to be asked again.
  struct Due {
    Id id = 0;
    bool timed_out = false;
  };
  std::optional<Due> due(std::int64_t now_millis);
  std::int64_t next_due() const;  // INT64_MAX: nothing will

  // Those whose results have not gone on, in order.
  std::vector<Id> under_way() const;

 private:
  struct Waiting;  // the requests that are under way
  std::unique_ptr<Waiting> waiting_;
};

}  // namespace flink::detail
