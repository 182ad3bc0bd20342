// SPDX-License-Identifier: Apache-2.0
// Numbers that are asked for one by one. A pool of threads answers after up to --millis, in any
// order; --mode never: nobody answers. --order ordered|unordered, --capacity, --timeout (ms).
#include <flink/async_data_stream.h>
#include <flink/flink.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

using namespace flink;

namespace {

using Number = std::int64_t;

// Answers each question at its time, on a thread of its own.
class Answers {
 public:
  Answers() : thread_([this] { run(); }) {}
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;
  ~Answers() {
    {
      const std::lock_guard lock{mutex_};
      ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void answer(Number number, std::chrono::microseconds after, ResultFuture<Number> future) {
    {
      const std::lock_guard lock{mutex_};
      due_.emplace(std::chrono::steady_clock::now() + after,
                   std::make_pair(number, std::move(future)));
    }
    changed_.notify_all();
  }

 private:
  void run() {
    std::unique_lock lock{mutex_};
    while (!ended_) {
      if (due_.empty()) {
        changed_.wait(lock);
      } else if (due_.begin()->first > std::chrono::steady_clock::now()) {
        changed_.wait_until(lock, due_.begin()->first);
      } else {
        const auto node = due_.extract(due_.begin());
        lock.unlock();
        node.mapped().second.complete({node.mapped().first});
        lock.lock();
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<std::chrono::steady_clock::time_point, std::pair<Number, ResultFuture<Number>>>
      due_;
  bool ended_ = false;
  std::thread thread_;
};

struct Ask {
  std::int64_t millis = 1;
  bool never = false;
  std::shared_ptr<Answers> answers;
  std::vector<ResultFuture<Number>> unanswered;

  void open(RuntimeContext&) { answers = std::make_shared<Answers>(); }
  void close() { answers.reset(); }
  void async_invoke(const Number& number, ResultFuture<Number> future) {
    if (never) {
      unanswered.push_back(std::move(future));
    } else {
      const auto most = static_cast<std::uint64_t>(millis) * 1000;
      const auto after = static_cast<std::uint64_t>(number) * 2654435761u % (most + 1);
      answers->answer(number, std::chrono::microseconds{after}, std::move(future));
    }
  }
};

}  // namespace

void define_job(StreamExecutionEnvironment& env) {
  const auto& args = env.args();
  const auto records = args.get<std::int64_t>("records", 1'000'000'000);
  const auto capacity = args.get<int>("capacity", 100);
  const std::chrono::milliseconds timeout{args.get<std::int64_t>("timeout", 0)};
  const Ask ask{.millis = args.get<std::int64_t>("millis", 1),
                .never = args.get("mode", "answers") == "never",
                .answers = nullptr,
                .unanswered = {}};
  const auto rate = args.get("rate", 0.0);
  auto numbers =
      env.from_source(DataGeneratorSource<Number>{[](std::int64_t i) { return i; }, records,
                                                  rate > 0 ? RateLimiterStrategy::per_second(rate)
                                                           : RateLimiterStrategy::no_op()},
                      WatermarkStrategy<Number>::no_watermarks(), "numbers")
          .uid("numbers")
          .disable_chaining();
  auto answered = args.get("order", "ordered") == "ordered"
                      ? AsyncDataStream::ordered_wait(numbers, ask, timeout, capacity)
                      : AsyncDataStream::unordered_wait(numbers, ask, timeout, capacity);
  answered.uid("ask");
  if (args.has("output")) {
    answered.sink_to(FileSink<Number>::csv(args.require("output"))).uid("out");
  } else {
    answered.print().uid("out");
  }
  env.execute("Async");
}
