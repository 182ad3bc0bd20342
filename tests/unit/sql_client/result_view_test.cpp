// SPDX-License-Identifier: Apache-2.0
// How results look; boxes are Flink's, of its client's own tests.
#include "sql_client/result_view.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include "sql_client/result_table.h"

namespace flink::sql_client {
namespace {

using table::Datum;
using table::LogicalType;
using table::RowKind;
using table::TypeRoot;

const std::vector<table::Field> columns = {{"id", LogicalType{TypeRoot::integer}},
                                           {"name", LogicalType::string()}};

std::string shown(ResultMode mode, bool streaming) {
  const table::Session session;
  const auto view = make_view(mode, {columns, streaming}, session, 10);
  std::string out;
  view->begin(out);
  const auto add = [&](RowKind kind, std::int32_t id, std::optional<std::string_view> name) {
    const Datum values[] = {Datum{id}, name ? Datum{*name} : Datum{}};
    view->add(kind, values, out);
  };
  add(RowKind::insert, 1, "日本");
  add(RowKind::insert, 2, "a,\t\"b\"");
  add(RowKind::update_before, 1, "日本");
  add(RowKind::update_after, 1, std::nullopt);
  add(RowKind::insert, 3, "longer than that");
  view->end(out);
  return out;
}

TEST_CASE("a changelog is drawn as it comes, as wide as the types") {
  CHECK(shown(ResultMode::tableau, true) ==
        "+----+-------------+------------+\n"
        "| op |          id |       name |\n"
        "+----+-------------+------------+\n"
        "| +I |           1 |       日本 |\n"
        "| +I |           2 |     a,\t\"b\" |\n"
        "| -U |           1 |       日本 |\n"
        "| +U |           1 |     <NULL> |\n"
        "| +I |           3 | longer ... |\n"
        "+----+-------------+------------+\n"
        "Received a total of 5 rows\n");
}

TEST_CASE("a table is what is left, as wide as it is") {
  CHECK(shown(ResultMode::tableau, false) ==
        "+----+------------+\n"
        "| id |       name |\n"
        "+----+------------+\n"
        "|  2 |     a,\t\"b\" |\n"
        "|  1 |     <NULL> |\n"
        "|  3 | longer ... |\n"
        "+----+------------+\n"
        "3 rows in set\n");
  CHECK(draw_table({"a"}, {}, 30) == "Empty set\n");
  CHECK(draw_table({"a"}, {{"1"}}, 30) == "+---+\n| a |\n+---+\n| 1 |\n+---+\n1 row in set\n");
}

TEST_CASE("lines for programs") {
  CHECK(shown(ResultMode::json, true) ==
        "[\"+I\",1,\"日本\"]\n"
        "[\"+I\",2,\"a,\\t\\\"b\\\"\"]\n"
        "[\"-U\",1,\"日本\"]\n"
        "[\"+U\",1,null]\n"
        "[\"+I\",3,\"longer than that\"]\n");
  CHECK(shown(ResultMode::csv, true) ==
        "op,id,name\n"
        "+I,1,日本\n"
        "+I,2,\"a,\t\"\"b\"\"\"\n"
        "-U,1,日本\n"
        "+U,1,\n"
        "+I,3,longer than that\n");
  CHECK(shown(ResultMode::tsv, false) ==
        "id\tname\n"
        "1\t日本\n"
        "2\ta,\\t\"b\"\n"
        "1\t日本\n"
        "1\t<NULL>\n"
        "3\tlonger than that\n");
}

TEST_CASE("a result mode that there is not") {
  CHECK(result_mode_of("Changelog") == ResultMode::changelog);
  CHECK_THROWS_AS(result_mode_of("boxes"), Error);
}

}  // namespace
}  // namespace flink::sql_client
