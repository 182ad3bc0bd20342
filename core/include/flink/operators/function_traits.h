// SPDX-License-Identifier: Apache-2.0
// What a user's function says of its types: parameters and result of a lambda, function pointer or
// function object with one operator(). Overload sets and generic lambdas say nothing: `known` is
// false.
#pragma once

#include <flink/base/functional.h>

#include <tuple>
#include <type_traits>

namespace flink::detail {

template <class... T>
struct types {};

template <class R, bool Const, class... A>
struct signature_base {
  static constexpr bool known = true;
  static constexpr bool is_const = Const;
  static constexpr std::size_t arity = sizeof...(A);
  using result = R;
  using arguments = std::tuple<types<A>...>;
};
struct unknown_signature {
  static constexpr bool known = false;
  static constexpr bool is_const = true;
  static constexpr std::size_t arity = 0;
};

template <class M>
struct member_signature : unknown_signature {};
template <class R, class C, class... A>
struct member_signature<R (C::*)(A...)> : signature_base<R, false, A...> {};
template <class R, class C, class... A>
struct member_signature<R (C::*)(A...) const> : signature_base<R, true, A...> {};
template <class R, class C, class... A>
struct member_signature<R (C::*)(A...) noexcept> : signature_base<R, false, A...> {};
template <class R, class C, class... A>
struct member_signature<R (C::*)(A...) const noexcept> : signature_base<R, true, A...> {};

template <class F>
struct signature_of : unknown_signature {};
template <class F>
requires requires { &F::operator(); }
struct signature_of<F> : member_signature<decltype(&F::operator())> {};
template <class R, class... A>
struct signature_of<R (*)(A...)> : signature_base<R, true, A...> {};
template <class R, class... A>
struct signature_of<R (*)(A...) noexcept> : signature_base<R, true, A...> {};
template <class T, class C>
requires std::is_member_object_pointer_v<T C::*>
struct signature_of<T C::*> : signature_base<T, true, const C&> {
};
template <class T, class C>
requires std::is_member_function_pointer_v<T C::*>
struct signature_of<T C::*> : unknown_signature {
};

template <std::size_t I, class S>
struct argument_of {
  using type = void;
};
template <std::size_t I, class S>
requires(S::known&& I < S::arity) struct argument_of<I, S> {
  template <class T>
  struct strip;
  template <class T>
  struct strip<types<T>> {
    using type = T;
  };
  using type = typename strip<std::tuple_element_t<I, typename S::arguments>>::type;
};
template <std::size_t I, class S>
using argument_t = typename argument_of<I, S>::type;

// A function that only lacks const: mutable state between records, lost on failure.
template <class F>
constexpr bool is_mutable_function = signature_of<F>::known && !signature_of<F>::is_const;

// Stands for "an earlier mistake was reported": operators on it do nothing and say nothing.
struct Poison {
  friend bool operator==(const Poison&, const Poison&) = default;
};
template <class T>
constexpr bool is_poison = std::is_same_v<T, Poison>;

}  // namespace flink::detail
