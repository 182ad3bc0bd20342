// SPDX-License-Identifier: Apache-2.0
// When to send a heartbeat and when the far side is lost. Sans-io; one for each far side. At most
// one heartbeat is under way; a late answer still counts as a sign of life.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace flink::rpc {

class HeartbeatMonitor {
 public:
  struct Options {
    base::Duration interval{};
    base::Duration timeout{};
    int failure_threshold = 2;  // sends in a row that fail; -1: only the timeout counts
  };
  enum class Verdict : unsigned char { wait, send, timed_out, unreachable };

  HeartbeatMonitor(Options options, base::TimePoint now)
      : options_(options), last_sign_(now), next_send_(now + options.interval) {}

  // To be called at next() or later. After `send` the caller reports answered() or failed().
  Verdict tick(base::TimePoint now) {
    if (now - last_sign_ >= options_.timeout) return Verdict::timed_out;
    if (options_.failure_threshold >= 0 && failures_ >= std::max(1, options_.failure_threshold)) {
      return Verdict::unreachable;
    }
    if (under_way_ || now < next_send_) return Verdict::wait;
    under_way_ = true;
    next_send_ = now + options_.interval;
    return Verdict::send;
  }
  void answered(base::TimePoint now) {
    under_way_ = false;
    failures_ = 0;
    last_sign_ = std::max(last_sign_, now);
  }
  void skipped() { under_way_ = false; }  // nobody to send it to yet
  void failed() {
    under_way_ = false;
    ++failures_;
  }
  base::TimePoint next() const {
    const auto lost_at = last_sign_ + options_.timeout;
    return under_way_ ? lost_at : std::min(next_send_, lost_at);
  }
  base::TimePoint last_sign() const { return last_sign_; }

 private:
  Options options_;
  base::TimePoint last_sign_;
  base::TimePoint next_send_;
  bool under_way_ = false;
  int failures_ = 0;
};

}  // namespace flink::rpc
