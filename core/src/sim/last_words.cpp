// SPDX-License-Identifier: Apache-2.0
#include "sim/last_words.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace flink::sim {
namespace {

constexpr int fatal_signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

struct Words {
  char text[2048];
  std::size_t size = 0;
  struct sigaction before[std::size(fatal_signals)];
};
Words words;  // the handler's only way to know

void speak(int number) {
  // What it returns changes nothing any more.
  if (::write(STDERR_FILENO, words.text, words.size) < 0) words.size = 0;
  for (std::size_t i = 0; i < std::size(fatal_signals); ++i) {
    if (fatal_signals[i] == number) ::sigaction(number, &words.before[i], nullptr);
  }
  ::raise(number);
}

}  // namespace

LastWords::LastWords() {
  struct sigaction action {};
  action.sa_handler = speak;
  action.sa_flags = SA_ONSTACK;
  for (std::size_t i = 0; i < std::size(fatal_signals); ++i) {
    ::sigaction(fatal_signals[i], &action, &words.before[i]);
  }
}

LastWords::~LastWords() {
  words.size = 0;
  for (std::size_t i = 0; i < std::size(fatal_signals); ++i) {
    ::sigaction(fatal_signals[i], &words.before[i], nullptr);
  }
}

void LastWords::set(std::string_view text) {
  words.size = std::min(text.size(), sizeof words.text);
  std::memcpy(words.text, text.data(), words.size);
}

}  // namespace flink::sim
