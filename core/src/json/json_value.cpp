// SPDX-License-Identifier: Apache-2.0
// Boost.JSON parses; compiled into this file alone, so that nobody else pays for its headers.
#include "json/json_value.h"

#include <boost/json/src.hpp>
#include <charconv>

namespace flink::json {
namespace {

constexpr std::size_t depth_max = 100;

}  // namespace

// Reads what Boost has parsed into our values.
class JsonReader {
 public:
  static JsonValue read(const boost::json::value& from) {
    JsonValue out;
    switch (from.kind()) {
      case boost::json::kind::null:
        break;
      case boost::json::kind::bool_:
        out.type_ = JsonValue::Type::boolean;
        out.flag_ = from.get_bool();
        break;
      case boost::json::kind::int64:
        out.type_ = JsonValue::Type::integer;
        out.integer_ = from.get_int64();
        break;
      case boost::json::kind::uint64:  // beyond int64
        out.type_ = JsonValue::Type::real;
        out.real_ = static_cast<double>(from.get_uint64());
        break;
      case boost::json::kind::double_:
        out.type_ = JsonValue::Type::real;
        out.real_ = from.get_double();
        break;
      case boost::json::kind::string:
        out.type_ = JsonValue::Type::string;
        out.text_ = from.get_string();
        break;
      case boost::json::kind::array:
        out.type_ = JsonValue::Type::array;
        out.items_.reserve(from.get_array().size());
        for (const auto& item : from.get_array()) out.items_.push_back(read(item));
        break;
      case boost::json::kind::object:
        out.type_ = JsonValue::Type::object;
        out.members_.reserve(from.get_object().size());
        for (const auto& [key, value] : from.get_object()) {
          out.members_.emplace_back(key, read(value));
        }
        break;
    }
    return out;
  }
};

std::optional<JsonValue> JsonValue::parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = depth_max;
  boost::json::error_code error;
  const auto parsed = boost::json::parse(text, error, {}, options);
  if (error) return std::nullopt;
  return JsonReader::read(parsed);
}

std::int64_t JsonValue::as_int() const {
  if (type_ != Type::real) return integer_;
  return real_ > -9e18 && real_ < 9e18 ? static_cast<std::int64_t>(real_) : 0;
}

double JsonValue::as_double() const {
  return type_ == Type::real ? real_ : static_cast<double>(integer_);
}

const JsonValue& JsonValue::operator[](std::string_view key) const {
  static const JsonValue null;
  for (const auto& [name, value] : members_) {
    if (name == key) return value;
  }
  return null;
}

}  // namespace flink::json
