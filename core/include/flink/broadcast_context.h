// SPDX-License-Identifier: Apache-2.0
// What functions of a stream connected with a broadcast stream get (Flink,
// "BroadcastProcessFunction", "KeyedBroadcastProcessFunction"):
//
//   void process_element(const T&, ReadOnlyContext&, Collector<Out>&);
//   void process_broadcast_element(const B&, BroadcastContext&, Collector<Out>&);
//
// and on a keyed stream KeyedReadOnlyContext<K>, KeyedBroadcastContext<K>, and
// on_timer(Timestamp, KeyedReadOnlyContext<K>&, Collector<Out>&).
#pragma once

#include <flink/broadcast_state.h>
#include <flink/process_context.h>

#include <map>

namespace flink {

namespace detail {

// Handles that stand for the operator's tables, made when they are asked for.
class BroadcastAccess {
 public:
  void open_broadcast(const BroadcastTables& tables) noexcept { tables_ = &tables; }
  template <class K, class V>
  BroadcastState<K, V>& find(const BroadcastState<K, V>& state) {
    auto& held = handles_[state.name()];
    if (held == nullptr) {
      auto handle = std::make_unique<BroadcastState<K, V>>(state.name());
      tables_->bind(*handle);
      held = std::move(handle);
    } else if (held->key_schema() != state.key_schema() ||
               held->value_schema() != state.value_schema()) {
      tables_->bind(*std::make_unique<BroadcastState<K, V>>(state.name()));  // says what is wrong
    }
    return static_cast<BroadcastState<K, V>&>(*held);
  }

 private:
  const BroadcastTables* tables_ = nullptr;
  std::map<std::string, std::unique_ptr<OperatorStateHandle>, std::less<>> handles_;
};

}  // namespace detail

class ReadOnlyContext : public ProcessContext {
 public:
  template <class K, class V>
  const BroadcastState<K, V>& get_broadcast_state(const BroadcastState<K, V>& state) {
    return broadcast_->find(state);
  }
  // For operators, not for user functions.
  void open_broadcast(detail::BroadcastAccess& access) noexcept { broadcast_ = &access; }

 private:
  detail::BroadcastAccess* broadcast_ = nullptr;
};

class BroadcastContext : public ProcessContext {
 public:
  template <class K, class V>
  BroadcastState<K, V>& get_broadcast_state(const BroadcastState<K, V>& state) {
    return broadcast_->find(state);
  }
  // For operators, not for user functions.
  void open_broadcast(detail::BroadcastAccess& access) noexcept { broadcast_ = &access; }

 private:
  detail::BroadcastAccess* broadcast_ = nullptr;
};

template <class Key>
class KeyedReadOnlyContext : public OnTimerContext<Key> {
 public:
  template <class K, class V>
  const BroadcastState<K, V>& get_broadcast_state(const BroadcastState<K, V>& state) {
    return broadcast_->find(state);
  }
  // For operators, not for user functions.
  void open_broadcast(detail::BroadcastAccess& access) noexcept { broadcast_ = &access; }

 private:
  detail::BroadcastAccess* broadcast_ = nullptr;
};

template <class Key>
class KeyedBroadcastContext : public BroadcastContext {
 public:
  // f(const Key&, state) for every key that has something in that state, a member of the function.
  // It may read, change and clear the state of that key.
  template <class State, class F>
  void apply_to_keyed_state(State& state, F&& f) {
    static_assert(
        std::is_base_of_v<StateHandle, State>,
        "flinkc: apply_to_keyed_state takes a keyed state member of the function, such as "
        "ValueState, and a function of (const Key&, that state&)");
    state.bound().backend->for_each_key(state.bound(), [&] { f(keyed_->current_key(), state); });
    keyed_->clear_current_key();
  }
  // For operators, not for user functions.
  void open_keyed(state::KeyedOperatorState<Key>& keyed) noexcept { keyed_ = &keyed; }

 private:
  state::KeyedOperatorState<Key>* keyed_ = nullptr;
};

}  // namespace flink
