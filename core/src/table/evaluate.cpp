// SPDX-License-Identifier: Apache-2.0
#include "table/evaluate.h"

#include <flink/error.h>

namespace flink::table {

namespace {

Vector run_call(const Expression& expression, const Rows& rows, Context& context) {
  std::vector<Vector> arguments;
  arguments.reserve(expression.arguments.size());
  for (const auto& argument : expression.arguments) {
    arguments.push_back(evaluate(*argument, rows, context));
  }
  Vector out = Vector::dense(context.memory(), rows.count, expression.call.result_width);
  expression.implementation.kernel(context, expression.call, arguments, rows.selection, out);
  if (context.failed()) throw Error(ErrorKind::user, context.failure());
  return out;
}

// AND and OR: `decisive` is the value that settles a row.
Vector run_logic(const Expression& expression, const Rows& rows, Context& context, bool decisive) {
  Vector out = Vector::dense(context.memory(), rows.count, 1);
  std::vector<std::uint32_t> open(rows.selection.begin(), rows.selection.end());
  for (const std::uint32_t row : open) {
    out.set_null(row, false);
    out.store(row, !decisive);
  }
  for (const auto& argument : expression.arguments) {
    const Vector value = evaluate(*argument, {rows.columns, rows.count, open}, context);
    std::size_t kept = 0;
    for (const std::uint32_t row : open) {
      if (value.is_null(row)) {
        out.set_null(row, true);
      } else if (value.load<bool>(row) == decisive) {
        out.set_null(row, false);
        out.store(row, decisive);
        continue;
      }
      open[kept++] = row;
    }
    open.resize(kept);
  }
  return out;
}

void copy_rows(const Vector& from, Selection rows, std::size_t width, Vector& to) {
  for (const std::uint32_t row : rows) to.store_datum(row, from.datum(row, width), width);
}

Vector run_choice(const Expression& expression, const Rows& rows, Context& context) {
  const std::size_t width = width_of(expression.type);
  Vector out = Vector::dense(context.memory(), rows.count, width);
  std::vector<std::uint32_t> open(rows.selection.begin(), rows.selection.end()), taken;
  const auto& arguments = expression.arguments;
  for (std::size_t i = 0; i + 1 < arguments.size() && !open.empty(); i += 2) {
    const Vector condition = evaluate(*arguments[i], {rows.columns, rows.count, open}, context);
    taken.clear();
    std::size_t kept = 0;
    for (const std::uint32_t row : open) {
      if (!condition.is_null(row) && condition.load<bool>(row)) {
        taken.push_back(row);
      } else {
        open[kept++] = row;
      }
    }
    open.resize(kept);
    if (taken.empty()) continue;
    copy_rows(evaluate(*arguments[i + 1], {rows.columns, rows.count, taken}, context), taken, width,
              out);
  }
  if (!open.empty()) {
    copy_rows(evaluate(*arguments.back(), {rows.columns, rows.count, open}, context), open, width,
              out);
  }
  return out;
}

Vector run_first_known(const Expression& expression, const Rows& rows, Context& context) {
  const std::size_t width = width_of(expression.type);
  Vector out = Vector::dense(context.memory(), rows.count, width);
  std::vector<std::uint32_t> open(rows.selection.begin(), rows.selection.end());
  for (const auto& argument : expression.arguments) {
    if (open.empty()) break;
    const Vector value = evaluate(*argument, {rows.columns, rows.count, open}, context);
    copy_rows(value, open, width, out);
    std::erase_if(open, [&](std::uint32_t row) { return !value.is_null(row); });
  }
  return out;
}

}  // namespace

Vector evaluate(const Expression& expression, const Rows& rows, Context& context) {
  switch (expression.kind) {
    case ExpressionKind::literal:
      return Vector::constant(expression.value);
    case ExpressionKind::column:
      return rows.columns[expression.column];
    case ExpressionKind::call:
      return run_call(expression, rows, context);
    case ExpressionKind::try_cast: {
      std::vector<Vector> argument = {evaluate(*expression.arguments[0], rows, context)};
      Context::Forgiving forgiving{context};
      Vector out = Vector::dense(context.memory(), rows.count, expression.call.result_width);
      expression.implementation.kernel(context, expression.call, argument, rows.selection, out);
      return out;
    }
    case ExpressionKind::conjunction:
      return run_logic(expression, rows, context, false);
    case ExpressionKind::disjunction:
      return run_logic(expression, rows, context, true);
    case ExpressionKind::choice:
      return run_choice(expression, rows, context);
    case ExpressionKind::first_known:
      return run_first_known(expression, rows, context);
  }
  return {};
}

Datum evaluate_constant(const Expression& expression, Context& context) {
  const std::uint32_t row = 0;
  const Vector out = evaluate(expression, {{}, 1, {&row, 1}}, context);
  return out.datum(0, width_of(expression.type));
}

}  // namespace flink::table
