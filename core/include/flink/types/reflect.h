// SPDX-License-Identifier: Apache-2.0
// The fields of an aggregate, without macros: how many, their types and names, a visit of each.
//   struct WordCount { std::string word; std::int64_t count = 0; };
//   field_count<WordCount> == 2, field_name<WordCount, 0> == "word",
//   field_t<WordCount, 1> is std::int64_t
// An aggregate that cannot be taken apart (raw array, reference, base with data, bit-field, union,
// more than 128 fields) has shape_of<T>.problem set and no fields here; check.h makes it a compile
// error.
#pragma once

#include <flink/types/shape.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace flink {
namespace detail {

template <std::size_t I, class F>
struct IndexedField {
  using Type = F;
};
template <class Fields, class Indexes>
struct FieldIndex;
template <class... F, std::size_t... I>
struct FieldIndex<FieldList<F...>, std::index_sequence<I...>> : IndexedField<I, F>... {};
template <std::size_t I, class F>
IndexedField<I, F> pick_field(const IndexedField<I, F>&);

template <class T>
consteval std::size_t find_field_count() {
  if constexpr (!std::is_class_v<T> || !std::is_aggregate_v<T>) return 0;
  else return shape_of<T>.problem == ShapeProblem::none ? shape_of<T>.count : 0;
}

template <class T, std::size_t N>
struct FieldsOf {
  using Type = decltype(Rung<N>::apply(std::declval<T&>(), ListFields{}));
};
template <class T>
struct FieldsOf<T, 0> {
  using Type = FieldList<>;
};
// FieldList of the declared types; a const field keeps its const.
template <class T>
using fields_of = typename FieldsOf<T, find_field_count<T>()>::Type;

// A T that is never alive: fields have addresses, and addresses as template arguments show names.
template <class T>
union Unborn {
  char none;
  T value;
  constexpr Unborn() : none{} {}
  constexpr ~Unborn() {}
};
template <class T>
struct Specimen {
  static constexpr Unborn<T> object{};
};

template <std::size_t N>
struct Addresses {
  const void* field[N];
};

template <class T>
consteval auto field_addresses() {
  return Rung<shape_of<T>.count>::apply(Specimen<T>::object.value, [](const auto&... field) {
    return Addresses<sizeof...(field)>{{static_cast<const void*>(__builtin_addressof(field))...}};
  });
}

// "… [with const void* Field = (& Specimen<…>::object.Unborn<…>::value.WordCount::word); …]": the
// last ')' closes the address.
template <const void* Field>
consteval std::string_view name_of_field() {
  std::string_view text = __PRETTY_FUNCTION__;
  text = text.substr(0, text.rfind(')'));
  return text.substr(text.rfind(':') + 1);
}

template <class T, std::size_t... I>
consteval auto find_field_names(std::index_sequence<I...>) {
  if constexpr (sizeof...(I) > 0) {
    constexpr auto addresses = field_addresses<T>();
    return std::array<std::string_view, sizeof...(I)>{name_of_field<addresses.field[I]>()...};
  } else {
    return std::array<std::string_view, 0>{};
  }
}

std::string clean_type_name(std::string_view function_signature);
template <class T>
consteval std::string_view type_signature() {
  return __PRETTY_FUNCTION__;
}

}  // namespace detail

template <class T>
inline constexpr std::size_t field_count = detail::find_field_count<std::remove_cv_t<T>>();

// The names of all fields, in order.
template <class T>
inline constexpr auto field_names =
    detail::find_field_names<std::remove_cv_t<T>>(std::make_index_sequence<field_count<T>>{});
template <class T, std::size_t I>
inline constexpr std::string_view field_name = field_names<T>[I];

template <class T, std::size_t I>
using field_t = typename decltype(detail::pick_field<I>(
    detail::FieldIndex<detail::fields_of<std::remove_cv_t<T>>,
                       std::make_index_sequence<field_count<T>>>{}))::Type;

// f(field&...) with all fields at once; what it returns is returned.
template <class T, class F>
constexpr decltype(auto) apply_fields(T& value, F&& f) {
  if constexpr (field_count<T> == 0) return f();
  else return detail::Rung<field_count<T>>::apply(value, f);
}

// f(std::string_view name, field&) for each, in order.
template <class T, class F>
constexpr void for_each_field(T& value, F&& f) {
  apply_fields(value, [&f](auto&... field) {
    [[maybe_unused]] std::size_t i = 0;
    (f(field_names<T>[i++], field), ...);
  });
}

namespace detail {
template <std::size_t I, class F>
struct IndexedRef {
  F& field;
};
template <class Indexes, class... F>
struct FieldRefs;
template <std::size_t... I, class... F>
struct FieldRefs<std::index_sequence<I...>, F...> : IndexedRef<I, F>... {};
template <std::size_t I, class F>
constexpr F& ref_at(const IndexedRef<I, F>& ref) {
  return ref.field;
}
template <std::size_t I>
struct PickField {
  template <class... F>
  constexpr auto& operator()(F&... field) const {
    return ref_at<I>(FieldRefs<std::index_sequence_for<F...>, F...>{{field}...});
  }
};
}  // namespace detail

// Field I of a record.
template <std::size_t I, class T>
constexpr decltype(auto) get_field(T& value) {
  return apply_fields(value, detail::PickField<I>{});
}

// Where a field of that name stands, for field names known only at run time: -1 when T has none.
template <class T>
int find_field(std::string_view name) {
  for (std::size_t i = 0; i < field_count<T>; ++i) {
    if (field_names<T>[i] == name) return static_cast<int>(i);
  }
  return -1;
}

// Calls f(field&) for the field at `index`; false when there is none.
template <class T, class F>
bool visit_field(T& value, int index, F&& f) {
  return apply_fields(value, [&f, index](auto&... field) {
    [[maybe_unused]] int i = 0;
    return ((i++ == index && (f(field), true)) || ...);
  });
}

// Readable, without flink:: and std:: and allocators: "WordCount", "vector<string>".
template <class T>
std::string type_name() {
  return detail::clean_type_name(detail::type_signature<T>());
}

}  // namespace flink
