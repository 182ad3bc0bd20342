// SPDX-License-Identifier: Apache-2.0
// CSV records to typed ones and back, column by column; for csv.h.
#pragma once

#include <flink/formats/csv_columns.h>

#include <tuple>
#include <utility>

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

// Of a record of one column.
struct OnlyColumn {
  template <class F>
  std::type_identity<std::remove_cv_t<F>> operator()(F&) const {
    return {};
  }
};
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
consteval Kind csv_only_kind() {
  using Only = decltype(apply_csv_columns(std::declval<T&>(), OnlyColumn{}));
  return kind_of<typename Only::type>;
}
// One optional column: an empty line is an absent value.
template <class T>
inline constexpr bool csv_one_optional = [] {
  if constexpr (csv_columns<T>() == 1) return csv_only_kind<T>() == Kind::optional;
  else return false;
}();
// An empty line is a record: of one text or optional.
template <class T>
inline constexpr bool csv_blank_record = [] {
  if constexpr (csv_columns<T>() == 1) {
    constexpr Kind kind = csv_only_kind<T>();
    return kind == Kind::optional || kind == Kind::string || kind == Kind::string_view ||
           kind == Kind::bytes_view;
  } else {
    return false;
  }
}();

struct OptionalColumns {
  template <class... F>
  std::integer_sequence<bool, kind_of<std::remove_cv_t<F>> == Kind::optional...> operator()(
      F&...) const {
    return {};
  }
};
template <class T>
CsvColumns csv_columns_of() {
  return []<bool... Optional>(std::integer_sequence<bool, Optional...>) {
    static constexpr bool optional[] = {Optional..., false};
    return CsvColumns{&csv_column_name<T>, optional, sizeof...(Optional)};
  }
  (decltype(apply_csv_columns(std::declval<T&>(), OptionalColumns{})){});
}

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

// `order`: where each column stands in the file; null: in order.
template <class T, class Arena>
void parse_csv_fields(const CsvField* fields, const int* order, T& out, Arena& arena,
                      const CsvDialect& dialect) {
  apply_csv_columns(out, [&](auto&... value) {
    [[maybe_unused]] std::size_t i = 0;
    [[maybe_unused]] const auto next = [&](auto& one) {
      const int place = order == nullptr ? static_cast<int>(i) : order[i];
      static constexpr CsvField none;
      const CsvField& field = place < 0 ? none : fields[place];
      const CsvColumn column{field, &csv_column_name<T>, i++, place, dialect};
      if (place >= 0) return parse_csv_column(column, one, arena);
      if constexpr (requires { one.reset(); }) one.reset();
    };
    (next(value), ...);
  });
}

template <class T, class Arena>
void parse_csv(std::string_view record, T& out, Arena& arena, const CsvDialect& dialect) {
  constexpr std::size_t columns = csv_columns<T>();
  CsvField fields[columns == 0 ? 1 : columns];
  const std::size_t found = split_csv(record, fields, columns, dialect);
  if (found != columns && columns > 0) [[unlikely]]
    throw_csv_columns(record, found, columns);
  parse_csv_fields(fields, nullptr, out, arena, dialect);
}

// Does a row that begins so look like a comment, or the file like one with a byte order mark?
bool csv_misleads(std::string_view row, const CsvDialect& dialect);

// A value that is written as its text; of others nothing misleads.
template <class T>
std::string_view csv_text(const T& value) {
  if constexpr (std::is_same_v<T, char>) return {&value, 1};
  else if constexpr (is_csv_text<T>) return {value.data(), value.size()};
  else return {};
}
template <class T>
bool csv_may_mislead(const T& value) {
  const std::string_view text = csv_text(value);
  return !text.empty() && (static_cast<unsigned char>(text[0]) >= 0xEF || text[0] == '#');
}

// A row's first text is quoted where it would begin a comment or a byte order mark.
template <class Column>
[[gnu::always_inline]] inline void write_csv_first(ByteWriter& out, const Column& value,
                                                   const CsvRules& rules) {
  if constexpr (kind_of<Column> == Kind::optional) {
    if (value.has_value() && csv_may_mislead(*value) &&
        csv_misleads(csv_text(*value), rules.dialect))
      return write_csv_quoted(out, csv_text(*value), rules.dialect);
  } else {
    if (csv_may_mislead(value) && csv_misleads(csv_text(value), rules.dialect)) [[unlikely]]
      return write_csv_quoted(out, csv_text(value), rules.dialect);
  }
  write_csv_column(out, value, rules);
}

template <class T>
void write_csv(ByteWriter& out, const T& record, const CsvRules& rules) {
  constexpr std::size_t columns = csv_columns<T>();
  [[maybe_unused]] const std::size_t before = columns == 1 ? out.size() : 0;
  apply_csv_columns(record, [&out, &rules](const auto&... value) {
    [[maybe_unused]] bool first = true;
    ((first ? (first = false, write_csv_first(out, value, rules))
            : (out.u8(static_cast<std::uint8_t>(rules.dialect.delimiter)),
               write_csv_column(out, value, rules))),
     ...);
  });
  if constexpr (columns == 1 && !csv_one_optional<T>) {
    if (out.size() == before) quote_csv_field(out, before, rules.dialect);
  }
}

}  // namespace detail
}  // namespace flink
