// SPDX-License-Identifier: Apache-2.0
// What bounds a channel within a process: bytes, of its own and shared, and a slow consumer's wish.
#include "channels/local_channel.h"

#include <doctest/doctest.h>

#include <functional>

#include "base/clock.h"
#include "fiber/slot.h"

namespace flink::channels {
namespace {

// Waiting for room takes a task.
void in_a_task(std::function<void()> body) {
  base::SystemClock clock;
  fiber::Slot slot{clock};
  std::exception_ptr failure;
  slot.spawn({.name = "test", .entry = std::move(body), .ended = [&](std::exception_ptr why, bool) {
                failure = std::move(why);
              }});
  while (slot.task_count() > 0) slot.step();
  if (failure) std::rethrow_exception(failure);
}

Element batch_of(std::size_t records, std::size_t bytes) {
  auto batch = make_ref<RecordBatch<int>>(records);
  for (std::size_t i = 0; i < records; ++i) batch->emplace(0);
  batch->bytes = bytes;
  return BatchRef{batch.release()};
}

// How many of these batches find room.
int pushed(ChannelWriter& writer, std::size_t records, std::size_t bytes) {
  int count = 0;
  for (auto element = batch_of(records, bytes); writer.push_some(element); ++count) {
    element = batch_of(records, bytes);
  }
  return count;
}

}  // namespace

TEST_CASE("local channel: bytes come from its own, then from those it shares, and go back") {
  in_a_task([] {
    auto shared = std::make_shared<FloatingBudget>(250);
    {
      auto [writer, reader] =
          make_local_channel({.batches = 8, .own_bytes = 200, .shared = shared});
      auto [other, other_reader] =
          make_local_channel({.batches = 8, .own_bytes = 200, .shared = shared});
      reader->want(1000);
      other_reader->want(1000);
      CHECK(pushed(*writer, 1, 100) == 4);  // two of its own, two shared
      CHECK(shared->left() == 50);
      CHECK(pushed(*other, 1, 100) == 2);
      CHECK(reader->poll());
      CHECK(reader->poll());
      CHECK(reader->poll());
      CHECK(shared->left() == 150);
      CHECK(pushed(*other, 1, 100) == 1);
      CHECK(pushed(*writer, 1, 100) == 2);
    }
    CHECK(shared->left() == 250);
  });
}

TEST_CASE("local channel: a batch beyond all budgets gets through alone") {
  in_a_task([] {
    auto [writer, reader] = make_local_channel(
        {.batches = 8, .own_bytes = 200, .shared = std::make_shared<FloatingBudget>(100)});
    CHECK(pushed(*writer, 1, 1'000'000) == 1);
    CHECK(reader->poll());
    CHECK(pushed(*writer, 1, 1'000'000) == 1);
  });
}

TEST_CASE("local channel: no more records are under way than a slow consumer wants") {
  in_a_task([] {
    auto [writer, reader] = make_local_channel({.batches = 8, .own_bytes = 1000, .shared = {}});
    CHECK(writer->wanted() == 16);  // as long as it has said nothing
    CHECK(pushed(*writer, 5, 1) == 3);
    reader->want(30);
    CHECK(pushed(*writer, 5, 1) == 3);
    reader->want(1);
    CHECK(pushed(*writer, 5, 1) == 0);
    while (reader->poll()) {
    }
    CHECK(pushed(*writer, 5, 1) == 1);
    auto end = Element{EndOfPartition{}};
    CHECK(writer->push_some(end));
  });
}

}  // namespace flink::channels
