// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_loop.h"

#include <flink/base/check.h>
#include <kj/exception.h>

#include <exception>

#include "base/exception_text.h"

namespace flink::sim {
namespace {

TimePoint from_kj(kj::TimePoint time) {
  return {Duration{(time - kj::origin<kj::TimePoint>()) / kj::NANOSECONDS}};
}
kj::TimePoint to_kj(TimePoint time) {
  return kj::origin<kj::TimePoint>() + time.since_origin.count() * kj::NANOSECONDS;
}

}  // namespace

void SimEventPort::finish(Outcome::Kind kind, std::string failure) {
  run_->outcome = {kind, std::move(failure)};
  run_->end->fulfill();
}

bool SimEventPort::wait() {
  FLINK_CHECK(run_ != nullptr);
  if (queue_.was_called_from_outside()) {
    return finish(Outcome::Kind::failed,
                  "a thread of the job's own has called its task, and a simulation has one"),
           false;
  }
  if (run_->done()) return finish(Outcome::Kind::done), false;
  TimePoint timer_at = TimePoint::never();
  KJ_IF_MAYBE (time, timer_.nextEvent()) timer_at = from_kj(*time);
  const TimePoint action_at = queue_.next_time();
  const TimePoint next = timer_at < action_at ? timer_at : action_at;
  if (next == TimePoint::never()) return finish(Outcome::Kind::deadlock), false;
  if (next > run_->limit) return finish(Outcome::Kind::out_of_time), false;
  // An exception must not leave wait(): KJ would terminate the program.
  try {
    if (timer_at <= action_at) {
      queue_.advance_to(timer_at);
      timer_.advanceTo(to_kj(timer_at));
    } else {
      timer_.advanceTo(to_kj(action_at));
      queue_.run_one();
    }
  } catch (const kj::Exception& error) {  // before std::exception: its what() holds addresses
    finish(Outcome::Kind::failed, error.getDescription().cStr());
  } catch (const std::exception& error) {
    finish(Outcome::Kind::failed, base::exception_text(error));
  }
  return false;
}

SimLoop::Outcome SimLoop::run_until(std::function<bool()> done, TimePoint limit) {
  auto pair = kj::newPromiseAndFulfiller<void>();
  SimEventPort::Run run{std::move(done), limit, kj::mv(pair.fulfiller), {}};
  port_.begin(run);
  pair.promise.wait(scope_);
  port_.end();
  return run.outcome;
}

}  // namespace flink::sim
