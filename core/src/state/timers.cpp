// SPDX-License-Identifier: Apache-2.0
// TimerQueue: a heap of times over the timers' elements. A removed timer stays in the heap until it
// comes up, or until half of the heap is such.
#include <flink/error.h>
#include <flink/operator.h>
#include <flink/state/list_state.h>
#include <flink/state/timer_service.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/clock.h"

namespace flink::state {

namespace {

void write_big_endian(ByteWriter& out, std::uint64_t value) { out.fixed(__builtin_bswap64(value)); }
std::uint64_t read_big_endian(ByteReader& in) {
  return __builtin_bswap64(in.fixed<std::uint64_t>("a big-endian number"));
}
constexpr std::uint64_t sign = std::uint64_t{1} << 63;

constexpr TypeOps number_ops(void (*write)(ByteWriter&, const void*),
                             void (*read)(ByteReader&, void*)) {
  TypeOps ops = key_ops<std::uint64_t>;
  ops.write = write;
  ops.read = read;
  return ops;
}

constexpr auto earlier = [](const auto& a, const auto& b) { return a.millis > b.millis; };

}  // namespace

constinit const TypeOps chunk_index_ops = number_ops(
    [](ByteWriter& out, const void* value) {
      write_big_endian(out, *static_cast<const std::uint64_t*>(value));
    },
    [](ByteReader& in, void* value) { *static_cast<std::uint64_t*>(value) = read_big_endian(in); });

constinit const TypeOps timer_time_ops = number_ops(
    [](ByteWriter& out, const void* value) {
      write_big_endian(out, *static_cast<const std::uint64_t*>(value) ^ sign);
    },
    [](ByteReader& in, void* value) {
      *static_cast<std::uint64_t*>(value) = read_big_endian(in) ^ sign;
    });

constinit const TypeOps no_value_ops = [] {
  TypeOps ops = value_ops<char>;
  ops.size = 0;
  ops.construct = [](void*) {};
  ops.copy = [](void*, const void*) {};
  ops.write = [](ByteWriter&, const void*) {};
  ops.read = [](ByteReader&, void*) {};
  ops.schema = [] { return std::string{}; };
  ops.defaults = [] { return std::string{}; };
  return ops;
}();

Element* TimerQueue::find(Row* owner, std::int64_t millis) const {
  return state_->find(element_hash(owner, state_->subkey->hash(&millis)), owner,
                      [this, millis](Element* e) {
                        return *static_cast<const std::int64_t*>(state_->subkey_of(e)) == millis;
                      });
}

bool TimerQueue::add(std::int64_t millis) {
  Row* const owner = state_->owner_to_write();
  Element* timer = find(owner, millis);
  if (timer == nullptr) {
    timer = state_->add(owner, element_hash(owner, state_->subkey->hash(&millis)), &millis);
  } else if (!state_->change(timer)) {
    return false;
  }
  ++live_;
  const bool first = millis < next_millis();
  if (!timer->is(Row::queued)) push({millis, timer});
  return first;
}

void TimerQueue::remove(std::int64_t millis) {
  Row* const owner = state_->at->row;
  if (owner == nullptr) return;
  Element* const timer = find(owner, millis);
  if (timer == nullptr || timer->is(Row::dead)) return;
  state_->remove(timer);
  --live_;
  if (heap_.size() > 64 && live_ * 2 < heap_.size()) drop_removed();
}

bool TimerQueue::pop_due(std::int64_t now_millis, std::int64_t& millis) {
  state_->backend->settle();
  if (next_millis() > now_millis || heap_.empty()) return false;
  const Entry entry = pop();
  state_->rows->stand_on(entry.timer->owner);
  millis = entry.millis;
  state_->remove(entry.timer);
  --live_;
  return true;
}

std::int64_t TimerQueue::next_millis() {
  while (!heap_.empty() && heap_.front().timer->is(Row::dead)) pop();
  return heap_.empty() ? INT64_MAX : heap_.front().millis;
}

void TimerQueue::restored(Element* timer, std::int64_t millis) {
  ++live_;
  push({millis, timer});
}

void TimerQueue::push(Entry entry) {
  entry.timer->set(Row::queued);
  heap_.push_back(entry);
  std::push_heap(heap_.begin(), heap_.end(), earlier);
}

TimerQueue::Entry TimerQueue::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), earlier);
  const Entry entry = heap_.back();
  heap_.pop_back();
  entry.timer->unset(Row::queued);
  if (entry.timer->is(Row::dead)) state_->backend->note_garbage(entry.timer);
  return entry;
}

void TimerQueue::drop_removed() {
  const auto gone = std::partition(heap_.begin(), heap_.end(),
                                   [](const Entry& entry) { return !entry.timer->is(Row::dead); });
  for (auto entry = gone; entry != heap_.end(); ++entry) {
    entry->timer->unset(Row::queued);
    state_->backend->note_garbage(entry->timer);
  }
  heap_.erase(gone, heap_.end());
  std::make_heap(heap_.begin(), heap_.end(), earlier);
}

// ---- chunks of lists

Element* open_chunk(BoundState& state, std::size_t (*size)(const void* chunk)) {
  Row* const owner = state.owner_to_write();
  state.find_next_index(owner);
  CollectionHead& head = state.head(owner);
  Element* const last = head.last;
  if (last != nullptr && last->heap_bytes < chunk_bytes_max &&
      size(state.value_of(last)) < chunk_elements_max &&
      *static_cast<const std::uint64_t*>(state.subkey_of(last)) + 1 == head.next_index &&
      (!state.has_ttl || state.stamp(last) == state.backend->wall_millis())) {
    state.change(last);
    return last;
  }
  const std::uint64_t index = head.next_index++;
  const std::uint64_t hash = element_hash(owner, state.subkey->hash(&index));
  Element* chunk = state.find(hash, owner, [&state, index](Element* e) {
    return *static_cast<const std::uint64_t*>(state.subkey_of(e)) == index;
  });
  if (chunk == nullptr) {
    chunk = state.add(owner, hash, &index);
  } else {
    state.change(chunk);  // of a list that was cleared: back to life
  }
  state.value->construct(state.value_of(chunk));
  return chunk;
}

}  // namespace flink::state

namespace flink {

void TimerService::open(state::KeyedStateBackend& backend, state::KeyRows& rows,
                        std::function<void(std::int64_t)> wake) {
  backend_ = &backend;
  event_ = &backend.register_timers(rows, true);
  processing_ = &backend.register_timers(rows, false);
  wake_ = std::move(wake);
}

void TimerService::open_without_timers(OperatorContext& context, bool keyed) {
  context_ = &context;
  keyed_ = keyed;
}

Timestamp TimerService::current_processing_time() const {
  return timestamp_of_millis(backend_ != nullptr ? backend_->wall_millis()
                                                 : context_->clock().wall_millis());
}

void TimerService::fail_without_timers() const {
  const std::string where =
      context_ == nullptr ? "" : "\"" + std::string{context_->runtime().task_name()} + "\" ";
  if (keyed_) {
    throw Error{ErrorKind::user, where +
                                     "sets or deletes a timer, but its function has no "
                                     "on_timer: add void on_timer(Timestamp at, "
                                     "KeyedContext<Key>& ctx, Collector<Out>& out)"};
  }
  throw Error{ErrorKind::user, where +
                                   "sets or deletes a timer on a stream without keys; timers "
                                   "belong to keys: call key_by before process"};
}

}  // namespace flink
