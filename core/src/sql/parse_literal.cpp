// SPDX-License-Identifier: Apache-2.0
// Literals of every kind.
#include <charconv>

#include "sql/parser_core.h"

namespace flink::sql {
namespace {

struct UnitWord {
  std::string_view word;
  std::string_view plural;
  TimeUnit unit;
};
constexpr UnitWord unit_words[] = {
    {"YEAR", "YEARS", TimeUnit::year},       {"QUARTER", "QUARTERS", TimeUnit::quarter},
    {"MONTH", "MONTHS", TimeUnit::month},    {"WEEK", "WEEKS", TimeUnit::week},
    {"DAY", "DAYS", TimeUnit::day},          {"HOUR", "HOURS", TimeUnit::hour},
    {"MINUTE", "MINUTES", TimeUnit::minute}, {"SECOND", "SECONDS", TimeUnit::second},
};

TimeUnit unit_of(std::string_view word) {
  for (const auto& known : unit_words) {
    if (is_word(word, known.word) || is_word(word, known.plural)) return known.unit;
  }
  return TimeUnit::none;
}

}  // namespace

// Of the one token at hand.
Node ParserCore::literal(LiteralKind kind, std::string_view value) {
  Literal node;
  node.literal = kind;
  node.value = value;
  const auto range = token().range;
  advance();
  return finish(node, range);
}

Node ParserCore::number_literal() {
  const bool approximate = sees(TokenKind::approximate);
  return literal(approximate ? LiteralKind::approximate : LiteralKind::exact, spelled(token()));
}

// 'a', with what goes on in further lines; U&'...' UESCAPE '!'.
Node ParserCore::text_literal() {
  const auto begin = token().range;
  Literal node;
  const auto first = token();
  const bool bytes = sees(TokenKind::bytes);
  node.literal = bytes ? LiteralKind::bytes : LiteralKind::text;
  if (first.kind == TokenKind::unicode_text && sees("UESCAPE", 1)) {
    advance();
    advance();
    const auto escape = text();
    if (escape.value.size() != 1) {
      fail_with(SyntaxErrorKind::invalid, escape.range, "the escape is one ASCII character");
    }
    std::vector<Complaint> complaints;
    node.value = decoded_unicode(source_, first, static_cast<char32_t>(escape.value.front()),
                                 arena_, complaints);
    for (const auto& complaint : complaints) {
      fail_with(SyntaxErrorKind::invalid, complaint.range, complaint.what, complaint.hint);
    }
    return finish(node, from(begin));
  }
  node.value = decoded_token(first);
  advance();
  if (!sees(TokenKind::text)) return finish(node, begin);
  std::string whole{node.value};
  while (sees(TokenKind::text)) {
    const auto between = source_.substr(last_range().end, token().range.begin - last_range().end);
    if (between.find('\n') == std::string_view::npos) {
      fail_with(SyntaxErrorKind::invalid, token().range,
                "two texts without an operator between them",
                "a text goes on in the next line only; texts are joined by ||");
    }
    auto part = token();
    if (bytes) part.kind = TokenKind::bytes;
    whole += decoded_token(part);
    advance();
  }
  node.value = arena_.text(whole);
  return finish(node, from(begin));
}

// DATE '...' and the like, at the word; nothing if no text follows it.
Node ParserCore::typed_literal() {
  if (sees("DECIMAL")) return decimal_literal();
  const auto begin = token().range;
  Literal node;
  std::size_t words = 1;
  if (sees("DATE")) node.literal = LiteralKind::date;
  else if (sees("TIME")) node.literal = LiteralKind::time;
  else if (sees("TIMESTAMP")) node.literal = LiteralKind::timestamp;
  else return nullptr;
  if (sees("TIMESTAMP") && sees("WITH", 1) && sees("LOCAL", 2) && sees("TIME", 3) &&
      sees("ZONE", 4)) {
    node.literal = LiteralKind::timestamp_ltz;
    words = 5;
  }
  if (!sees(TokenKind::text, words)) return nullptr;
  for (std::size_t i = 0; i < words; ++i) advance();
  node.value = decoded_token(token());
  advance();
  return finish(node, from(begin));
}

// DECIMAL '-1.50' is the number -1.50.
Node ParserCore::decimal_literal() {
  if (!sees(TokenKind::text, 1)) return nullptr;
  const auto begin = token().range;
  advance();
  auto digits = decoded_token(token());
  while (digits.starts_with(' ')) digits.remove_prefix(1);
  while (digits.ends_with(' ')) digits.remove_suffix(1);
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const auto point = digits.find('.');
  const auto is_digits = [](std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const bool right = point == std::string_view::npos
                         ? !digits.empty() && is_digits(digits)
                         : digits.size() > 1 && is_digits(digits.substr(0, point)) &&
                               is_digits(digits.substr(point + 1));
  if (!right) {
    fail_with(SyntaxErrorKind::invalid, token().range, "this text is no decimal number",
              "digits with at most one point, as in DECIMAL '1.50'");
  }
  advance();
  Literal number;
  number.literal = LiteralKind::exact;
  number.value = digits;
  const Node positive = finish(number, from(begin));
  if (!negative) return positive;
  Unary node;
  node.op = UnaryOperator::minus;
  node.operand = positive;
  return finish(node, from(begin), 1);
}

bool ParserCore::sees_interval_unit() const {
  return token().kind == TokenKind::word && unit_of(spelled(token())) != TimeUnit::none;
}

Node ParserCore::interval() {
  const auto begin = token().range;
  advance();
  operator_at_ = no_operator;
  const bool negative = sees(TokenKind::minus);
  if (negative || sees(TokenKind::plus)) advance();
  if (sees(TokenKind::text)) {
    IntervalLiteral node;
    node.negative = negative;
    node.value = decoded_token(token());
    advance();
    node.qualifier = interval_qualifier(false);
    return finish(node, from(begin));
  }
  IntervalOf node;
  node.negative = negative;
  if (sees(TokenKind::left_parenthesis)) {
    advance();
    node.operand = expression();
    expect(TokenKind::right_parenthesis);
  } else if (sees(TokenKind::integer) || sees(TokenKind::decimal) || sees(TokenKind::approximate)) {
    node.operand = number_literal();
  } else if (sees_name()) {
    NameReference name;
    const auto name_begin = token().range;
    name.path = path();
    node.operand = finish(name, from(name_begin));
  } else {
    fail_expecting("'an interval'");
  }
  node.qualifier = interval_qualifier(true);
  return finish(node, from(begin), node.operand->depth);
}

IntervalQualifier ParserCore::interval_qualifier(bool leading_only) {
  IntervalQualifier out;
  const auto begin = token().range;
  if (!sees_interval_unit()) {
    for (const auto& known : unit_words) also_expected(known.word);
    fail_expecting("a unit of time");
  }
  const auto unit = [this] {
    const auto out = unit_of(spelled(token()));
    advance();
    return out;
  };
  out.from = unit();
  if (out.from == TimeUnit::second && sees(TokenKind::left_parenthesis)) {
    advance();
    out.precision = whole_number();
    if (accept(TokenKind::comma)) out.fraction = whole_number();
    expect(TokenKind::right_parenthesis);
  } else {
    out.precision = precision();
  }
  // Another TO is not the interval's: FLOOR(INTERVAL '1' DAY TO YEAR).
  const bool range = out.from == TimeUnit::year || out.from == TimeUnit::day ||
                     out.from == TimeUnit::hour || out.from == TimeUnit::minute;
  const auto to = unit_of(spelled(token(1)));
  const bool right = out.from == TimeUnit::year ? to == TimeUnit::month : to > out.from;
  if (!leading_only && range && sees("TO") && sees(TokenKind::word, 1) && right) {
    advance();
    out.to = unit();
    if (out.to == TimeUnit::second) out.fraction = precision();
  }
  out.range = from(begin);
  return out;
}

int ParserCore::precision() {
  if (!sees(TokenKind::left_parenthesis)) return -1;
  advance();
  const int out = whole_number();
  expect(TokenKind::right_parenthesis);
  return out;
}

int ParserCore::whole_number() {
  if (!sees(TokenKind::integer)) fail_expecting("a whole number");
  const auto digits = spelled(token());
  int out = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (read.ec != std::errc{}) {
    fail_with(SyntaxErrorKind::invalid, token().range, "this number is too large here",
              "at most 2147483647");
  }
  advance();
  return out;
}

}  // namespace flink::sql
