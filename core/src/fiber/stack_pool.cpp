// SPDX-License-Identifier: Apache-2.0
#include "fiber/stack_pool.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "fiber/sanitizers.h"

namespace flink::fiber {

StackPool::StackPool(std::size_t stack_bytes)
    : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))),
      stack_bytes_((stack_bytes + page_ - 1) / page_ * page_) {
  FLINK_CHECK(stack_bytes >= 16 * 1024, stack_bytes);
}

StackPool::~StackPool() {
  FLINK_CHECK(taken_ == 0, taken_);
  for (const auto& stack : kept_) unmap(stack);
}

Stack StackPool::take() {
  if (!kept_.empty()) {
    const Stack stack = kept_.back();
    kept_.pop_back();
    ++taken_;
    return stack;
  }
  // Overflowing code touches the guard within its first bytes: -fstack-clash-protection probes
  // pages.
  const std::size_t all = guard_bytes + stack_bytes_;
  void* memory = ::mmap(nullptr, all, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED || ::mprotect(memory, guard_bytes, PROT_NONE) != 0) {
    const int error = errno;
    if (memory != MAP_FAILED) ::munmap(memory, all);
    throw Error{ErrorKind::resource,
                detail::concat("cannot map a stack of ", stack_bytes_,
                               " bytes for a task: ", std::strerror(error), "; ", taken_,
                               " are in use on this slot; lower the parallelism or the stack size "
                               "(flinkc.task.stack-size), or raise the kernel's vm.max_map_count, "
                               "the limit of the address space (ulimit -v) or of memory")};
  }
  // A huge page would make the first touch of each stack cost 2 MiB. A kernel without them refuses.
  ::madvise(memory, all, MADV_NOHUGEPAGE);
  const Stack stack{static_cast<char*>(memory), guard_bytes, stack_bytes_};
#if FLINK_FIBER_ASAN
  __lsan_register_root_region(stack.bottom(), stack.size);
#endif
  ++taken_;
  return stack;
}

void StackPool::give_back(const Stack& stack) {
  FLINK_CHECK(taken_ > 0);
  --taken_;
#if FLINK_FIBER_ASAN
  __asan_unpoison_memory_region(stack.bottom(), stack.size);
#endif
  if (kept_.size() < kept_max) {
    if (stack.size > resident_bytes) {
      ::madvise(stack.bottom(), stack.size - resident_bytes, MADV_DONTNEED);
    }
    kept_.push_back(stack);
  } else {
    unmap(stack);
  }
}

void StackPool::unmap(const Stack& stack) {
#if FLINK_FIBER_ASAN
  __lsan_unregister_root_region(stack.bottom(), stack.size);
#endif
  ::munmap(stack.guard, stack.guard_size + stack.size);
}

}  // namespace flink::fiber
