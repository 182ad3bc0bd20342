// SPDX-License-Identifier: Apache-2.0
// Calls: the few functions that steer evaluation, and the rows of the registry.
#include "base/text.h"
#include "table/aggregate.h"
#include "table/binder.h"
#include "table/fn/greatest.h"
#include "table/type_merging.h"
#include "table/value_order.h"

namespace flink::table {

namespace {

std::string upper(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::string arguments_text(const std::vector<ExpressionPointer>& arguments) {
  std::string text = "(";
  for (const auto& argument : arguments) {
    if (text.size() > 1) text += ", ";
    text += argument->type.with_nullable(true).summary();
  }
  return text + ")";
}

bool takes_count(const Builtin& row, std::size_t count) {
  return row.variadic ? count >= row.wants.size() : count == row.wants.size();
}

const Want& want_at(const Builtin& row, std::size_t index) {
  return row.wants[std::min(index, row.wants.size() - 1)];
}

bool takes(const Builtin& row, const std::vector<ExpressionPointer>& arguments) {
  if (!takes_count(row, arguments.size())) return false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Want& want = want_at(row, i);
    if (!want.accepts(arguments[i]->type)) return false;
    if (want.literal_only && arguments[i]->kind != ExpressionKind::literal) return false;
  }
  return true;
}

LogicalType result_type(const Builtin& row, const Binding& binding, bool any_nullable) {
  const LogicalType type = row.result(binding);
  switch (row.nullability) {
    case Nullability::of_arguments:
      return type.with_nullable(any_nullable);
    case Nullability::always:
      return type.with_nullable(true);
    case Nullability::never:
      return type.not_null();
    case Nullability::of_rule:
      break;
  }
  return type;
}

ExpressionPointer bind_row(const Builtin& row, std::vector<ExpressionPointer> arguments,
                           const Session& session) {
  bool any_nullable = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    any_nullable = any_nullable || arguments[i]->type.nullable();
    const Want& want = want_at(row, i);
    if (want.as) arguments[i] = cast_to(arguments[i], *want.as);
  }
  std::vector<LogicalType> types;
  std::vector<const Datum*> literals;
  const auto look = [&] {
    types.clear();
    literals.clear();
    for (const auto& argument : arguments) {
      types.push_back(argument->type);
      const bool literal = argument->kind == ExpressionKind::literal;
      literals.push_back(literal ? &argument->value : nullptr);
    }
  };
  look();
  if (row.coerce) {
    const auto wanted = row.coerce({types, literals, session});
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      arguments[i] = cast_to(arguments[i], wanted[i]);
    }
    look();
  }
  const Binding binding{types, literals, session};
  const LogicalType type = result_type(row, binding, any_nullable);
  const Implementation loop = row.choose ? row.choose(binding) : row.implementation;
  return call_expression(loop, type, std::move(arguments), row.determinism);
}

std::string supported(std::span<const Builtin* const> rows) {
  std::string text;
  for (const Builtin* row : rows) {
    if (!text.empty()) text += ", ";
    text += "(";
    for (std::size_t i = 0; i < row->wants.size(); ++i) {
      if (i > 0) text += ", ";
      text += row->wants[i].name;
    }
    text += row->variadic ? ", ...)" : ")";
  }
  return text;
}

std::string nearest(const Registry& registry, std::string_view name) {
  std::string_view best;
  std::size_t distance = 3;
  std::vector<std::string_view> all = registry.names();
  for (const std::string_view aggregate : aggregates().names()) all.push_back(aggregate);
  for (const std::string_view known : all) {
    const std::size_t one = base::edit_distance(name, known, distance);
    if (one >= distance) continue;
    distance = one;
    best = known;
  }
  return best.empty() ? std::string{} : "did you mean " + std::string{best} + "?";
}

}  // namespace

ExpressionPointer Binder::bind_function(std::string_view name, sql::Range range,
                                        Arguments arguments) {
  const auto rows = registry_.find(name);
  if (rows.empty()) {
    reject(range, "there is no function " + std::string{name} + arguments_text(arguments),
           nearest(registry_, name));
  }
  for (const Builtin* row : rows) {
    if (!takes(*row, arguments)) continue;
    try {
      return bind_row(*row, std::move(arguments), session_);
    } catch (const Rejection& rejection) {
      reject(range, std::string{name} + ": " + rejection.why);
    }
  }
  reject(range, std::string{name} + " does not take " + arguments_text(arguments),
         "it takes " + supported(rows));
}

Binder::Arguments Binder::bind_all(const sql::List<sql::Argument>& arguments) {
  Arguments out;
  for (const sql::Argument& argument : arguments) {
    if (argument.name) reject(argument.name.range, "built-in functions take no named arguments");
    out.push_back(argument.value ? bind_node(*argument.value) : nullptr);
  }
  return out;
}

namespace {

std::optional<LogicalType> shared_type(const std::vector<ExpressionPointer>& arguments) {
  std::vector<LogicalType> types;
  for (const auto& argument : arguments) types.push_back(argument->type);
  auto common = common_type(types);
  if (!common) return {};
  for (const auto& argument : arguments) {
    const LogicalType& from = argument->type;
    if (!implicit_cast_exists(from.with_nullable(true), common->with_nullable(true))) return {};
    if (common->is_interval() && !from.is_interval() && !from.is(TypeRoot::null)) return {};
  }
  return common;
}

ExpressionPointer coalesce(std::vector<ExpressionPointer> arguments, sql::Range range) {
  const auto common = shared_type(arguments);
  if (!common) reject(range, "the arguments have no type in common");
  bool nullable = true;
  for (auto& argument : arguments) {
    nullable = nullable && argument->type.nullable();
    argument = cast_to(argument, *common);
  }
  return form_expression(ExpressionKind::first_known, common->with_nullable(nullable),
                         std::move(arguments));
}

// Of values that can be ordered with each other.
ExpressionPointer extreme(std::vector<ExpressionPointer> arguments, bool greatest,
                          sql::Range range) {
  const auto common = shared_type(arguments);
  if (!common || !has_order(*common)) {
    reject(range, "the arguments " + arguments_text(arguments) + " have no order among them");
  }
  bool nullable = false;
  for (auto& argument : arguments) {
    nullable = nullable || argument->type.nullable();
    argument = cast_to(argument, *common);
  }
  return call_expression(greatest ? implementation<&fn::greatest>() : implementation<&fn::least>(),
                         common->with_nullable(nullable), std::move(arguments));
}

bool same_family(const LogicalType& a, const LogicalType& b) {
  return (a.is_numeric() && b.is_numeric()) || (a.is_character() && b.is_character()) ||
         (a.is_binary() && b.is_binary()) || (a.is_timestamp() && b.is_timestamp()) ||
         a.root() == b.root() || a.is(TypeRoot::null) || b.is(TypeRoot::null);
}

}  // namespace

ExpressionPointer Binder::bind_conditional(const sql::Call& node, std::string_view name) {
  const auto count = node.arguments.size();
  if (name == "COALESCE" || name == "IFNULL") {
    if (count == 0 || (name == "IFNULL" && count != 2)) reject(node.range, "arguments are missing");
    return coalesce(bind_all(node.arguments), node.range);
  }
  if (name == "NULLIF" && count == 2) {
    auto arguments = bind_all(node.arguments);
    if (is_null_literal(*arguments[0])) reject(node.range, "NULL has no type here");
    auto same = compare_expression(Comparison::equal, arguments[0], arguments[1]);
    if (!same) reject(node.range, "the arguments cannot be compared");
    const LogicalType type = arguments[0]->type.with_nullable(true);
    return form_expression(ExpressionKind::choice, type,
                           {same, literal_expression(type, Datum{}), arguments[0]});
  }
  if (name == "IF" && count == 3) {
    auto arguments = bind_all(node.arguments);
    if (is_null_literal(*arguments[0])) {
      arguments[0] = cast_to(arguments[0], LogicalType{TypeRoot::boolean});
    }
    if (!arguments[0]->type.is(TypeRoot::boolean)) {
      reject(node.range, "IF does not take " + arguments_text(arguments),
             "its first argument is a BOOLEAN");
    }
    if (!same_family(arguments[1]->type, arguments[2]->type) ||
        arguments[1]->type.is_constructed() || arguments[1]->type.is_interval() ||
        arguments[1]->type.is(TypeRoot::variant)) {
      reject(node.range, "IF does not take " + arguments_text(arguments));
    }
    const bool nullable = arguments[0]->type.nullable();
    auto out = choice_expression(std::move(arguments), node.range);
    if (!nullable || out->type.nullable()) return out;
    return form_expression(ExpressionKind::choice, out->type.with_nullable(true), out->arguments);
  }
  if ((name == "GREATEST" || name == "LEAST") && count > 0) {
    return extreme(bind_all(node.arguments), name == "GREATEST", node.range);
  }
  if (name == "MOD" && count == 2) {
    auto arguments = bind_all(node.arguments);
    if (!arguments[0]->type.is_exact() || !arguments[1]->type.is_exact()) {
      reject(node.range, "MOD does not take " + arguments_text(arguments));
    }
    return arithmetic_expression(Arithmetic::remainder, arguments[0], arguments[1], node.range);
  }
  if (name == "TYPEOF" && (count == 1 || count == 2)) {
    const auto value = bind_node(*node.arguments[0].value);
    return literal_expression(LogicalType::string(),
                              Datum{std::string_view{value->type.summary()}});
  }
  return nullptr;
}

ExpressionPointer Binder::bind_call(const sql::Call& node) {
  if (node.over || node.over_name || node.filter || node.distinct || node.star ||
      !node.within_group.empty()) {
    reject(node.range, "an aggregate cannot stand here");
  }
  const std::string name = upper(node.name.back().text);
  if (node.name.size() > 1) reject(node.range, "there is no function of that name");
  if (name == "JSON") {
    reject(node.range, "JSON(value) stands only within JSON_OBJECT and JSON_ARRAY");
  }
  if (auto out = bind_conditional(node, name)) return out;
  auto arguments = bind_all(node.arguments);
  if (name == "TRIM" && arguments.size() == 3 && !arguments[1]) {
    arguments[1] = literal_expression(LogicalType{TypeRoot::char_, 1}.not_null(),
                                      Datum{std::string_view{" "}});
  }
  if ((name == "ROUND" || name == "TRUNCATE") && arguments.size() == 1) {
    arguments.push_back(
        literal_expression(LogicalType{TypeRoot::integer}.not_null(), Datum{std::int32_t{0}}));
  }
  return bind_function(name, node.range, std::move(arguments));
}

}  // namespace flink::table
