// SPDX-License-Identifier: Apache-2.0
// Reads JSON text in one pass; what is open lies on two stacks until it is closed.
#include <algorithm>
#include <numeric>
#include <vector>

#include "table/fn/json.h"
#include "table/fn/utf8.h"

namespace flink::table::fn {

namespace {

// As deep as Flink's reader goes; the stack of a fiber has room for it when the tree is walked.
constexpr int depth_max = 1000;
// Up to so many members are compared with each other, more are sorted.
constexpr std::size_t few = 16;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Reader {
 public:
  Reader(Memory& memory, std::string_view text, Repeated repeated)
      : memory_(memory), text_(text), repeated_(repeated) {}

  JsonResult read() {
    JsonNode* root = memory_.array<JsonNode>(1);
    *root = JsonNode{};
    if (!value(*root, 0) || !root_ends()) return {nullptr, why_};
    return {root, {}};
  }

 private:
  bool fail(std::string_view why) {
    why_ = why;
    return false;
  }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (next() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  // Behind a number or a word stands a blank, or nothing; behind others anything may.
  bool root_ends() {
    if (at_ == text_.size() || is_blank(text_[at_])) return true;
    const char last = text_[at_ - 1];
    return last == '"' || last == '}' || last == ']' || fail("a value does not end");
  }

  bool value(JsonNode& out, int depth) {
    skip_blanks();
    if (at_ == text_.size()) return fail("it ends where a value should be");
    switch (text_[at_]) {
      case '{':
        return depth < depth_max ? object(out, depth) : fail("it is nested too deeply");
      case '[':
        return depth < depth_max ? array(out, depth) : fail("it is nested too deeply");
      case '"':
        out.kind = JsonKind::string;
        return string(out.text);
      case 't':
        return word("true", out, JsonNode::of(true));
      case 'f':
        return word("false", out, JsonNode::of(false));
      case 'n':
        return word("null", out, JsonNode{});
      default:
        return number(out);
    }
  }

  bool word(std::string_view word, JsonNode& out, const JsonNode& value) {
    if (text_.substr(at_, word.size()) != word) return fail("a word is not known");
    at_ += word.size();
    out = value;
    return true;
  }

  bool digits() {
    const std::size_t from = at_;
    while (is_digit(next())) ++at_;
    return at_ > from;
  }
  bool number(JsonNode& out) {
    const std::size_t from = at_;
    take('-');
    const bool zero = next() == '0';
    const std::size_t first = at_;
    if (!digits()) return fail("a value is none of JSON");
    if (zero && at_ > first + 1) return fail("a number begins with 0");
    if (take('.') && !digits()) return fail("digits are missing behind the point");
    if (next() == 'e' || next() == 'E') {
      ++at_;
      if (!take('+')) take('-');
      const std::size_t exponent = at_;
      if (!digits()) return fail("digits of an exponent are missing");
      if (at_ - exponent > 9) return fail("an exponent is too large");
    }
    out = JsonNode::number(text_.substr(from, at_ - from));
    return true;
  }

  // At the quote.
  bool string(std::string_view& out) {
    const std::size_t from = ++at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\') {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) return fail("a string has a control code");
      ++at_;
    }
    if (take('"')) {
      out = text_.substr(from, at_ - 1 - from);
      return true;
    }
    std::string built{text_.substr(from, at_ - from)};
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') {
        out = memory_.copy(built);
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return fail("a string has a control code");
      if (c != '\\') {
        built += c;
      } else if (!escape(built)) {
        return false;
      }
    }
    return fail("a string does not end");
  }

  bool escape(std::string& out) {
    static constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    const char c = next();
    ++at_;
    if (c == 'u') return unicode(out);
    const std::size_t found = letters.find(c);
    if (found == std::string_view::npos) return fail("an escape in a string is not known");
    out += meant[found];
    return true;
  }

  bool unit(char32_t& out) {
    out = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = next();
      const char lower = static_cast<char>(c | 0x20);
      if (!is_digit(c) && (lower < 'a' || lower > 'f')) return fail("\\u takes four digits");
      out = out * 16 + static_cast<char32_t>(is_digit(c) ? c - '0' : lower - 'a' + 10);
      ++at_;
    }
    return true;
  }
  bool unicode(std::string& out) {
    char32_t point = 0, low = 0;
    if (!unit(point)) return false;
    if (point >= 0xd800 && point < 0xdc00 && text_.substr(at_, 2) == "\\u") {
      const std::size_t before = at_;
      at_ += 2;
      if (!unit(low)) return false;
      if (low >= 0xdc00 && low < 0xe000) {
        append_point(out, 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00));
        return true;
      }
      at_ = before;
    }
    // Half a pair is no character.
    append_point(out, point >= 0xd800 && point < 0xe000 ? U'?' : point);
    return true;
  }

  bool array(JsonNode& out, int depth) {
    ++at_;
    const std::size_t from = nodes_.size();
    skip_blanks();
    if (!take(']')) {
      do {
        JsonNode item;
        if (!value(item, depth + 1)) return false;
        nodes_.push_back(item);
        skip_blanks();
      } while (take(','));
      if (!take(']')) return fail("an array does not end");
    }
    out = JsonNode::array(memory_, std::span{nodes_}.subspan(from));
    nodes_.resize(from);
    return true;
  }

  bool object(JsonNode& out, int depth) {
    ++at_;
    const std::size_t from = nodes_.size(), from_name = names_.size();
    skip_blanks();
    if (!take('}')) {
      do {
        if (!member(depth)) return false;
        skip_blanks();
      } while (take(','));
      if (!take('}')) return fail("an object does not end");
    }
    if (!keep_last(from, from_name)) return false;
    out = JsonNode::array(memory_, std::span{nodes_}.subspan(from));
    out.kind = JsonKind::object;
    std::string_view* names = memory_.array<std::string_view>(out.count);
    std::copy(names_.begin() + static_cast<std::ptrdiff_t>(from_name), names_.end(), names);
    out.names = names;
    nodes_.resize(from);
    names_.resize(from_name);
    return true;
  }

  bool member(int depth) {
    skip_blanks();
    if (next() != '"') return fail("a member of an object has no name");
    std::string_view name;
    JsonNode item;
    if (!string(name)) return false;
    skip_blanks();
    if (!take(':')) return fail("a colon is missing");
    if (!value(item, depth + 1)) return false;
    names_.push_back(name);
    nodes_.push_back(item);
    return true;
  }

  bool differ(std::size_t from_name, std::size_t count) const {
    for (std::size_t i = 1; i < count; ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (names_[from_name + i] == names_[from_name + k]) return false;
      }
    }
    return true;
  }

  // Of members with the same name the first's place and the last's value.
  bool keep_last(std::size_t from, std::size_t from_name) {
    const std::size_t count = nodes_.size() - from;
    if (count <= few && differ(from_name, count)) return true;
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto name = [&](std::size_t i) { return names_[from_name + i]; };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return name(a) < name(b); });
    std::vector<bool> dropped(count);
    bool any = false;
    for (std::size_t i = 0, first = 0; i + 1 < count; ++i) {
      if (name(order[i]) != name(order[i + 1])) {
        first = i + 1;
        continue;
      }
      if (repeated_ == Repeated::refused) return fail("an object has two members of one name");
      nodes_[from + order[first]] = nodes_[from + order[i + 1]];
      any = dropped[order[i + 1]] = true;
    }
    if (!any) return true;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (dropped[i]) continue;
      nodes_[from + kept] = nodes_[from + i];
      names_[from_name + kept++] = name(i);
    }
    nodes_.resize(from + kept);
    names_.resize(from_name + kept);
    return true;
  }

  Memory& memory_;
  std::string_view text_;
  Repeated repeated_;
  std::size_t at_ = 0;
  std::string_view why_;
  std::vector<JsonNode> nodes_;  // of the arrays and objects that are open
  std::vector<std::string_view> names_;
};

}  // namespace

JsonResult parse_json(Memory& memory, std::string_view text, Repeated repeated) {
  return Reader{memory, text, repeated}.read();
}

}  // namespace flink::table::fn
