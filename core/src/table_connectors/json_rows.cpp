// SPDX-License-Identifier: Apache-2.0
#include "table_connectors/json_rows.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <cmath>
#include <map>

#include "json/json_writer.h"
#include "table/fn/text_number.h"

namespace flink::table_connectors {

using Kind = JsonCursor::Kind;

namespace {

[[noreturn]] void fail(std::string_view where, const LogicalType& type, std::string_view found) {
  constexpr std::size_t shown = 40;
  throw Error{
      ErrorKind::user,
      detail::concat("column '", where, "': expected ", type.with_nullable(true).summary(),
                     ", found '", found.substr(0, shown), found.size() > shown ? "…'" : "'")};
}

Datum nested(table::Memory& memory, const std::vector<Datum>& items) {
  auto* const place = memory.array<Datum>(items.size());
  std::copy(items.begin(), items.end(), place);
  return Datum{table::Nested{place, items.size()}};
}

// One value; a member of the reader's, so that arguments are not handed down the levels.
class Reader {
 public:
  Reader(JsonCursor& in, std::string_view where, const JsonStyle& style, table::Memory& memory)
      : in_(in), where_(where), style_(style), memory_(memory) {}

  Datum value(const LogicalType& type) {
    if (in_.kind() == Kind::null) {
      in_.scalar();
      return {};
    }
    switch (type.root()) {
      case TypeRoot::array:
        return array(type);
      case TypeRoot::row:
        return style_.rows_are_arrays ? row_of_array(type) : row_of_object(type);
      case TypeRoot::map:
      case TypeRoot::multiset:
        return map(type);
      default:
        return scalar(type);
    }
  }

 private:
  Datum scalar(const LogicalType& type) {
    const Kind kind = in_.kind();
    if (kind == Kind::array || kind == Kind::object) {
      const auto raw = in_.skip();
      if (type.is_character() && !style_.rows_are_arrays) return Datum{raw};
      return wrong(type, raw);
    }
    const auto text = in_.scalar();
    // Flink takes any other text for false.
    if (type.is(TypeRoot::boolean) && style_.rows_are_arrays && kind != Kind::boolean) {
      return wrong(type, text);
    }
    // Java's int of 1.5 and 1e2.
    if (kind == Kind::number && type.is_integer() &&
        text.find_first_of(".eE") != std::string_view::npos) {
      const auto number = table::fn::parse_double(text);
      const auto whole = std::to_string(table::fn::to_long(number.value_or(NAN)));
      const auto out = scalar_of_text(type, whole, style_.scalars, memory_);
      return out && std::isfinite(*number) ? *out : wrong(type, text);
    }
    const auto out = scalar_of_text(type, text, style_.scalars, memory_);
    return out ? *out : wrong(type, text);
  }

  Datum array(const LogicalType& type) {
    if (in_.kind() != Kind::array) return wrong(type, in_.skip());
    std::vector<Datum> items;
    for (in_.begin_array(); in_.next_element();) items.push_back(value(type.child()));
    return nested(memory_, items);
  }

  Datum row_of_array(const LogicalType& type) {
    if (in_.kind() != Kind::array) return wrong(type, in_.skip());
    std::vector<Datum> items;
    for (in_.begin_array(); in_.next_element();) {
      if (items.size() == type.size()) return wrong(type, "more fields");
      items.push_back(value(type.child(items.size())));
    }
    if (items.size() != type.size()) return wrong(type, "fewer fields");
    return nested(memory_, items);
  }

  Datum row_of_object(const LogicalType& type) {
    if (in_.kind() != Kind::object) return wrong(type, in_.skip());
    std::vector<Datum> items(type.size());
    std::vector<bool> there(type.size());
    std::string_view key;
    for (in_.begin_object(); in_.next_member(key);) {
      std::size_t field = 0;
      while (field < type.size() && type.field(field).name != key) ++field;
      if (field == type.size()) {
        in_.skip();
        continue;
      }
      items[field] = value(type.child(field));
      there[field] = true;
    }
    for (std::size_t i = 0; style_.fail_on_missing_field && i < there.size(); ++i) {
      if (!there[i]) wrong(type, detail::concat("no field ", type.field(i).name));
    }
    return nested(memory_, items);
  }

  Datum map(const LogicalType& type) {
    static const LogicalType counts{TypeRoot::integer};
    const LogicalType& keys = type.child();
    const LogicalType& values = type.is(TypeRoot::map) ? type.child(1) : counts;
    std::vector<Datum> items;
    if (in_.kind() == Kind::object) {
      std::string_view key;
      for (in_.begin_object(); in_.next_member(key);) {
        const auto name = scalar_of_text(keys, key, style_.scalars, memory_);
        if (!name) return wrong(type, key);
        put(items, *name, value(values), keys);
      }
    } else if (style_.rows_are_arrays && in_.kind() == Kind::array) {
      for (in_.begin_array(); in_.next_element();) {
        in_.begin_array();
        if (!in_.next_element()) return wrong(type, "an empty pair");
        const Datum key = value(keys);
        if (!in_.next_element()) return wrong(type, "half a pair");
        items.push_back(key);
        items.push_back(value(values));
        if (in_.next_element()) return wrong(type, "more than a pair");
      }
    } else {
      return wrong(type, in_.skip());
    }
    return nested(memory_, items);
  }

  // Of a key that comes twice the last value counts.
  static void put(std::vector<Datum>& items, const Datum& key, const Datum& value,
                  const LogicalType& keys) {
    for (std::size_t i = 0; keys.is_character() && i < items.size(); i += 2) {
      if (items[i].text() != key.text()) continue;
      items[i + 1] = value;
      return;
    }
    items.push_back(key);
    items.push_back(value);
  }

  Datum wrong(const LogicalType& type, std::string_view found) const {
    if (style_.ignore_parse_errors) return {};
    fail(where_, type, found);
  }

  JsonCursor& in_;
  std::string_view where_;
  const JsonStyle& style_;
  table::Memory& memory_;
};

void append_map(std::string& out, const LogicalType& type, const Datum& value,
                const JsonStyle& style) {
  static const LogicalType counts{TypeRoot::integer};
  const LogicalType& keys = type.child();
  const LogicalType& values = type.is(TypeRoot::map) ? type.child(1) : counts;
  const auto items = value.items();
  bool pairs = style.rows_are_arrays && !keys.is_character();
  for (std::size_t i = 0; style.rows_are_arrays && i < items.size(); i += 2) {
    pairs = pairs || items[i].null;
  }
  bool first = true;
  out += pairs ? '[' : '{';
  for (std::size_t i = 0; i < items.size(); i += 2) {
    if (items[i].null && !pairs && style.null_key == JsonStyle::NullKey::drop) continue;
    if (!first) out += ',';
    first = false;
    if (pairs) {
      out += '[';
      append_json(out, keys, items[i], style);
      out += ',';
      append_json(out, values, items[i + 1], style);
      out += ']';
      continue;
    }
    std::string key;
    if (!items[i].null) {
      append_scalar(key, keys, items[i], style.scalars);
    } else if (style.null_key == JsonStyle::NullKey::literal) {
      key = style.null_key_literal;
    } else {
      throw Error{ErrorKind::user,
                  "JSON has no NULL as a map's key; set 'json.map-null-key.mode' to DROP, which "
                  "leaves such entries out, or LITERAL, which writes 'json.map-null-key.literal'"};
    }
    json::append_json_string(out, key);
    out += ':';
    append_json(out, values, items[i + 1], style);
  }
  out += pairs ? ']' : '}';
}

void append_row(std::string& out, const LogicalType& type, const Datum& value,
                const JsonStyle& style) {
  const auto items = value.items();
  bool first = true;
  out += style.rows_are_arrays ? '[' : '{';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].null && style.ignore_null_fields && !style.rows_are_arrays) continue;
    if (!first) out += ',';
    first = false;
    if (!style.rows_are_arrays) {
      json::append_json_string(out, type.field(i).name);
      out += ':';
    }
    append_json(out, type.child(i), items[i], style);
  }
  out += style.rows_are_arrays ? ']' : '}';
}

bool is_finite(const LogicalType& type, const Datum& value) {
  if (type.is(TypeRoot::double_)) return std::isfinite(value.get<double>());
  return !type.is(TypeRoot::float_) || std::isfinite(value.get<float>());
}

}  // namespace

Datum read_json(JsonCursor& in, const LogicalType& type, std::string_view where,
                const JsonStyle& style, table::Memory& memory) {
  return Reader{in, where, style, memory}.value(type);
}

void append_json(std::string& out, const LogicalType& type, const Datum& value,
                 const JsonStyle& style) {
  if (value.null) {
    out += "null";
    return;
  }
  switch (type.root()) {
    case TypeRoot::array: {
      bool first = true;
      out += '[';
      for (const Datum& item : value.items()) {
        if (!first) out += ',';
        first = false;
        append_json(out, type.child(), item, style);
      }
      out += ']';
      break;
    }
    case TypeRoot::row:
      append_row(out, type, value, style);
      break;
    case TypeRoot::map:
    case TypeRoot::multiset:
      append_map(out, type, value, style);
      break;
    default: {
      const bool bare = is_bare(type) && is_finite(type, value) &&
                        !(type.is(TypeRoot::decimal) && style.quoted_decimals);
      if (bare) {
        append_scalar(out, type, value, style.scalars);
      } else {
        std::string text;
        append_scalar(text, type, value, style.scalars);
        json::append_json_string(out, text);
      }
      break;
    }
  }
}

const JsonStyle& values_style() {
  static const JsonStyle style = [] {
    JsonStyle out;
    out.scalars.hex_bytes = true;
    out.rows_are_arrays = true;
    out.quoted_decimals = true;
    return out;
  }();
  return style;
}

}  // namespace flink::table_connectors
