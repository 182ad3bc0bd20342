// SPDX-License-Identifier: Apache-2.0
// FROM: tables, joins, MATCH_RECOGNIZE.
#include "sql/print_core.h"

namespace flink::sql {

void Printer::relation(const Relation& relation) {
  bare_relation(relation);
  if (!relation.alias) return;
  add(" AS ");
  name(relation.alias);
  if (relation.columns.empty()) return;
  add(" ");
  names(relation.columns);
}

void Printer::bare_relation(const Relation& relation) {
  const auto system_time = [this](Node time) {
    if (time == nullptr) return;
    add(" FOR SYSTEM_TIME AS OF ");
    expression(time);
  };
  switch (relation.kind) {
    case RelationKind::table: {
      const auto& table = as<TableReference>(relation);
      path(table.name);
      if (!table.hints.empty()) {
        add(" ");
        hints(table.hints);
        out_.pop_back();
      }
      return system_time(table.system_time);
    }
    case RelationKind::derived: {
      const auto& derived = as<DerivedTable>(relation);
      add(derived.lateral ? "LATERAL (" : "(");
      query(*derived.query);
      add(")");
      return system_time(derived.system_time);
    }
    case RelationKind::function: {
      const auto& function = as<TableFunction>(relation);
      add(function.lateral ? "LATERAL " : "", "TABLE(");
      expression(function.call);
      return add(")");
    }
    case RelationKind::unnest: {
      const auto& unnest = as<Unnest>(relation);
      add("UNNEST(");
      expressions(unnest.collections);
      return add(")", unnest.with_ordinality ? " WITH ORDINALITY" : "");
    }
    case RelationKind::join:
      return join(as<Join>(relation));
    case RelationKind::match:
      return match(as<MatchRecognize>(relation));
  }
}

void Printer::join(const Join& join) {
  relation(*join.left);
  if (join.join != JoinKind::comma) add(" ", join.natural ? "NATURAL " : "");
  switch (join.join) {
    case JoinKind::inner:
      add("INNER JOIN ");
      break;
    case JoinKind::left:
      add("LEFT JOIN ");
      break;
    case JoinKind::right:
      add("RIGHT JOIN ");
      break;
    case JoinKind::full:
      add("FULL JOIN ");
      break;
    case JoinKind::cross:
      add("CROSS JOIN ");
      break;
    case JoinKind::comma:
      add(", ");
      break;
  }
  const bool parentheses = join.right->kind == RelationKind::join;
  if (parentheses) add("(");
  relation(*join.right);
  if (parentheses) add(")");
  if (join.condition != nullptr) {
    add(" ON ");
    expression(join.condition);
  } else if (!join.using_columns.empty()) {
    add(" USING ");
    names(join.using_columns);
  }
}

void Printer::match(const MatchRecognize& match) {
  relation(*match.input);
  add(" MATCH_RECOGNIZE (");
  if (!match.partition_by.empty()) {
    add("PARTITION BY ");
    expressions(match.partition_by);
    add(" ");
  }
  if (!match.order_by.empty()) {
    order_by(match.order_by);
    add(" ");
  }
  if (!match.measures.empty()) {
    add("MEASURES ");
    separated(match.measures, ", ", [this](const Measure& measure) {
      expression(measure.value);
      add(" AS ");
      name(measure.alias);
    });
    add(" ");
  }
  if (match.rows == MatchRecognize::Rows::one) add("ONE ROW PER MATCH ");
  if (match.rows == MatchRecognize::Rows::all) add("ALL ROWS PER MATCH ");
  switch (match.skip) {
    case MatchRecognize::Skip::unsaid:
      break;
    case MatchRecognize::Skip::past_last_row:
      add("AFTER MATCH SKIP PAST LAST ROW ");
      break;
    case MatchRecognize::Skip::to_next_row:
      add("AFTER MATCH SKIP TO NEXT ROW ");
      break;
    case MatchRecognize::Skip::to_first:
      add("AFTER MATCH SKIP TO FIRST ");
      break;
    case MatchRecognize::Skip::to_last:
      add("AFTER MATCH SKIP TO LAST ");
      break;
  }
  if (match.skip_variable) {
    name(match.skip_variable);
    add(" ");
  }
  add("PATTERN (", match.anchored_begin ? "^ " : "");
  pattern(*match.pattern, true);
  add(match.anchored_end ? " $" : "", ") ");
  if (match.within != nullptr) {
    add("WITHIN ");
    expression(match.within);
    add(" ");
  }
  if (!match.subsets.empty()) {
    add("SUBSET ");
    separated(match.subsets, ", ", [this](const Subset& subset) {
      name(subset.name);
      add(" = ");
      names(subset.variables);
    });
    add(" ");
  }
  add("DEFINE ");
  separated(match.definitions, ", ", [this](const Definition& definition) {
    name(definition.variable);
    add(" AS ");
    expression(definition.condition);
  });
  add(")");
}

// Within another one parts of several are in parentheses.
void Printer::pattern(const Pattern& pattern, bool whole) {
  const auto parts = [&](std::string_view separator, bool parts_whole) {
    separated(pattern.parts, separator,
              [&](const Pattern* part) { this->pattern(*part, parts_whole); });
  };
  switch (pattern.kind) {
    case PatternKind::variable:
      return name(pattern.variable);
    case PatternKind::sequence:
    case PatternKind::alternation:
      add(whole ? "" : "(");
      parts(pattern.kind == PatternKind::sequence ? " " : " | ", false);
      return add(whole ? "" : ")");
    case PatternKind::quantified: {
      const auto& inner = *pattern.parts.front();
      const bool parentheses = inner.kind == PatternKind::quantified;
      add(parentheses ? "(" : "");
      this->pattern(inner, false);
      add(parentheses ? ")" : "");
      return pattern_quantifier(pattern);
    }
    case PatternKind::exclusion:
      add("{- ");
      parts("", true);
      return add(" -}");
    case PatternKind::permutation:
      add("PERMUTE(");
      parts(", ", true);
      return add(")");
  }
}

void Printer::pattern_quantifier(const Pattern& pattern) {
  if (pattern.least == 0 && pattern.most == -1) {
    add("*");
  } else if (pattern.least == 1 && pattern.most == -1) {
    add("+");
  } else if (pattern.least == 0 && pattern.most == 1) {
    add("?");
  } else {
    add("{");
    if (pattern.least >= 0) add(pattern.least);
    if (pattern.most != pattern.least) {
      add(",");
      if (pattern.most >= 0) add(pattern.most);
    }
    add("}");
  }
  if (pattern.reluctant) add("?");
}

}  // namespace flink::sql
