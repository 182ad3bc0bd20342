// SPDX-License-Identifier: Apache-2.0
// The seed of a random test: FLINK_TEST_SEED repeats one.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace flink::test {

inline std::uint64_t seed_or(std::uint64_t usual) {
  const char* const given = std::getenv("FLINK_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : usual;
}

}  // namespace flink::test
