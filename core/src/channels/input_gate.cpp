// SPDX-License-Identifier: Apache-2.0
#include "channels/input_gate.h"

#include <iterator>
#include <utility>

namespace flink::channels {

namespace {
// Measured on two slots: for tumbling windows 8 K to 32 K records and 30 to 1,000 turns are alike,
// for joins 8 K are better.
constexpr std::size_t lead_max = std::size_t{8} << 10;
constexpr unsigned turns_alone_max = 30;
}  // namespace

InputGate::InputGate(std::vector<std::unique_ptr<ChannelReader>> channels)
    : channels_(std::move(channels)),
      blocked_(channels_.size()),
      ended_(channels_.size()),
      ahead_(channels_.size()),
      lead_(channels_.size()) {}

void InputGate::set_waker(const fiber::Waker& waker) {
  for (auto& channel : channels_) channel->set_waker(waker);
}

// Round robin, an element a channel, so that a busy channel cannot starve the others.
std::optional<GateElement> InputGate::poll(const BarrierHandler* recording) {
  if (turns_alone_ > 0) --turns_alone_;
  for (std::size_t tried = 0; tried < channels_.size(); ++tried) {
    const std::size_t channel = next_;
    if (++next_ == channels_.size()) next_ = 0;
    if (blocked_[channel] || left_alone(channel)) continue;
    if (ahead_count_ > 0 && !ahead_[channel].empty()) {
      GateElement element{channel, std::move(ahead_[channel].front())};
      ahead_[channel].pop_front();
      --ahead_count_;
      return element;
    }
    if (ended_[channel] || (recording != nullptr && recording->recording(channel))) continue;
    if (auto element = channels_[channel]->poll()) {
      ended_[channel] = std::holds_alternative<EndOfPartition>(*element);
      count_lead(channel, *element);
      return GateElement{channel, std::move(*element)};
    }
  }
  return std::nullopt;
}

void InputGate::wait_for(std::optional<std::size_t> behind) {
  if (behind == behind_) return;
  if (behind) lead_[*behind] = 0;
  else lead_.assign(lead_.size(), 0);
  behind_ = behind;
  turns_alone_ = 0;
}

bool InputGate::left_alone(std::size_t channel) const {
  return turns_alone_ > 0 && channel != *behind_ && !blocked_[*behind_] &&
         lead_[channel] >= lead_max;
}

void InputGate::count_lead(std::size_t channel, const Element& element) {
  if (!behind_ || *behind_ == channel) return;
  const auto* const batch = std::get_if<BatchRef>(&element);
  if (batch == nullptr) return;
  if (lead_[channel] >= lead_max) lead_[channel] = 0;  // it has been left alone
  lead_[channel] += (*batch)->size();
  if (lead_[channel] >= lead_max) turns_alone_ = turns_alone_max;
}

std::optional<GateElement> InputGate::poll_barrier(
    const BarrierHandler& recording, const std::function<bool(const Barrier&)>& may_come) {
  for (std::size_t channel = 0; channel < channels_.size(); ++channel) {
    if (blocked_[channel]) continue;
    auto& ahead = ahead_[channel];
    if (ahead.empty() && !recording.recording(channel)) {
      read_ahead(channel, [](const Element&) { return Seen::keep_and_stop; });
    }
    if (ahead.empty()) continue;
    const auto* const barrier = std::get_if<Barrier>(&ahead.front());
    if (barrier == nullptr || !may_come(*barrier)) continue;
    GateElement element{channel, std::move(ahead.front())};
    ahead.pop_front();
    --ahead_count_;
    return element;
  }
  return std::nullopt;
}

void InputGate::put_back(std::size_t channel, std::vector<BatchRef> pieces) {
  ahead_count_ += pieces.size();
  ahead_[channel].insert(ahead_[channel].begin(), std::make_move_iterator(pieces.begin()),
                         std::make_move_iterator(pieces.end()));
}

void InputGate::read_ahead(std::size_t channel, const std::function<Seen(const Element&)>& see) {
  while (!ended_[channel]) {
    auto element = channels_[channel]->poll();
    if (!element) return;
    ended_[channel] = std::holds_alternative<EndOfPartition>(*element);
    const Seen seen = see(*element);
    ahead_[channel].push_back(std::move(*element));
    ++ahead_count_;
    if (seen == Seen::keep_and_stop) return;
  }
}

std::optional<InputGate::Announced> InputGate::poll_announced() {
  for (std::size_t channel = 0; channel < channels_.size(); ++channel) {
    if (auto barrier = channels_[channel]->poll_announced()) {
      return Announced{channel, std::move(*barrier)};
    }
  }
  return std::nullopt;
}

void InputGate::unblock_all() { blocked_.assign(blocked_.size(), false); }

std::uint64_t InputGate::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& channel : channels_) sum += channel->bytes();
  return sum;
}

}  // namespace flink::channels
