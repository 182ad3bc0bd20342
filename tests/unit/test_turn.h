// SPDX-License-Identifier: Apache-2.0
// The turn of a task for tests: overdue from when the test says so until somebody looks up.
#pragma once

#include <flink/fiber/turn.h>

namespace flink {

struct TestTurn final : detail::Turn {
  detail::Atomic<bool> flag{false};
  int looked = 0;
  TestTurn() : Turn(flag) {}
  void look_up() override {
    flag.store(false);
    ++looked;
  }
  std::size_t source_records() const override { return SIZE_MAX; }
  void source_emitted(std::size_t) override {}
};

}  // namespace flink
