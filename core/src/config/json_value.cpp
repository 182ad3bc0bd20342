// SPDX-License-Identifier: Apache-2.0
#include "config/json_value.h"

#include <charconv>

namespace flink::config {

// Recursive descent over the whole text; every function leaves the rest in text_.
class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : text_(text) {}

  bool document(JsonValue& out) {
    if (!value(out, 0)) return false;
    skip_space();
    return text_.empty();
  }

 private:
  static constexpr int depth_max = 100;

  void skip_space() {
    while (!text_.empty() &&
           std::string_view(" \t\r\n").find(text_.front()) != std::string_view::npos) {
      text_.remove_prefix(1);
    }
  }
  bool take(char c) {
    skip_space();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  bool value(JsonValue& out, int depth) {
    skip_space();
    if (text_.empty() || depth > depth_max) return false;
    switch (text_.front()) {
      case '{':
        return object(out, depth);
      case '[':
        return array(out, depth);
      case '"':
        out.type_ = JsonValue::Type::string;
        return string(out.text_);
      case 't':
      case 'f':
        out.type_ = JsonValue::Type::boolean;
        out.flag_ = text_.front() == 't';
        return take_word(out.flag_ ? "true" : "false");
      case 'n':
        return take_word("null");
      default:
        return number(out);
    }
  }

  bool object(JsonValue& out, int depth) {
    out.type_ = JsonValue::Type::object;
    take('{');
    if (take('}')) return true;
    do {
      skip_space();
      std::pair<std::string, JsonValue> member;
      if (!string(member.first) || !take(':') || !value(member.second, depth + 1)) return false;
      out.members_.push_back(std::move(member));
    } while (take(','));
    return take('}');
  }

  bool array(JsonValue& out, int depth) {
    out.type_ = JsonValue::Type::array;
    take('[');
    if (take(']')) return true;
    do {
      if (!value(out.items_.emplace_back(), depth + 1)) return false;
    } while (take(','));
    return take(']');
  }

  bool number(JsonValue& out) {
    std::size_t length = 0;
    while (length < text_.size() &&
           std::string_view("+-.eE0123456789").find(text_[length]) != std::string_view::npos) {
      ++length;
    }
    const char* const begin = text_.data();
    const char* const end = begin + length;
    const std::size_t first = length > 0 && *begin == '-' ? 1 : 0;
    if (first == length || begin[first] < '0' || begin[first] > '9') return false;
    out.type_ = JsonValue::Type::integer;
    auto result = std::from_chars(begin, end, out.integer_);
    if (result.ec != std::errc{} || result.ptr != end) {
      out.type_ = JsonValue::Type::real;
      result = std::from_chars(begin, end, out.real_);
      if (result.ec != std::errc{} || result.ptr != end) return false;
    }
    text_.remove_prefix(length);
    return true;
  }

  bool hex4(std::uint32_t& out) {
    if (text_.size() < 4) return false;
    const auto result = std::from_chars(text_.data(), text_.data() + 4, out, 16);
    if (result.ec != std::errc{} || result.ptr != text_.data() + 4) return false;
    text_.remove_prefix(4);
    return true;
  }

  static void append_utf8(std::string& out, std::uint32_t c) {
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xC0 | (c >> 6));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      out += static_cast<char>(0xE0 | (c >> 12));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | (c >> 18));
      out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    }
  }

  // After "\u".
  bool unicode(std::string& out) {
    std::uint32_t c = 0;
    if (!hex4(c)) return false;
    if (c >= 0xD800 && c < 0xDC00) {
      std::uint32_t low = 0;
      if (!take_word("\\u") || !hex4(low) || low < 0xDC00 || low > 0xDFFF) return false;
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    } else if (c >= 0xDC00 && c <= 0xDFFF) {
      return false;
    }
    append_utf8(out, c);
    return true;
  }

  bool string(std::string& out) {
    if (text_.empty() || text_.front() != '"') return false;
    text_.remove_prefix(1);
    while (!text_.empty()) {
      const char c = text_.front();
      text_.remove_prefix(1);
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        out += c;
        continue;
      }
      if (text_.empty()) return false;
      const char escaped = text_.front();
      text_.remove_prefix(1);
      static constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
      if (escaped == 'u') {
        if (!unicode(out)) return false;
      } else if (const auto at = from.find(escaped); at != std::string_view::npos) {
        out += to[at];
      } else {
        return false;
      }
    }
    return false;
  }

  std::string_view text_;
};

std::optional<JsonValue> JsonValue::parse(std::string_view text) {
  JsonValue value;
  if (!JsonParser(text).document(value)) return std::nullopt;
  return value;
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

}  // namespace flink::config
