// SPDX-License-Identifier: Apache-2.0
// Stacks for fibers: mmapped, with a guard page below, kept for reuse. Idle pages cost nothing: a
// reserved stack of 256 KiB has a few KiB resident. One pool a slot, used by the slot's thread
// only; it outlives its stacks. The kernel's vm.max_map_count ends at about 32,000 guarded stacks a
// process.
#pragma once

#include <cstddef>
#include <vector>

namespace flink::fiber {

struct Stack {
  char* guard = nullptr;  // lowest address: the guard page, then `size` usable bytes
  std::size_t guard_size = 0;
  std::size_t size = 0;

  char* bottom() const { return guard + guard_size; }
  char* top() const { return bottom() + size; }
  bool in_guard(const void* address) const {
    return address >= guard && address < guard + guard_size;
  }
};

class StackPool {
 public:
  static constexpr std::size_t default_stack_bytes = 256 * 1024;

  // Rounded up to whole pages.
  explicit StackPool(std::size_t stack_bytes = default_stack_bytes);
  ~StackPool();
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  // Throws Error{resource} when the kernel gives no more.
  Stack take();
  void give_back(const Stack& stack);

  std::size_t stack_bytes() const { return stack_bytes_; }

 private:
  static constexpr std::size_t kept_max = 64;
  void unmap(const Stack& stack);

  std::size_t page_;
  std::size_t stack_bytes_;
  std::vector<Stack> kept_;
  std::size_t taken_ = 0;
};

}  // namespace flink::fiber
