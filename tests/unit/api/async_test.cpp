// SPDX-License-Identifier: Apache-2.0
// ordered_wait and unordered_wait through the test harness: answers in any order, from any thread,
// twice, never, too late; time-outs, retries, snapshots.
#include <doctest/doctest.h>
#include <flink/async_data_stream.h>
#include <flink/flink.h>
#include <flink/testing.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace flink;
using namespace std::chrono_literals;

namespace {

using Future = ResultFuture<std::string>;
using Harness = flink::testing::Harness<int, std::string>;
using Strings = std::vector<std::string>;

// Questions that wait for the test to answer them.
struct Service {
  std::vector<std::pair<int, Future>> questions, timeouts;

  Future last(int asked) const {
    for (auto question = questions.rbegin(); question != questions.rend(); ++question) {
      if (question->first == asked) return question->second;
    }
    throw std::logic_error{"not asked"};
  }
  void answer(int asked) const { last(asked).complete({std::to_string(asked)}); }
  Strings asked() const {
    Strings texts;
    for (const auto& [number, future] : questions) texts.push_back(std::to_string(number));
    return texts;
  }
};

struct Ask {
  std::shared_ptr<Service> service;
  void async_invoke(const int& number, Future future) {
    service->questions.emplace_back(number, std::move(future));
  }
};
struct AskWithTimeout : Ask {
  void timeout(const int& number, Future future) {
    service->timeouts.emplace_back(number, std::move(future));
  }
};

template <class F = Ask>
Harness ordered(const std::shared_ptr<Service>& service, std::chrono::milliseconds timeout = 0ms,
                int capacity = 100) {
  return Harness{[&](DataStream<int> in) {
    return AsyncDataStream::ordered_wait(in, F{service}, timeout, capacity);
  }};
}
template <class F = Ask>
Harness unordered(const std::shared_ptr<Service>& service, std::chrono::milliseconds timeout = 0ms,
                  int capacity = 100) {
  return Harness{[&](DataStream<int> in) {
    return AsyncDataStream::unordered_wait(in, F{service}, timeout, capacity);
  }};
}
Harness retrying(const std::shared_ptr<Service>& service, std::chrono::milliseconds timeout,
                 const AsyncRetryStrategy<std::string>& retry) {
  return Harness{[&](DataStream<int> in) {
    return AsyncDataStream::unordered_wait_with_retry(in, AskWithTimeout{{service}}, timeout,
                                                      retry);
  }};
}

Timestamp at(std::int64_t millis) { return timestamp_of_millis(millis); }

template <class Run>
std::string error_of(Run&& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.message();
  } catch (const std::exception& error) {
    return std::string{"other: "} + error.what();
  }
  return "none";
}
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("ordered: results wait for those before them") {
  auto service = std::make_shared<Service>();
  auto harness = ordered(service);
  for (int i = 1; i <= 3; ++i) harness.push(i);
  service->answer(3);
  service->answer(2);
  harness.push_watermark(at(10));
  CHECK(harness.take().empty());
  service->answer(1);
  harness.push(4);
  CHECK(harness.take() == Strings{"1", "2", "3"});
  CHECK(harness.watermarks() == std::vector<Timestamp>{at(10)});
}

TEST_CASE("unordered: as they come, but none passes a watermark") {
  auto service = std::make_shared<Service>();
  auto harness = unordered(service);
  harness.push(1);
  harness.push(2);
  harness.push_watermark(at(10));
  harness.push(3);
  service->answer(3);
  service->answer(2);
  harness.push(4);
  CHECK(harness.take() == Strings{"2"});
  CHECK(harness.watermarks().empty());
  service->answer(1);
  harness.push(5);
  CHECK(harness.take() == Strings{"1", "3"});
  CHECK(harness.watermarks() == std::vector<Timestamp>{at(10)});
}

TEST_CASE("the first answer counts; none, one or many results; after the end nobody listens") {
  auto service = std::make_shared<Service>();
  {
    auto harness = ordered(service);
    harness.push(1);
    harness.push(2);
    harness.push(3);
    service->last(1).complete({"a", "b"});
    service->last(1).complete({"c"});
    service->last(1).complete_exceptionally(std::make_exception_ptr(std::runtime_error{"late"}));
    service->last(2).complete({});
    harness.push(4);
    CHECK(harness.take() == Strings{"a", "b"});
  }
  service->answer(3);
  service->questions.clear();  // the last copies are gone after the operator is
}

TEST_CASE("results have the timestamp of their record") {
  auto service = std::make_shared<Service>();
  flink::testing::Harness<int, std::int64_t> harness{[&](DataStream<int> in) {
    struct Stamp {
      void process_element(const std::string&, ProcessContext& ctx, Collector<std::int64_t>& out) {
        out.collect(ctx.timestamp() ? ctx.timestamp()->time_since_epoch().count() : -1);
      }
    };
    return AsyncDataStream::unordered_wait(in, Ask{service}, 0ms).process(Stamp{});
  }};
  harness.push(1, at(100));
  harness.push(2);
  harness.push(3, at(300));
  for (const int i : {3, 2, 1}) service->answer(i);
  harness.push(4);
  CHECK(harness.take() == std::vector<std::int64_t>{300, -1, 100});
}

TEST_CASE("an error fails the task, and so does what async_invoke throws") {
  auto service = std::make_shared<Service>();
  auto harness = ordered(service);
  harness.push(1);
  service->last(1).complete_exceptionally(std::make_exception_ptr(std::runtime_error{"no luck"}));
  CHECK(error_of([&] { harness.push(2); }) == "other: no luck");
  auto other = ordered(service);
  other.push(3);
  service->last(3).complete_exceptionally(nullptr);
  CHECK(has(error_of([&] { other.push(4); }), "without an exception"));
  struct Throw {
    void async_invoke(const int&, Future) { throw std::runtime_error{"at once"}; }
  };
  Harness throwing{
      [](DataStream<int> in) { return AsyncDataStream::ordered_wait(in, Throw{}, 1s); }};
  CHECK(error_of([&] { throwing.push(1); }) == "other: at once");
}

TEST_CASE("who never answers is timed out: by the job's failure, or as the hook says") {
  auto service = std::make_shared<Service>();
  auto harness = ordered(service, 50ms);
  harness.push(1);
  harness.set_processing_time(at(49));
  const auto error = error_of([&] { harness.set_processing_time(at(50)); });
  CHECK(has(error, "not answered within 50 ms"));

  auto hooked = ordered<AskWithTimeout>(service, 50ms);
  hooked.push(7);
  hooked.push(8);
  service->answer(8);
  hooked.set_processing_time(at(60));
  REQUIRE(service->timeouts.size() == 1);
  service->timeouts[0].second.complete({"too late"});
  service->answer(7);  // the time-out's answer was first
  hooked.push(9);
  CHECK(hooked.take() == Strings{"too late", "8"});
}

TEST_CASE("a future that is destroyed unanswered fails at once where nothing else can answer") {
  auto service = std::make_shared<Service>();
  auto harness = ordered(service);
  harness.push(1);
  service->questions.clear();
  CHECK(has(error_of([&] { harness.push(2); }), "destroyed unanswered"));

  auto timed = ordered(service, 50ms);
  timed.push(1);
  service->questions.clear();
  timed.push(2);  // the time-out will say it
  CHECK(has(error_of([&] { timed.set_processing_time(at(50)); }), "destroyed unanswered"));

  auto hooked = ordered<AskWithTimeout>(service, 50ms);
  hooked.push(1);
  service->questions.clear();
  hooked.set_processing_time(at(50));
  service->timeouts.clear();
  CHECK(has(error_of([&] { hooked.push(2); }), "destroyed unanswered"));
}

TEST_CASE("retries: on results, on errors, with pauses, up to the last attempt") {
  const auto if_empty = [](const Strings& results) { return results.empty(); };
  const auto if_error = [](const std::exception_ptr&) { return true; };
  using Strategy = AsyncRetryStrategy<std::string>;
  auto service = std::make_shared<Service>();
  auto harness = retrying(
      service, 0ms, Strategy::fixed_delay(2, 10ms).if_result(if_empty).if_exception(if_error));
  harness.push(1);
  const Future first = service->last(1);
  first.complete({});
  harness.push_watermark(at(1));
  CHECK(service->asked() == Strings{"1"});
  harness.set_processing_time(at(9));
  CHECK(service->asked() == Strings{"1"});
  harness.set_processing_time(at(10));
  CHECK(service->asked() == Strings{"1", "1"});
  service->last(1).complete_exceptionally(std::make_exception_ptr(std::runtime_error{"busy"}));
  harness.push_watermark(at(2));
  harness.set_processing_time(at(20));
  CHECK(service->asked() == Strings{"1", "1", "1"});
  service->last(1).complete({});  // the last attempt: taken as it is
  harness.push_watermark(at(3));
  CHECK(harness.take().empty());
  CHECK(harness.watermarks().back() == at(3));

  auto once = retrying(service, 0ms, Strategy::fixed_delay(1, 10ms).if_exception(if_error));
  once.push(2);
  service->last(2).complete({});  // results are not its condition
  once.push(3);
  service->last(3).complete_exceptionally(std::make_exception_ptr(std::runtime_error{"one"}));
  once.push(4);
  once.set_processing_time(at(10));
  service->last(3).complete_exceptionally(std::make_exception_ptr(std::runtime_error{"two"}));
  CHECK(error_of([&] { once.push(5); }) == "other: two");
}

TEST_CASE("the time-out spans all attempts; what it says is final") {
  auto service = std::make_shared<Service>();
  auto harness = retrying(service, 25ms,
                          AsyncRetryStrategy<std::string>::fixed_delay(100, 10ms).if_result(
                              [](const Strings& results) { return results.empty(); }));
  harness.push(1);
  for (int i = 10; i <= 20; i += 10) {
    service->last(1).complete({});
    harness.push_watermark(at(i));
    harness.set_processing_time(at(i));
  }
  service->last(1).complete({});
  harness.push_watermark(at(21));
  CHECK(service->asked().size() == 3);
  harness.set_processing_time(at(40));  // 25 comes before the third retry
  CHECK(service->asked().size() == 3);
  REQUIRE(service->timeouts.size() == 1);
  service->timeouts[0].second.complete({});
  harness.push_watermark(at(22));
  CHECK(harness.watermarks().back() == at(22));
}

TEST_CASE("at the end of input there are no more pauses, but all attempts") {
  auto service = std::make_shared<Service>();
  std::vector<std::thread> threads;
  struct AskOften : Ask {
    std::vector<std::thread>* threads = nullptr;
    void async_invoke(const int& number, Future future) {
      service->questions.emplace_back(number, future);
      const bool again = service->questions.size() > 3;
      threads->emplace_back(
          [future, again] { future.complete(again ? Strings{"done"} : Strings{}); });
    }
  };
  {
    AskOften ask;
    ask.service = service;
    ask.threads = &threads;
    Harness harness{[&](DataStream<int> in) {
      return AsyncDataStream::ordered_wait_with_retry(
          in, ask, 0ms,
          AsyncRetryStrategy<std::string>::fixed_delay(5, 1h).if_result(
              [](const Strings& results) { return results.empty(); }));
    }};
    harness.push(1);
    threads[0].join();
    threads.clear();
    harness.push_watermark(at(1));  // takes the answer: it is to be asked again in an hour
    harness.finish();
    CHECK(harness.take() == Strings{"done"});
  }
  for (auto& thread : threads) thread.join();
}

TEST_CASE("the pauses of exponential backoff") {
  const auto strategy =
      AsyncRetryStrategy<int>::exponential_backoff(10, 100ms, 1s, 2).if_result([](const auto&) {
        return true;
      });
  std::vector<std::int64_t> delays;
  for (int retried = 0; retried < 6; ++retried) delays.push_back(strategy.delay_millis(retried));
  CHECK(delays == std::vector<std::int64_t>{100, 200, 400, 800, 1000, 1000});
  CHECK(strategy.retries(9, std::vector<int>{}));
  CHECK_FALSE(strategy.retries(10, std::vector<int>{}));
  CHECK_FALSE(strategy.retries(0, std::exception_ptr{}));
}

TEST_CASE("settings that make no sense are refused") {
  auto service = std::make_shared<Service>();
  CHECK(has(error_of([&] { ordered(service, 0ms, 0); }), "capacity of 0"));
  CHECK(has(error_of([&] { ordered(service, -1ms); }), "timeout of -1 ms"));
  using Strategy = AsyncRetryStrategy<int>;
  CHECK(has(error_of([] { Strategy::fixed_delay(0, 1ms); }), "0 attempts"));
  CHECK(has(error_of([] { Strategy::fixed_delay(1, 0ms); }), "delay of 0 ms"));
  CHECK(has(error_of([] { Strategy::exponential_backoff(1, 10ms, 5ms, 2); }), "below its first"));
  CHECK(has(error_of([] { Strategy::exponential_backoff(1, 1ms, 5ms, 0.5); }), "below 1"));
}

TEST_CASE("what is under way is asked again after a restore, before anything else") {
  for (const bool in_order : {true, false}) {
    auto service = std::make_shared<Service>();
    flink::testing::Snapshot snapshot;
    {
      auto harness = in_order ? ordered(service) : unordered(service);
      for (int i = 1; i <= 5; ++i) harness.push(i, at(i));
      service->answer(1);
      service->answer(3);
      harness.push(6, at(6));
      snapshot = harness.snapshot();
      CHECK(harness.take() == (in_order ? Strings{"1"} : Strings{"1", "3"}));
    }
    service->questions.clear();
    auto harness = in_order ? ordered(service) : unordered(service);
    harness.restore(snapshot);
    harness.push(7);
    CHECK(service->asked() ==
          (in_order ? Strings{"2", "3", "4", "5", "6", "7"} : Strings{"2", "4", "5", "6", "7"}));
    const Strings asked = service->asked();
    for (const auto& number : asked) service->answer(std::stoi(number));
    harness.push_watermark(at(10));
    CHECK(harness.take() == asked);
  }
}

TEST_CASE("no more than the capacity is under way; answers come from threads in random order") {
  struct Pool {
    std::mutex mutex;
    std::vector<std::pair<int, Future>> waiting;
    int most = 0;
    bool ended = false;
  };
  struct AskPool {
    std::shared_ptr<Pool> pool;
    void async_invoke(const int& number, Future future) {
      const std::lock_guard lock{pool->mutex};
      pool->waiting.emplace_back(number, std::move(future));
      pool->most = std::max(pool->most, static_cast<int>(pool->waiting.size()));
    }
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    const bool in_order = seed % 2 == 0;
    auto pool = std::make_shared<Pool>();
    std::thread answers{[pool, seed] {
      std::mt19937_64 random{seed};
      for (;;) {
        std::vector<std::pair<int, Future>> chosen;
        {
          const std::lock_guard lock{pool->mutex};
          if (pool->ended && pool->waiting.empty()) return;
          if (!pool->waiting.empty()) {
            const auto which = pool->waiting.begin() +
                               static_cast<std::ptrdiff_t>(random() % pool->waiting.size());
            chosen.push_back(std::move(*which));
            pool->waiting.erase(which);
          }
        }
        for (const auto& [number, future] : chosen) future.complete({std::to_string(number)});
        std::this_thread::yield();
      }
    }};
    {
      Harness harness{[&](DataStream<int> in) {
        return in_order ? AsyncDataStream::ordered_wait(in, AskPool{pool}, 1h, 7)
                        : AsyncDataStream::unordered_wait(in, AskPool{pool}, 1h, 7);
      }};
      std::vector<int> numbers;
      Strings expected;
      for (int i = 0; i < 500; ++i) {
        numbers.push_back(i);
        expected.push_back(std::to_string(i));
      }
      harness.push_all(numbers);
      harness.finish();
      Strings results = harness.take();
      if (!in_order) {
        std::sort(results.begin(), results.end());
        std::sort(expected.begin(), expected.end());
      }
      CHECK(results == expected);
      CHECK(pool->most <= 7);
    }
    {
      const std::lock_guard lock{pool->mutex};
      pool->ended = true;
    }
    answers.join();
  }
}
