// SPDX-License-Identifier: Apache-2.0
// Values written under one schema, read under another: fields are matched by name, added ones get
// their default (the member initializer's), removed ones are skipped, numbers may have become wider
// (i8 < i16 < i32 < i64 < i128, u likewise, u to a wider i, f32 to f64), at any depth; a variant
// may have got more alternatives behind those it had. Anything else is incompatible.
//   auto problems = schema_problems(written, schema_of<T>());   // empty: compatible
//   SchemaConverter converter(written, schema_of<T>(), schema_defaults<T>());
//   converter.convert(bytes, out);                              // then Serializer<T>::read
// Keys cannot change: they decide where an entry lies. Compare their schemas as texts.
#pragma once

#include <flink/base/memory.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>

#include <string>
#include <string_view>
#include <vector>

namespace flink {
namespace detail {

// Of a custom serializer's schema, whose types are unknown here: the whole value is the default of
// its first record, the others have none.
void append_custom_defaults(ByteWriter& out, std::string_view schema, std::string_view whole);
bool on_schema_path(const void* type, const SchemaPath* path);
void append_whole_default(ByteWriter& out, void (*write)(ByteWriter& out));
std::string written_defaults(void (*append)(ByteWriter& out, const SchemaPath* path));

template <class T>
void write_default(ByteWriter& out) {
  Serializer<T>::write(out, T{});
}

template <class T>
void append_defaults(ByteWriter& out, const SchemaPath* path);

template <class T, class... F>
void append_record_defaults(ByteWriter& out, const SchemaPath* outer, FieldList<F...>) {
  if (on_schema_path(&schema_tag<T>, outer)) return;
  [[maybe_unused]] const SchemaPath path{&schema_tag<T>, outer};
  append_whole_default(out, &write_default<T>);
  (append_defaults<F>(out, &path), ...);
}
template <template <class...> class Of, class... Element>
void append_element_defaults(ByteWriter& out, const SchemaPath* path, const Of<Element...>*) {
  (append_defaults<Element>(out, path), ...);
}

// The defaults of all records of a T, in the order in which "{" stands in its schema.
template <class T>
void append_defaults(ByteWriter& out, const SchemaPath* path) {
  constexpr Kind kind = kind_of<T>;
  if constexpr (requires { typename Serializer<T>::SameAs; }) {
    append_defaults<typename Serializer<T>::SameAs>(out, path);
  } else if constexpr (kind == Kind::custom) {
    std::string schema;
    append_schema<T>(schema, nullptr);
    ByteWriter whole;
    if constexpr (std::is_default_constructible_v<T>) Serializer<T>::write(whole, T{});
    append_custom_defaults(out, schema, whole.view());
  } else if constexpr (kind == Kind::aggregate) {
    append_record_defaults<T>(out, path, fields_of<T>{});
  } else if constexpr (kind == Kind::map) {
    append_defaults<typename T::key_type>(out, path);
    append_defaults<typename T::mapped_type>(out, path);
  } else if constexpr (kind == Kind::optional || kind == Kind::list || kind == Kind::set ||
                       kind == Kind::array) {
    append_defaults<typename T::value_type>(out, path);
  } else if constexpr (kind == Kind::tuple || kind == Kind::variant) {
    append_element_defaults(out, path, static_cast<const T*>(nullptr));
  }
}

}  // namespace detail

// What SchemaConverter fills added fields of a T from.
template <class T>
std::string schema_defaults() {
  if constexpr (detail::check_serializable<T>())
    return detail::written_defaults(&detail::append_defaults<T>);
  else return {};
}

// Why bytes of `writer` cannot be read as `reader`, a line each, naming the field:
//   "field 'user.age' was i64 and is i32 now: numbers may only become wider"
std::vector<std::string> schema_problems(std::string_view writer, std::string_view reader);

// Compiled once, used from any threads.
class SchemaConverter {
 public:
  // Throws Error{user} with the problems when there are any. `defaults`: of the reader's type, as
  // schema_defaults() gives them; empty: added fields become zero, empty, unset.
  SchemaConverter(std::string_view writer, std::string_view reader, std::string_view defaults);
  SchemaConverter(SchemaConverter&&) noexcept;
  SchemaConverter& operator=(SchemaConverter&&) noexcept;
  ~SchemaConverter();

  // Nothing to do: the schemas are equal.
  bool identity() const;
  // Appends to `out`. Bytes that no writer of that schema wrote throw Error{internal}.
  void convert(std::string_view bytes, std::string& out) const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

// Reads a T from bytes written under `converter`'s writer schema. Views in the T point into
// `scratch`.
template <class T>
void read_converted(const SchemaConverter& converter, std::string_view bytes, T& value,
                    std::string& scratch) {
  if (!converter.identity()) {
    scratch.clear();
    converter.convert(bytes, scratch);
    bytes = scratch;
  }
  ByteReader in(bytes);
  Serializer<T>::read(in, value);
}

}  // namespace flink
