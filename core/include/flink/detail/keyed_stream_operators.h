// SPDX-License-Identifier: Apache-2.0
// The bodies of KeyedStream's operators, and key_by. Included by keyed_stream.h only.
#pragma once

#include <flink/keyed_stream.h>

namespace flink {

namespace detail {

// key_by after a reported mistake.
struct PoisonKeyed : PoisonStream {
  template <class... A>
  PoisonStream reduce(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonStream sum(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonStream min(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonStream max(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonStream min_by(A&&...) const {
    return {};
  }
  template <class... A>
  PoisonStream max_by(A&&...) const {
    return {};
  }
};

template <class T, class Field>
constexpr bool names_field = std::is_convertible_v<Field, std::string_view>;
template <class T, class Field>
constexpr bool points_to_field = false;
template <class T, class M, class C>
constexpr bool points_to_field<T, M C::*> =
    std::is_member_object_pointer_v<M C::*>&& std::is_base_of_v<C, T>;

}  // namespace detail

template <class T, class Selector>
template <class Update>
auto KeyedStream<T, Selector>::update(std::string name, Update update,
                                      const detail::FunctionStates* states) const {
  constexpr bool owns = !has_views<T>;
  static_assert(owns,
                "flinkc: a keyed aggregate keeps its records, and this record holds a view "
                "(std::string_view, std::span) that does not live that long: convert first with "
                ".as<Owned>(), where Owned has std::string instead");
  if constexpr (owns) {
    Transformation t = detail::named(std::move(name));
    detail::describe_update(states, schema_of<key_type>(), schema_of<T>(), t);
    return detail::add_operator<T, detail::KeyedUpdateOperator<T, Selector, Update>>(
        this->node_, std::move(t), selector_, std::move(update));
  } else {
    return detail::PoisonStream{};
  }
}

template <class T, class Selector>
template <class F>
auto KeyedStream<T, Selector>::reduce(F function) const {
  using Function = detail::function_t<F>;
  constexpr auto common = detail::common_problem<F>();
  FLINK_SAY_COMMON_PROBLEMS(common);
  constexpr bool fits = std::is_invocable_r_v<T, Function&, const T&, const T&>;
  static_assert(common != detail::Problem::none || fits,
                "flinkc: reduce's function takes two records and returns one: write "
                "[](const Record& a, const Record& b) { return Record{...}; }");
  if constexpr (common == detail::Problem::none && fits) {
    const Factory made{[function] { return detail::ReduceUpdate<T, F>{function}; }};
    if constexpr (detail::may_hold_state<Function>) {
      detail::UserFunction<F> copy{function};
      return update("Keyed Reduce", made, &copy.states());
    } else {
      return update("Keyed Reduce", made);
    }
  } else {
    return detail::PoisonStream{};
  }
}

template <class T, class Selector>
template <class Field, class Combine>
auto KeyedStream<T, Selector>::aggregate(std::string name, Field field, Combine combine) const {
  if constexpr (detail::points_to_field<T, Field>) {
    using Value = std::decay_t<decltype(std::declval<T&>().*field)>;
    constexpr bool combines = detail::is_number<Value>;
    static_assert(combines,
                  "flinkc: sum, min and max need a numeric field: name one, or use reduce");
    if constexpr (combines) {
      return update(std::move(name), detail::CombineField<T, Field, Combine>{field, combine});
    } else {
      return detail::PoisonStream{};
    }
  } else {
    static_assert(detail::names_field<T, Field>,
                  "flinkc: name the field to aggregate: &Record::field or \"field\"");
    if constexpr (detail::names_field<T, Field>) {
      const std::size_t index = detail::numeric_field_index<T>(field);
      return update(std::move(name), detail::CombineNamedField<T, Combine>{index, combine});
    } else {
      return detail::PoisonStream{};
    }
  }
}

template <class T, class Selector>
template <class Field, class Better>
auto KeyedStream<T, Selector>::replace(std::string name, Field field, Better better) const {
  if constexpr (detail::points_to_field<T, Field>) {
    return update(std::move(name), [field, better](T& kept, const T& record) {
      if (better(std::as_const(kept).*field, record.*field)) kept = record;
    });
  } else {
    static_assert(detail::names_field<T, Field>,
                  "flinkc: name the field to compare: &Record::field or \"field\"");
    if constexpr (detail::names_field<T, Field>) {
      const std::size_t index = detail::numeric_field_index<T>(field);
      return update(std::move(name), [index, better](T& kept, const T& record) {
        bool wins = false;
        detail::visit_numeric_field(
            kept, record, index,
            [&wins, better](const auto& a, const auto& b) { wins = better(a, b); });
        if (wins) kept = record;
      });
    } else {
      return detail::PoisonStream{};
    }
  }
}

template <class T, class Selector>
template <class Out, class F>
auto KeyedStream<T, Selector>::process(F function) const {
  constexpr auto problem =
      detail::process_problem<Out, F, T, KeyedContext<key_type>, OnTimerContext<key_type>>();
  FLINK_SAY_PROCESS_PROBLEMS(problem, "KeyedContext<Key>");
  return detail::add_process<Out, problem, T>(this->node_, "KeyedProcess", std::move(function),
                                              selector_);
}

template <class T>
template <class... Selectors>
auto DataStream<T>::key_by(Selectors... selectors) const {
  if constexpr (detail::is_poison<T>) {
    return detail::PoisonKeyed{};
  } else {
    constexpr bool selects =
        sizeof...(Selectors) > 0 && (std::is_invocable_v<const Selectors&, const T&> && ...);
    static_assert(selects,
                  "flinkc: key_by takes &Record::field, a function of const Record&, or "
                  "several of them; this one does not take the stream's records");
    if constexpr (selects) {
      constexpr bool hashable =
          (detail::key_fits<std::decay_t<std::invoke_result_t<const Selectors&, const T&>>>() &&
           ...);
      if constexpr (hashable) {
        auto select = [&] {
          if constexpr (sizeof...(Selectors) == 1) {
            return detail::KeySelector<T, Selectors...>{selectors...};
          } else {
            return detail::CompositeKey<T, Selectors...>{std::tuple<Selectors...>{selectors...}};
          }
        }();
        using Select = decltype(select);
        Partitioning how{ShipStrategy::hash, true, {}, schema_of<typename Select::key_type>()};
        how.make_partitioner = [select] {
          return detail::make_owned<Partitioner, detail::KeyPartitioner<T, Select>>(select);
        };
        return KeyedStream<T, Select>{node_.partitioned(std::move(how)), select};
      } else {
        return detail::PoisonKeyed{};
      }
    } else {
      return detail::PoisonKeyed{};
    }
  }
}

}  // namespace flink
