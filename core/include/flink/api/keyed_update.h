// SPDX-License-Identifier: Apache-2.0
// The rolling aggregates on a keyed stream (reduce, sum, min, …): what may be wrong with their
// arguments, and their transformations.
#pragma once

#include <flink/api/add_operator.h>
#include <flink/operators/field_updates.h>
#include <flink/operators/keyed_update.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace flink::detail {

template <class T, class Field>
constexpr bool names_field = std::is_convertible_v<Field, std::string_view>;
template <class T, class Field>
constexpr bool points_to_field = false;
template <class T, class M, class C>
constexpr bool points_to_field<T, M C::*> =
    std::is_member_object_pointer_v<M C::*>&& std::is_base_of_v<C, T>;

template <class T, class Selector, class Update>
auto add_update(const StreamNode& node, const Selector& selector, std::string name, Update update,
                const FunctionStates* states = nullptr) {
  constexpr bool owns = !has_views<T>;
  static_assert(owns,
                "flinkc: a keyed aggregate keeps its records, and this record holds a view "
                "(std::string_view, std::span) that does not live that long: convert first with "
                ".as<Owned>(), where Owned has std::string instead");
  if constexpr (owns) {
    Transformation t = named(std::move(name));
    describe_update(states, schema_of<typename Selector::key_type>(), schema_of<T>(), t);
    const auto maker = [&selector, &update](Emits emits) {
      return [selector, update, emits] {
        return make_owned<Operator, KeyedUpdateOperator<T, Selector, Update>>(selector, update,
                                                                              emits);
      };
    };
    t.output_type = type_of<T>();
    t.make_operator = maker(Emits::updates);
    t.make_batch_operator = maker(Emits::finals);
    return SingleOutputStreamOperator<T>{node.add(std::move(t))};
  } else {
    return poison_stream<T>();
  }
}

template <class T, class Selector, class F>
auto add_reduce(const StreamNode& node, const Selector& selector, F function) {
  using Function = function_t<F>;
  constexpr auto common = common_problem<F>();
  FLINK_SAY_COMMON_PROBLEMS(common);
  constexpr bool fits = std::is_invocable_r_v<T, Function&, const T&, const T&>;
  static_assert(common != Problem::none || fits,
                "flinkc: reduce's function takes two records and returns one: write "
                "[](const Record& a, const Record& b) { return Record{...}; }");
  if constexpr (common == Problem::none && fits) {
    const Factory made{[function] { return ReduceUpdate<T, F>{function}; }};
    if constexpr (may_hold_state<Function>) {
      UserFunction<F> copy{function};
      return add_update<T>(node, selector, "Keyed Reduce", made, &copy.states());
    } else {
      return add_update<T>(node, selector, "Keyed Reduce", made);
    }
  } else {
    return poison_stream<T>();
  }
}

// combine(kept, value): one field of the kept record.
template <class T, class Selector, class Field, class Combine>
auto add_aggregate(const StreamNode& node, const Selector& selector, std::string name, Field field,
                   Combine combine) {
  if constexpr (points_to_field<T, Field>) {
    using Value = std::decay_t<decltype(std::declval<T&>().*field)>;
    constexpr bool combines = is_number<Value>;
    static_assert(combines,
                  "flinkc: sum, min and max need a numeric field: name one, or use reduce");
    if constexpr (combines) {
      return add_update<T>(node, selector, std::move(name),
                           CombineField<T, Field, Combine>{field, combine});
    } else {
      return poison_stream<T>();
    }
  } else {
    static_assert(names_field<T, Field>,
                  "flinkc: name the field to aggregate: &Record::field or \"field\"");
    if constexpr (names_field<T, Field>) {
      const std::size_t index = numeric_field_index<T>(field);
      return add_update<T>(node, selector, std::move(name),
                           CombineNamedField<T, Combine>{index, combine});
    } else {
      return poison_stream<T>();
    }
  }
}

// better(kept, value): the whole record takes the kept one's place.
template <class T, class Selector, class Field, class Better>
auto add_replace(const StreamNode& node, const Selector& selector, std::string name, Field field,
                 Better better) {
  if constexpr (points_to_field<T, Field>) {
    return add_update<T>(node, selector, std::move(name),
                         [field, better](T& kept, const T& record) {
                           if (better(std::as_const(kept).*field, record.*field)) kept = record;
                         });
  } else {
    static_assert(names_field<T, Field>,
                  "flinkc: name the field to compare: &Record::field or \"field\"");
    if constexpr (names_field<T, Field>) {
      const std::size_t index = numeric_field_index<T>(field);
      return add_update<T>(
          node, selector, std::move(name), [index, better](T& kept, const T& record) {
            bool wins = false;
            visit_numeric_field(kept, record, index, [&wins, better](const auto& a, const auto& b) {
              wins = better(a, b);
            });
            if (wins) kept = record;
          });
    } else {
      return poison_stream<T>();
    }
  }
}

}  // namespace flink::detail
