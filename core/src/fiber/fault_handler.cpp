// SPDX-License-Identifier: Apache-2.0
#include "fiber/fault_handler.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "fiber/fiber.h"
#include "fiber/sanitizers.h"

namespace flink::fiber {

namespace {

constexpr std::size_t alternate_bytes = 64 * 1024;
const char* overflow_advice = "";  // set once before any fiber runs: a handler takes no arguments

// Only what is async-signal-safe from here on.
void say(const char* text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
}

void say_number(std::size_t value) {
  char digits[24];
  char* at = digits + sizeof digits - 1;
  *at = '\0';
  do {
    *--at = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  say(at);
}

void on_fault(int signal, siginfo_t* info, void*) {
  if (const Fiber* fiber = Fiber::current()) {
    if (fiber->stack().in_guard(info->si_addr)) {
      say("flinkc: stack overflow in task '");
      say(fiber->name());
      say("': its stack of ");
      say_number(fiber->stack().size / 1024);
      say(" KiB is full (deep recursion, or a large local variable); ");
      say(overflow_advice);
    } else {
      say(signal == SIGBUS ? "flinkc: SIGBUS" : "flinkc: segmentation fault");
      say(" in task '");
      say(fiber->name());
      say("': its code used a pointer, reference, view or iterator that is not valid; build with "
          "--asan to see where");
    }
    say("\n");
  }
  // SA_RESETHAND restored the default action: the access is repeated and ends the process.
}

}  // namespace

void install_fault_handler(const char* advice) {
  overflow_advice = advice;
  if (FLINK_FIBER_ASAN || FLINK_FIBER_TSAN) return;  // they report faults themselves, with stacks
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, nullptr);
  sigaction(SIGBUS, &action, nullptr);
}

AlternateStack::AlternateStack() {
  if (FLINK_FIBER_ASAN || FLINK_FIBER_TSAN) return;
  void* memory = ::mmap(nullptr, alternate_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return;  // then an overflow dies without its message
  memory_ = memory;
  stack_t stack{};
  stack.ss_sp = memory_;
  stack.ss_size = alternate_bytes;
  sigaltstack(&stack, nullptr);
}

AlternateStack::~AlternateStack() {
  if (!memory_) return;
  stack_t off{};
  off.ss_flags = SS_DISABLE;
  sigaltstack(&off, nullptr);
  ::munmap(memory_, alternate_bytes);
}

}  // namespace flink::fiber
