// SPDX-License-Identifier: Apache-2.0
// Names one channel of one attempt pair: both sides derive it from their deployments, so a
// restarted task never meets bytes of an old attempt.
#pragma once

#include <compare>
#include <cstdint>

namespace flink::channels {

struct ChannelId {
  std::int32_t edge = 0;  // index into JobGraph::edges
  std::int32_t producer = 0, producer_attempt = 0;
  std::int32_t consumer = 0, consumer_attempt = 0;
  friend auto operator<=>(const ChannelId&, const ChannelId&) = default;
};

}  // namespace flink::channels
