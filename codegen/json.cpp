// SPDX-License-Identifier: Apache-2.0
#include "codegen/json.h"

#include <cstdlib>

namespace flink::codegen {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<Json> run() {
    Json out;
    if (!value(out, 0)) return std::nullopt;
    skip_blanks();
    if (at_ != text_.size()) return std::nullopt;
    return out;
  }

 private:
  static constexpr int kDepthMax = 200;

  void skip_blanks() {
    while (at_ < text_.size() &&
           std::string_view{" \t\r\n"}.find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }
  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view wanted, Json& out, Json::Kind kind) {
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    out.kind = kind;
    if (kind != Json::Kind::null) out.text = wanted;
    return true;
  }

  bool value(Json& out, int depth) {
    skip_blanks();
    if (at_ >= text_.size() || depth > kDepthMax) return false;
    switch (text_[at_]) {
      case '{':
        return object(out, depth);
      case '[':
        return array(out, depth);
      case '"':
        out.kind = Json::Kind::string;
        return string(out.text);
      case 't':
        return word("true", out, Json::Kind::boolean);
      case 'f':
        return word("false", out, Json::Kind::boolean);
      case 'n':
        return word("null", out, Json::Kind::null);
      default:
        return number(out);
    }
  }

  bool object(Json& out, int depth) {
    out.kind = Json::Kind::object;
    ++at_;
    if (take('}')) return true;
    do {
      skip_blanks();
      std::string name;
      if (at_ >= text_.size() || text_[at_] != '"' || !string(name) || !take(':')) return false;
      if (!value(out.fields[name], depth + 1)) return false;
    } while (take(','));
    return take('}');
  }

  bool array(Json& out, int depth) {
    out.kind = Json::Kind::array;
    ++at_;
    if (take(']')) return true;
    do {
      if (!value(out.items.emplace_back(), depth + 1)) return false;
    } while (take(','));
    return take(']');
  }

  bool number(Json& out) {
    const auto end = text_.find_first_not_of("+-0123456789.eE", at_);
    out.kind = Json::Kind::number;
    out.text = text_.substr(at_, end == std::string_view::npos ? end : end - at_);
    at_ += out.text.size();
    return !out.text.empty();
  }

  static void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | (code >> 6));
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      out += static_cast<char>(0xE0 | (code >> 12));
      out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }

  bool string(std::string& out) {
    ++at_;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] != '\\') {
        out += text_[at_];
        continue;
      }
      if (++at_ >= text_.size()) return false;
      constexpr std::string_view kNames = "bfnrt";
      constexpr std::string_view kValues = "\b\f\n\r\t";
      if (const auto index = kNames.find(text_[at_]); index != std::string_view::npos) {
        out += kValues[index];
      } else if (text_[at_] == 'u') {
        if (at_ + 4 >= text_.size()) return false;
        const std::string digits{text_.substr(at_ + 1, 4)};
        append_utf8(out, static_cast<unsigned>(std::strtoul(digits.c_str(), nullptr, 16)));
        at_ += 4;
      } else {
        out += text_[at_];
      }
    }
    if (at_ >= text_.size()) return false;
    ++at_;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const Json& Json::operator[](const std::string& name) const {
  static const Json kNull;
  const auto found = fields.find(name);
  return found == fields.end() ? kNull : found->second;
}

std::optional<Json> parse_json(std::string_view text) { return Reader(text).run(); }

}  // namespace flink::codegen
