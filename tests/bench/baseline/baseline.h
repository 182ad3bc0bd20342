// SPDX-License-Identifier: Apache-2.0
// The hand-written loops that `make bench` runs beside our jobs. Each does the same work as the job
// of its name, on two threads, and hands every record it makes to a sink that is not inlined.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

#include "../records.h"

namespace bench {

struct Arguments {
  std::uint64_t records = 100'000'000;
  std::uint64_t keys = 1000;
  std::uint64_t bytes = 100'000'000;
  std::uint64_t per_ms = 1000;
  std::int64_t size = 100;  // of a window, or the gap of a session; milliseconds
  std::string input;
  std::string output;
};

struct Result {
  std::uint64_t records = 0;
  std::uint64_t checksum = 0;
};

// The black hole: what arrives is counted and summed, behind a call the compiler cannot look
// through.
class Blackhole {
 public:
  [[gnu::noinline]] void take(const Event* events, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      checksum_ += static_cast<std::uint64_t>(events[i].count + events[i].value);
    }
    records_ += count;
  }
  Result result() const { return {records_, checksum_}; }

 private:
  std::uint64_t records_ = 0;
  std::uint64_t checksum_ = 0;
};

Result keyed_count(const Arguments& arguments);
Result map_chain(const Arguments& arguments);
Result rebalance(const Arguments& arguments);
Result tcp_exchange(const Arguments& arguments);
Result serialize(const Arguments& arguments);
Result word_count(const Arguments& arguments);
Result tumbling(const Arguments& arguments);
Result session(const Arguments& arguments);
Result interval_join(const Arguments& arguments);
Result timers(const Arguments& arguments);
Result make_text(const Arguments& arguments);  // the text of word_count, --bytes long

// Runs part(0) and part(1) on two threads and adds their results.
template <class Part>
Result on_two_threads(const Part& part) {
  Result first;
  std::thread other([&] { first = part(1); });
  Result second = part(0);
  other.join();
  return {first.records + second.records, first.checksum + second.checksum};
}

}  // namespace bench
