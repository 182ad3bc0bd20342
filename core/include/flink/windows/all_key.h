// SPDX-License-Identifier: Apache-2.0
// The one key of windows over a stream without keys: they are keyed state all the same, in one
// subtask.
#pragma once

#include <cstdint>
#include <type_traits>

namespace flink::detail {

struct AllKey {
  using key_type = std::uint8_t;
  template <class T>
  std::uint8_t operator()(const T&) const {
    return 0;
  }
};
template <class Selector>
constexpr bool is_all_key = std::is_same_v<Selector, AllKey>;

}  // namespace flink::detail
