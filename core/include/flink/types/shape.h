// SPDX-License-Identifier: Apache-2.0
// How many fields an aggregate has, found out by what initializer lists it takes, and, before
// anything takes it apart, whether that would fail: raw arrays, references, bases with data,
// bit-fields, unions.
#pragma once

#include <flink/types/rungs.h>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace flink::detail {

inline constexpr std::size_t fields_max = 128;

// Stand-ins in an initializer list: they convert to whatever the field is.
struct AnyValue {
  template <class U>
  operator U() const;
};
struct AnyLvalue {
  template <class U>
  operator U&() const;
};
struct AnyConstLvalue {
  template <class U>
  requires std::is_const_v<U>
  operator U&() const;
};
struct AnyUnion {
  template <class U>
  requires std::is_union_v<U>
  operator U() const;
};
struct Nothing {
};  // what takes this takes everything (std::any): the stand-ins below prove nothing
template <class T, bool Empty>
struct AnyBaseOf {
  template <class U>
  requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T> && std::is_empty_v<U> == Empty)
  operator U() const;
};
template <std::size_t, class Init>
using Repeat = Init;

template <class T, class Init, class Last, std::size_t... I>
consteval bool takes(std::index_sequence<I...>) {
  return requires { T{std::declval<Repeat<I, Init>>()..., std::declval<Last>()}; };
}
// T{Init × n, Last}
template <class T, class Init, std::size_t N, class Last = Init>
inline constexpr bool takes_then = takes<T, Init, Last>(std::make_index_sequence<N>{});

template <class T, std::size_t At, class Init>
inline constexpr bool takes_only =
    takes_then<T, AnyValue, At, Init> && !takes_then<T, AnyValue, At, Nothing>;

// T{Value × before, {}, Value × after}
template <class T, std::size_t... B, std::size_t... A>
consteval bool takes_braces(std::index_sequence<B...>, std::index_sequence<A...>) {
  return requires {
    T{std::declval<Repeat<B, AnyValue>>()..., {}, std::declval<Repeat<A, AnyValue>>()...};
  };
}
template <class T, std::size_t Before, std::size_t After>
inline constexpr bool takes_braces_at = takes_braces<T>(std::make_index_sequence<Before>{},
                                                        std::make_index_sequence<After>{});

// Can T be initialized from n values?
template <class T, class Init, std::size_t N>
consteval bool takes_count() {
  if constexpr (N == 0) return requires {
      T{};
    };
  else return takes_then<T, Init, N - 1>;
}

// The largest n in [Low, High) that works, given that Low does and High does not.
template <class T, std::size_t Low, std::size_t High>
consteval std::size_t count_between() {
  if constexpr (High - Low <= 1) return Low;
  else if constexpr (takes_count<T, AnyValue, (Low + High) / 2>())
    return count_between<T, (Low + High) / 2, High>();
  else return count_between<T, Low, (Low + High) / 2>();
}
template <class T, std::size_t Tried = 4>
consteval std::size_t count_initializers() {
  if constexpr (Tried > 2 * fields_max) return Tried / 2;
  else if constexpr (takes_count<T, AnyValue, Tried>()) return count_initializers<T, Tried * 2>();
  else return count_between < T, Tried == 4 ? 0 : Tried / 2, Tried > ();
}

enum class ShapeProblem : unsigned char {
  none,
  raw_array,
  reference,
  no_default,
  base_with_data,
  bit_field,
  union_field,
  unknown_field,  // not even an initializer converts to it
  too_many_fields,
};

struct Shape {
  ShapeProblem problem = ShapeProblem::none;
  std::size_t at = 0;     // the field with the problem
  std::size_t count = 0;  // fields, when there is no problem
};

// T{} does not compile: the first n that does shows the last field without a default.
template <class T, std::size_t N = 1>
consteval Shape find_undefaulted() {
  if constexpr (N > fields_max) {
    return {ShapeProblem::no_default, 0, 0};
  } else if constexpr (!takes_count<T, AnyLvalue, N>()) {
    return find_undefaulted<T, N + 1>();
  } else if constexpr (!takes_then<T, AnyLvalue, N - 1, AnyValue> ||
                       takes_then<T, AnyLvalue, N - 1, AnyConstLvalue>) {
    return {ShapeProblem::reference, N - 1, 0};
  } else {
    return {ShapeProblem::no_default, N - 1, 0};
  }
}

// Each of the N initializers must be one field: a raw array swallows several.
template <class T, std::size_t Bases, std::size_t N, std::size_t At>
consteval Shape find_array() {
  if constexpr (At == N) {
    return {N - Bases > fields_max ? ShapeProblem::too_many_fields : ShapeProblem::none, 0,
            N - Bases};
  } else if constexpr (takes_only<T, At, AnyUnion>) {
    return {ShapeProblem::union_field, At - Bases, 0};
  } else if constexpr (!takes_braces_at<T, At, N - At - 1>) {
    return {ShapeProblem::raw_array, At - Bases, 0};
  } else {
    return find_array<T, Bases, N, At + 1>();
  }
}

template <class T, std::size_t Bases = 0>
consteval Shape count_fields() {
  if constexpr (takes_only<T, Bases, AnyBaseOf<T, false>>) {
    return {ShapeProblem::base_with_data, 0, 0};
  } else if constexpr (takes_only<T, Bases, AnyBaseOf<T, true>>) {
    return count_fields<T, Bases + 1>();
  } else {
    constexpr std::size_t n = count_initializers<T>();
    if constexpr (n <= fields_max && takes_then<T, AnyValue, n, AnyLvalue>) {
      return {ShapeProblem::reference, n - Bases, 0};
    } else if constexpr (n <= fields_max && takes_braces_at<T, n, 0>) {
      return {ShapeProblem::unknown_field, n - Bases, 0};
    } else {
      return find_array<T, Bases, n, Bases>();
    }
  }
}

template <class... F>
struct FieldList {
  static constexpr std::size_t count = sizeof...(F);
};
struct ListFields {
  template <class... F>
  FieldList<F...> operator()(F&...) const;
};
struct ListFieldsAsConst {
  template <class... F>
  FieldList<F...> operator()(const F&...) const;
};

struct BindsAll {
  void operator()(auto&...) const;
};
// Binds a reference to the field at At only.
template <std::size_t At, class Fields, class Indexes>
struct BindsAt;
template <std::size_t At, class... F, std::size_t... I>
struct BindsAt<At, FieldList<F...>, std::index_sequence<I...>> {
  void operator()(std::conditional_t<I == At, F&, const F&>...) const;
};

template <class T, std::size_t N, std::size_t At = 0>
consteval std::size_t find_bit_field() {
  using Fields = decltype(Rung<N>::apply(std::declval<const T&>(), ListFieldsAsConst{}));
  using Binds = BindsAt<At, Fields, std::make_index_sequence<N>>;
  if constexpr (At + 1 == N ||
                !decltype(Rung<N>::template apply<true>(std::declval<T&>(), Binds{}))::value)
    return At;
  else return find_bit_field<T, N, At + 1>();
}

template <class T>
consteval Shape find_shape() {
  if constexpr (!requires { T{}; }) {
    return find_undefaulted<T>();
  } else {
    constexpr Shape shape = count_fields<T>();
    if constexpr (shape.problem == ShapeProblem::none && shape.count > 0) {
      using Bound =
          decltype(Rung<shape.count>::template apply<true>(std::declval<T&>(), BindsAll{}));
      if constexpr (!Bound::value)
        return {ShapeProblem::bit_field, find_bit_field<T, shape.count>(), 0};
      else return shape;
    } else {
      return shape;
    }
  }
}

template <class T>
inline constexpr Shape shape_of = find_shape<T>();

}  // namespace flink::detail
