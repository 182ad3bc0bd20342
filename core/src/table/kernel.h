// SPDX-License-Identifier: Apache-2.0
// Loops over vectors, made of functions over values. A function is written once:
//   R f([Context&,] [const Call&,] A...)
// and what it is comes from its signature: a parameter T makes it strict (NULL in, NULL out),
// std::optional<T> and Datum take NULL, Any takes a value of any type, std::span<const Datum> all
// arguments that are left, NULLs too; R is T, or std::optional<T> or Datum if it may give NULL; one
// that returns Context::fail() ends the query. `implementation<f>()` is all of this as data.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "table/context.h"
#include "table/vector.h"

namespace flink::table {

using Kernel = void (*)(Context&, const Call&, std::span<const Vector>, Selection, Vector& out);

// How a function is run and what the planner may know of it.
struct Implementation {
  Kernel kernel = nullptr;
  std::string_view spelling;  // the C++ function, as emitted code names it
  bool strict = true;         // NULL when an argument is
  bool may_be_null = false;   // of arguments that are not NULL
};

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
struct Parameter {
  static constexpr bool strict = true;
  static T load(const Call&, const Vector& vector, std::size_t row, std::size_t) {
    return vector.load<T>(row);
  }
};
template <class T>
struct Parameter<std::optional<T>> {
  static constexpr bool strict = false;
  static std::optional<T> load(const Call&, const Vector& vector, std::size_t row, std::size_t) {
    if (vector.is_null(row)) return {};
    return vector.load<T>(row);
  }
};
template <>
struct Parameter<Datum> {
  static constexpr bool strict = false;
  static Datum load(const Call& call, const Vector& vector, std::size_t row, std::size_t index) {
    return vector.datum(row, call.widths[index]);
  }
};
template <>
struct Parameter<Any> {
  static constexpr bool strict = true;
  static Any load(const Call& call, const Vector& vector, std::size_t row, std::size_t index) {
    Any out;
    static_cast<Datum&>(out) = vector.datum(row, call.widths[index]);
    return out;
  }
};

using Rest = std::span<const Datum>;
template <>
struct Parameter<Rest> {
  static constexpr bool strict = false;
};

template <class... A>
struct Types {
  static constexpr bool has_rest = (std::is_same_v<A, Rest> || ...);
};

// What stands before the values.
enum class Lead { none, context, call, both };

template <class F>
struct Signature;
template <class R, class... A>
struct Signature<R (*)(A...)> {
  using Result = R;
  using Values = Types<std::remove_cvref_t<A>...>;
  static constexpr Lead lead = Lead::none;
};
template <class R, class... A>
struct Signature<R (*)(Context&, A...)> {
  using Result = R;
  using Values = Types<std::remove_cvref_t<A>...>;
  static constexpr Lead lead = Lead::context;
};
template <class R, class... A>
struct Signature<R (*)(const Call&, A...)> {
  using Result = R;
  using Values = Types<std::remove_cvref_t<A>...>;
  static constexpr Lead lead = Lead::call;
};
template <class R, class... A>
struct Signature<R (*)(Context&, const Call&, A...)> {
  using Result = R;
  using Values = Types<std::remove_cvref_t<A>...>;
  static constexpr Lead lead = Lead::both;
};

template <class R, class... A>
struct Signature<R (*)(A...) noexcept> : Signature<R (*)(A...)> {};

template <auto f, class... A>
auto invoke(Context& context, const Call& call, A&&... values) {
  constexpr Lead lead = Signature<decltype(f)>::lead;
  if constexpr (lead == Lead::none) return f(std::forward<A>(values)...);
  if constexpr (lead == Lead::context) return f(context, std::forward<A>(values)...);
  if constexpr (lead == Lead::call) return f(call, std::forward<A>(values)...);
  if constexpr (lead == Lead::both) return f(context, call, std::forward<A>(values)...);
}

// Stores what a function gave; false when the query ends.
template <class R>
bool put(Context& context, const Call& call, Vector& out, std::uint32_t row, const R& result) {
  if constexpr (std::is_same_v<R, Datum>) {
    out.store_datum(row, result, call.result_width);
    return !result.null || !context.failed() || context.forgives();
  } else if constexpr (is_optional<R>) {
    if (!result) {
      out.set_null(row, true);
      return !context.failed() || context.forgives();
    }
    return put(context, call, out, row, *result);
  } else {
    out.set_null(row, false);
    out.store(row, result);
    return true;
  }
}

template <auto f, class... A, std::size_t... I>
void loop(Context& context, const Call& call, [[maybe_unused]] std::span<const Vector> in,
          Selection rows, Vector& out, Types<A...>, std::index_sequence<I...>) {
  for (const std::uint32_t row : rows) {
    if (((Parameter<A>::strict && in[I].is_null(row)) || ...)) {
      out.set_null(row, true);
      continue;
    }
    if (!put(context, call, out, row,
             invoke<f>(context, call, Parameter<A>::load(call, in[I], row, I)...))) {
      return;
    }
  }
}

template <auto f, class... A, std::size_t... I>
void loop_with_rest(Context& context, const Call& call, std::span<const Vector> in, Selection rows,
                    Vector& out, Types<A...>, std::index_sequence<I...>) {
  constexpr std::size_t fixed = sizeof...(I);
  using All = std::tuple<A...>;
  std::vector<Datum> rest(in.size() - fixed);
  for (const std::uint32_t row : rows) {
    if (((Parameter<std::tuple_element_t<I, All>>::strict && in[I].is_null(row)) || ...)) {
      out.set_null(row, true);
      continue;
    }
    for (std::size_t i = fixed; i < in.size(); ++i) {
      rest[i - fixed] = in[i].datum(row, call.widths[i]);
    }
    if (!put(context, call, out, row,
             invoke<f>(context, call,
                       Parameter<std::tuple_element_t<I, All>>::load(call, in[I], row, I)...,
                       Rest{rest}))) {
      return;
    }
  }
}

template <auto f, class... A>
void kernel_of(Context& context, const Call& call, std::span<const Vector> in, Selection rows,
               Vector& out, Types<A...> types) {
  if constexpr (Types<A...>::has_rest) {
    loop_with_rest<f>(context, call, in, rows, out, types,
                      std::make_index_sequence<sizeof...(A) - 1>{});
  } else {
    loop<f>(context, call, in, rows, out, types, std::index_sequence_for<A...>{});
  }
}

template <class... A>
constexpr bool all_strict(Types<A...>) {
  return !Types<A...>::has_rest && (true && ... && Parameter<A>::strict);
}
template <auto f>
void kernel(Context& context, const Call& call, std::span<const Vector> in, Selection rows,
            Vector& out) {
  kernel_of<f>(context, call, in, rows, out, typename Signature<decltype(f)>::Values{});
}

template <auto f>
constexpr std::string_view spelling() {
  constexpr std::string_view text = __PRETTY_FUNCTION__;
  constexpr std::size_t from = text.find("f = ") + 4;
  return text.substr(from, text.find(';', from) - from);
}

}  // namespace detail

template <auto f>
constexpr Implementation implementation() {
  using Signature = detail::Signature<decltype(f)>;
  using Result = typename Signature::Result;
  return {&detail::kernel<f>, detail::spelling<f>(),
          detail::all_strict(typename Signature::Values{}),
          detail::is_optional<Result> || std::is_same_v<Result, Datum>};
}

}  // namespace flink::table
