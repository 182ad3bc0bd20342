// SPDX-License-Identifier: Apache-2.0
// Errors: where, what, and what to write instead.
#include "sql/parser.h"
#include "unit/sql/lines.h"

namespace flink::sql {
namespace {

constexpr const char* kinds[] = {"unexpected", "reserved", "lexical", "invalid",
                                 "refused",    "too_deep", "warning"};

std::string place(const SyntaxError& error) {
  return detail::concat(error.position.line, ":", error.position.column, " ",
                        kinds[static_cast<int>(error.kind)]);
}

TEST_CASE("the first error of a text, with its kind, where Flink has it") {
  for (const auto& line : test::raw_lines("errors.txt")) {
    CAPTURE(line);
    const auto bar = line.find(" | ");
    REQUIRE(bar != std::string::npos);
    const auto script = parse_script(test::unescaped(line.substr(bar + 3)));
    REQUIRE(!script.errors.empty());
    CHECK(place(script.errors.front()) == line.substr(0, bar));
  }
}

TEST_CASE("several errors of a script at once") {
  struct Row {
    const char* text;
    std::vector<std::string> places;
  };
  const Row rows[] = {
      {"SELECT a b c FROM t WHERE x = AND y GROUP BY a, ORDER BY 1;\nSELECT FROM t; SELECT 1",
       {"1:12 unexpected", "1:29 unexpected", "1:49 reserved", "2:8 reserved"}},
      {"SELECT (SELECT x y z FROM u WHERE) FROM t WHER a = 1",
       {"1:20 unexpected", "1:34 unexpected", "1:48 unexpected"}},
      {"CREATE TABLE t (a INT, b c d, e STRING NOT, WATERMARK FOR ts ts) WITH (a = 'b'); DROP t",
       {"1:28 unexpected", "1:40 reserved", "1:62 unexpected", "1:72 unexpected",
        "1:87 unexpected"}},
      {"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT; INSERT INTO u SELECT 1; INSERT v; END;"
       "SELECT 1",
       {"1:49 unexpected", "1:82 unexpected"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    std::vector<std::string> places;
    for (const auto& error : parse_script(row.text).errors) places.push_back(place(error));
    CHECK(places == row.places);
  }
}

TEST_CASE("what may have been meant") {
  struct Row {
    const char* text;
    const char* hint;
  };
  const Row rows[] = {
      {"SELEC 1", "did you mean SELECT?"},
      {"CREATE TABEL t (a INT)", "did you mean TABLE?"},
      {"SELECT a FORM t", "did you mean FROM by FORM?"},
      {"SELECT a FROM t WHER b = 1", "did you mean WHERE by WHER?"},
      {"SELECT a FROM t GRUOP BY a", "did you mean GROUP by GRUOP?"},
      {"SHOW TABELS", "did you mean TABLES?"},
      {"SELECT value FROM t", "value is a reserved word; a name is written `value`"},
      {"SELECT a, FROM t", "is the comma before FROM one too many?"},
      {"SELECT a FROM t WHERE a != 1", "not equal is written <>"},
      {"SELECT \"a\"", "a text is written 'text', a name `name`"},
      {"SET a = b", "key and value are texts: SET 'key' = 'value'"},
      {"UPDATE t SET a = 1", "write the rows that remain with INSERT OVERWRITE"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto script = parse_script(row.text);
    REQUIRE(!script.errors.empty());
    CHECK(script.errors.front().hint == row.hint);
  }
}

TEST_CASE("what may follow, for completion") {
  const auto expected = [](const char* text) { return parse_script(text).errors.front().expected; };
  CHECK(expected("DROP TABLE") == std::vector<std::string>{"IF", "a name"});
  CHECK(expected("SHOW CURRENT") == std::vector<std::string>{"CATALOG", "DATABASE"});
  CHECK(expected("CREATE TABLE t (a INT) COMMENT") == std::vector<std::string>{"a 'text'"});
}

TEST_CASE("an error is shown with its line and a mark") {
  const std::string text = "SELECT 1;\nSELECT '日本', a ~ b FROM t\nWHERE x";
  const auto script = parse_script(text);
  REQUIRE(script.errors.size() == 1);
  CHECK(render(script.errors[0], text, "job.sql") ==
        "job.sql:2:16: error: '~' is no character of SQL outside texts and names\n"
        "  2 | SELECT '日本', a ~ b FROM t\n"
        "    |                ^\n");
  const std::string long_line = "SELECT " + std::string(300, 'a') + " ~ " + std::string(300, 'b');
  const auto shown = render(parse_script(long_line).errors[0], long_line, "");
  CHECK(shown.size() < 350);
  CHECK(shown.find("~") != std::string::npos);
}

}  // namespace
}  // namespace flink::sql
