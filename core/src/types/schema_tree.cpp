// SPDX-License-Identifier: Apache-2.0
#include "types/schema_tree.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/bytes.h>

#include <algorithm>
#include <charconv>

namespace flink::types {
namespace {

using flink::detail::concat;

constexpr std::uint64_t bytes_cap = std::uint64_t{1} << 40;  // of anything fixed: no overflows
constexpr std::size_t text_bytes_max = std::size_t{4} << 20;

struct Scalar {
  std::string_view name;
  NodeKind kind;
  std::uint8_t width;
  bool is_signed;
};
constexpr Scalar scalars[] = {
    {"bool", NodeKind::boolean, 1, false},  {"char", NodeKind::character, 1, false},
    {"i8", NodeKind::integer, 1, true},     {"i16", NodeKind::integer, 2, true},
    {"i32", NodeKind::integer, 4, true},    {"i64", NodeKind::integer, 8, true},
    {"i128", NodeKind::integer, 16, true},  {"u8", NodeKind::integer, 1, false},
    {"u16", NodeKind::integer, 2, false},   {"u32", NodeKind::integer, 4, false},
    {"u64", NodeKind::integer, 8, false},   {"u128", NodeKind::integer, 16, false},
    {"f32", NodeKind::floating, 4, true},   {"f64", NodeKind::floating, 8, true},
    {"string", NodeKind::string, 0, false}, {"bytes", NodeKind::bytes, 0, false},
};

struct Container {
  std::string_view name;
  NodeKind kind;
  std::size_t children;  // 0: any number
};
constexpr Container containers[] = {
    {"duration", NodeKind::duration, 1}, {"time", NodeKind::time, 1},
    {"optional", NodeKind::optional, 1}, {"list", NodeKind::list, 1},
    {"set", NodeKind::set, 1},           {"map", NodeKind::map, 2},
    {"array", NodeKind::array, 1},       {"tuple", NodeKind::tuple, 0},
    {"variant", NodeKind::variant, 0},
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

class SchemaParser {
 public:
  explicit SchemaParser(SchemaTree& tree) : tree_(tree), text_(tree.text_) {}

  void run() {
    if (text_.size() > text_bytes_max) fail("a shorter text");
    tree_.root_ = type();
    if (at_ != text_.size()) fail("the end");
  }

 private:
  [[noreturn]] void fail(const char* expected) const {
    constexpr std::size_t shown = 60;
    const std::size_t from = at_ > shown ? at_ - shown : 0;
    throw Error(ErrorKind::internal,
                concat("schema: expected ", expected, " at byte ", at_, " behind '",
                       std::string_view(text_).substr(from, at_ - from), "'"));
  }
  bool accept(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c, const char* what) {
    if (!accept(c)) fail(what);
  }
  std::string_view word() {
    const std::size_t from = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    const char* end = text_.data() + text_.size();
    const auto [next, error] = std::from_chars(text_.data() + at_, end, value);
    if (error != std::errc{}) fail("a number");
    at_ = static_cast<std::size_t>(next - text_.data());
    return value;
  }

  std::uint32_t type() {
    if (++depth_ > nesting_max) fail("less nesting");
    const std::size_t from = at_;
    const std::size_t outer_levels = escapes_;
    escapes_ = 0;
    std::uint32_t index = 0;
    if (accept('^')) {
      index = back();
    } else {
      index = static_cast<std::uint32_t>(tree_.nodes_.size());
      tree_.nodes_.emplace_back();
      const SchemaNode node = accept('{') ? record(index) : named(index);
      SchemaNode& kept = tree_.nodes_[index] = node;
      kept.text = text_.substr(from, at_ - from);
      kept.closed = escapes_ == 0;
    }
    escapes_ = std::max(escapes_, outer_levels);
    --depth_;
    return index;
  }

  std::uint32_t back() {
    const std::uint64_t up = number();
    if (up == 0 || up > records_around_.size()) fail("a record that is around this one");
    escapes_ = std::max<std::size_t>(escapes_, up);
    return records_around_[records_around_.size() - up];
  }

  SchemaNode record(std::uint32_t index) {
    SchemaNode node{.kind = NodeKind::record, .record_number = tree_.records_++};
    records_around_.push_back(index);
    if (!accept('}')) {
      do {
        const std::string_view name = word();
        if (name.empty()) fail("the name of a field");
        node.names.push_back(name);
        expect(':', "':'");
        node.children.push_back(type());
      } while (accept(','));
      expect('}', "',' or '}'");
    }
    records_around_.pop_back();
    if (escapes_ > 0) --escapes_;  // this record is one of those meant
    sum_up(node, index);
    return node;
  }

  SchemaNode named(std::uint32_t index) {
    const std::string_view name = word();
    for (const Scalar& scalar : scalars) {
      if (scalar.name != name) continue;
      const bool plain = scalar.kind != NodeKind::boolean;  // whose bytes are checked
      const std::uint64_t least = std::max<std::uint64_t>(scalar.width, 1);
      return {.kind = scalar.kind,
              .is_signed = scalar.is_signed,
              .width = scalar.width,
              .fixed_bytes = plain ? scalar.width : 0u,
              .bytes_min = least};
    }
    for (const Container& container : containers) {
      if (container.name == name && accept('<')) return elements(container, index);
    }
    return opaque(name);
  }

  SchemaNode elements(const Container& container, std::uint32_t index) {
    SchemaNode node{.kind = container.kind};
    if (container.children > 0 || !accept('>')) {
      do {
        node.children.push_back(type());
      } while (node.children.size() != container.children && accept(','));
      if (node.children.size() < container.children) fail("','");
      extra(node);
      expect('>', "',' or '>'");
    }
    if (node.kind == NodeKind::variant && node.children.empty()) fail("an alternative");
    sum_up(node, index);
    return node;
  }

  // What stands behind the element's type.
  void extra(SchemaNode& node) {
    if (node.kind == NodeKind::array) {
      expect(',', "','");
      node.length = number();
      if (node.length > bytes_cap) fail("a shorter array");
    } else if (node.kind == NodeKind::duration || node.kind == NodeKind::time) {
      const NodeKind count = tree_.nodes_[node.children[0]].kind;
      if (count != NodeKind::integer && count != NodeKind::floating) fail("a number's type before");
      expect(',', "','");
      (void)accept('-');
      (void)number();
      expect('/', "'/'");
      (void)number();
    }
  }

  // "opaque<C++ name>", or whatever a serializer says: words with balanced brackets behind them.
  SchemaNode opaque(std::string_view name) {
    if (name.empty()) fail("a type");
    int open = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '<' || c == '(' || c == '{' || c == '[') ++open;
      if (open == 0 && (c == ',' || c == '>' || c == '}')) break;
      if (c == '>' || c == ')' || c == '}' || c == ']') --open;
      if (c == '{') ++tree_.records_;  // as defaults are counted
    }
    if (open != 0) fail("brackets that match");
    return {.kind = NodeKind::opaque};
  }

  void sum_up(SchemaNode& node, std::uint32_t index) const {
    const auto child = [&](std::uint32_t i) -> const SchemaNode& { return tree_.nodes_[i]; };
    bool fixed = true;
    std::uint64_t bytes = 0, least = 0;
    for (const std::uint32_t i : node.children) {
      // A record that is still being parsed contains itself: nothing is known of it yet.
      const bool known =
          std::find(records_around_.begin(), records_around_.end(), i) == records_around_.end() &&
          i != index;
      fixed = fixed && known && child(i).fixed_bytes > 0;
      bytes += known ? child(i).fixed_bytes : 0;
      least += known ? child(i).bytes_min : 1;
    }
    switch (node.kind) {
      case NodeKind::duration:
      case NodeKind::time:
      case NodeKind::record:
      case NodeKind::tuple:
        node.fixed_bytes = node.children.empty() ? 0 : fixed ? bytes : 0;
        node.bytes_min = std::clamp<std::uint64_t>(least, 1, bytes_cap);
        break;
      case NodeKind::array:
        if (node.length == 0) break;
        node.fixed_bytes = fixed && bytes < bytes_cap / node.length ? bytes * node.length : 0;
        node.bytes_min = least < bytes_cap / node.length ? least * node.length : bytes_cap;
        break;
      default:
        break;
    }
  }

  SchemaTree& tree_;
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::uint32_t> records_around_;
  std::size_t escapes_ = 0;  // levels that a "^n" within the node at hand leads out of it
};

SchemaTree::SchemaTree(std::string_view text) : text_(text) { SchemaParser(*this).run(); }

}  // namespace flink::types
