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
std::vector<CsvColumnInfo> csv_column_infos() {
  std::vector<CsvColumnInfo> infos;
  [&]<bool... Optional>(std::integer_sequence<bool, Optional...>) {
    (infos.push_back({csv_column_name<T>(infos.size()), Optional}), ...);
  }
  (decltype(apply_csv_columns(std::declval<T&>(), OptionalColumns{})){});
  return infos;
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
  split_csv(record, fields, columns, dialect);
  parse_csv_fields(fields, nullptr, out, arena, dialect);
}

template <class T>
void write_csv(ByteWriter& out, const T& record, const CsvRules& rules) {
  constexpr std::size_t columns = csv_columns<T>();
  const std::size_t before = out.size();
  apply_csv_columns(record, [&out, &rules](const auto&... value) {
    [[maybe_unused]] std::size_t i = 0;
    ((i++ > 0 ? out.u8(static_cast<std::uint8_t>(rules.dialect.delimiter)) : void(),
      write_csv_column(out, value, rules)),
     ...);
  });
  if constexpr (columns == 1 && !csv_one_optional<T>) {
    if (out.size() == before) quote_csv_field(out, before, rules.dialect);
  }
  // What begins a comment or a byte order mark is neither when quoted.
  if (out.size() > before) {
    const char first = out.data()[before];
    const bool odd = static_cast<unsigned char>(first) >= 0xEF || first == '#';
    if (odd && csv_misleads(out.view().substr(before), rules.dialect)) [[unlikely]]
      quote_csv_field(out, before, rules.dialect);
  }
}

template <class T>
class CsvDecoder {
 public:
  explicit CsvDecoder(CsvDialect dialect) : dialect_(std::move(dialect)) {}

  void begin_file(std::string_view header) {
    if constexpr (check_csv<T>()) {
      std::size_t columns_in_file = 0;
      order_ = csv_order(header, csv_column_infos<T>(), dialect_, columns_in_file);
      found_.resize(columns_in_file);
    }
  }
  // Blank lines are no records where they cannot be one.
  bool skips(std::string_view record) const {
    if (record.empty()) return !csv_blank_record<T>;
    return dialect_.comments && record.front() == '#';
  }
  template <class Arena>
  void decode(std::string_view record, T& out, Arena& arena) {
    if constexpr (check_csv<T>()) {
      if (order_.empty()) [[likely]]
        return parse_csv(record, out, arena, dialect_);
      found_.assign(found_.size(), {});
      split_csv(record, found_.data(), found_.size(), dialect_);
      parse_csv_fields(found_.data(), order_.data(), out, arena, dialect_);
    }
  }

 private:
  CsvDialect dialect_;
  std::vector<int> order_;  // empty: as T's fields
  std::vector<CsvField> found_;
};

template <class T>
class CsvEncoder {
 public:
  explicit CsvEncoder(CsvDialect dialect) : rules_(std::move(dialect)) {}
  void encode(ByteWriter& out, const T& record) const {
    if constexpr (check_csv<T>()) {
      write_csv(out, record, rules_);
      out.u8('\n');
    }
  }

 private:
  CsvRules rules_;
};

}  // namespace detail
}  // namespace flink
