// SPDX-License-Identifier: Apache-2.0
// Boost.JSON parses; compiled into this file alone, so that nobody else pays for its headers.
#include "json/json_value.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <charconv>
#include <numeric>

namespace flink::json {
namespace {

constexpr std::size_t depth_max = 100;

// Of members with the same name only the last stays.
void drop_repeated(JsonValue::Members& members) {
  if (members.size() < 2) return;
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto name = [&](std::size_t i) -> const std::string& { return members[i].first; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return name(a) < name(b); });
  std::vector<bool> repeated(members.size());
  bool any = false;
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    if (name(order[i]) == name(order[i + 1])) any = repeated[order[i]] = true;
  }
  if (!any) return;
  JsonValue::Members kept;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!repeated[i]) kept.push_back(std::move(members[i]));
  }
  members = std::move(kept);
}

}  // namespace

// What Boost calls for each part of a text. Numbers are read out of their digits: Boost's own
// reading is off by a bit for some.
class JsonReader {
 public:
  using Error = boost::json::error_code;
  using Text = boost::json::string_view;
  static constexpr std::size_t max_array_size = SIZE_MAX, max_object_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX, max_key_size = SIZE_MAX;

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_array_begin(Error&) { return begin(JsonValue::Type::array); }
  bool on_array_end(std::size_t, Error&) { return end(); }
  bool on_object_begin(Error&) { return begin(JsonValue::Type::object); }
  bool on_object_end(std::size_t, Error&) {
    drop_repeated(open_.back().value.members_);
    return end();
  }
  bool on_string_part(Text part, std::size_t, Error&) { return append(part); }
  bool on_string(Text part, std::size_t, Error&) {
    JsonValue value;
    value.type_ = JsonValue::Type::string;
    value.text_ = whole(part);
    return put(std::move(value));
  }
  bool on_key_part(Text part, std::size_t, Error&) { return append(part); }
  bool on_key(Text part, std::size_t, Error&) {
    open_.back().key = whole(part);
    return true;
  }
  bool on_number_part(Text part, Error&) { return append(part); }
  bool on_int64(std::int64_t number, Text, Error&) {
    parts_.clear();
    JsonValue value;
    value.type_ = JsonValue::Type::integer;
    value.integer_ = number;
    return put(std::move(value));
  }
  bool on_uint64(std::uint64_t number, Text, Error&) {  // beyond int64
    parts_.clear();
    return put_real(static_cast<double>(number));
  }
  bool on_double(double number, Text part, Error&) {
    const std::string digits = whole(part);
    std::from_chars(digits.data(), digits.data() + digits.size(),
                    number);  // else too large or small
    return put_real(number);
  }
  bool on_bool(bool flag, Error&) {
    JsonValue value;
    value.type_ = JsonValue::Type::boolean;
    value.flag_ = flag;
    return put(std::move(value));
  }
  bool on_null(Error&) { return put({}); }
  bool on_comment_part(Text, Error&) { return true; }
  bool on_comment(Text, Error&) { return true; }

  JsonValue take() { return std::move(root_); }

 private:
  struct Open {
    JsonValue value;
    std::string key;  // of the member that comes
  };

  bool append(Text part) {
    parts_.append(part.data(), part.size());
    return true;
  }
  std::string whole(Text last) {
    append(last);
    return std::exchange(parts_, {});
  }
  bool begin(JsonValue::Type type) {
    open_.emplace_back().value.type_ = type;
    return true;
  }
  bool end() {
    JsonValue value = std::move(open_.back().value);
    open_.pop_back();
    return put(std::move(value));
  }
  bool put_real(double number) {
    JsonValue value;
    value.type_ = JsonValue::Type::real;
    value.real_ = number;
    return put(std::move(value));
  }
  bool put(JsonValue value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto& [parent, key] = open_.back(); parent.type_ == JsonValue::Type::array) {
      parent.items_.push_back(std::move(value));
    } else {
      parent.members_.emplace_back(std::move(key), std::move(value));
    }
    return true;
  }

  std::vector<Open> open_;
  std::string parts_;
  JsonValue root_;
};

std::optional<JsonValue> JsonValue::parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = depth_max;
  boost::json::basic_parser<JsonReader> parser{options};
  boost::json::error_code error;
  const auto read = parser.write_some(false, text.data(), text.size(), error);
  if (error || read != text.size()) return std::nullopt;
  return parser.handler().take();
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
