// SPDX-License-Identifier: Apache-2.0
// flink_baseline NAME [--records N] [--keys K] [--bytes N] [--per-ms N] [--size MS] [--input FILE]
// [--output DIR] Prints {"name", "records", "seconds", "records_per_second", "checksum"}.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "baseline.h"

namespace {

struct Baseline {
  const char* name;
  bench::Result (*run)(const bench::Arguments&);
};
constexpr Baseline baselines[] = {
    {"keyed_count", bench::keyed_count}, {"map_chain", bench::map_chain},
    {"rebalance", bench::rebalance},     {"tcp_exchange", bench::tcp_exchange},
    {"serialize", bench::serialize},     {"word_count", bench::word_count},
    {"make_text", bench::make_text},     {"tumbling", bench::tumbling},
    {"session", bench::session},         {"interval_join", bench::interval_join},
    {"timers", bench::timers},
};

bench::Arguments parse(int argc, char** argv) {
  bench::Arguments arguments;
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--records") arguments.records = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--keys") arguments.keys = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--bytes") arguments.bytes = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--per-ms") arguments.per_ms = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--size") arguments.size = std::strtoll(argv[i + 1], nullptr, 10);
    if (name == "--input") arguments.input = argv[i + 1];
    if (name == "--output") arguments.output = argv[i + 1];
  }
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  for (const Baseline& baseline : baselines) {
    if (argc < 2 || std::strcmp(argv[1], baseline.name) != 0) continue;
    const auto begin = std::chrono::steady_clock::now();
    const bench::Result result = baseline.run(parse(argc, argv));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf(
        "{\"name\": \"%s\", \"records\": %llu, \"seconds\": %.4f, \"records_per_second\": %.0f, "
        "\"checksum\": %llu}\n",
        baseline.name, static_cast<unsigned long long>(result.records), took.count(),
        static_cast<double>(result.records) / took.count(),
        static_cast<unsigned long long>(result.checksum));
    return 0;
  }
  std::fputs("flink_baseline NAME [--records N] [--keys K] [--input FILE] [--output DIR]; NAME is:",
             stderr);
  for (const Baseline& baseline : baselines) std::fprintf(stderr, " %s", baseline.name);
  std::fputs("\n", stderr);
  return 2;
}
