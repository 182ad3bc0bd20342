// SPDX-License-Identifier: Apache-2.0
// How the operators of a tested graph are wired: what one puts out is handed to its readers by a
// call, and the watermarks that come to an operator are merged as a task's valve does it.
#pragma once

#include <flink/graph/operator.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace flink::detail {

// Hands everything to each reader in turn.
class Fan final : public Output {
 public:
  std::vector<Output*> readers;
  void emit(BatchRef& batch) override {
    for (Output* reader : readers) {
      BatchRef shared = batch;
      reader->emit(shared);
    }
  }
  void emit_watermark(Timestamp watermark) override {
    for (Output* reader : readers) reader->emit_watermark(watermark);
  }
  void emit_idle(bool idle) override {
    for (Output* reader : readers) reader->emit_idle(idle);
  }
};

// What comes to a node: the least watermark of its inputs, as a task's valve merges them; and of an
// operator that selects its inputs, what has to wait.
class Inputs {
 public:
  void select_by(Operator& op) { selects_ = &op; }
  bool selecting() const { return selects_ != nullptr; }
  void wait(int input, std::function<void()> element) {
    waiting_[input].push_back(std::move(element));
    pump();
  }

  // What was restored: a watermark that is not later is no news.
  void start(Timestamp merged) { merged_ = merged; }
  Timestamp merged() const { return merged_; }
  int add() {
    inputs_.push_back({});
    return static_cast<int>(inputs_.size()) - 1;
  }
  void watermark(int input, Timestamp watermark, Operator& op) {
    auto& from = inputs_[static_cast<std::size_t>(input)];
    from.watermark = std::max(from.watermark, watermark);
    if (watermark == max_timestamp) from.idle = false;
    merge(op);
  }
  void idle(int input, bool idle, Operator& op) {
    inputs_[static_cast<std::size_t>(input)].idle = idle;
    merge(op);
    const bool all = std::all_of(inputs_.begin(), inputs_.end(), [](auto& i) { return i.idle; });
    if (std::exchange(all_idle_, all) != all) op.process_idle(all);
  }

 private:
  // Until the operator selects nothing that is here.
  void pump() {
    for (;;) {
      const InputSelection selected = selects_->select_inputs();
      const auto next = std::find_if(waiting_.begin(), waiting_.end(), [selected](auto& input) {
        return selected.contains(input.first) && !input.second.empty();
      });
      if (next == waiting_.end()) return;
      const auto element = std::move(next->second.front());
      next->second.pop_front();
      element();
    }
  }
  struct Input {
    Timestamp watermark = min_timestamp;
    bool idle = false;
  };
  void merge(Operator& op) {
    Timestamp least = max_timestamp;
    bool any = false;
    for (const Input& input : inputs_) {
      if (input.idle) continue;
      any = true;
      least = std::min(least, input.watermark);
    }
    if (!any || least <= merged_) return;
    merged_ = least;
    op.process_watermark(least);
  }
  std::vector<Input> inputs_;
  Timestamp merged_ = min_timestamp;
  bool all_idle_ = false;
  Operator* selects_ = nullptr;
  std::map<int, std::deque<std::function<void()>>> waiting_;  // by input
};

class Feed final : public Output {
 public:
  Feed(Operator& target, int input, Inputs& inputs)
      : target_(target), input_(input), inputs_(inputs), channel_(inputs.add()) {}
  void emit(BatchRef& batch) override {
    if (!inputs_.selecting()) return target_.process(input_, batch);
    inputs_.wait(input_, [this, batch]() mutable { target_.process(input_, batch); });
  }
  void emit_watermark(Timestamp watermark) override {
    in_turn([this, watermark] { inputs_.watermark(channel_, watermark, target_); });
  }
  void emit_idle(bool idle) override {
    in_turn([this, idle] { inputs_.idle(channel_, idle, target_); });
  }

 private:
  template <class F>
  void in_turn(F&& element) {
    if (inputs_.selecting()) inputs_.wait(input_, element);
    else element();
  }
  Operator& target_;
  int input_;
  Inputs& inputs_;
  int channel_;
};

// The least watermark of all subtasks of what is tested.
class WatermarkLog {
 public:
  explicit WatermarkLog(std::vector<Timestamp>& watermarks) : watermarks_(watermarks) {}
  // Of the next subtask.
  std::unique_ptr<Output> make() {
    latest_.push_back(min_timestamp);
    return std::make_unique<Part>(*this, latest_.size() - 1);
  }

 private:
  class Part final : public Output {
   public:
    Part(WatermarkLog& log, std::size_t subtask) : log_(log), subtask_(subtask) {}
    void emit(BatchRef&) override {}
    void emit_watermark(Timestamp watermark) override {
      log_.latest_[subtask_] = watermark;
      const auto least = *std::min_element(log_.latest_.begin(), log_.latest_.end());
      if (least == min_timestamp || least <= log_.logged_) return;
      log_.watermarks_.push_back(log_.logged_ = least);
    }
    void emit_idle(bool) override {}

   private:
    WatermarkLog& log_;
    std::size_t subtask_;
  };

  std::vector<Timestamp>& watermarks_;
  std::vector<Timestamp> latest_;
  Timestamp logged_ = min_timestamp;
};

}  // namespace flink::detail
