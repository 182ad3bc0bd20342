// SPDX-License-Identifier: Apache-2.0
// ReducingState<T>{"sum", f}: what f made of everything added (Flink, "Working with State").
// f: T(const T& accumulated, const T& added), a function without state of its own.
// Pointers are valid until the next call on a handle or the callback's end.
#pragma once

#include <flink/base/functional.h>
#include <flink/state/value_state.h>

#include <concepts>
#include <optional>
#include <span>
#include <utility>

namespace flink {

template <class T, class F = std::function<T(const T&, const T&)>>
class ReducingState : public StateHandle {
 public:
  static_assert(state::state_fits<T>() || true);  // says why not
  ReducingState(std::string_view name, F reduce, const StateTtlConfig& ttl = {})
      : StateHandle(name, state::StateKind::reducing, &state::value_ops<T>, nullptr, ttl),
        reduce_(std::move(reduce)) {}
  template <std::convertible_to<std::string_view> Name>
  explicit ReducingState(const Name& name) : ReducingState(name, F{}) {
    static_assert(flink::detail::never<Name>,
                  "flinkc: a ReducingState needs the function that reduces: "
                  "ReducingState<T> sum{\"sum\", [](const T& a, const T& b) { return a + b; }}");
  }

  // Null when nothing was added.
  const T* get() const { return static_cast<const T*>(bound().read()); }
  void add(const T& value) const {
    state::BoundState& state = bound();
    if (auto* const held = static_cast<T*>(state.read()); held != nullptr) {
      state::change_cell(state, *held,
                         [&](T& kept) { kept = reduce_(std::as_const(kept), value); });
    } else {
      state::set_cell<T>(state, value);
    }
  }
  void clear() const { bound().clear(); }

  // For operators with namespaces, of the current key: adds what `from` have to `into`'s, and takes
  // it away there.
  void merge_namespaces(const state::Namespace& into,
                        std::span<const state::Namespace> from) const {
    std::optional<T> merged;
    state::NamespaceVisit visit(bound());
    for (const state::Namespace& source : from) {
      if (source == into) continue;
      visit.enter(source);
      const T* const held = get();
      if (held == nullptr) continue;
      merged = merged ? T(reduce_(std::as_const(*merged), *held)) : *held;
      clear();
    }
    if (!merged) return;
    visit.enter(into);
    add(*merged);
  }

 private:
  F reduce_;
};

}  // namespace flink
