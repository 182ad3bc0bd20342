// SPDX-License-Identifier: Apache-2.0
#include <flink/fiber/turn.h>

namespace flink::detail {

Turn& Turn::endless() noexcept {
  static constinit const Atomic<bool> never{false};
  struct Endless final : Turn {
    Endless() : Turn(never) {}
    void look_up() override {}
    std::size_t source_records() const override { return SIZE_MAX; }
    void source_emitted(std::size_t) override {}
  };
  static Endless turn;
  return turn;
}

}  // namespace flink::detail
