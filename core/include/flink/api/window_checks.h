// SPDX-License-Identifier: Apache-2.0
// What can be wrong with an assigner, a trigger, an evictor or a window function, found when it is
// given; each is said in one line.
#pragma once

#include <flink/api/say_problems.h>
#include <flink/state/aggregating_state.h>
#include <flink/windows/all_key.h>
#include <flink/windows/evictor.h>
#include <flink/windows/trigger.h>
#include <flink/windows/window_assigner.h>
#include <flink/windows/window_function.h>

#include <vector>

namespace flink::detail {

template <class Trigger, class T, class W>
constexpr bool triggers_window = requires(Trigger& trigger, const T& element, Timestamp at,
                                          const W& window, TriggerContext& ctx) {
  { trigger.on_element(element, at, window, ctx) } -> std::same_as<TriggerResult>;
  { trigger.on_event_time(at, window, ctx) } -> std::same_as<TriggerResult>;
  { trigger.on_processing_time(at, window, ctx) } -> std::same_as<TriggerResult>;
  trigger.clear(window, ctx);
};
template <class Trigger, class W>
constexpr bool triggers_merging = requires(Trigger& trigger, const W& window, OnMergeContext& ctx) {
  trigger.on_merge(window, ctx);
};
template <class Trigger>
bool can_merge(const Trigger& trigger) {
  if constexpr (requires { trigger.can_merge(); }) return trigger.can_merge();
  else return true;
}

template <class Evictor, class T, class W>
constexpr bool evicts_elements = requires(Evictor& evictor,
                                          std::vector<TimestampedValue<T>>& elements,
                                          const W& window, EvictorContext& ctx) {
  evictor.evict_before(elements, elements.size(), window, ctx);
  evictor.evict_after(elements, elements.size(), window, ctx);
};

// An aggregate function but for its merge.
template <class A>
constexpr bool aggregates_without_merge =
    !state::Aggregate<A> && requires(const A& a, typename A::Accumulator& accumulator) {
  typename state::AddedType<decltype(&A::add)>::type;
  a.create_accumulator();
  a.get_result(accumulator);
};

template <class A, class T>
consteval bool aggregate_fits() {
  constexpr bool merges = !aggregates_without_merge<A>;
  static_assert(merges,
                "flinkc: this aggregate has no merge, which windows that become one (sessions) "
                "need: add void merge(const Accumulator& from, Accumulator& into) const");
  constexpr bool aggregates = state::Aggregate<A>;
  static_assert(!merges || aggregates,
                "flinkc: an aggregate function needs using Accumulator, create_accumulator() "
                "const, void add(const In&, Accumulator&) const, Out get_result(const "
                "Accumulator&) const and void merge(const Accumulator& from, Accumulator& into) "
                "const");
  if constexpr (aggregates) {
    using Accumulator = typename state::AggregateTypes<A>::Accumulator;
    constexpr bool adds = requires(const A& a, const T& element, Accumulator& to) {
      a.add(element, to);
    };
    static_assert(adds,
                  "flinkc: the aggregate function's add does not take this stream's records: "
                  "write void add(const Record&, Accumulator&) const");
    return adds;
  } else {
    return false;
  }
}

// ---- window functions

enum class WindowProblem : unsigned char { none, no_process, shape, clear_shape, view };

// Collector<Out> of the last parameter.
template <class Out, class F, class Selector>
struct window_result {
  using type = Out;
};
template <class F, class Selector>
struct window_result<void, F, Selector> {
  using type =
      typename collected<argument_t<is_all_key<Selector> ? 2 : 3, window_signature<F>>>::type;
};

template <class Out, class Function, class Selector, class W, class Value>
consteval WindowProblem window_problem() {
  using F = function_t<Function>;
  using Result = typename window_result<Out, F, Selector>::type;
  using Key = std::conditional_t<is_all_key<Selector>, void, typename Selector::key_type>;
  if constexpr (common_problem<Function>() != Problem::none) {
    return WindowProblem::none;  // said already
  } else if constexpr (std::is_same_v<F, NoWindowFunction>) {
    return has_views<Out> ? WindowProblem::view : WindowProblem::none;
  } else if constexpr (std::is_void_v<Result>) {
    const bool named = names_process<F> || window_signature<F>::known;
    return named ? WindowProblem::shape : WindowProblem::no_process;
  } else if constexpr (!processes_window<F, Key, W, Value, Result>) {
    return WindowProblem::shape;
  } else if constexpr (names_clear<F> && !clear_fits<F, W>) {
    return WindowProblem::clear_shape;
  } else if constexpr (has_views<Result>) {
    return WindowProblem::view;
  } else {
    return WindowProblem::none;
  }
}

#define FLINK_SAY_WINDOW_PROBLEM(problem, which, text) \
  static_assert((problem) != ::flink::detail::WindowProblem::which, "flinkc: " text)
#define FLINK_WINDOW_PROCESS(key)                                               \
  "void process(" key                                                           \
  "WindowContext<TimeWindow>& ctx, Elements<Record> elements, Collector<Out>& " \
  "out) (after reduce or aggregate const Result& in place of the elements)"
#define FLINK_SAY_WINDOW_PROBLEMS(problem, key)                                                    \
  FLINK_SAY_WINDOW_PROBLEM(                                                                      \
      problem, no_process,                                                                       \
      "a window function needs one member " FLINK_WINDOW_PROCESS(                                \
          key) "; none of that name was found (if it is overloaded or a template, write "        \
               "process<Out>(f))"); \
  FLINK_SAY_WINDOW_PROBLEM(problem, shape,                                                         \
                           "the window function has the wrong shape: write " FLINK_WINDOW_PROCESS( \
                               key) ", with the stream's types and the assigner's window");        \
  FLINK_SAY_WINDOW_PROBLEM(problem, clear_shape,                                                   \
                           "the window function's clear has the wrong shape: write void "          \
                           "clear(WindowContext<TimeWindow>& ctx) with the assigner's window");    \
  FLINK_SAY_WINDOW_PROBLEM(problem, view,                                                          \
                           "a window's results hold a view (std::string_view, std::span) into "    \
                           "elements that are gone with their window: emit std::string")

}  // namespace flink::detail
