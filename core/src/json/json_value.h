// SPDX-License-Identifier: Apache-2.0
// JSON text read into values: what a client needs of REST's answers. Objects keep their order;
// of members with the same name the last counts.
// Input may be anything: what is not JSON, or is nested more than 100 deep, gives nothing. A plain
// value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flink::json {

class JsonValue {
 public:
  enum class Type : unsigned char { null, boolean, integer, real, string, array, object };
  using Members = std::vector<std::pair<std::string, JsonValue>>;

  static std::optional<JsonValue> parse(std::string_view text);

  Type type() const { return type_; }
  // Of another type: false, 0, "" or none, so that a chain of look-ups needs no checks.
  bool as_bool() const { return flag_; }
  std::int64_t as_int() const;
  double as_double() const;
  const std::string& as_string() const { return text_; }
  const std::vector<JsonValue>& items() const { return items_; }
  const Members& members() const { return members_; }
  // The member, or a null value.
  const JsonValue& operator[](std::string_view key) const;

 private:
  friend class JsonReader;
  Type type_ = Type::null;
  bool flag_ = false;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string text_;
  std::vector<JsonValue> items_;
  Members members_;
};

}  // namespace flink::json
