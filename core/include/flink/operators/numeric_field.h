// SPDX-License-Identifier: Apache-2.0
// Fields by name at run time: sum("count"). The name is looked up once, when the graph is built.
#pragma once

#include <flink/types/reflect.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace flink::detail {

template <class T>
constexpr bool is_number = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

// The order of min and max, as Java's compareTo has it: NaN is the greatest number, equal to
// itself, and -0.0 comes before 0.0.
template <class X>
constexpr bool comes_before(const X& a, const X& b) {
  if (a < b) return true;
  if constexpr (std::is_floating_point_v<X>) {
    if (a > b) return false;
    if (a == b) return a == X{0} && __builtin_signbit(a) && !__builtin_signbit(b);
    return b != b && a == a;  // one of them is NaN
  } else {
    return false;
  }
}

[[noreturn]] void refuse_field(std::string_view record, std::string_view name,
                               const std::string& numeric_fields);  // throws Error{user}

template <class T, std::size_t... I>
std::size_t find_numeric_field(std::string_view name, std::index_sequence<I...>) {
  std::size_t found = sizeof...(I);
  std::string numeric;
  const auto look_at = [&]<std::size_t At>() {
    if constexpr (is_number<field_t<T, At>>) {
      if (field_name<T, At> == name) found = At;
      numeric += (numeric.empty() ? "" : ", ") + std::string{field_name<T, At>};
    }
  };
  (look_at.template operator()<I>(), ...);
  if (found == sizeof...(I)) refuse_field(type_name<T>(), name, numeric);
  return found;
}

// The index of a numeric field; throws Error{user} that lists those there are.
template <class T>
std::size_t numeric_field_index(std::string_view name) {
  return find_numeric_field<T>(name, std::make_index_sequence<field_count<T>>{});
}

// f(field of a, field of b) for the numeric field of that index.
template <class T, class F>
void visit_numeric_field(T& a, const T& b, std::size_t index, F&& f) {
  apply_fields(a, [&](auto&... of_a) {
    apply_fields(b, [&](const auto&... of_b) {
      std::size_t at = 0;
      const auto visit = [&]<class X>(X& x, const X& y) {
        if constexpr (is_number<X>) {
          if (at == index) f(x, y);
        }
        ++at;
      };
      (visit(of_a, of_b), ...);
    });
  });
}

}  // namespace flink::detail
