// SPDX-License-Identifier: Apache-2.0
// The engine of flink/testing.h: operators that choose their input, and answers from outside.
#include <doctest/doctest.h>
#include <flink/flink.h>
#include <flink/harness/test_graph.h>
#include <flink/operators/basic_operator.h>
#include <flink/testing.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace flink;

namespace {

// Input 1 to its end first, then 0.
class OneThenZero final : public detail::BasicOperator {
 public:
  InputSelection select_inputs() override {
    return ended_ ? InputSelection::all() : InputSelection::only(1);
  }
  void process(int, BatchRef& batch) override { context().output().emit(batch); }
  void end_input(int input) override { ended_ = ended_ || input == 1; }

 private:
  bool ended_ = false;
};

// Each number is answered by a thread, all at once.
class AskThreads final : public detail::BasicOperator {
 public:
  void process(int, BatchRef& batch) override {
    for (const auto number : static_cast<RecordBatch<int>&>(*batch).records()) {
      ++asked_;
      threads_.emplace_back([this, number, wake = context().waker()] {
        sum_ += number;
        ++answered_;
        wake();
      });
    }
  }
  void on_wake() override {
    BatchRef batch = make_ref<RecordBatch<int>>(1);
    static_cast<RecordBatch<int>&>(*batch).emplace(sum_.load());
    context().output().emit(batch);
  }
  void finish() override {
    context().wait_until([this] { return answered_ == asked_; });
    on_wake();
  }
  void close() noexcept override {
    for (auto& thread : threads_) thread.join();
  }

 private:
  int asked_ = 0;
  std::atomic<int> answered_ = 0, sum_ = 0;
  std::vector<std::thread> threads_;
};

template <class Op>
DataStream<int> add(const DataStream<int>& first, const std::vector<detail::StreamNode>& others,
                    bool selects) {
  Transformation t = detail::named("tested");
  t.output_type = &record_type<int>();
  t.selects_inputs = selects;
  t.make_operator = [] { return std::make_unique<Op>(); };
  return DataStream<int>{first.stream_node().add_many(others, std::move(t))};
}

}  // namespace

TEST_CASE("what comes by an input that is not selected waits, in order") {
  flink::testing::TwoInputHarness<int, int, int> harness{[](DataStream<int> a, DataStream<int> b) {
    return add<OneThenZero>(a, {b.stream_node()}, true);
  }};
  harness.push1(1);
  harness.push1(2);
  harness.push2(10);
  CHECK(harness.output() == std::vector<int>{10});
  harness.push1(3);
  harness.push2(20);
  CHECK(harness.output() == std::vector<int>{10, 20});
  harness.finish();
  CHECK(harness.output() == std::vector<int>{10, 20, 1, 2, 3});
}

TEST_CASE("an operator is woken by other threads, and may wait for them") {
  flink::testing::Harness<int, int> harness{
      [](DataStream<int> in) { return add<AskThreads>(in, {}, false); }};
  for (int i = 1; i <= 20; ++i) harness.push(i);
  harness.finish();
  CHECK(harness.output().back() == 210);
}
