// SPDX-License-Identifier: Apache-2.0
#include "unit/sql/random_trees.h"

namespace flink::sql::test {
namespace {

constexpr Range somewhere{0, 1};  // a name that is there has a place

}  // namespace

Name RandomTrees::name() {
  constexpr std::string_view names[] = {"a",    "Order", "select", "x y", "with`tick",
                                        "日本", "_1",    "a.b",    "'q'", "VALUE"};
  return {names[static_cast<std::size_t>(below(10))], somewhere, true};
}

Path RandomTrees::path(int parts_max) {
  std::vector<Name> parts{name()};
  while (static_cast<int>(parts.size()) < parts_max && chance()) parts.push_back(name());
  return arena_.list(parts);
}

std::string_view RandomTrees::text() {
  constexpr std::string_view texts[] = {"",   "a",        "it's", "\n",    "😀",  "`",
                                        "--", "/*+ x */", "''",   "a\\nb", "%_", "\t;"};
  return texts[static_cast<std::size_t>(below(12))];
}

std::vector<Node> RandomTrees::some(int least, int most, int depth) {
  std::vector<Node> out;
  const int count = least + below(most - least + 1);
  for (int i = 0; i < count; ++i) out.push_back(expression(depth));
  return out;
}

IntervalQualifier RandomTrees::qualifier() {
  IntervalQualifier out;
  out.from = static_cast<TimeUnit>(1 + below(8));
  if (chance()) out.precision = below(9);
  if (out.from == TimeUnit::day && chance()) out.to = static_cast<TimeUnit>(6 + below(3));
  if (out.from == TimeUnit::year && chance()) out.to = TimeUnit::month;
  const bool seconds =
      out.to == TimeUnit::second || (out.from == TimeUnit::second && out.precision >= 0);
  if (seconds && chance()) out.fraction = below(9);
  return out;
}

std::vector<OrderItem> RandomTrees::order(int depth) {
  std::vector<OrderItem> out;
  do out.push_back({expression(depth), chance(), static_cast<OrderItem::Nulls>(below(3))});
  while (chance());
  return out;
}

Node RandomTrees::expression(int depth) {
  if (depth <= 0) return leaf();
  switch (below(8)) {
    case 0:
    case 1:
    case 2:
      return operator_(depth - 1);
    case 3:
      return predicate(depth - 1);
    case 4:
      return call(depth - 1);
    case 5:
      return special(depth - 1);
    case 6:
      return other(depth - 1);
    default:
      return leaf();
  }
}

Node RandomTrees::leaf() {
  if (chance()) {
    NameReference node;
    node.path = path(3);
    return made(node);
  }
  if (below(4) == 0) {
    IntervalLiteral node;
    node.negative = chance();
    node.value = text();
    node.qualifier = qualifier();
    return made(node);
  }
  return literal();
}

Node RandomTrees::literal() {
  Literal node;
  node.literal = static_cast<LiteralKind>(below(11));
  switch (node.literal) {
    case LiteralKind::null:
      break;
    case LiteralKind::unknown:
      node.value = "UNKNOWN";
      break;
    case LiteralKind::boolean:
      node.value = chance() ? "TRUE" : "FALSE";
      break;
    case LiteralKind::exact:
      node.value = chance() ? "12" : chance() ? "1.50" : ".5";
      break;
    case LiteralKind::approximate:
      node.value = chance() ? "1e0" : "2.5E-3";
      break;
    case LiteralKind::bytes:
      node.value = chance() ? "" : "0aFF";
      break;
    default:
      node.value = text();
  }
  return made(node);
}

Node RandomTrees::operator_(int depth) {
  switch (below(4)) {
    case 0: {
      Unary node;
      node.op = static_cast<UnaryOperator>(below(3));
      node.operand = expression(depth);
      return made(node);
    }
    case 1: {
      Chain node;
      node.op = static_cast<ChainOperator>(below(3));
      node.operands = arena_.list(some(2, 4, depth));
      return made(node);
    }
    default: {
      Binary node;
      node.op = static_cast<BinaryOperator>(
          below(static_cast<int>(BinaryOperator::multiset_except_distinct) + 1));
      node.left = expression(depth);
      node.right = expression(depth);
      return made(node);
    }
  }
}

Node RandomTrees::predicate(int depth) {
  switch (below(5)) {
    case 0: {
      Test node;
      node.test = static_cast<TestKind>(below(10));
      node.negated = chance();
      node.operand = expression(depth);
      return made(node);
    }
    case 1: {
      Between node;
      node.negated = chance();
      node.symmetric = chance();
      node.operand = expression(depth);
      node.low = expression(depth);
      node.high = expression(depth);
      return made(node);
    }
    case 2: {
      In node;
      node.negated = chance();
      node.operand = expression(depth);
      node.list = arena_.list(some(1, 3, depth));
      return made(node);
    }
    case 3: {
      Like node;
      node.like = static_cast<LikeKind>(below(4));
      node.negated = chance();
      node.operand = expression(depth);
      node.pattern = expression(depth);
      if (chance()) node.escape = expression(depth);
      return made(node);
    }
    default: {
      Quantified node;
      node.op = static_cast<BinaryOperator>(5 + below(6));
      node.all = chance();
      node.operand = expression(depth);
      node.list = arena_.list(some(1, 3, depth));
      return made(node);
    }
  }
}

Node RandomTrees::call(int depth) {
  Call node;
  node.name = path(3);
  node.star = below(8) == 0;
  if (!node.star) {
    std::vector<Argument> arguments;
    for (const Node value : some(0, 3, depth)) {
      arguments.push_back({below(4) == 0 ? name() : Name{}, value});
    }
    node.arguments = arena_.list(arguments);
    node.distinct = !arguments.empty() && chance();
    if (!arguments.empty() && below(4) == 0) node.order_by = arena_.list(order(depth));
  }
  if (below(4) == 0) node.nulls = static_cast<NullTreatment>(1 + below(2));
  if (below(4) == 0) node.within_group = arena_.list(order(depth));
  if (below(4) == 0) node.filter = expression(depth);
  if (below(4) == 0) {
    WindowSpecification window;
    if (chance()) window.base = name();
    if (chance()) window.partition_by = arena_.list(some(1, 2, depth));
    if (chance()) window.order_by = arena_.list(order(depth));
    window.frame = static_cast<WindowSpecification::Frame>(below(3));
    if (window.frame != WindowSpecification::Frame::none) {
      window.lower.kind = static_cast<FrameBound::Kind>(below(2));
      if (window.lower.kind == FrameBound::Kind::preceding) window.lower.distance = leaf();
      window.between = chance();
    }
    node.over = arena_.make(window);
  } else if (below(4) == 0) {
    node.over_name = name();
  }
  return made(node);
}

Node RandomTrees::special(int depth) {
  struct Form {
    std::string_view name;
    int least, most;  // of values
    int unit;         // the place of the unit among the arguments; -1: none
  };
  constexpr Form forms[] = {
      {"EXTRACT", 1, 1, 0},      {"POSITION", 2, 3, -1},     {"OVERLAY", 3, 4, -1},
      {"SUBSTRING", 2, 3, -1},   {"FLOOR", 1, 1, 1},         {"CEIL", 1, 1, -1},
      {"TIMESTAMPADD", 2, 2, 0}, {"TIMESTAMPDIFF", 2, 2, 0}, {"DATE_DIFF", 2, 2, 2},
      {"TRIM", 2, 2, 0},
  };
  const auto& form = forms[below(10)];
  auto values = some(form.least, form.most, depth);
  if (form.unit >= 0) {
    Symbol symbol;
    constexpr std::string_view units[] = {"DAY", "EPOCH", "WEEK(MONDAY)", "MILLISECOND"};
    symbol.text = form.name == "TRIM" ? "LEADING" : units[below(4)];
    values.insert(values.begin() + form.unit, made(symbol));
  }
  Call node;
  node.form = CallForm::special;
  node.name = arena_.list(std::vector<Name>{{form.name, somewhere, false}});
  std::vector<Argument> arguments;
  for (const Node value : values) arguments.push_back({{}, value});
  node.arguments = arena_.list(arguments);
  return made(node);
}

Node RandomTrees::other(int depth) {
  switch (below(6)) {
    case 0: {
      Case node;
      const bool simple = chance();
      if (simple) node.operand = expression(depth);
      std::vector<When> whens;
      do whens.push_back({arena_.list(some(1, simple ? 2 : 1, depth)), expression(depth)});
      while (chance());
      node.whens = arena_.list(whens);
      if (chance()) node.otherwise = expression(depth);
      return made(node);
    }
    case 1: {
      Cast node;
      node.try_ = chance();
      node.operand = expression(depth);
      node.type = type(depth);
      return made(node);
    }
    case 2: {
      Constructor node;
      node.constructor = static_cast<ConstructorKind>(below(7));
      node.elements = arena_.list(some(2, 3, depth));
      return made(node);
    }
    case 3: {
      Element node;
      node.operand = expression(depth);
      node.index = expression(depth);
      return made(node);
    }
    case 4: {
      Field node;
      node.operand = expression(depth);
      node.name = name();
      return made(node);
    }
    default: {
      IntervalOf node;
      node.negative = chance();
      node.operand = expression(depth);
      node.qualifier.from = static_cast<TimeUnit>(1 + below(8));
      return made(node);
    }
  }
}

const DataType* RandomTrees::type(int depth) {
  DataType out{static_cast<TypeKind>(below(static_cast<int>(TypeKind::named)))};
  if (depth <= 0 && out.kind >= TypeKind::array && out.kind <= TypeKind::structured) {
    out.kind = TypeKind::bigint;
  }
  switch (out.kind) {
    case TypeKind::decimal:
      if (chance()) out.precision = below(38);
      if (out.precision > 0 && chance()) out.scale = below(out.precision);
      break;
    case TypeKind::character:
    case TypeKind::varbinary:
    case TypeKind::time:
    case TypeKind::timestamp:
    case TypeKind::timestamp_ltz:
      if (chance()) out.precision = below(9);
      break;
    case TypeKind::interval:
      out.interval = qualifier();
      break;
    case TypeKind::map:
      out.key = type(depth - 1);
      [[fallthrough]];
    case TypeKind::array:
    case TypeKind::multiset:
      out.element = type(depth - 1);
      break;
    case TypeKind::row:
    case TypeKind::structured: {
      std::vector<RowField> fields;
      while (chance()) {
        fields.push_back({name(), type(depth - 1), chance() ? Text{text(), somewhere} : Text{}});
      }
      out.fields = arena_.list(fields);
      out.class_name = {text(), somewhere};
      break;
    }
    case TypeKind::raw:
      out.class_name = {text(), somewhere};
      out.snapshot = {text(), somewhere};
      break;
    default:
      break;
  }
  return arena_.make(out);
}

}  // namespace flink::sql::test
