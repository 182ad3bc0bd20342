// SPDX-License-Identifier: Apache-2.0
#include "fiber/fiber.h"

#include <cxxabi.h>
#include <flink/base/check.h>

#include <boost/context/detail/fcontext.hpp>
#include <utility>

#include "fiber/sanitizers.h"

namespace flink::fiber {

namespace context = boost::context::detail;

namespace {

// One per thread by nature: which stack this thread is on. A fiber never changes its thread, so a
// cached address of it stays right across switches.
thread_local Fiber* current_fiber = nullptr;

}  // namespace

struct Fiber::Trampoline {
  static void enter(context::transfer_t from) {
    auto* self = static_cast<Fiber*>(from.data);
    self->context_ = from.fctx;
#if FLINK_FIBER_ASAN
    __sanitizer_finish_switch_fiber(nullptr, &self->resumer_bottom_, &self->resumer_size_);
#endif
    self->run();
    self->switch_out(true);
    __builtin_unreachable();
  }
};

Fiber::Fiber(StackPool& stacks, const char* name, std::function<void()> entry)
    : stacks_(stacks), name_(name), entry_(std::move(entry)), stack_(stacks.take()) {
  context_ = context::make_fcontext(stack_.top(), stack_.size, &Trampoline::enter);
#if FLINK_FIBER_TSAN
  tsan_fiber_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  FLINK_CHECK(!started_ || finished_, name_);
#if FLINK_FIBER_TSAN
  __tsan_destroy_fiber(tsan_fiber_);
#endif
  stacks_.give_back(stack_);
}

Fiber* Fiber::current() { return current_fiber; }

void Fiber::run() {
  try {
    entry_();
  } catch (const FiberCancelled&) {
    cancelled_end_ = true;
  } catch (...) {
    failure_ = std::current_exception();
  }
  entry_ = nullptr;  // its captures go while the fiber's stack is still there
}

// Not inlined: a compiler must not carry thread-local or sanitizer state over the jump.
[[gnu::noinline]] void Fiber::resume() {
  FLINK_CHECK(!finished_, name_);
  FLINK_CHECK(current_fiber == nullptr, name_);
  if (!started_ && cancelled_) {
    finished_ = cancelled_end_ = true;
    return;
  }
  started_ = true;
  current_fiber = this;
  auto* globals = reinterpret_cast<ExceptionGlobals*>(abi::__cxa_get_globals());
  const ExceptionGlobals mine = std::exchange(*globals, exceptions_);
#if FLINK_FIBER_ASAN
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, stack_.bottom(), stack_.size);
#endif
#if FLINK_FIBER_TSAN
  tsan_resumer_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(tsan_fiber_, 0);
#endif
  context_ = context::jump_fcontext(context_, this).fctx;
#if FLINK_FIBER_ASAN
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
  exceptions_ = std::exchange(*globals, mine);
  current_fiber = nullptr;
}

[[gnu::noinline]] void Fiber::switch_out(bool last) {
  finished_ = last;
#if FLINK_FIBER_ASAN
  __sanitizer_start_switch_fiber(last ? nullptr : &fake_stack_, resumer_bottom_, resumer_size_);
#endif
#if FLINK_FIBER_TSAN
  __tsan_switch_to_fiber(tsan_resumer_, 0);
#endif
  context_ = context::jump_fcontext(context_, this).fctx;
#if FLINK_FIBER_ASAN
  __sanitizer_finish_switch_fiber(fake_stack_, &resumer_bottom_, &resumer_size_);
#endif
}

void Fiber::suspend_uncancelled() {
  FLINK_CHECK(current_fiber == this, name_);
  switch_out(false);
}

void Fiber::suspend() {
  if (cancelled_) throw FiberCancelled{};
  suspend_uncancelled();
  if (cancelled_) throw FiberCancelled{};
}

}  // namespace flink::fiber
