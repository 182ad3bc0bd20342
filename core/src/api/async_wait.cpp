// SPDX-License-Identifier: Apache-2.0
#include <flink/api/async_wait.h>
#include <flink/error.h>

#include <string>

namespace flink::detail {

AsyncSettings async_settings(AsyncOrder order, std::chrono::milliseconds timeout, int capacity) {
  if (capacity < 1) {
    throw Error{ErrorKind::user,
                "an asynchronous operator has a capacity of " + std::to_string(capacity) +
                    ": give it 1 or more, the number of requests that may be under way at once"};
  }
  if (timeout.count() < 0) {
    throw Error{ErrorKind::user, "an asynchronous operator has a timeout of " +
                                     std::to_string(timeout.count()) +
                                     " ms: give it 1 or more, or 0 for none"};
  }
  return {order, timeout.count(), static_cast<std::size_t>(capacity)};
}

}  // namespace flink::detail
