// SPDX-License-Identifier: Apache-2.0
// process, reduce, aggregate, sum, … on windows: what may be wrong with their functions, and their
// transformations.
#pragma once

#include <flink/api/add_operator.h>
#include <flink/api/keyed_update.h>
#include <flink/api/window_settings.h>
#include <flink/windows/global_triggers.h>
#include <flink/windows/sliced_window_operator.h>
#include <flink/windows/time_triggers.h>
#include <flink/windows/window_operator.h>
#include <flink/windows/window_updates.h>

#include <string>
#include <type_traits>
#include <utility>

namespace flink::detail {

// "Window(TumblingEventTimeWindows(1000), Reduce)"
template <class Assigner>
std::string window_name(const Assigner& assigner, const char* what) {
  std::string name = "Window(";
  if constexpr (requires { assigner.to_string(); }) name += assigner.to_string() + ", ";
  return name + what + ")";
}

template <class Plan>
WindowOddities oddities_of(const Plan& plan) {
  using Trigger = typename Plan::Trigger;
  constexpr bool global = std::is_same_v<typename Plan::Window, GlobalWindow>;
  WindowOddities odd;
  if constexpr (requires { plan.assigner.warning(); }) odd.assigner = plan.assigner.warning();
  odd.lateness_without_effect = plan.lateness > 0 && !plan.assigner.is_event_time();
  odd.never_fires = global && std::is_same_v<Trigger, NeverTrigger>;
  odd.grows_for_ever = global && never_purges<Trigger> && !Plan::evicting &&
                       std::is_same_v<typename Plan::Contents, ListContents<typename Plan::Record>>;
  return odd;
}

// Windows keep records.
template <class T>
consteval bool window_owns() {
  static_assert(!has_views<T>,
                "flinkc: a window keeps its elements, and this record holds a view "
                "(std::string_view, std::span) that does not live that long: convert first with "
                ".as<Owned>(), where Owned has std::string instead, or use aggregate");
  return !has_views<T>;
}

// Checks the window function, whose third parameter is Value, and adds the operator.
template <class Out, class Value, class Settings, class Contents, class Fold, class Window>
auto add_window(const Settings& of, const char* name, Contents contents, Fold fold,
                Window window_function) {
  using T = typename Settings::Record;
  using W = typename Settings::Window;
  using Selector = typename Settings::Selector;
  using Function = function_t<Window>;
  constexpr auto common = common_problem<Window>();
  FLINK_SAY_COMMON_PROBLEMS(common);
  constexpr auto problem = window_problem<Out, Window, Selector, W, Value>();
  if constexpr (is_all_key<Selector>) {
    FLINK_SAY_WINDOW_PROBLEMS(problem, "");
  } else {
    FLINK_SAY_WINDOW_PROBLEMS(problem, "const Key& key, ");
  }
  if constexpr (common == Problem::none && problem == WindowProblem::none) {
    using Result = typename window_result<Out, Function, Selector>::type;
    if constexpr (record_fits<Result>()) {
      using Plan = WindowPlan<T, Result, Selector, W, typename Settings::Assigner,
                              typename Settings::Trigger, typename Settings::Evictor, Contents,
                              Fold, Window>;
      const Plan plan{of.selector,
                      of.assigner,
                      of.trigger,
                      of.evictor,
                      std::move(contents),
                      std::move(fold),
                      std::move(window_function),
                      of.lateness,
                      of.late_tag};
      Transformation t = named(window_name(of.assigner, name));
      StatefulOperator where;
      where.timers = true;
      describe_function<Selector>(plan, std::move(where), t);
      t.warnings = window_warnings(oddities_of(plan));
      t.needs_watermarks = of.assigner.is_event_time() &&
                           std::is_same_v<typename Settings::Trigger, EventTimeTrigger>;
      t.parallelism_fixed_to_one = is_all_key<Selector>;
      if (t.parallelism_fixed_to_one) t.parallelism = 1;
      if constexpr (Plan::sliced) {
        return add_operator<Result, SlicedWindowOperator<Plan>>(of.node, std::move(t), plan);
      } else {
        return add_operator<Result, WindowOperator<Plan>>(of.node, std::move(t), plan);
      }
    } else {
      return poison_stream<T>();
    }
  } else {
    return poison_stream<T>();
  }
}

template <class Out, class Settings, class F>
auto add_window_process(const Settings& of, F function) {
  using T = typename Settings::Record;
  constexpr bool listed = !std::is_same_v<T, bool>;  // std::vector keeps those as bits
  static_assert(listed,
                "flinkc: the elements of a window are no bool: map them to a record, such as "
                "struct Flag { bool on = false; }");
  if constexpr (!listed || !window_owns<T>()) {
    return poison_stream<T>();
  } else if constexpr (evicts<typename Settings::Evictor>) {
    return add_window<Out, Elements<T>>(of, "Process", EvictingContents<T>{}, ElementsThemselves{},
                                        std::move(function));
  } else {
    return add_window<Out, Elements<T>>(of, "Process", ListContents<T>{}, ElementsThemselves{},
                                        std::move(function));
  }
}

// Update: void(T& kept, const T& record).
template <class Out, class Settings, class Update, class Window>
auto add_window_update(const Settings& of, const char* name, Update update,
                       Window window_function) {
  using T = typename Settings::Record;
  if constexpr (!window_owns<T>()) {
    return poison_stream<T>();
  } else if constexpr (evicts<typename Settings::Evictor>) {
    return add_window<Out, const T&>(of, name, EvictingContents<T>{},
                                     FoldOfElements<T, Update>{std::move(update)},
                                     std::move(window_function));
  } else {
    return add_window<Out, const T&>(of, name, FoldContents<T, Update>{std::move(update)},
                                     ElementsThemselves{}, std::move(window_function));
  }
}

template <class Out, class Settings, class F, class Window>
auto add_window_reduce(const Settings& of, F function, Window window_function) {
  using T = typename Settings::Record;
  constexpr auto common = common_problem<F>();
  FLINK_SAY_COMMON_PROBLEMS(common);
  constexpr bool fits = std::is_invocable_r_v<T, const F&, const T&, const T&>;
  static_assert(common != Problem::none || fits,
                "flinkc: reduce's function takes two records and returns one: write "
                "[](const Record& a, const Record& b) { return Record{...}; }");
  constexpr bool plain = !names_open<F> && !names_close<F>;
  static_assert(plain,
                "flinkc: reduce's function of a window has no hooks (open, close), since it is "
                "called while state is: give them to the window function");
  if constexpr (common == Problem::none && fits && plain) {
    return add_window_update<Out>(of, "Reduce", ReduceWindow<T, F>{std::move(function)},
                                  std::move(window_function));
  } else {
    return poison_stream<T>();
  }
}

template <class Out, class Settings, class A, class Window>
auto add_window_aggregate(const Settings& of, A aggregate, Window window_function) {
  using T = typename Settings::Record;
  if constexpr (aggregate_fits<A, T>()) {
    using R = typename state::AggregateTypes<A>::Out;
    using Result = std::conditional_t<std::is_same_v<Window, NoWindowFunction>, R, Out>;
    if constexpr (!evicts<typename Settings::Evictor>) {
      return add_window<Result, const R&>(of, "Aggregate",
                                          AggregateContents<T, A>{std::move(aggregate)},
                                          ElementsThemselves{}, std::move(window_function));
    } else if constexpr (window_owns<T>()) {
      return add_window<Result, const R&>(of, "Aggregate", EvictingContents<T>{},
                                          AggregateOfElements<T, A>{std::move(aggregate)},
                                          std::move(window_function));
    } else {
      return poison_stream<T>();
    }
  } else {
    return poison_stream<T>();
  }
}

// combine(kept, value): one field of the kept record.
template <class Settings, class Field, class Combine>
auto add_window_combine(const Settings& of, const char* name, Field field, Combine combine) {
  using T = typename Settings::Record;
  if constexpr (points_to_field<T, Field>) {
    using Value = std::decay_t<decltype(std::declval<T&>().*field)>;
    constexpr bool combines = is_number<Value>;
    static_assert(combines,
                  "flinkc: sum, min and max need a numeric field: name one, or use reduce");
    if constexpr (combines) {
      return add_window_update<T>(of, name, CombineField<T, Field, Combine>{field, combine},
                                  NoWindowFunction{});
    } else {
      return poison_stream<T>();
    }
  } else {
    static_assert(names_field<T, Field>,
                  "flinkc: name the field to aggregate: &Record::field or \"field\"");
    if constexpr (names_field<T, Field>) {
      return add_window_update<T>(
          of, name, CombineNamedField<T, Combine>{numeric_field_index<T>(field), combine},
          NoWindowFunction{});
    } else {
      return poison_stream<T>();
    }
  }
}

// better(kept, value): the whole record takes the kept one's place.
template <class Settings, class Field, class Better>
auto add_window_replace(const Settings& of, const char* name, Field field, Better better) {
  using T = typename Settings::Record;
  if constexpr (points_to_field<T, Field>) {
    return add_window_update<T>(of, name, ReplaceByField<T, Field, Better>{field, better},
                                NoWindowFunction{});
  } else {
    static_assert(names_field<T, Field>,
                  "flinkc: name the field to compare: &Record::field or \"field\"");
    if constexpr (names_field<T, Field>) {
      return add_window_update<T>(
          of, name, ReplaceByNamedField<T, Better>{numeric_field_index<T>(field), better},
          NoWindowFunction{});
    } else {
      return poison_stream<T>();
    }
  }
}

}  // namespace flink::detail
