// SPDX-License-Identifier: Apache-2.0
// ordered_wait, unordered_wait: a function asks the outside for each record, and other records are
// asked for meanwhile (Flink, "Asynchronous I/O"). Answers come from any thread; everything else
// happens on the slot. The records that are under way are the operator's state: after a restore
// they are asked for again, before any other.
#pragma once

#include <flink/async_retry_strategy.h>
#include <flink/collector.h>
#include <flink/operators/async_requests.h>
#include <flink/operators/async_wait_time.h>
#include <flink/operators/function_operator.h>
#include <flink/operators/operator_items.h>
#include <flink/result_future.h>

#include <map>

namespace flink::detail {

// A record under way, in a checkpoint.
template <class In>
struct AsyncInput {
  In record;
  std::int64_t timestamp = no_timestamp;
};

template <class In, class Out, class F>
class AsyncWaitOperator final : public FunctionOperator<F> {
  using Id = AsyncRequests::Id;
  static constexpr const char* state_name = "_async_wait_operator_state_";

 public:
  AsyncWaitOperator(const F& prototype, const AsyncSettings& settings,
                    const AsyncRetryStrategy<Out>& retry)
      : FunctionOperator<F>(prototype),
        requests_(settings),
        time_(settings.timeout_millis),
        retry_(retry) {}

  void open(OperatorContext& context) override {
    out_.bind(context.output(), context.turn());
    time_.open(context);
    inbox_ = std::make_shared<AsyncInbox<Out>>(context.waker());
    FunctionOperator<F>::open(context);
    for (auto& input : restored_items<AsyncInput<In>>(context, state_name)) {
      restored_.push_back(std::move(input));
    }
    if (!restored_.empty()) context.waker()();  // though no record may come any more
  }
  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<In>&>(*batch);
    ask_restored();
    const bool sole = batch->unique();
    const auto stamps = records.timestamps();
    paced(
        this->pace(), records.size(), [this] { out_.end(); },
        [&](std::size_t i) {
          const std::int64_t timestamp = stamps.empty() ? no_timestamp : stamps[i];
          if (sole) {
            ask({std::move(records[i]), timestamp});
          } else {
            ask({records[i], timestamp});
          }
        });
    go_on();
  }
  void hand_on() override { out_.end(); }
  void on_wake() override {
    ask_restored();
    go_on();
  }
  void on_processing_time(std::int64_t) override { go_on(); }
  void process_watermark(Timestamp watermark) override {
    ask_restored();
    requests_.watermark(watermark.time_since_epoch().count());
    go_on();
  }
  // An idle input holds back no watermark, so what is under way goes on first.
  void process_idle(bool idle) override {
    idle_due_ = idle;
    if (!idle) BasicOperator::process_idle(false);
    go_on();
  }
  void finish() override {
    ask_restored();
    finishing_ = true;
    requests_.retry_now();
    while (go_on(), !requests_.empty()) wait();
  }
  OperatorSnapshot snapshot(std::int64_t checkpoint_id) override {
    OperatorSnapshot saved = FunctionOperator<F>::snapshot(checkpoint_id);
    std::vector<AsyncInput<In>> inputs;
    for (const Id id : requests_.under_way()) inputs.push_back(asked_.at(id).input);
    inputs.insert(inputs.end(), restored_.begin() + asked_again_, restored_.end());
    if (!inputs.empty()) saved[state_name] = item_list(inputs);
    return saved;
  }
  void close() noexcept override {
    if (inbox_) inbox_->close();
    FunctionOperator<F>::close();
  }

 private:
  struct Asked {
    AsyncInput<In> input;
    std::vector<Out> results;
    int attempt = 0;         // that counts
    int retried = 0;         // how often it was asked again
    int futures = 0;         // that may still answer
    bool timed_out = false;  // the next answer is the last
  };

  void ask_restored() {
    while (asked_again_ < std::ssize(restored_)) {
      // It counts as restored, and so is in snapshots, until it is among the requests.
      make_room();
      begin(std::move(restored_[static_cast<std::size_t>(asked_again_++)]));
    }
    restored_.clear();
    asked_again_ = 0;
  }
  void ask(AsyncInput<In> input) {
    make_room();
    begin(std::move(input));
  }
  void make_room() {
    while (requests_.full()) {
      go_on();
      if (requests_.full()) wait();
    }
  }
  void begin(AsyncInput<In> input) {
    const Id id = requests_.begin(time_.now());
    Asked& asked = asked_[id];
    asked.input = std::move(input);
    invoke(id, asked);
    time_.wake_at(requests_.next_due());
  }
  void invoke(Id id, Asked& asked) {
    ++asked.attempt;
    asked.futures = 1;
    ResultFuture<Out> future{inbox_, id, asked.attempt};
    this->function().async_invoke(std::as_const(asked.input.record), std::move(future));
  }

  // Takes answers, does what is due, and hands on what is ready.
  void go_on() {
    for (AsyncAnswer<Out>& answer : inbox_->take()) take(answer);
    while (const auto due = requests_.due(time_.now())) {
      Asked& asked = asked_.at(due->id);
      if (due->timed_out) {
        time_out(due->id, asked);
      } else {
        invoke(due->id, asked);
      }
    }
    hand_on_ready();
    time_.wake_at(requests_.next_due());
  }
  void take(AsyncAnswer<Out>& answer) {
    if (!requests_.open(answer.request)) return;
    Asked& asked = asked_.at(answer.request);
    if (answer.attempt < asked.attempt) return;  // it was asked again since
    const bool may_retry = !asked.timed_out;
    switch (answer.outcome) {
      case AsyncOutcome::dropped:
        // A time-out may still answer.
        if (--asked.futures == 0 && (asked.timed_out || !time_.times_out())) time_.fail_dropped();
        return;
      case AsyncOutcome::error:
        if (may_retry && retry_.retries(asked.retried, answer.error)) break;
        time_.fail(answer.error);
      case AsyncOutcome::results:
        if (may_retry && retry_.retries(asked.retried, answer.results)) break;
        asked.results = std::move(answer.results);
        requests_.done(answer.request);
        return;
    }
    ++asked.attempt;  // no answer counts until it is asked again
    asked.futures = 0;
    const std::int64_t delay = retry_.delay_millis(asked.retried++);
    requests_.retry_at(answer.request, finishing_ ? INT64_MIN : time_.after(delay));
  }
  void time_out(Id id, Asked& asked) {
    asked.timed_out = true;
    if constexpr (requires(ResultFuture<Out> f) {
                    this->function().timeout(asked.input.record, f);
                  }) {
      ++asked.futures;
      this->function().timeout(std::as_const(asked.input.record),
                               ResultFuture<Out>{inbox_, id, asked.attempt});
    } else {
      time_.fail_timed_out(asked.retried, asked.futures == 0);
    }
  }
  void hand_on_ready() {
    while (const auto ready = requests_.next()) {
      if (ready->watermark) {
        out_.end();
        BasicOperator::process_watermark(timestamp_of_millis(*ready->watermark));
        continue;
      }
      auto node = asked_.extract(ready->id);
      const std::int64_t timestamp = node.mapped().input.timestamp;
      if (timestamp == no_timestamp) {
        out_.clear_timestamp();
      } else {
        out_.set_timestamp(timestamp);
      }
      for (Out& result : node.mapped().results) out_.collect(std::move(result));
    }
    out_.end();
    if (idle_due_ && requests_.empty()) {
      idle_due_ = false;
      BasicOperator::process_idle(true);
    }
  }
  void wait() {
    time_.wait_until(requests_.next_due(), [this] { return inbox_->has_some(); });
  }

  AsyncRequests requests_;
  AsyncWaitTime time_;
  AsyncRetryStrategy<Out> retry_;
  std::shared_ptr<AsyncInbox<Out>> inbox_;
  std::map<Id, Asked> asked_;             // under way
  std::vector<AsyncInput<In>> restored_;  // to be asked again
  std::ptrdiff_t asked_again_ = 0;        // so many of them have been
  bool idle_due_ = false;
  bool finishing_ = false;  // pauses are over
  Collector<Out> out_;
};

}  // namespace flink::detail
