// SPDX-License-Identifier: Apache-2.0
// CSV by RFC 4180, a record at a time: CsvFormat<T> for a T that is an aggregate or a tuple of
// plain columns, or one plain column. Bytes go through unchanged, invalid UTF-8 too.
//   - Read: a field in quotes holds anything, "" in it is one quote; a CR at the end of the record
//     belongs to the line end. Numbers may have blanks around them; an empty optional is an empty
//     field.
//   - Written: quotes only where the text holds a comma, quote, CR or LF (or is empty where that
//   would
//     read as an absent value or an empty line). Enums as integers, bools as true and false,
//     durations by count; system time as 2024-01-01T00:00:00.000Z, and read as that or as a count
//     of its unit.
// View fields point into the record, or, if quotes had to be undone, into what `arena` allocated.
#pragma once

#include <flink/formats/csv_columns.h>

namespace flink {
namespace detail {

template <class T>
inline constexpr bool is_csv_record = kind_of<T> == Kind::aggregate || kind_of<T> == Kind::tuple;

template <class T>
consteval std::size_t csv_columns() {
  if constexpr (kind_of<T> == Kind::aggregate) return field_count<T>;
  else if constexpr (kind_of<T> == Kind::tuple) return std::tuple_size_v<T>;
  else return 1;
}

// A tuple's columns are called as Flink does: f0, f1, …
template <class T>
std::string csv_column_name(std::size_t index) {
  if constexpr (kind_of<T> == Kind::aggregate) return std::string{field_names<T>[index]};
  else if constexpr (kind_of<T> == Kind::tuple) return "f" + std::to_string(index);
  else return "value";
}

// f(field&...) over the columns of a record.
template <class T, class F>
decltype(auto) apply_csv_columns(T& record, F&& f) {
  using Record = std::remove_const_t<T>;
  if constexpr (kind_of<Record> == Kind::aggregate) {
    return apply_fields(record, f);
  } else if constexpr (kind_of<Record> == Kind::tuple) {
    return [&]<std::size_t... I>(std::index_sequence<I...>)->decltype(auto) {
      return f(get<I>(record)...);
    }
    (std::make_index_sequence<std::tuple_size_v<Record>>{});
  } else {
    return f(record);
  }
}

// The first column that is no plain value; -1 when all are.
template <class... F>
consteval int find_nested_column() {
  int index = 0;
  const bool plain = ((is_csv_column<F>() && (++index, true)) && ...);
  return plain ? -1 : index;
}
struct FindNestedColumn {
  template <class... F>
  std::integral_constant<int, find_nested_column<std::remove_cv_t<F>...>()> operator()(
      F&...) const {
    return {};
  }
};

template <class T>
consteval bool check_csv() {
  if constexpr (!check_serializable<T>()) {
    return false;
  } else {
    using Nested = decltype(apply_csv_columns(std::declval<T&>(), FindNestedColumn{}));
    if constexpr (Nested::value < 0) return true;
    else return sizeof(NestedCsvColumn<T, Nested::value>) == 0;
  }
}

// What a parser without an arena of its own unescapes into.
struct CsvScratch {
  std::string& text;
  std::size_t used = 0;
  char* allocate(std::size_t size) {
    char* place = text.data() + used;
    used += size;
    return place;
  }
};

}  // namespace detail

// Does the record end here, or within quotes, so that the next line belongs to it?
bool csv_record_complete(std::string_view text);

template <class T>
class CsvFormat {
 public:
  static constexpr std::size_t columns = detail::csv_columns<T>();

  // One record, without its line end, into `out`. `arena` has char* allocate(std::size_t), like
  // Collector's. Throws Error{user} that names the column, its text and what was expected.
  template <class Arena>
  requires requires(Arena& arena) { arena.allocate(std::size_t{}); }
  static void parse(std::string_view record, T& out, Arena& arena) {
    if constexpr (detail::check_csv<T>()) {
      detail::CsvField fields[columns == 0 ? 1 : columns];
      detail::split_csv(record, fields, columns);
      detail::apply_csv_columns(out, [&fields, &arena](auto&... value) {
        [[maybe_unused]] std::size_t i = 0;
        (parse_column(fields[i], i, value, arena), ...);
      });
    }
  }
  // View fields of `out` are valid until `scratch` is used again.
  static void parse(std::string_view record, T& out, std::string& scratch) {
    detail::CsvScratch arena{scratch};
    if (scratch.size() < record.size()) scratch.resize(record.size());
    parse(record, out, arena);
  }

  // Appends a row without line end.
  static void write(ByteWriter& out, const T& record) {
    if constexpr (detail::check_csv<T>()) {
      const std::size_t before = out.size();
      detail::apply_csv_columns(record, [&out](const auto&... value) {
        [[maybe_unused]] std::size_t i = 0;
        ((i++ > 0 ? out.u8(',') : void(), detail::write_csv_column(out, value)), ...);
      });
      if (columns == 1 && out.size() == before) out.raw("\"\"");
    }
  }
  // Appends a row and '\n'.
  static void write_line(ByteWriter& out, const T& record) {
    write(out, record);
    out.u8('\n');
  }
  static void write_line(std::string& out, const T& record) {
    char start[256];
    ByteWriter row{start, sizeof(start)};
    write_line(row, record);
    out.append(row.data(), row.size());
  }

 private:
  template <class Value, class Arena>
  static void parse_column(const detail::CsvField& field, std::size_t& index, Value& value,
                           Arena& arena) {
    detail::parse_csv_column({field, &detail::csv_column_name<T>, index++}, value, arena);
  }
};

}  // namespace flink
