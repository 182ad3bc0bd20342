// SPDX-License-Identifier: Apache-2.0
#include "fiber/slot.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace flink::fiber {

using base::Step;
using base::TimePoint;

namespace {

void set_bit(std::vector<std::uint64_t>& bits, std::size_t at) {
  bits[at / 64] |= 1ull << (at % 64);
}

// The lowest bit, taken out; nothing when there is none.
std::optional<std::size_t> take_lowest(std::vector<std::uint64_t>& bits) {
  for (std::size_t word = 0; word < bits.size(); ++word) {
    if (bits[word] == 0) continue;
    const auto bit = static_cast<std::size_t>(std::countr_zero(bits[word]));
    bits[word] &= bits[word] - 1;
    return word * 64 + bit;
  }
  return std::nullopt;
}

// Who waits for a wake without an executor.
class WakeFlag final : public base::WorkerHandle {
 public:
  void wake() override {
    woken_.store(true);
    woken_.notify_one();
  }
  bool finished() const override { return false; }
  void wait() {
    woken_.wait(false);
    woken_.store(false);
  }

 private:
  std::atomic<bool> woken_{false};
};

}  // namespace

Slot::Slot(const base::Clock& clock, SlotOptions options)
    : clock_(clock),
      options_(std::move(options)),
      stacks_(options_.stack_bytes),
      inbox_(std::make_shared<Inbox>()) {}

Slot::~Slot() {
  stop();
  ending_ = true;
  WakeFlag woken;
  inbox_->attach(&woken);
  // Unwinding may take a task several suspensions (it may swallow the cancellation), not endless
  // ones. One that parks now has its stack in use by a helper, which always comes back.
  constexpr int steps_max = 1000;
  cancel_all();
  for (int i = 0; i < steps_max && (i == 0 || !tasks_.empty()); ++i) {
    if (step().kind == Step::Kind::park && !tasks_.empty()) woken.wait();
  }
  FLINK_CHECK(tasks_.empty(), options_.name, tasks_.empty() ? "" : tasks_.front()->name());
  inbox_->attach(nullptr);
  inbox_->close();
}

void Slot::start(base::Executor& executor) {
  FLINK_CHECK(!handle_, options_.name);
  handle_ = executor.start(options_.name, *this);
  inbox_->attach(handle_.get());
}

void Slot::stop() {
  inbox_->attach(nullptr);
  handle_.reset();
}

std::shared_ptr<SlotTask> Slot::spawn(SlotTaskOptions options) {
  FLINK_CHECK(options.entry != nullptr, options.name);
  auto task = std::make_shared<SlotTask>(*this, std::move(options), inbox_, ++task_ids_);
  task->target_->task = task.get();  // published by the post below
  task_count_.fetch_add(1, std::memory_order_acq_rel);
  inbox_->post([this, task] { add_task(task); });
  return task;
}

void Slot::cancel_all() {
  post([this] {
    for (const auto& task : tasks_) cancel_task(*task);
  });
}

std::optional<TimePoint> Slot::turn_since() const {
  const auto id = running_id_.load(std::memory_order_acquire);
  const TimePoint since{base::Duration{running_since_.load(std::memory_order_acquire)}};
  // The turn may have changed between the two reads: then it has not lasted.
  if (id == 0 || running_id_.load(std::memory_order_acquire) != id) return std::nullopt;
  return since;
}

std::optional<RunningTask> Slot::running() const {
  const auto id = running_id_.load(std::memory_order_acquire);
  const auto since = turn_since();
  if (!since) return std::nullopt;
  std::lock_guard lock{names_mutex_};
  const auto name = names_.find(id);
  if (name == names_.end()) return std::nullopt;
  return RunningTask{name->second, *since};
}

Step Slot::step() {
  struct InboxScope {
    explicit InboxScope(Inbox* inbox) { Inbox::set_current(inbox); }
    ~InboxScope() { Inbox::set_current(nullptr); }
  } scope{inbox_.get()};
  inbox_->unpark();
  now_ = clock_.now();
  for (int turn = 0; turn < turns_per_step; ++turn) {
    if (inbox_->has_posts()) run_posts();
    if (inbox_->has_targets()) wake_targets();
    if (now_ >= earliest_) fire_timers();
    SlotTask* task = next_ready();
    if (!task) return inbox_->try_park() ? Step::park(earliest_) : Step::again();
    run_turn(*task);
  }
  return Step::again();
}

void Slot::run_posts() {
  for (auto& function : inbox_->take_posts()) function();
}

void Slot::wake_targets() {
  WakeTarget* target = inbox_->take_targets();
  while (target) {
    const auto kept = std::move(target->self);
    target = target->next;
    // Once the flag is cleared (in the task's turn) another thread may queue it again.
    if (kept->task) kept->task->woken();
  }
}

void Slot::set_deadline(SlotTask& task, TimePoint at) {
  task.deadline_ = at;
  earliest_ = std::min(earliest_, at);
}

void Slot::fire_timers() {
  earliest_ = TimePoint::never();
  for (const auto& task : tasks_) {
    if (task->deadline_ <= now_) {
      task->deadline_ = TimePoint::never();
      task->timed_out_ = true;
      make_ready(*task);
    } else {
      earliest_ = std::min(earliest_, task->deadline_);
    }
  }
}

void Slot::make_ready(SlotTask& task) {
  if (task.ready_) return;
  task.ready_ = true;
  set_bit(task.round_ == round_ ? ready_next_ : ready_now_, task.position_);
}

SlotTask* Slot::next_ready() {
  auto position = take_lowest(ready_now_);
  if (!position) {
    std::swap(ready_now_, ready_next_);
    ++round_;
    position = take_lowest(ready_now_);
  }
  return position ? tasks_[*position].get() : nullptr;
}

void Slot::run_turn(SlotTask& task) {
  task.ready_ = false;
  task.round_ = round_;
  task.due_calls_ = 0;
  // Before the task looks at anything: see waker.h.
  if (std::exchange(task.signal_taken_, false)) task.target_->signaled.exchange(false);
  if (!task.fiber_) {
    if (task.cancelled_) return end_task(task, nullptr, true);
    try {
      task.fiber_ = std::make_unique<Fiber>(stacks_, task.name().c_str(),
                                            std::exchange(task.options_.entry, nullptr));
    } catch (const Error&) {
      return end_task(task, std::current_exception(), false);
    }
  }
  task.end_wait(now_);
  turn_began_ = now_;
  overdue_.store(false);
  running_since_.store(now_.since_origin.count(), std::memory_order_release);
  running_id_.store(task.id(), std::memory_order_release);
  SlotTask::set_current(&task);
  task.fiber_->resume();
  SlotTask::set_current(nullptr);
  running_id_.store(0, std::memory_order_release);
  now_ = clock_.now();
  task.running_nanos_.store(
      task.running_nanos_.load(std::memory_order_relaxed) + (now_ - turn_began_).count(),
      std::memory_order_relaxed);
  if (task.fiber_->finished()) {
    end_task(task, task.fiber_->failure(), task.fiber_->cancelled_end());
  } else if (std::exchange(task.yielding_, false)) {
    make_ready(task);
  } else {
    task.begin_wait(now_);
  }
}

void Slot::end_task(SlotTask& task, std::exception_ptr failure, bool cancelled) {
  const auto kept = task.shared_from_this();
  task.target_->task = nullptr;
  task.fiber_ = nullptr;
  tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(task.position_));
  number_tasks();
  {
    std::lock_guard lock{names_mutex_};
    names_.erase(task.id());
  }
  auto ended = std::exchange(task.options_.ended, nullptr);
  task.finished_.store(true, std::memory_order_release);
  task_count_.fetch_sub(1, std::memory_order_acq_rel);
  if (ended) ended(std::move(failure), cancelled);
}

void Slot::add_task(std::shared_ptr<SlotTask> task) {
  {
    std::lock_guard lock{names_mutex_};
    names_.emplace(task->id(), task->name());
  }
  SlotTask& added = *task;
  added.added_ = true;
  const auto at = std::find_if(tasks_.begin(), tasks_.end(),
                               [&](const auto& other) { return other->depth() < added.depth(); });
  tasks_.insert(at, std::move(task));
  number_tasks();
  make_ready(added);
}

// Positions have moved: the ready bits move with them.
void Slot::number_tasks() {
  const std::size_t words = (tasks_.size() + 63) / 64;
  ready_now_.assign(words, 0);
  ready_next_.assign(words, 0);
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    SlotTask& task = *tasks_[i];
    task.position_ = i;
    if (task.ready_) set_bit(task.round_ == round_ ? ready_next_ : ready_now_, i);
  }
}

void Slot::cancel_task(SlotTask& task) {
  task.cancelled_ = true;
  if (task.fiber_) task.fiber_->cancel();
  make_ready(task);
}

}  // namespace flink::fiber
