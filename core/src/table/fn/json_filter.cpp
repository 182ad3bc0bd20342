// SPDX-License-Identifier: Apache-2.0
// Filters of JSON paths: || && ! and parentheses over comparisons of paths and literals.
#include <algorithm>
#include <cstdlib>

#include "table/fn/json_path.h"
#include "table/fn/regex.h"

namespace flink::table::fn {

namespace {

// Null: the path led to nothing, and no comparison holds.
using Operand = std::optional<JsonNode>;

double number_of(const JsonNode& node) {
  return std::strtod(std::string{node.text}.c_str(), nullptr);
}

bool equal(const JsonNode& a, const JsonNode& b) {
  // Text that says the same number is equal to it.
  if (a.kind != b.kind) {
    if (a.kind == JsonKind::string && b.kind == JsonKind::number) {
      return a.text == b.text;
    }
    return b.kind == JsonKind::string && a.kind == JsonKind::number && a.text == b.text;
  }
  switch (a.kind) {
    case JsonKind::number:
      return number_of(a) == number_of(b);
    case JsonKind::array:
    case JsonKind::object: {
      std::string left, right;
      append_json(left, a);
      append_json(right, b);
      return left == right;
    }
    default:
      return a.flag == b.flag && a.text == b.text;
  }
}

// Whether `order(a, b)` holds of two numbers or two strings.
template <class Order>
bool ordered(const JsonNode& a, const JsonNode& b, Order order) {
  if (a.kind != b.kind) return false;
  if (a.kind == JsonKind::number) return order(number_of(a), number_of(b));
  return a.kind == JsonKind::string && order(a.text, b.text);
}

bool among(const JsonNode& one, const JsonNode& array) {
  const auto items = array.children();
  return array.kind == JsonKind::array &&
         std::any_of(items.begin(), items.end(),
                     [&](const JsonNode& item) { return equal(item, one); });
}

bool contains(const JsonNode& a, const JsonNode& b) {
  if (a.kind == JsonKind::string) {
    return b.kind == JsonKind::string && a.text.find(b.text) != std::string_view::npos;
  }
  return among(b, a);
}

std::size_t size_of(const JsonNode& node) {
  return node.kind == JsonKind::string ? node.text.size() : node.count;
}

enum class Operator : std::uint8_t {
  exists,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  matches,
  in,
  not_in,
  contains,
  size,
  empty,
};

struct Spelling {
  std::string_view text;
  Operator op;
};
// The longer ones first.
constexpr Spelling spellings[] = {
    {"===", Operator::equal},         {"!==", Operator::not_equal}, {"==", Operator::equal},
    {"!=", Operator::not_equal},      {"<=", Operator::less_equal}, {">=", Operator::greater_equal},
    {"=~", Operator::matches},        {"<", Operator::less},        {">", Operator::greater},
    {"contains", Operator::contains}, {"nin", Operator::not_in},    {"in", Operator::in},
    {"size", Operator::size},         {"empty", Operator::empty},
};

bool holds(Operator op, const Operand& a, const Operand& b) {
  if (!a || !b) return op == Operator::not_equal || op == Operator::not_in;
  switch (op) {
    case Operator::equal:
      return equal(*a, *b);
    case Operator::not_equal:
      return !equal(*a, *b);
    case Operator::less:
      return ordered(*a, *b, [](const auto& x, const auto& y) { return x < y; });
    case Operator::less_equal:
      return ordered(*a, *b, [](const auto& x, const auto& y) { return x <= y; });
    case Operator::greater:
      return ordered(*a, *b, [](const auto& x, const auto& y) { return x > y; });
    case Operator::greater_equal:
      return ordered(*a, *b, [](const auto& x, const auto& y) { return x >= y; });
    case Operator::in:
      return among(*a, *b);
    case Operator::not_in:
      return !among(*a, *b);
    case Operator::contains:
      return contains(*a, *b);
    case Operator::size:
      return b->kind == JsonKind::number && static_cast<double>(size_of(*a)) == number_of(*b);
    case Operator::empty:
      return (a->kind == JsonKind::string || !a->is_scalar()) && (size_of(*a) == 0) == b->flag;
    default:
      return false;
  }
}

struct Value {
  std::optional<JsonPath> path;
  JsonNode literal;
  std::shared_ptr<const Regex> pattern;

  Operand read(Memory& memory, const JsonNode& root, const JsonNode& item) const {
    return path ? path->read(memory, root, item) : Operand{literal};
  }
};

}  // namespace

struct JsonFilter::Node {
  enum class Kind : std::uint8_t { any_of, all_of, none_of, relation } kind = Kind::relation;
  std::vector<std::unique_ptr<Node>> parts;
  Operator op = Operator::exists;
  Value left, right;
  std::shared_ptr<Memory> memory;  // of the literals, at the root

  bool accepts(Memory& batch, const JsonNode& root, const JsonNode& item) const {
    const auto part = [&](const auto& one) { return one->accepts(batch, root, item); };
    switch (kind) {
      case Kind::any_of:
        return std::any_of(parts.begin(), parts.end(), part);
      case Kind::all_of:
        return std::all_of(parts.begin(), parts.end(), part);
      case Kind::none_of:
        return std::none_of(parts.begin(), parts.end(), part);
      case Kind::relation:
        break;
    }
    const Operand a = left.read(batch, root, item);
    if (op == Operator::exists) return left.path ? a.has_value() : a->flag;
    if (op != Operator::matches) return holds(op, a, right.read(batch, root, item));
    if (!a || !right.pattern || !a->is_scalar()) return false;
    std::string text;
    append_json_scalar(text, *a);
    const auto match = right.pattern->find(text, 0);
    return match && match->from == 0 && match->to == text.size();
  }
};

namespace {

using Node = JsonFilter::Node;
using Pointer = std::unique_ptr<Node>;

class Reader {
 public:
  Reader(std::string_view text, Memory& memory) : text_(text), memory_(memory) {}

  Pointer read() {
    Pointer out = any();
    skip_blanks();
    return out && at_ == text_.size() ? std::move(out) : nullptr;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(std::string_view word) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  template <class Part>
  Pointer list(std::string_view between, Node::Kind kind, Part part) {
    Pointer first = part();
    if (!first || !take(between)) return first;
    auto out = std::make_unique<Node>();
    out->kind = kind;
    out->parts.push_back(std::move(first));
    do {
      out->parts.push_back(part());
      if (!out->parts.back()) return nullptr;
    } while (take(between));
    return out;
  }
  Pointer any() {
    return list("||", Node::Kind::any_of, [&] { return all(); });
  }
  Pointer all() {
    return list("&&", Node::Kind::all_of, [&] { return one(); });
  }

  Pointer one() {
    if (++depth_ > 100) return nullptr;
    Pointer out;
    if (take("!")) {
      out = std::make_unique<Node>();
      out->kind = Node::Kind::none_of;
      out->parts.push_back(one());
      if (!out->parts[0]) return nullptr;
    } else if (take("(")) {
      out = any();
      if (!take(")")) return nullptr;
    } else {
      out = relation();
    }
    --depth_;
    return out;
  }

  Pointer relation() {
    auto out = std::make_unique<Node>();
    if (!value(out->left)) return nullptr;
    for (const Spelling& spelling : spellings) {
      if (!take(spelling.text)) continue;
      out->op = spelling.op;
      return value(out->right) ? std::move(out) : nullptr;
    }
    return out;
  }

  bool value(Value& out) {
    skip_blanks();
    if (at_ == text_.size()) return false;
    const char c = text_[at_];
    if (c == '$' || c == '@') return path(out);
    if (c == '/') return pattern(out);
    if (c == '\'' || c == '"') return string(out, c);
    if (c == '[') return array(out);
    const std::size_t end = c == '{' ? closing('{', '}') : text_.find_first_of(" ,])&|=<>!~", at_);
    const auto json = text_.substr(at_, std::min(end, text_.size()) - at_);
    const auto read = parse_json(memory_, memory_.copy(json));
    if (!read.root) return false;
    out.literal = *read.root;
    at_ += json.size();
    return true;
  }

  // Of literals, whose strings may have either quote.
  bool array(Value& out) {
    if (++depth_ > 100) return false;
    ++at_;
    std::vector<JsonNode> items;
    if (!take("]")) {
      do {
        Value item;
        if (!value(item) || item.path || item.pattern) return false;
        items.push_back(item.literal);
      } while (take(","));
      if (!take("]")) return false;
    }
    out.literal = JsonNode::array(memory_, items);
    --depth_;
    return true;
  }

  // Behind the bracket that closes the one here.
  std::size_t closing(char open, char close) const {
    char quote = 0;
    int depth = 0;
    for (std::size_t i = at_; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '\\') {
        ++i;
      } else if (quote) {
        if (c == quote) quote = 0;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == open) {
        ++depth;
      } else if (c == close && --depth == 0) {
        return i + 1;
      }
    }
    return text_.size();
  }

  bool path(Value& out) {
    const std::size_t from = at_++;
    int calls = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '[') {
        at_ = closing('[', ']');
        continue;
      }
      if (c == '(') ++calls;
      if (c == ')' && --calls < 0) break;
      if (std::string_view{" =<>!~&|"}.find(c) != std::string_view::npos) break;
      ++at_;
    }
    out.path = JsonPath::compile(text_.substr(from, at_ - from));
    return out.path.has_value();
  }

  bool pattern(Value& out) {
    std::string expression;
    for (++at_; at_ < text_.size() && text_[at_] != '/'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) expression += text_[at_++];
      expression += text_[at_];
    }
    if (at_ >= text_.size()) return false;
    ++at_;
    std::string flags;
    while (at_ < text_.size() && text_[at_] >= 'a' && text_[at_] <= 'z') flags += text_[at_++];
    if (!flags.empty()) expression = "(?" + flags + ")" + expression;
    out.pattern = std::make_shared<const Regex>(expression);
    return out.pattern->valid();
  }

  bool string(Value& out, char quote) {
    std::string text;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      text += text_[at_];
    }
    if (at_ >= text_.size()) return false;
    ++at_;
    out.literal = JsonNode::string(memory_.copy(text));
    return true;
  }

  std::string_view text_;
  Memory& memory_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::shared_ptr<const JsonFilter> JsonFilter::compile(std::string_view text) {
  auto memory = std::make_shared<Memory>();
  auto root = Reader{text, *memory}.read();
  if (!root) return nullptr;
  root->memory = std::move(memory);
  return std::make_shared<const JsonFilter>(std::move(root));
}

JsonFilter::JsonFilter(std::unique_ptr<Node> root) : root_(std::move(root)) {}
JsonFilter::~JsonFilter() = default;

bool JsonFilter::accepts(Memory& memory, const JsonNode& root, const JsonNode& item) const {
  return root_->accepts(memory, root, item);
}

}  // namespace flink::table::fn
