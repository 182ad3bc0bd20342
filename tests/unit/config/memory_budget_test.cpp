// SPDX-License-Identifier: Apache-2.0
#include "config/memory_budget.h"

#include <doctest/doctest.h>

#include "flink/error.h"

namespace flink::config {
namespace {

Configuration with(std::initializer_list<std::pair<const char*, const char*>> values) {
  Configuration c;
  for (const auto& [key, value] : values) c.set_text(key, value, {Source::property, "test"});
  return c;
}

TEST_CASE("the parts add up to the process") {
  for (const char* size : {"256m", "512m", "1728m", "4g", "100g"}) {
    const auto budget = memory_budget(with({{"taskmanager.memory.process.size", size}}));
    CHECK(budget.framework + budget.network + budget.managed + budget.user == budget.process);
    CHECK(budget.network >= 64u << 20);
    CHECK(budget.network % budget.segment == 0);
    const auto slot = budget.per_slot(3);
    CHECK(slot.managed * 3 <= budget.managed);
    CHECK(slot.process == slot.network + slot.managed + slot.user);
  }
}

TEST_CASE("describe") {
  CHECK(
      memory_budget(with({{"taskmanager.memory.process.size", "1g"},
                          {"taskmanager.memory.network.max", "64m"},
                          {"taskmanager.memory.managed.size", "512m"}}))
          .describe() ==
      "1 GiB: framework 32 MiB, network 64 MiB (2048 frames of 32 KiB), managed 512 MiB, user code "
      "416 MiB");
}

TEST_CASE("what does not fit is named") {
  CHECK_THROWS_AS(memory_budget(with({{"taskmanager.memory.process.size", "64m"}})), Error);
  CHECK_THROWS_AS(memory_budget(with({{"taskmanager.memory.managed.size", "9000000t"}})), Error);
  CHECK_THROWS_AS(memory_budget(with({{"taskmanager.memory.segment-size", "0"}})), Error);
  CHECK_THROWS_AS(memory_budget(with({{"taskmanager.memory.network.max", "1m"}})), Error);
}

TEST_CASE("state has a bound in memory, however little is managed") {
  const auto share = [](const char* managed, std::uint64_t sharers) {
    return memory_budget(with({{"taskmanager.memory.managed.size", managed}})).state_share(sharers);
  };
  CHECK(share("64 mb", 4) == 16u << 20);
  CHECK(share("64 mb", 0) == 64u << 20);
  CHECK(share("0", 1) == 1u << 20);
  CHECK(share("1 mb", 1000) == 1u << 20);
}

}  // namespace
}  // namespace flink::config
