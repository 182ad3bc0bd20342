// SPDX-License-Identifier: Apache-2.0
// User functions that need a deep stack, or end their process: --mode says which. One record, one
// line of output.
#include <flink/flink.h>

#include <cstdlib>
#include <regex>
#include <string>

using namespace flink;

namespace {

std::int64_t match_access_log(std::int64_t length) {
  static const std::regex line{
      R"re((\S+) (\S+) (\S+) \[([^\]]+)\] "(\S+) (\S+) ([^"]*)" (\d{3}) (\d+) "([^"]*)" "(.*)")re"};
  const std::string head = R"(127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /?q=)";
  const std::string tail = R"( HTTP/1.0" 200 2326 "http://a.example/start" "Mozilla/4.08")";
  const auto rest = static_cast<std::size_t>(length) - head.size() - tail.size();
  const std::string text = head + std::string(rest, 'q') + tail;
  std::smatch fields;
  return std::regex_match(text, fields, line) ? static_cast<std::int64_t>(text.size()) : -1;
}

template <std::size_t bytes>
[[gnu::noinline]] std::int64_t sum_of_local_array(std::int64_t seed) {
  volatile char local[bytes];
  for (std::size_t i = 0; i < bytes; i += 1024) local[i] = static_cast<char>(seed);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < bytes; i += 1024) sum += local[i];
  return sum;
}

[[gnu::noinline]] std::int64_t recurse(std::int64_t depth) {
  volatile char local[256];  // what a function of some size has
  local[0] = static_cast<char>(depth);
  if (depth == 0) return local[0];
  return recurse(depth - 1) + 1 + (local[0] - static_cast<char>(depth));
}

std::int64_t work(const std::string& mode, std::int64_t record) {
  if (mode == "regex") return match_access_log(20'000);
  if (mode == "array") return sum_of_local_array<256 * 1024>(record + 1);
  if (mode == "large-array") return sum_of_local_array<4 * 1024 * 1024>(record + 1);
  if (mode == "recursion") return recurse(10'000);
  if (mode == "overflow") return recurse(1'000'000'000);
  if (mode == "jump") return sum_of_local_array<std::size_t{1} << 28>(record + 1);
  if (mode == "divide") {
    volatile std::int64_t number = 7, zero = record;
    return number / zero;
  }
  if (mode == "abort") std::abort();
  return record;
}

}  // namespace

void define_job(StreamExecutionEnvironment& env) {
  const auto mode = env.args().get("mode", "maps");
  auto numbers = env.from_data(std::int64_t{0}).map([mode](std::int64_t record) {
    return work(mode, record);
  });
  const auto maps = env.args().get<int>("maps", 0);
  for (int i = 0; i < maps; ++i) {
    numbers = numbers.map([](std::int64_t record) { return record + 1; });
  }
  numbers.print();
  env.execute("Stacks");
}
