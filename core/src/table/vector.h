// SPDX-License-Identifier: Apache-2.0
// A column of values where they lie: (base, stride), so that fields of packed rows, dense columns
// and constants (stride 0) are read alike, with a byte a row that says NULL. It owns nothing.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "table/memory.h"
#include "table/value.h"

namespace flink::table {

// Rows of a batch to work on, ascending.
using Selection = std::span<const std::uint32_t>;

struct Vector {
  std::byte* data = nullptr;
  std::size_t stride = 0;
  std::uint8_t* nulls = nullptr;  // none: no value is NULL
  std::size_t null_stride = 0;

  bool is_null(std::size_t row) const noexcept { return nulls && nulls[row * null_stride]; }
  template <class T>
  T load(std::size_t row) const noexcept {
    T value;
    std::memcpy(&value, data + row * stride, sizeof(T));
    return value;
  }
  template <class T>
  void store(std::size_t row, const T& value) noexcept {
    std::memcpy(data + row * stride, &value, sizeof(T));
  }
  void set_null(std::size_t row, bool null) noexcept { nulls[row * null_stride] = null; }

  Datum datum(std::size_t row, std::size_t width) const noexcept {
    Datum value;
    value.null = is_null(row);
    if (!value.null) std::memcpy(value.bytes, data + row * stride, width);
    return value;
  }
  void store_datum(std::size_t row, const Datum& value, std::size_t width) noexcept {
    set_null(row, value.null);
    if (!value.null) std::memcpy(data + row * stride, value.bytes, width);
  }

  // Room for `rows` dense values of that width, with flags.
  static Vector dense(Memory& memory, std::size_t rows, std::size_t width) {
    Vector out;
    out.data = memory.array<std::byte>(rows * width);
    out.stride = width;
    out.nulls = memory.array<std::uint8_t>(rows);
    out.null_stride = 1;
    return out;
  }
  // The same value in each row; it must outlive the vector.
  static Vector constant(const Datum& value) {
    Vector out;
    out.data = const_cast<std::byte*>(value.bytes);
    static std::uint8_t null_flag = 1;
    if (value.null) out.nulls = &null_flag;
    return out;
  }
};

}  // namespace flink::table
