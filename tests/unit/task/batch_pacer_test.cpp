// SPDX-License-Identifier: Apache-2.0
#include "task/batch_pacer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

namespace flink::task {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Gives it what it wants, each record taking `each`; how many records went in all.
std::size_t run(BatchPacer& pacer, base::Duration each, int batches) {
  std::size_t sum = 0;
  for (int i = 0; i < batches; ++i) {
    const std::size_t records = std::min(pacer.records(), BatchPacer::records_max);
    pacer.took(records, each * records);
    sum += records;
  }
  return sum;
}

}  // namespace

TEST_CASE("batch pacer: slow records come one by one, quick ones uncut") {
  BatchPacer pacer;
  CHECK(pacer.records() == 1);
  CHECK(run(pacer, milliseconds{20}, 5) == 5);
  CHECK(pacer.records_in(milliseconds{100}) == 4);
  CHECK(!pacer.quick());
  run(pacer, std::chrono::nanoseconds{50}, 300);
  CHECK(pacer.records() == SIZE_MAX);
  CHECK(pacer.quick());
  CHECK(pacer.records_in(milliseconds{100}) > 1'000'000 / 2);
  // Sudden slowness costs the batch under way, no other.
  CHECK(run(pacer, milliseconds{200}, 1) == BatchPacer::records_max);
  CHECK(pacer.records() == 1);
  run(pacer, milliseconds{200}, 1);
  CHECK(pacer.records_in(milliseconds{100}) == 1);
}

TEST_CASE("batch pacer: a quick start does not fill the channels of what turns slow") {
  BatchPacer pacer;
  run(pacer, std::chrono::nanoseconds{50}, 7);  // 127 records that a pool of workers took at once
  CHECK(pacer.records_in(milliseconds{100}) == 128);
  run(pacer, std::chrono::nanoseconds{50}, 20);
  CHECK(pacer.records_in(milliseconds{100}) >= 8192);
}

TEST_CASE("batch pacer: a batch takes between half a millisecond and one") {
  for (const auto each : {microseconds{2}, microseconds{10}, microseconds{70}, microseconds{400}}) {
    CAPTURE(each.count());
    BatchPacer pacer;
    run(pacer, each, 20);
    const auto takes = each * pacer.records();
    CHECK(takes <= BatchPacer::batch_time);
    CHECK(takes >= BatchPacer::batch_time / 4);
  }
}

TEST_CASE("batch pacer: waits for room that come in bursts do not look like slow records") {
  BatchPacer pacer;
  run(pacer, microseconds{1}, 30);
  for (int i = 0; i < 200; ++i) {
    pacer.took(100, i % 8 == 0 ? milliseconds{4} : microseconds{10});
  }
  // 800 records in 4.07 ms.
  CHECK(pacer.records_in(milliseconds{100}) >= 8192);
}

}  // namespace flink::task
