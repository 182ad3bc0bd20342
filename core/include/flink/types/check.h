// SPDX-License-Identifier: Apache-2.0
// Why a type is no record: one line of compile error each, found before anything takes the type
// apart. The error is the body of a template that names the struct and the field:
// RawArrayField<Order, 2> is field 2, counted from 0, of Order; field -1 is the type itself. flinkc
// reads these names.
#pragma once

#include <flink/types/kinds.h>
#include <flink/types/reflect.h>

namespace flink::detail {

template <class>
inline constexpr bool never = false;

template <class Owner, int Field>
struct RawArrayField {
  static_assert(never<Owner>, "flinkc: a record field is a raw array: use std::array");
};
template <class Owner, int Field>
struct PointerField {
  static_assert(never<Owner>,
                "flinkc: a record field is a pointer: hold the value, or std::string for text");
};
template <class Owner, int Field>
struct SmartPointerField {
  static_assert(never<Owner>,
                "flinkc: a record field is a smart pointer: hold the value, std::optional or "
                "std::vector");
};
template <class Owner, int Field>
struct ReferenceField {
  static_assert(never<Owner>, "flinkc: a record field is a reference: hold the value");
};
template <class Owner, int Field>
struct ConstField {
  static_assert(never<Owner>, "flinkc: a record field is const: it could not be read back");
};
template <class Owner, int Field>
struct NoDefaultField {
  static_assert(never<Owner>,
                "flinkc: a record field has no default constructor: it could not be read back");
};
template <class Owner, int Field>
struct BaseWithData {
  static_assert(never<Owner>,
                "flinkc: a record has a base class with data: make it the first field instead");
};
template <class Owner, int Field>
struct BitField {
  static_assert(never<Owner>, "flinkc: a record field is a bit-field: use a whole integer");
};
template <class Owner, int Field>
struct UnionField {
  static_assert(never<Owner>, "flinkc: a record field is a union: use std::variant");
};
template <class Owner, int Field>
struct TooManyFields {
  static_assert(never<Owner>,
                "flinkc: a record has more than 128 fields: group some into a struct");
};
template <class Owner, int Field>
struct LongDoubleField {
  static_assert(never<Owner>,
                "flinkc: a record field is a long double, which differs between machines: use "
                "double");
};
template <class Owner, int Field>
struct WideSpanField {
  static_assert(never<Owner>,
                "flinkc: a record field is a span, only spans of const char or std::byte can be "
                "views: use std::vector");
};
template <class Owner, int Field>
struct NoSerializer {
  static_assert(never<Owner>,
                "flinkc: a record field is a class that is no plain aggregate: declare a "
                "flink::Serializer for it, or make its members public and drop its constructors");
};

// What find_refusal() returns; Found<void>: nothing to refuse.
template <class Refusal>
struct Found {
  using Type = Refusal;
};
// Calls here are qualified: lookup by argument would instantiate the refusals, which is their
// error.
template <class First, class... More>
consteval auto first_found(First first, More... more) {
  if constexpr (sizeof...(More) > 0 && std::is_void_v<typename First::Type>)
    return detail::first_found(more...);
  else return first;
}

template <class... T>
struct Seen {};

template <class T, class Owner, int Field, class... S>
consteval auto find_refusal(Seen<S...> seen);

template <class T, Shape S>
consteval auto find_shape_refusal() {
  constexpr int at = static_cast<int>(S.at);
  if constexpr (S.problem == ShapeProblem::raw_array) return Found<RawArrayField<T, at>>{};
  else if constexpr (S.problem == ShapeProblem::reference) return Found<ReferenceField<T, at>>{};
  else if constexpr (S.problem == ShapeProblem::no_default) return Found<NoDefaultField<T, at>>{};
  else if constexpr (S.problem == ShapeProblem::base_with_data) return Found<BaseWithData<T, -1>>{};
  else if constexpr (S.problem == ShapeProblem::bit_field) return Found<BitField<T, at>>{};
  else if constexpr (S.problem == ShapeProblem::union_field) return Found<UnionField<T, at>>{};
  else if constexpr (S.problem == ShapeProblem::unknown_field) return Found<NoSerializer<T, at>>{};
  else return Found<TooManyFields<T, -1>>{};
}

template <class T, class F, int Field, class... S>
consteval auto find_field_refusal([[maybe_unused]] Seen<S...> seen) {
  if constexpr (std::is_const_v<F>) return Found<ConstField<T, Field>>{};
  else return detail::find_refusal<F, T, Field>(seen);
}

template <class T, class... S, class... F, std::size_t... I>
consteval auto find_fields_refusal([[maybe_unused]] Seen<S...> seen, FieldList<F...>,
                                   std::index_sequence<I...>) {
  return detail::first_found(detail::find_field_refusal<T, F, static_cast<int>(I)>(seen)...,
                             Found<void>{});
}

template <class T, class... S>
consteval auto find_aggregate_refusal(Seen<S...>) {
  if constexpr ((std::is_same_v<T, S> || ...)) return Found<void>{};
  else if constexpr (shape_of<T>.problem != ShapeProblem::none)
    return find_shape_refusal<T, shape_of<T>>();
  else
    return detail::find_fields_refusal<T>(Seen<S..., T>{}, fields_of<T>{},
                                          std::make_index_sequence<field_count<T>>{});
}

template <class Owner, int Field, class... S, template <class...> class Of, class... Element>
consteval auto find_elements_refusal([[maybe_unused]] Seen<S...> seen, const Of<Element...>*) {
  return detail::first_found(detail::find_refusal<Element, Owner, Field>(seen)..., Found<void>{});
}

template <class T, class Owner, int Field, class... S>
consteval auto find_refusal([[maybe_unused]] Seen<S...> seen) {
  constexpr Kind kind = kind_of<T>;
  if constexpr (kind == Kind::aggregate) return detail::find_aggregate_refusal<T>(seen);
  else if constexpr (kind == Kind::optional || kind == Kind::array || kind == Kind::list ||
                     kind == Kind::set)
    return detail::find_refusal<typename T::value_type, Owner, Field>(seen);
  else if constexpr (kind == Kind::map)
    return detail::first_found(detail::find_refusal<typename T::key_type, Owner, Field>(seen),
                               detail::find_refusal<typename T::mapped_type, Owner, Field>(seen));
  else if constexpr (kind == Kind::variant || kind == Kind::tuple)
    return detail::find_elements_refusal<Owner, Field>(seen, static_cast<const T*>(nullptr));
  else if constexpr (kind == Kind::duration || kind == Kind::time_point)
    return detail::find_refusal<CountOf<T>, Owner, Field>(seen);
  else if constexpr (kind == Kind::custom && !std::is_default_constructible_v<T>)
    return Found<NoDefaultField<Owner, Field>>{};
  else if constexpr (kind == Kind::raw_array) return Found<RawArrayField<Owner, Field>>{};
  else if constexpr (kind == Kind::pointer && std::is_reference_v<T>)
    return Found<ReferenceField<Owner, Field>>{};
  else if constexpr (kind == Kind::pointer) return Found<PointerField<Owner, Field>>{};
  else if constexpr (kind == Kind::smart_pointer) return Found<SmartPointerField<Owner, Field>>{};
  else if constexpr (kind == Kind::wide_span) return Found<WideSpanField<Owner, Field>>{};
  else if constexpr (kind == Kind::long_double) return Found<LongDoubleField<Owner, Field>>{};
  else if constexpr (kind == Kind::union_type) return Found<UnionField<Owner, Field>>{};
  else if constexpr (kind == Kind::unsupported) return Found<NoSerializer<Owner, Field>>{};
  else return Found<void>{};
}

template <class T>
struct RefusalOf {
  using Type = typename decltype(detail::find_refusal<T, T, -1>(Seen<>{}))::Type;
};

// Quietly: can a T be a record (a field, a key, state)?
template <class T>
inline constexpr bool is_serializable = std::is_void_v<typename RefusalOf<T>::Type>;

// As is_serializable, and if not, the one line of error, once a type.
template <class T>
consteval bool check_serializable() {
  if constexpr (!is_serializable<T>) return sizeof(typename RefusalOf<T>::Type) == 0;
  else return true;
}

}  // namespace flink::detail
