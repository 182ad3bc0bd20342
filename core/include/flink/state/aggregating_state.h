// SPDX-License-Identifier: Apache-2.0
// AggregatingState<A>{"mean"}: what an aggregate function makes of everything added (Flink,
// "Working with State"). A has
//   using Accumulator = …;                        what is kept
//   Accumulator create_accumulator() const;
//   void add(const In&, Accumulator&) const;
//   Out get_result(const Accumulator&) const;
//   void merge(const Accumulator& from, Accumulator& into) const;
// Pointers are valid until the next call on a handle or the callback's end.
#pragma once

#include <flink/state/value_state.h>

#include <optional>
#include <span>
#include <utility>

namespace flink {

namespace state {

template <class M>
struct AddedType;
template <class A, class In, class Accumulator>
struct AddedType<void (A::*)(const In&, Accumulator&) const> {
  using type = In;
};
template <class A, class In, class Accumulator>
struct AddedType<void (A::*)(const In&, Accumulator&) const noexcept> {
  using type = In;
};

template <class A>
concept Aggregate = requires(const A& a, typename A::Accumulator& accumulator) {
  typename AddedType<decltype(&A::add)>::type;
  { a.create_accumulator() } -> std::same_as<typename A::Accumulator>;
  a.get_result(std::as_const(accumulator));
  a.merge(std::as_const(accumulator), accumulator);
};

template <class A>
struct AggregateTypes {
  static_assert(flink::detail::never<A>,
                "flinkc: an aggregate function needs using Accumulator, create_accumulator() "
                "const, void add(const In&, Accumulator&) const, Out get_result(const "
                "Accumulator&) const and void merge(const Accumulator& from, Accumulator& into) "
                "const");
  using In = int;
  using Out = int;
  using Accumulator = int;
};
template <Aggregate A>
struct AggregateTypes<A> {
  using Accumulator = typename A::Accumulator;
  using In = typename AddedType<decltype(&A::add)>::type;
  using Out = std::decay_t<decltype(std::declval<const A&>().get_result(
      std::declval<const Accumulator&>()))>;
};

}  // namespace state

template <class A>
class AggregatingState : public StateHandle {
 public:
  using In = typename state::AggregateTypes<A>::In;
  using Out = typename state::AggregateTypes<A>::Out;
  using Accumulator = typename state::AggregateTypes<A>::Accumulator;
  static_assert(state::state_fits<Accumulator>() || true);  // says why not

  explicit AggregatingState(std::string_view name, A aggregate = A{},
                            const StateTtlConfig& ttl = {})
      : StateHandle(name, state::StateKind::aggregating, &state::value_ops<Accumulator>, nullptr,
                    ttl),
        aggregate_(std::move(aggregate)) {}
  AggregatingState(std::string_view name, const StateTtlConfig& ttl)
      : AggregatingState(name, A{}, ttl) {}

  // Null when nothing was added.
  const Out* get() const {
    const auto* const held = static_cast<const Accumulator*>(bound().read());
    if (held == nullptr) return nullptr;
    return &result_.emplace(aggregate_.get_result(*held));
  }
  void add(const In& value) const {
    state::BoundState& state = bound();
    auto* held = static_cast<Accumulator*>(state.read());
    if (held == nullptr) {
      held = &state::set_cell<Accumulator>(state, aggregate_.create_accumulator());
    }
    state::change_cell(state, *held, [&](Accumulator& kept) { aggregate_.add(value, kept); });
  }
  void clear() const { bound().clear(); }
  const A& function() const noexcept { return aggregate_; }

  // For operators with namespaces, of the current key: adds what `from` have to `into`'s, and takes
  // it away there.
  void merge_namespaces(const state::Namespace& into,
                        std::span<const state::Namespace> from) const {
    std::optional<Accumulator> merged;
    state::BoundState& state = bound();
    state::NamespaceVisit visit(state);
    for (const state::Namespace& source : from) {
      if (source == into) continue;
      visit.enter(source);
      const auto* const held = static_cast<const Accumulator*>(state.read());
      if (held == nullptr) continue;
      if (merged) aggregate_.merge(*held, *merged);
      else merged = *held;
      clear();
    }
    if (!merged) return;
    visit.enter(into);
    if (auto* const held = static_cast<Accumulator*>(state.read()); held != nullptr) {
      state::change_cell(
          state, *held, [&](Accumulator& kept) { aggregate_.merge(std::as_const(*merged), kept); });
    } else {
      state::set_cell<Accumulator>(state, std::move(*merged));
    }
  }

 private:
  A aggregate_;
  mutable std::optional<Out> result_;
};

}  // namespace flink
