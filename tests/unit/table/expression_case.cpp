// SPDX-License-Identifier: Apache-2.0
#include "unit/table/expression_case.h"

#include <flink/error.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>

#include "sql/parser.h"
#include "table/binder.h"
#include "table/evaluate.h"
#include "table/value_text.h"

namespace flink::table {

namespace {

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == '\t') {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    out += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == '0' ? '\0' : c;
  }
  return out;
}

// The literals' places, taken by columns of four rows, of which rows 1 and 3 count.
class Columns {
 public:
  static constexpr std::size_t rows = 4;

  ExpressionPointer add(const Expression& literal) {
    Vector vector = Vector::dense(memory_, rows, width_of(literal.type));
    for (std::size_t row = 0; row < rows; ++row) {
      vector.store_datum(row, row % 2 == 1 ? literal.value : Datum{}, width_of(literal.type));
    }
    vectors_.push_back(vector);
    kept_.push_back(literal.keeps);
    return column_expression(literal.type, vectors_.size() - 1);
  }

  ExpressionPointer replaced(const ExpressionPointer& node) {
    if (node->kind == ExpressionKind::literal) {
      const bool fixed = node->type.is(TypeRoot::symbol) || node->type.is(TypeRoot::null);
      return fixed ? node : add(*node);
    }
    auto copy = std::make_shared<Expression>(*node);
    for (auto& argument : copy->arguments) argument = replaced(argument);
    return copy;
  }

  std::span<const Vector> vectors() const { return vectors_; }

 private:
  Memory memory_;
  std::vector<Vector> vectors_;
  std::vector<std::shared_ptr<const void>> kept_;
};

class NamedColumns : public Scope {
 public:
  explicit NamedColumns(Columns& columns) : columns_(columns) {}
  void add(const Expression& literal) { named_.push_back(columns_.add(literal)); }
  std::size_t size() const { return named_.size(); }
  ExpressionPointer find(const sql::Path& path, std::size_t& used) const override {
    used = 1;
    const std::string_view name = path.front().text;
    if (!name.starts_with("c$")) return nullptr;
    return named_.at(std::stoul(std::string{name.substr(2)}));
  }

 private:
  Columns& columns_;
  std::vector<ExpressionPointer> named_;
};

struct Refused {
  std::string what;
};

ExpressionPointer bound(const std::string& text, const Session& session, const Scope* scope) {
  const auto parsed = sql::parse_expression(text);
  if (!parsed.ok()) throw Refused{"syntax: " + parsed.errors.front().what};
  try {
    return Binder{builtins(), session, scope}.bind(*parsed.root);
  } catch (const BindError& error) {
    throw Refused{error.what + (error.hint.empty() ? "" : "; " + error.hint)};
  }
}

template <class Value>
Answer answered(const LogicalType& type, const Session& session, Value value) {
  Answer answer;
  answer.type = type.summary();
  try {
    append_value(answer.value, type, value(), session, TextStyle::client);
  } catch (const Error& error) {
    answer.value = "!run";
    answer.what = error.message();
  }
  return answer;
}

Answer run(const Expression& expression, const Columns& columns, const Session& session) {
  Memory memory;
  Context context{session, memory};
  const std::uint32_t selected[] = {1, 3};
  return answered(expression.type, session, [&] {
    const Vector out = evaluate(expression, {columns.vectors(), Columns::rows, selected}, context);
    const std::size_t width = width_of(expression.type);
    const Datum first = out.datum(1, width), second = out.datum(3, width);
    if (first.null != second.null && expression.determinism == Determinism::pure) {
      throw Error(ErrorKind::internal, "two equal rows have different results");
    }
    return second;
  });
}

Answer refusal(const Refused& refused) { return {"-", "!plan", refused.what}; }

}  // namespace

std::vector<ExpressionSection> read_cases(const std::string& path) {
  std::vector<ExpressionSection> sections;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('@')) {
      sections.push_back({line.substr(1), {}});
      continue;
    }
    const auto cells = cells_of(line);
    if (cells.size() < 3) continue;
    ExpressionCase one{unescaped(cells[0]), {cells[1], unescaped(cells[2]), ""}, ""};
    if (cells.size() >= 4) one.column_template = unescaped(cells[3]);
    if (cells.size() >= 6) one.expected = {cells[4], unescaped(cells[5]), ""};
    sections.back().cases.push_back(std::move(one));
  }
  return sections;
}

Answer answer_of(const std::string& expression, const Session& session) {
  try {
    const auto tree = bound(expression, session, nullptr);
    Memory memory;
    Context context{session, memory};
    return answered(tree->type, session, [&] { return evaluate_constant(*tree, context); });
  } catch (const Refused& refused) {
    return refusal(refused);
  }
}

Answer column_answer_of(const std::string& expression, const Session& session) {
  try {
    Columns columns;
    const auto tree = columns.replaced(bound(expression, session, nullptr));
    return run(*tree, columns, session);
  } catch (const Refused& refused) {
    return refusal(refused);
  }
}

Answer template_answer_of(const std::string& text, const Session& session) {
  constexpr std::string_view open = "«", close = "»";
  Columns columns;
  NamedColumns scope{columns};
  try {
    std::string with_names;
    Memory memory;
    Context context{session, memory};
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t from = text.find(open, at);
      with_names += text.substr(at, from - at);
      if (from == std::string::npos) break;
      const std::size_t to = text.find(close, from);
      const auto part =
          bound(text.substr(from + open.size(), to - from - open.size()), session, nullptr);
      Datum value;
      try {
        value = evaluate_constant(*part, context);
      } catch (const Error& error) {
        return {part->type.summary(), "!run", error.message()};
      }
      auto literal = std::make_shared<Expression>();
      literal->type = part->type;
      literal->value = value;
      literal->keeps = part;
      with_names += "`c$" + std::to_string(scope.size()) + "`";
      scope.add(*literal);
      at = to + close.size();
    }
    return run(*bound(with_names, session, &scope), columns, session);
  } catch (const Refused& refused) {
    return refusal(refused);
  }
}

namespace {

std::string without_not_null(std::string type) {
  if (type.ends_with(" NOT NULL")) type.resize(type.size() - 9);
  return type;
}

// Entries of a map, sorted.
std::string sorted_entries(const std::string& text) {
  if (!text.starts_with('{')) return text;
  std::vector<std::string> entries(1);
  int depth = 0;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const char c = text[i];
    depth += (c == '{' || c == '[' || c == '(') - (c == '}' || c == ']' || c == ')');
    if (depth == 0 && text.compare(i, 2, ", ") == 0) {
      entries.emplace_back();
      ++i;
      continue;
    }
    entries.back() += c;
  }
  std::sort(entries.begin(), entries.end());
  std::string out;
  for (const std::string& entry : entries) out += entry + "\n";
  return out;
}

bool same_number(const std::string& type, const std::string& a, const std::string& b) {
  const bool wide = type.starts_with("DOUBLE");
  if (!wide && !type.starts_with("FLOAT")) return false;
  char* end = nullptr;
  const double left = std::strtod(a.c_str(), &end), right = std::strtod(b.c_str(), nullptr);
  if (end == a.c_str()) return false;
  // Java's and the C library's functions may differ in the last digit.
  return left == right || std::fabs(left - right) <= std::fabs(left) * (wide ? 4.5e-16 : 1.2e-7);
}

}  // namespace

bool agrees(const Answer& expected, const Answer& got) {
  if (expected.value == "!free") return got.value != "!run" && got.value != "!plan";
  if (expected.value.starts_with('!')) return expected.value == got.value;
  if (got.value == "!run" || got.value == "!plan") return false;
  const bool hidden_null = expected.value == "<NULL>" && expected.type.ends_with(" NOT NULL");
  if (hidden_null ? without_not_null(expected.type) != without_not_null(got.type)
                  : expected.type != got.type) {
    return false;
  }
  return expected.value == got.value || same_number(expected.type, expected.value, got.value) ||
         sorted_entries(expected.value) == sorted_entries(got.value);
}

}  // namespace flink::table
