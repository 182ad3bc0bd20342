// SPDX-License-Identifier: Apache-2.0
// What functions take and give: one plain C++ type a kind of SQL value, so that a function's
// signature says which. Datum holds any of them, or NULL, for functions over values of any type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "table/logical_type.h"

namespace flink::table {

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

// Numbers, booleans and text are bool, std::int8_t ... double, std::string_view (UTF-8 or bytes).
struct Decimal {
  int128 unscaled;  // the scale is in the type
};
struct Date {
  std::int32_t days;  // since 1970-01-01
};
struct Time {
  std::int32_t millis;  // of the day
};
// Of a TIMESTAMP the local clock, of a TIMESTAMP_LTZ the instant.
struct Timestamp {
  std::int64_t millis;  // since 1970-01-01 00:00:00
  std::int32_t nanos;   // of the millisecond, 0 to 999999
};
struct Months {
  std::int32_t months;
};
struct Millis {
  std::int64_t millis;
};

struct Datum;

// Elements of an ARRAY, fields of a ROW, key and value in turns of a MAP, value and count (INT) in
// turns of a MULTISET. The items belong to the batch's Memory.
struct Nested {
  const Datum* items;
  std::size_t count;
};

struct alignas(16) Datum {
  std::byte bytes[16] = {};
  bool null = true;

  Datum() = default;
  template <class T>
  explicit Datum(const T& value) : null(false) {
    static_assert(sizeof(T) <= sizeof bytes && std::is_trivially_copyable_v<T>);
    std::memcpy(bytes, &value, sizeof(T));
  }
  template <class T>
  T get() const noexcept {
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    return value;
  }
  std::string_view text() const noexcept { return get<std::string_view>(); }
  std::span<const Datum> items() const noexcept {
    const auto nested = get<Nested>();
    return {nested.items, nested.count};
  }
};

// An argument of any type that is not NULL; Datum itself as a parameter takes NULL as well.
struct Any : Datum {
  using Datum::Datum;
};

// Bytes of a value in a vector: those of its C++ type.
std::size_t width_of(const LogicalType& type);

// Of item `index` of a nested value.
const LogicalType& item_type(const LogicalType& type, std::size_t index);

// Any integer type, as the widest.
std::int64_t integer_of(const LogicalType& type, const Datum& value);
Datum integer_datum(const LogicalType& type, std::int64_t value);

}  // namespace flink::table
