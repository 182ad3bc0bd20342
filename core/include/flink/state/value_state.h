// SPDX-License-Identifier: Apache-2.0
// ValueState<T>: one value a key (Flink, "Working with State"). A typed, named member of a keyed
// function:
//   ValueState<double> last{"last"};
//   if (last.value_or(0) < in.value) last.update(in.value);
// Pointers are valid until the next call on a handle or the callback's end.
#pragma once

#include <flink/state/state_checks.h>
#include <flink/state/state_handle.h>

#include <utility>

namespace flink {

namespace state {
// Puts a value into a small state's cell.
template <class T, class U>
T& set_cell(BoundState& state, U&& value) {
  Row* const row = state.write();
  auto* const cell = static_cast<T*>(state.cell(row));
  std::size_t before = 0;
  if ((state.bits(row) & present) != 0) {
    if constexpr (!std::is_trivially_copyable_v<T>) before = heap_bytes(*cell);
    *cell = std::forward<U>(value);
  } else {
    ::new (static_cast<void*>(cell)) T(std::forward<U>(value));
  }
  state.written(row, before, heap_bytes(*cell));
  return *cell;
}
// Changes the value that is there; it was read just now.
template <class T, class Change>
void change_cell(BoundState& state, T& value, Change&& change) {
  Row* const row = state.write();
  std::size_t before = 0;
  if constexpr (!std::is_trivially_copyable_v<T>) before = heap_bytes(value);
  change(value);
  state.written(row, before, heap_bytes(value));
}
}  // namespace state

template <class T>
class ValueState : public StateHandle {
 public:
  static_assert(state::state_fits<T>() || true);  // says why not
  explicit ValueState(std::string_view name, const StateTtlConfig& ttl = {})
      : StateHandle(name, state::StateKind::value, &state::value_ops<T>, nullptr, ttl) {}

  // Null when there is none.
  const T* value() const { return static_cast<const T*>(bound().read()); }
  T value_or(T otherwise) const {
    const T* const found = value();
    return found != nullptr ? *found : std::move(otherwise);
  }
  void update(const T& value) const { state::set_cell<T>(bound(), value); }
  void update(T&& value) const { state::set_cell<T>(bound(), std::move(value)); }
  void clear() const { bound().clear(); }

  // ---- for operators
  // The value where it lies, about to change; null when there is none. Then changed(), if it may
  // own more or less than before.
  T* change() const {
    state::BoundState& state = bound();
    void* const value = state.read();
    if (value == nullptr) return nullptr;
    state.backend->touch(state.at->row);
    return static_cast<T*>(value);
  }
  void changed(std::size_t heap_before, std::size_t heap_after) const {
    state::BoundState& state = bound();
    if (heap_before != heap_after) state.backend->add_heap(state.at->row, heap_before, heap_after);
  }
};

}  // namespace flink
