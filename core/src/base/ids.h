// SPDX-License-Identifier: Apache-2.0
// Strong identities. 128-bit ids print as 32 hexadecimal digits, as Flink's do.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace flink::base {

template <class Tag>
struct Id128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const Id128&, const Id128&) = default;

  bool is_zero() const { return high == 0 && low == 0; }
  static Id128 random(Random& random) {
    const auto high = random.next();
    return {high, random.next()};
  }
  std::string hex() const;
  // Exactly 32 hexadecimal digits, or nothing.
  static std::optional<Id128> parse(std::string_view text);
};

std::string hex128(std::uint64_t high, std::uint64_t low);
bool parse_hex128(std::string_view text, std::uint64_t& high, std::uint64_t& low);

template <class Tag>
std::string Id128<Tag>::hex() const {
  return hex128(high, low);
}
template <class Tag>
std::optional<Id128<Tag>> Id128<Tag>::parse(std::string_view text) {
  Id128 id;
  if (!parse_hex128(text, id.high, id.low)) return std::nullopt;
  return id;
}

using JobId = Id128<struct JobTag>;
using VertexId = Id128<struct VertexTag>;      // JobVertexID: one chain of operators
using OperatorId = Id128<struct OperatorTag>;  // hash of the uid, else of the position in the graph

// One attempt to run one subtask of one vertex (Flink's ExecutionAttemptID).
struct AttemptId {
  VertexId vertex;
  std::int32_t subtask = 0;
  std::int32_t attempt = 0;
  friend auto operator<=>(const AttemptId&, const AttemptId&) = default;
};

}  // namespace flink::base

template <class Tag>
struct std::hash<flink::base::Id128<Tag>> {
  std::size_t operator()(const flink::base::Id128<Tag>& id) const noexcept {
    return id.low ^ (id.high * 0x9e3779b97f4a7c15ull);
  }
};
