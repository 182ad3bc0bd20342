// SPDX-License-Identifier: Apache-2.0
// flink_nexmark_baseline --query Q [--events N] [--tps N] [--threads 1|2] [--side-input FILE]
// [--output DIR]: a query of jobs/nexmark as a loop written by hand. Prints {"query", "events",
// "threads", "seconds", "records", "checksum"}.
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "nexmark_loops.h"

namespace {

struct Command {
  std::string query = "q0";
  bench::NexmarkOptions options;
};

std::int64_t number_of(std::string_view name, const std::string& text, std::int64_t least) {
  std::size_t used = 0;
  std::int64_t number = 0;
  try {
    number = std::stoll(text, &used);
  } catch (const std::exception&) {
  }
  if (used != text.size() || number < least) {
    throw std::runtime_error(std::string{name} + " wants a number from " + std::to_string(least) +
                             ", not '" + text + "'");
  }
  return number;
}

Command parse(int argc, char** argv) {
  Command command;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc) throw std::runtime_error("a value is missing after " + std::string{name});
    const std::string value = argv[i + 1];
    auto& options = command.options;
    if (name == "--query") command.query = value;
    else if (name == "--events") options.config.events = number_of(name, value, 1);
    else if (name == "--tps") options.config.per_second = number_of(name, value, 1);
    else if (name == "--threads") options.threads = static_cast<int>(number_of(name, value, 1));
    else if (name == "--side-input") options.side_input = value;
    else if (name == "--output") options.output = value;
    else throw std::runtime_error("there is no option " + std::string{name});
  }
  if (command.options.threads > 2) throw std::runtime_error("--threads is 1 or 2");
  return command;
}

bench::NexmarkLoop loop_of(std::string_view query) {
  for (const auto find : {bench::nexmark_rows, bench::nexmark_windows, bench::nexmark_sessions,
                          bench::nexmark_joins, bench::nexmark_tables}) {
    if (const auto loop = find(query)) return loop;
  }
  throw std::runtime_error("there is no loop by hand for " + std::string{query});
}

}  // namespace

int main(int argc, char** argv) try {
  const Command command = parse(argc, argv);
  const auto loop = loop_of(command.query);
  const auto begin = std::chrono::steady_clock::now();
  const bench::NexmarkResult result = loop(command.options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf(
      "{\"query\": \"%s\", \"events\": %lld, \"threads\": %d, \"seconds\": %.4f, "
      "\"records\": %llu, \"checksum\": %llu}\n",
      command.query.c_str(), static_cast<long long>(command.options.config.events),
      command.options.threads, took.count(), static_cast<unsigned long long>(result.records),
      static_cast<unsigned long long>(result.checksum));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "flink_nexmark_baseline: %s\n", error.what());
  return 2;
}
