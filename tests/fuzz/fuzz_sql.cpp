// SPDX-License-Identifier: Apache-2.0
// SQL: any bytes are statements or errors with a place in them. What is printed of a statement
// reads again, and prints the same.
#include "fuzz/fuzz.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace flink::fuzz {

std::vector<std::string> seeds() {
  return {
      "CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED, b ROW<x ARRAY<STRING NOT NULL>>, c AS a + "
      "1, "
      "d TIMESTAMP(3) METADATA FROM 'x' VIRTUAL, WATERMARK FOR d AS d - INTERVAL '5' SECOND) "
      "PARTITIONED BY (a) WITH ('k' = 'it''s') LIKE u (INCLUDING ALL EXCLUDING OPTIONS)",
      "WITH q AS (SELECT 1) SELECT DISTINCT a.b, COUNT(*) FILTER (WHERE x IN (1, 2)) OVER "
      "(PARTITION "
      "BY c ORDER BY d ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS `n` FROM t /*+ H(a, 'b') */ AS "
      "x "
      "LEFT JOIN u FOR SYSTEM_TIME AS OF x.p ON x.a = u.a WHERE NOT a BETWEEN 1 AND 2 OR b LIKE "
      "'x%' "
      "ESCAPE '!' GROUP BY CUBE (a, b), () HAVING a IS NOT NULL ORDER BY 1 DESC LIMIT 5",
      "SELECT CAST(U&'\\263A' AS DECIMAL(10, 2)), e'\\n\\x41', X'0f', CASE WHEN a THEN -1e0 END, "
      "JSON_VALUE(a, '$' RETURNING INT DEFAULT 1 ON EMPTY), TRIM(BOTH 'x' FROM y), m['k'][1].f, "
      "EXTRACT(DAY FROM t), (1, 2) OVERLAPS (3, 4), a = ANY (SELECT 1), f(TABLE t PARTITION BY k)",
      "SELECT * FROM t MATCH_RECOGNIZE (ORDER BY ts MEASURES FIRST(A.x) AS f AFTER MATCH SKIP TO "
      "LAST "
      "B PATTERN (A B{2,5}? (C | D)* {- E -}) WITHIN INTERVAL '1' HOUR DEFINE A AS A.x > 1) AS m",
      "EXECUTE STATEMENT SET BEGIN INSERT INTO t VALUES (1); INSERT INTO u SELECT 2; END; SET 'a' "
      "= "
      "'b'; EXPLAIN CHANGELOG_MODE SELECT 1 UNION ALL (SELECT 2 ORDER BY 1); -- c\n DROP VIEW v;",
      "SELECT ((((((1)))))) + - - - + 1 || 'a' AND (b OR NOT c) /* ; */ ; ALTER TABLE t ADD (a "
      "INT)",
  };
}

void run(std::string_view input) {
  const auto script = sql::parse_script(input);
  for (const auto& error : script.errors) {
    require(error.range.begin <= input.size(), "an error is in the text");
    require(error.position.line > 0 && error.position.column > 0, "an error has a place");
    require(!sql::render(error, input, "f").empty(), "an error can be shown");
  }
  for (const auto* const statement : script.statements) {
    require(statement->range.begin < statement->range.end && statement->range.end <= input.size(),
            "a statement is in the text");
    const auto printed = sql::print(*statement);
    const auto again = sql::parse_script(printed);
    require(!sql::has_errors(again.errors) && again.statements.size() == 1,
            "what is printed is a statement");
    require(sql::print(*again.statements[0]) == printed, "and prints the same");
  }
}

}  // namespace flink::fuzz
