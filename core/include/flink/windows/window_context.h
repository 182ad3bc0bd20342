// SPDX-License-Identifier: Apache-2.0
// WindowContext<W>: what a window function gets beside the window's elements (Flink,
// "ProcessWindowFunction"). State handles are members of the function; window_state(handle) is that
// of this window, global_state(handle) what all windows of the key share:
//   ctx.window_state(fired).update(true);
// What is in window_state goes with the window; the hook clear(WindowContext<W>&) is called before.
#pragma once

#include <flink/process_context.h>
#include <flink/timestamp.h>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace flink {

namespace detail {

// Where the states of a window function are. Untyped; compiled once.
class WindowStates {
 public:
  // In open(), once the handles are bound: those of the function, and the cursor for what belongs
  // to the key alone.
  void open(std::vector<const StateHandle*> handles, state::Cursor& global, bool merging);
  // Before the function is called.
  void enter_key() {
    if (!known_.empty()) enter_known_key();
  }
  // As state of the current window, or of the key; throws Error{user} when it was used otherwise.
  void stand_in_window(const StateHandle& handle);
  void stand_in_key(const StateHandle& handle);
  // The window is over.
  void clear_window() {
    if (!known_.empty()) clear_known();
  }

 private:
  void enter_known_key();
  void clear_known();
  enum class Scope : unsigned char { unknown, window, key };
  struct Known {
    const StateHandle* handle;
    Scope scope;
  };
  Known& find(const StateHandle& handle);

  std::vector<Known> known_;
  state::KeyRows* rows_ = nullptr;
  state::Cursor* global_ = nullptr;
  bool merging_ = false;
};

}  // namespace detail

template <class W>
class WindowContext {
 public:
  const W& window() const noexcept { return *window_; }
  Timestamp current_watermark() const { return timers_->current_watermark(); }
  Timestamp current_processing_time() const { return timers_->current_processing_time(); }
  RuntimeContext& runtime() const noexcept { return *runtime_; }

  // Emits to a side output, with the window's max_timestamp(); nobody need read it.
  template <class T>
  void output(const OutputTag<T>& tag, std::type_identity_t<T> value) {
    sides_->add(tag, std::move(value), window_->max_timestamp());
  }

  // Not for windows that merge: use global_state.
  template <class Handle>
  const Handle& window_state(const Handle& handle) {
    states_->stand_in_window(handle);
    return handle;
  }
  template <class Handle>
  const Handle& global_state(const Handle& handle) {
    states_->stand_in_key(handle);
    return handle;
  }

  // For operators.
  void open(OperatorContext& context, TimerService& timers, detail::SideOutputs& sides,
            detail::WindowStates& states) noexcept {
    runtime_ = &context.runtime();
    timers_ = &timers;
    sides_ = &sides;
    states_ = &states;
  }
  void set_window(const W& window) noexcept { window_ = &window; }

 private:
  const W* window_ = nullptr;
  RuntimeContext* runtime_ = nullptr;
  TimerService* timers_ = nullptr;
  detail::SideOutputs* sides_ = nullptr;
  detail::WindowStates* states_ = nullptr;
};

}  // namespace flink
