// SPDX-License-Identifier: Apache-2.0
#include "fiber/waker.h"

#include <utility>

#include "fiber/slot_task.h"

namespace flink::fiber {

namespace {

thread_local Inbox* current_inbox = nullptr;

}  // namespace

Inbox* Inbox::current() { return current_inbox; }
void Inbox::set_current(Inbox* inbox) { current_inbox = inbox; }

void WakeTarget::wake() {
  if (current_inbox == inbox.get()) {
    // On its own thread nothing can come between the check and the wake. A set flag means that the
    // task is ready, or that another thread is about to queue it.
    if (signaled.load(std::memory_order_relaxed) || signaled.exchange(true)) return;
    if (task) task->woken();
    return;
  }
  if (signaled.exchange(true)) return;
  // The one who set the flag owns `next` and `self` until the slot takes the list.
  inbox->push(shared_from_this());
}

void Inbox::push(std::shared_ptr<WakeTarget> target) {
  WakeTarget* raw = target.get();
  raw->self = std::move(target);
  WakeTarget* head = head_.load(std::memory_order_relaxed);
  do {
    raw->next = head;
  } while (!head_.compare_exchange_weak(head, raw));
  if (parked_.load()) wake_slot();
  if (closed_.load()) drop_targets();
}

void Inbox::post(std::function<void()> function) {
  {
    std::lock_guard lock{mutex_};
    if (closed_.load()) return;
    posts_.push_back(std::move(function));
    has_posts_.store(true);
  }
  if (parked_.load()) wake_slot();
}

std::vector<std::function<void()>> Inbox::take_posts() {
  std::lock_guard lock{mutex_};
  has_posts_.store(false);
  return std::exchange(posts_, {});
}

bool Inbox::try_park() {
  parked_.store(true);
  if (!has_targets() && !has_posts()) return true;
  unpark();
  return false;
}

void Inbox::wake_slot() {
  if (!parked_.exchange(false)) return;  // another one does it
  std::lock_guard lock{mutex_};          // so that the handle is not destroyed meanwhile
  if (handle_) handle_->wake();
}

void Inbox::attach(base::WorkerHandle* handle) {
  std::lock_guard lock{mutex_};
  handle_ = handle;
  // What came before it had a handle found nobody to wake.
  if (handle_) handle_->wake();
}

void Inbox::close() {
  {
    std::lock_guard lock{mutex_};
    closed_.store(true);
  }
  take_posts();
  drop_targets();
}

void Inbox::drop_targets() {
  WakeTarget* target = take_targets();
  while (target) {
    const auto kept = std::move(target->self);
    target = target->next;
  }
}

}  // namespace flink::fiber
