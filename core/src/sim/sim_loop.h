// SPDX-License-Identifier: Apache-2.0
// The KJ event loop of a whole simulation, under virtual time: an EventPort that, whenever the loop
// has nothing left to do, steps to the earliest timer or queued action and runs that one. All
// processes of a simulation live on one SimLoop, each through a SimControlLoop of its own.
//
// Actions run inside EventPort::wait(), never within a continuation, so they may destroy whole
// processes. An exception out of an action ends the run with its text.
#pragma once

#include <kj/async.h>
#include <kj/timer.h>

#include <functional>
#include <optional>
#include <string>

#include "base/random.h"
#include "rpc/control_loop.h"
#include "sim/sim_queue.h"

namespace flink::sim {

class SimEventPort final : public kj::EventPort {
 public:
  explicit SimEventPort(SimQueue& queue) : queue_(queue), timer_(kj::origin<kj::TimePoint>()) {}
  bool wait() override;
  bool poll() override { return false; }
  void wake() const override {}

  kj::TimerImpl& timer() { return timer_; }

  // How a run ended.
  struct Outcome {
    enum class Kind { done, deadlock, out_of_time, failed };
    Kind kind = Kind::done;
    std::string failure;  // text of an exception that left an action
  };
  struct Run {
    std::function<bool()> done;  // asked between actions
    TimePoint limit = TimePoint::never();
    kj::Own<kj::PromiseFulfiller<void>> end;
    Outcome outcome;
  };
  void begin(Run& run) { run_ = &run; }
  void end() { run_ = nullptr; }

 private:
  void finish(Outcome::Kind kind, std::string failure = {});

  SimQueue& queue_;
  kj::TimerImpl timer_;
  Run* run_ = nullptr;
};

class SimLoop {
 public:
  using Outcome = SimEventPort::Outcome;

  explicit SimLoop(SimQueue& queue) : queue_(queue), port_(queue), loop_(port_), scope_(loop_) {}

  // Runs until done() holds, nothing is left to happen, or virtual time would pass the limit.
  Outcome run_until(std::function<bool()> done, TimePoint limit = TimePoint::never());
  kj::TimerImpl& timer() { return port_.timer(); }
  SimQueue& queue() { return queue_; }

 private:
  SimQueue& queue_;
  SimEventPort port_;
  kj::EventLoop loop_;
  kj::WaitScope scope_;
};

// One process's view of the loop. Its timers fire up to a microsecond late, by the seed, so that
// different seeds see different orders of events that fall together.
class SimControlLoop final : public rpc::ControlLoop {
 public:
  SimControlLoop(SimLoop& loop, LifeRef life, std::uint64_t seed)
      : loop_(loop), life_(std::move(life)), timer_(loop.timer(), seed) {}
  kj::Timer& timer() override { return timer_; }
  void post(std::function<void()> function) override {
    loop_.queue().after(Duration{0}, life_, std::move(function));
  }

 private:
  class Timer final : public kj::Timer {
   public:
    Timer(kj::TimerImpl& timer, std::uint64_t seed) : timer_(timer), random_(seed) {}
    kj::TimePoint now() const override { return timer_.now(); }
    kj::Promise<void> atTime(kj::TimePoint time) override {
      return timer_.atTime(time + static_cast<std::int64_t>(random_.below(1000)) * kj::NANOSECONDS);
    }
    kj::Promise<void> afterDelay(kj::Duration delay) override { return atTime(now() + delay); }

   private:
    kj::TimerImpl& timer_;
    base::SeededRandom random_;
  };

  SimLoop& loop_;
  LifeRef life_;
  Timer timer_;
};

}  // namespace flink::sim
