// SPDX-License-Identifier: Apache-2.0
// What the serialized form of a T is, as text: field names and types, not the names of C++ types.
//   schema_of<WordCount>() == "{word:string,count:i64}"
// Grammar:
//   type   = "bool" | "char" | "i8" … "i128" | "u8" … "u128" | "f32" | "f64" | "string" | "bytes"
//          | "duration<" type "," num "/" den ">" | "time<" type "," num "/" den ">"
//          | "optional<" type ">" | "list<" type ">" | "set<" type ">" | "map<" type "," type ">"
//          | "array<" type "," length ">" | "tuple<" [type {"," type}] ">"
//          | "variant<" type {"," type} ">"
//          | "{" [name ":" type {"," name ":" type}] "}"
//          | "^" n                      the n-th record around this one: 1 is the innermost
//          | what Serializer<T>::schema() says | "opaque<" C++ name ">" when it has none
// An enum is its integer; a string_view is a string; a span is bytes, as is a vector<std::byte>.
#pragma once

#include <flink/types/check.h>
#include <flink/types/kinds.h>
#include <flink/types/reflect.h>

#include <cstdint>
#include <type_traits>

namespace flink {
namespace detail {

// The records around the type being described: cuts recursion.
struct SchemaPath {
  const void* type;
  const SchemaPath* outer;
};

std::uint64_t hash_schema(std::string_view schema);
void append_integer_schema(std::string& out, std::size_t bytes, bool is_signed);
void append_period_schema(std::string& out, std::int64_t num, std::int64_t den);
void append_field_schema(std::string& out, std::string_view name, std::size_t index);  // ",name:"
// "^n" when the type is on the path: true then.
bool append_schema_cut(std::string& out, const void* type, const SchemaPath* path);

template <class T>
inline constexpr char schema_tag = 0;  // its address tells types apart

template <class T>
void append_schema(std::string& out, const SchemaPath* path);

template <class... T>
void append_schemas(std::string& out, const char* opening,
                    [[maybe_unused]] const SchemaPath* path) {
  out += opening;
  [[maybe_unused]] std::size_t i = 0;
  ((out += i++ > 0 ? "," : "", append_schema<T>(out, path)), ...);
  out += '>';
}
template <template <class...> class Of, class... Element>
void append_elements_schema(std::string& out, const char* opening, const SchemaPath* path,
                            const Of<Element...>*) {
  append_schemas<Element...>(out, opening, path);
}

template <class T, class... F>
void append_record_schema(std::string& out, const SchemaPath* outer, FieldList<F...>) {
  if (append_schema_cut(out, &schema_tag<T>, outer)) return;
  [[maybe_unused]] const SchemaPath path{&schema_tag<T>, outer};
  out += '{';
  [[maybe_unused]] std::size_t i = 0;
  ((append_field_schema(out, field_names<T>[i], i), ++i, append_schema<F>(out, &path)), ...);
  out += '}';
}

template <class T>
void append_number_schema(std::string& out) {
  if constexpr (kind_of<T> == Kind::boolean) out += "bool";
  else if constexpr (std::is_same_v<T, char>) out += "char";
  else if constexpr (kind_of<T> == Kind::enumeration)
    append_number_schema<std::underlying_type_t<T>>(out);
  else if constexpr (kind_of<T> == Kind::floating) out += sizeof(T) == 4 ? "f32" : "f64";
  else append_integer_schema(out, sizeof(T), static_cast<T>(-1) < static_cast<T>(0));
}

template <class T>
void append_chrono_schema(std::string& out, const char* opening) {
  using Period = typename DurationOf<T>::Type::period;
  out += opening;
  append_number_schema<CountOf<T>>(out);
  append_period_schema(out, Period::num, Period::den);
}

template <class T>
void append_schema(std::string& out, const SchemaPath* path) {
  constexpr Kind kind = kind_of<T>;
  if constexpr (requires { typename Serializer<T>::SameAs; }) {
    append_schema<typename Serializer<T>::SameAs>(out, path);
  } else if constexpr (kind == Kind::custom) {
    if constexpr (requires { Serializer<T>::schema(); }) out += Serializer<T>::schema();
    else out += "opaque<" + type_name<T>() + ">";
  } else if constexpr (kind == Kind::aggregate) {
    append_record_schema<T>(out, path, fields_of<T>{});
  } else if constexpr (kind == Kind::string || kind == Kind::string_view) {
    out += "string";
  } else if constexpr (kind == Kind::bytes_view) {
    out += "bytes";
  } else if constexpr (kind == Kind::duration) {
    append_chrono_schema<T>(out, "duration<");
  } else if constexpr (kind == Kind::time_point) {
    append_chrono_schema<T>(out, "time<");
  } else if constexpr (kind == Kind::optional) {
    append_schemas<typename T::value_type>(out, "optional<", path);
  } else if constexpr (kind == Kind::list) {
    if constexpr (std::is_same_v<typename T::value_type, std::byte>) out += "bytes";
    else append_schemas<typename T::value_type>(out, "list<", path);
  } else if constexpr (kind == Kind::set) {
    append_schemas<typename T::value_type>(out, "set<", path);
  } else if constexpr (kind == Kind::map) {
    append_schemas<typename T::key_type, typename T::mapped_type>(out, "map<", path);
  } else if constexpr (kind == Kind::array) {
    out += "array<";
    append_schema<typename T::value_type>(out, path);
    out += "," + std::to_string(std::tuple_size_v<T>) + ">";
  } else if constexpr (kind == Kind::tuple) {
    append_elements_schema(out, "tuple<", path, static_cast<const T*>(nullptr));
  } else if constexpr (kind == Kind::variant) {
    append_elements_schema(out, "variant<", path, static_cast<const T*>(nullptr));
  } else if constexpr (std::is_same_v<T, std::byte>) {
    out += "u8";
  } else {
    append_number_schema<T>(out);
  }
}

}  // namespace detail

template <class T>
std::string schema_of() {
  std::string out;
  if constexpr (detail::check_serializable<T>()) detail::append_schema<T>(out, nullptr);
  return out;
}

// Equal for equal schemas on every machine and in every version.
template <class T>
std::uint64_t schema_fingerprint() {
  return detail::hash_schema(schema_of<T>());
}

}  // namespace flink
