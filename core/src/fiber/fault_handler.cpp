// SPDX-License-Identifier: Apache-2.0
#include "fiber/fault_handler.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "fiber/fiber.h"
#include "fiber/sanitizers.h"

namespace flink::fiber {

namespace {

constexpr std::size_t alternate_bytes = 64 * 1024;
constexpr int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
FaultReport report;  // set once before any fiber runs: a handler takes no arguments

// Only what is async-signal-safe from here on.

// One line, written at once: it may go to a file that others append to.
class Line {
 public:
  Line& text(const char* text) {
    const std::size_t size = std::min(std::strlen(text), sizeof bytes_ - 1 - size_);
    std::memcpy(bytes_ + size_, text, size);
    size_ += size;
    return *this;
  }
  Line& number(std::size_t value) {
    char digits[24];
    char* at = digits + sizeof digits - 1;
    *at = '\0';
    do {
      *--at = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    return text(at);
  }
  void write() {
    bytes_[size_++] = '\n';
    // Nobody is left who could do something about a line that cannot be written.
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, bytes_, size_);
    if (report.copy_to >= 0) written = ::write(report.copy_to, bytes_, size_);
  }

 private:
  char bytes_[2048];
  std::size_t size_ = 0;
};

const char* what_happened(int signal, const siginfo_t& info) {
  switch (signal) {
    case SIGBUS:
      return "bus error";
    case SIGFPE:
      return info.si_code == FPE_INTDIV ? "division of an integer by zero" : "arithmetic error";
    case SIGILL:
      return "illegal instruction";
    case SIGABRT:
      return "abort";
    default:
      return "segmentation fault";
  }
}

const char* why_it_happens(int signal) {
  switch (signal) {
    case SIGSEGV:
    case SIGBUS:
      return ": its code used a pointer, reference, view or iterator that is not valid; build with "
             "--asan to see where";
    case SIGABRT:
      return ": a failed check of its code or of a library, or an exception that nobody may catch "
             "(thrown by a destructor or noexcept function)";
    default:
      return "";
  }
}

void on_fault(int signal, siginfo_t* info, void*) {
  const Fiber* fiber = Fiber::current();
  Line line;
  line.text("flinkc: ");
  if (fiber && (signal == SIGSEGV || signal == SIGBUS) && fiber->stack().in_guard(info->si_addr)) {
    line.text("stack overflow in task '")
        .text(fiber->name())
        .text("': its stack of ")
        .number(fiber->stack().size / 1024)
        .text(" KiB is full (deep recursion, or a large local variable); ")
        .text(report.advice);
  } else {
    line.text(what_happened(signal, *info));
    if (fiber) line.text(" in task '").text(fiber->name()).text("'");
    else line.text(" outside of a task's thread");
    line.text(why_it_happens(signal));
  }
  line.write();
  // SA_RESETHAND restored the default action: the access is repeated and ends the process, as
  // abort() does when its signal was handled.
}

}  // namespace

void install_fault_handler(const FaultReport& how) {
  report = how;
  if (FLINK_FIBER_ASAN || FLINK_FIBER_TSAN) return;  // they report faults themselves, with stacks
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND;
  sigemptyset(&action.sa_mask);
  for (const int signal : fatal_signals) sigaction(signal, &action, nullptr);
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
