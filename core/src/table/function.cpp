// SPDX-License-Identifier: Apache-2.0
#include "table/function.h"

#include "table/families/families.h"

namespace flink::table {

namespace {

std::string shape_of(const Builtin& row) {
  std::string text = "(";
  for (const Want& want : row.wants) {
    if (text.size() > 1) text += ", ";
    text += want.name;
  }
  if (row.variadic) text += ", ...";
  return text + ")";
}

template <class Take>
void each_name(std::string_view names, Take take) {
  if (names == "||") return take(names);
  while (!names.empty()) {
    const std::size_t end = std::min(names.find('|'), names.size());
    take(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
}

}  // namespace

void Registry::add(Builtin row) {
  rows_.push_back(std::make_unique<Builtin>(std::move(row)));
  const Builtin* added = rows_.back().get();
  each_name(added->names,
            [&](std::string_view name) { by_name_[std::string{name}].push_back(added); });
  listed_.push_back({added->category, added->names, shape_of(*added), added->determinism});
}

void Registry::add_special(Category category, std::string_view names, std::string_view shape) {
  listed_.push_back({category, names, std::string{shape}, Determinism::pure});
}

std::span<const Builtin* const> Registry::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return {};
  return found->second;
}

std::vector<std::string_view> Registry::names() const {
  std::vector<std::string_view> out;
  for (const auto& [name, rows] : by_name_) out.push_back(name);
  return out;
}

Call::Call(std::vector<LogicalType> types, LogicalType result_type)
    : arguments(std::move(types)), result(std::move(result_type)) {
  for (const LogicalType& type : arguments) widths.push_back(width_of(type));
  result_width = width_of(result);
}

namespace want {

namespace {
bool is_any(const LogicalType&) { return true; }
bool is_character(const LogicalType& type) { return type.is_character(); }
bool is_boolean(const LogicalType& type) { return type.is(TypeRoot::boolean); }
bool is_numeric(const LogicalType& type) { return type.is_numeric(); }
bool is_exact(const LogicalType& type) { return type.is_exact(); }
bool is_integer(const LogicalType& type) { return type.is_integer(); }
bool fits_int(const LogicalType& type) { return type.is_integer() && !type.is(TypeRoot::bigint); }
bool is_binary(const LogicalType& type) { return type.is_binary(); }
bool is_text_or_bytes(const LogicalType& type) { return type.is_character() || type.is_binary(); }
bool is_date(const LogicalType& type) { return type.is(TypeRoot::date); }
bool is_datetime(const LogicalType& type) { return type.is_datetime(); }
bool is_timestamp(const LogicalType& type) { return type.is_timestamp(); }
bool is_array(const LogicalType& type) { return type.is(TypeRoot::array); }
bool is_map(const LogicalType& type) { return type.is(TypeRoot::map); }
bool is_row(const LogicalType& type) { return type.is(TypeRoot::row); }
bool is_interval(const LogicalType& type) { return type.is_interval(); }
bool is_variant(const LogicalType& type) { return type.is(TypeRoot::variant); }
bool is_bitmap(const LogicalType& type) { return type.is(TypeRoot::bitmap); }
}  // namespace

const Want any{"ANY", &is_any};
const Want character{"CHARACTER", &is_character};
const Want character_as_string{"CHARACTER", &is_character, LogicalType::string()};
const Want boolean{"BOOLEAN", &is_boolean};
const Want numeric{"NUMERIC", &is_numeric};
const Want numeric_as_double{"NUMERIC", &is_numeric, LogicalType{TypeRoot::double_}};
const Want exact{"EXACT_NUMERIC", &is_exact};
const Want integer{"INTEGER_NUMERIC", &is_integer};
const Want as_int{"INT", &fits_int, LogicalType{TypeRoot::integer}};
const Want as_bigint{"BIGINT", &is_integer, LogicalType{TypeRoot::bigint}};
const Want binary{"BINARY", &is_binary};
const Want string_or_binary{"CHARACTER or BINARY", &is_text_or_bytes};
const Want date{"DATE", &is_date};
const Want datetime{"DATETIME", &is_datetime};
const Want timestamp{"TIMESTAMP", &is_timestamp};
const Want array{"ARRAY", &is_array};
const Want map{"MAP", &is_map};
const Want row{"ROW", &is_row};
const Want interval{"INTERVAL", &is_interval};
const Want variant{"VARIANT", &is_variant};
const Want bitmap{"BITMAP", &is_bitmap};

}  // namespace want

namespace result {

ResultRule is(LogicalType type) {
  return [type](const Binding&) { return type; };
}
ResultRule string() { return is(LogicalType::string()); }
ResultRule argument(std::size_t index) {
  return [index](const Binding& binding) { return binding.types[index]; };
}
ResultRule varying(std::size_t index) {
  return [index](const Binding& binding) {
    const LogicalType& type = binding.types[index];
    return LogicalType{type.is_binary() ? TypeRoot::varbinary : TypeRoot::varchar, type.length()};
  };
}

}  // namespace result

}  // namespace flink::table
