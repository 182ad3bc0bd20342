// SPDX-License-Identifier: Apache-2.0
// Feeds a fuzzer mutations of its seeds:
//   fuzz_schema [--seconds 10] [--seed N]       until the time is over
//   fuzz_schema --seed N --only M               input M of that seed again, printed, nothing else
//   fuzz_schema FILE...                         these inputs
// Input M depends on (seed, M) alone, so that what a crash prints finds it again.
#include <flink/error.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/random.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

namespace flink::fuzz {
namespace {

constexpr std::size_t input_bytes_max = 1 << 16;
constexpr unsigned seconds_max = 5;             // for one input
constexpr std::size_t memory_max = 1ull << 30;  // for all that a fuzzer holds at once

// What a crash says: written before each input, read by the signal handler.
char last_words[128] = "fuzz: before the first input\n";

void say(const char* words) {
  const auto written = ::write(2, words, std::strlen(words));
  (void)written;
}

void on_crash(int signal) {
  if (signal == SIGALRM) say("fuzz: an endless loop\n");
  say(last_words);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// A length that is believed fails where it allocates, not where the machine has no more memory.
void limit_memory() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their shadows take terabytes
  const rlimit limit{memory_max, memory_max};
  ::setrlimit(RLIMIT_AS, &limit);
#endif
}

void mutate_once(base::Random& random, std::string& input, const std::vector<std::string>& all) {
  constexpr std::uint64_t edges[] = {0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x7FFFFFFF, 0xFFFFFFFF, ~0ull};
  const std::size_t at = random.below(input.size() + 1);
  const std::size_t left = input.size() - at;
  switch (random.below(8)) {
    case 0:
      if (left > 0) input[at] = static_cast<char>(input[at] ^ (1 << random.below(8)));
      return;
    case 1:
      if (left > 0) input[at] = static_cast<char>(random.next());
      return;
    case 2:
      input.insert(at, 1 + random.below(4), static_cast<char>(random.next()));
      return;
    case 3:
      input.erase(at, 1 + random.below(8));
      return;
    case 4:
      input.insert(at, input.substr(random.below(input.size() + 1), random.below(64)));
      return;
    case 5: {
      const std::string& other = all[random.below(all.size())];
      input.replace(at, random.below(left + 1), other.substr(random.below(other.size() + 1)));
      return;
    }
    case 6: {
      const std::uint64_t number = edges[random.below(std::size(edges))];
      const std::size_t width = std::size_t{1} << random.below(4);
      if (left >= width) std::memcpy(&input[at], &number, width);
      return;
    }
    default:
      input.resize(at);
  }
}

std::string input_of(std::uint64_t seed, std::uint64_t number,
                     const std::vector<std::string>& all) {
  base::SeededRandom random(seed * 0x9e3779b97f4a7c15ull + number);
  random.next();
  std::string input = all[random.below(all.size())];
  for (std::uint64_t left = 1 + random.below(6); left > 0; --left) mutate_once(random, input, all);
  if (input.size() > input_bytes_max) input.resize(input_bytes_max);
  return input;
}

void feed(std::string_view input) {
  try {
    run(input);
  } catch (const Error&) {
  }
}

void print(std::string_view input) {
  std::string text;
  for (const char c : input) {
    if (c > ' ' && c < 0x7f && c != '\\') {
      text += c;
    } else {
      text += "\\x";
      base::append_hex(text, {&c, 1});
    }
  }
  std::printf("fuzz: %s\n", text.c_str());
  std::fflush(stdout);
}

int feed_files(int count, char** paths) {
  for (int i = 0; i < count; ++i) {
    std::ifstream in(paths[i], std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    std::snprintf(last_words, sizeof last_words, "fuzz: file %.90s\n", paths[i]);
    feed(bytes.str());
  }
  std::printf("fuzz: %d files\n", count);
  return 0;
}

int feed_seeds(double seconds, std::uint64_t seed, std::optional<std::uint64_t> only) {
  const std::vector<std::string> all = seeds();
  if (!only) {
    for (const std::string& input : all) feed(input);
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  std::uint64_t number = only.value_or(0);
  do {
    std::snprintf(last_words, sizeof last_words, "fuzz: again with --seed %llu --only %llu\n",
                  static_cast<unsigned long long>(seed), static_cast<unsigned long long>(number));
    if (only || number % 64 == 0) ::alarm(seconds_max);
    const std::string input = input_of(seed, number, all);
    if (only) print(input);
    feed(input);
    ++number;
  } while (!only && (number % 64 != 0 || std::chrono::steady_clock::now() < end));
  if (!only) {
    std::printf("fuzz: %llu inputs of seed %llu\n", static_cast<unsigned long long>(number),
                static_cast<unsigned long long>(seed));
  }
  return 0;
}

}  // namespace

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: not so: %s\n", what);
  std::abort();
}

int main(int argc, char** argv) {
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM}) {
    std::signal(signal, on_crash);
  }
  limit_memory();
  double seconds = 10;
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> only;
  int i = 1;
  for (; i + 1 < argc && std::strncmp(argv[i], "--", 2) == 0; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--seconds") seconds = std::strtod(argv[i + 1], nullptr);
    else if (flag == "--seed") seed = std::strtoull(argv[i + 1], nullptr, 10);
    else if (flag == "--only") only = std::strtoull(argv[i + 1], nullptr, 10);
    else break;
  }
  if (i < argc) return feed_files(argc - i, argv + i);
  return feed_seeds(seconds, seed, only);
}

}  // namespace flink::fuzz

int main(int argc, char** argv) { return flink::fuzz::main(argc, argv); }
