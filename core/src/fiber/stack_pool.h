// SPDX-License-Identifier: Apache-2.0
// Stacks for fibers: mmapped, with a guard below, kept for reuse. A stack is as large as a
// thread's, since users' functions run on it; pages that were never touched cost nothing, and those
// that only a deep call touched are given back when the fiber ends. One pool a slot, used by the
// slot's thread only; it outlives its stacks. The kernel's vm.max_map_count ends at about 32,000
// stacks a process.
#pragma once

#include <cstddef>
#include <vector>

namespace flink::fiber {

struct Stack {
  char* guard = nullptr;  // lowest address: the guard, then `size` usable bytes
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
  static constexpr std::size_t default_stack_bytes = 8 * 1024 * 1024;

  // Rounded up to whole pages; at least 16 KiB.
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
  // As the kernel keeps it below a thread's stack: code that was compiled without probes (a
  // library) does not jump over it with one large frame.
  static constexpr std::size_t guard_bytes = 1024 * 1024;
  // What of a kept stack stays resident, so that a short-lived fiber faults no pages in.
  static constexpr std::size_t resident_bytes = 32 * 1024;
  void unmap(const Stack& stack);

  std::size_t page_;
  std::size_t stack_bytes_;
  std::vector<Stack> kept_;
  std::size_t taken_ = 0;
};

}  // namespace flink::fiber
