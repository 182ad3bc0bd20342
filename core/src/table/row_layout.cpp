// SPDX-License-Identifier: Apache-2.0
#include "table/row_layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "table/value_order.h"

namespace flink::table {

namespace {

enum class Form : std::uint8_t { plain, small_decimal, text, nested };

struct Slot {
  Form form;
  std::uint32_t width, alignment;
};

Slot slot_of(const LogicalType& type) {
  switch (type.root()) {
    case TypeRoot::decimal:
      if (type.precision() <= 18) return {Form::small_decimal, 8, 8};
      return {Form::plain, 16, 16};
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz:
      if (type.precision() <= 3) return {Form::plain, 8, 8};
      return {Form::plain, 12, 8};
    case TypeRoot::array:
    case TypeRoot::map:
    case TypeRoot::multiset:
    case TypeRoot::row:
      return {Form::nested, 8, 4};
    default: {
      const auto width = static_cast<std::uint32_t>(width_of(type));
      if (width == 16) return {Form::text, 8, 4};
      return {Form::plain, width, width};
    }
  }
}

std::uint32_t aligned(std::uint32_t at, std::uint32_t alignment) {
  return (at + alignment - 1) / alignment * alignment;
}
std::uint32_t null_bytes(std::size_t columns) {
  return static_cast<std::uint32_t>((columns + 7) / 8);
}

void set_null_bit(char* bits, std::size_t column) {
  bits[column / 8] = static_cast<char>(bits[column / 8] | 1 << column % 8);
}
bool null_bit(const char* bits, std::size_t column) {
  return (static_cast<unsigned char>(bits[column / 8]) >> (column % 8) & 1) != 0;
}

struct Piece {
  std::uint32_t offset, length;
};

template <class T>
T same_for_all(T value) {
  if (std::isnan(value)) return std::numeric_limits<T>::quiet_NaN();
  return value == 0 ? T{0} : value;
}
Datum normalised(const LogicalType& type, const Datum& value) {
  if (type.is(TypeRoot::float_)) return Datum{same_for_all(value.get<float>())};
  if (type.is(TypeRoot::double_)) return Datum{same_for_all(value.get<double>())};
  return value;
}

template <bool as_key>
void pack_items(std::string& out, const LogicalType& type, std::span<const Datum> items);

// `start`: of the row or items that the slot belongs to; `at`: of the slot. Both in `out`.
template <bool as_key>
void put(std::string& out, std::size_t start, std::size_t at, const LogicalType& type,
         const Datum& value) {
  const Slot slot = slot_of(type);
  if (slot.form == Form::plain || slot.form == Form::small_decimal) {
    const Datum kept = as_key ? normalised(type, value) : value;
    std::memcpy(out.data() + at, kept.bytes, slot.width);
    return;
  }
  const std::size_t from = out.size();
  if (slot.form == Form::text) {
    out.append(value.text());
  } else {
    pack_items<as_key>(out, type, value.items());
  }
  const Piece piece{static_cast<std::uint32_t>(from - start),
                    static_cast<std::uint32_t>(out.size() - from)};
  std::memcpy(out.data() + at, &piece, sizeof piece);
}

std::vector<Datum> sorted_entries(const LogicalType& type, std::span<const Datum> items) {
  std::vector<std::size_t> order(items.size() / 2);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return compare_nullable(item_type(type, 0), items[2 * a], items[2 * b]) < 0;
  });
  std::vector<Datum> out;
  for (const std::size_t entry : order) {
    out.push_back(items[2 * entry]);
    out.push_back(items[2 * entry + 1]);
  }
  return out;
}

template <bool as_key>
void pack_items(std::string& out, const LogicalType& type, std::span<const Datum> items) {
  std::vector<Datum> sorted;
  if (as_key && (type.is(TypeRoot::map) || type.is(TypeRoot::multiset))) {
    items = sorted = sorted_entries(type, items);
  }
  const std::size_t start = out.size();
  const auto count = static_cast<std::uint32_t>(items.size());
  std::uint32_t size = sizeof count + null_bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Slot slot = slot_of(item_type(type, i));
    size = aligned(size, slot.alignment) + slot.width;
  }
  out.resize(start + size);
  std::memcpy(out.data() + start, &count, sizeof count);
  std::uint32_t at = sizeof count + null_bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Slot slot = slot_of(item_type(type, i));
    at = aligned(at, slot.alignment);
    if (items[i].null) {
      set_null_bit(out.data() + start + sizeof count, i);
    } else {
      put<as_key>(out, start, start + at, item_type(type, i), items[i]);
    }
    at += slot.width;
  }
}

Datum unpack_items(const char* start, const LogicalType& type, Memory& memory);

Datum read(const char* start, std::uint32_t at, const LogicalType& type, Memory& memory) {
  const Slot slot = slot_of(type);
  Datum value;
  value.null = false;
  if (slot.form == Form::plain) {
    std::memcpy(value.bytes, start + at, slot.width);
    return value;
  }
  if (slot.form == Form::small_decimal) {
    std::int64_t unscaled;
    std::memcpy(&unscaled, start + at, sizeof unscaled);
    return Datum{Decimal{unscaled}};
  }
  Piece piece;
  std::memcpy(&piece, start + at, sizeof piece);
  if (slot.form == Form::text) {
    return Datum{std::string_view{start + piece.offset, piece.length}};
  }
  return unpack_items(start + piece.offset, type, memory);
}

Datum unpack_items(const char* start, const LogicalType& type, Memory& memory) {
  std::uint32_t count;
  std::memcpy(&count, start, sizeof count);
  Datum* const items = memory.array<Datum>(count);
  std::uint32_t at = sizeof count + null_bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    const LogicalType& one = item_type(type, i);
    const Slot slot = slot_of(one);
    at = aligned(at, slot.alignment);
    ::new (items + i)
        Datum(null_bit(start + sizeof count, i) ? Datum{} : read(start, at, one, memory));
    at += slot.width;
  }
  return Datum{Nested{items, count}};
}

}  // namespace

RowLayout::RowLayout(std::vector<LogicalType> types) : types_(std::move(types)) {
  fixed_bytes_ = null_bytes(types_.size());
  for (const LogicalType& type : types_) {
    const Slot slot = slot_of(type);
    offsets_.push_back(aligned(fixed_bytes_, slot.alignment));
    fixed_bytes_ = offsets_.back() + slot.width;
  }
  // Bytes of a row are never empty, so that no bytes can stand for no row.
  if (types_.empty()) fixed_bytes_ = 1;
}

template <bool as_key>
void RowLayout::pack_as(std::span<const Datum> values, std::string& out) const {
  const std::size_t start = out.size();
  out.resize(start + fixed_bytes_);
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (values[i].null) {
      set_null_bit(out.data() + start, i);
    } else {
      put<as_key>(out, start, start + offsets_[i], types_[i], values[i]);
    }
  }
}
void RowLayout::pack(std::span<const Datum> values, std::string& out) const {
  pack_as<false>(values, out);
}
void RowLayout::pack_key(std::span<const Datum> values, std::string& out) const {
  pack_as<true>(values, out);
}

Datum RowLayout::get(std::string_view row, std::size_t column, Memory& memory) const {
  if (is_null(row, column)) return {};
  return read(row.data(), offsets_[column], types_[column], memory);
}

void RowLayout::unpack(std::string_view row, std::span<Datum> values, Memory& memory) const {
  for (std::size_t i = 0; i < types_.size(); ++i) values[i] = get(row, i, memory);
}

Vector RowLayout::gather(std::span<const std::string_view> rows, std::size_t column,
                         Memory& memory) const {
  const std::size_t width = width_of(types_[column]);
  Vector out = Vector::dense(memory, rows.size(), width);
  const Slot slot = slot_of(types_[column]);
  const std::uint32_t offset = offsets_[column];
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool null = rows[i].empty() || is_null(rows[i], column);
    out.set_null(i, null);
    if (null) continue;
    if (slot.form == Form::plain && slot.width == width) {
      std::memcpy(out.data + i * width, rows[i].data() + offset, width);
    } else {
      const Datum value = read(rows[i].data(), offset, types_[column], memory);
      std::memcpy(out.data + i * width, value.bytes, width);
    }
  }
  return out;
}

RowPicker::RowPicker(const RowLayout& from, std::vector<std::size_t> columns)
    : from_(from), columns_(std::move(columns)) {
  std::vector<LogicalType> types;
  for (const std::size_t column : columns_) types.push_back(from_.type(column));
  layout_ = RowLayout{std::move(types)};
}

std::string RowPicker::picked(std::string_view from, bool as_key) const {
  Memory memory;
  std::vector<Datum> values(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    values[i] = from_.get(from, columns_[i], memory);
  }
  std::string out;
  if (as_key) {
    layout_.pack_key(values, out);
  } else {
    layout_.pack(values, out);
  }
  return out;
}

}  // namespace flink::table
