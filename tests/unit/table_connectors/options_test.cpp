// SPDX-License-Identifier: Apache-2.0
// WITH clauses that are not right, and what connectors tell the planner.
#include <doctest/doctest.h>
#include <flink/error.h>

#include "table_connectors/factories.h"
#include "table_connectors/row_file_source.h"
#include "table_connectors/type_text.h"

namespace flink::table_connectors {
namespace {

using Options = std::map<std::string, std::string>;

std::string problem_of(Options options, bool written = false) {
  const table::TableDescription table{
      "t", {{"a", type_of_text("INT")}, {"m", type_of_text("STRING")}}, {}, {}, std::move(options)};
  const Connectors connectors;
  try {
    const auto& connector = connectors.find(table);
    if (written) connector.sink_traits(table, table::ChangelogMode::all());
    else connector.source_traits(table);
    return "";
  } catch (const Error& error) {
    return error.message();
  }
}

TEST_CASE("what is wrong with a WITH clause is said, with what was meant") {
  struct Case {
    Options options;
    const char* problem;
  };
  const Options csv{{"connector", "filesystem"}, {"path", "/x"}, {"format", "csv"}};
  const auto with = [](Options options, const char* key, const char* value) {
    options[key] = value;
    return options;
  };
  const Case cases[] = {
      {csv, ""},
      {{}, "the table has no option 'connector', which says where its rows are"},
      {{{"connector", "filesytem"}},
       "there is no connector 'filesytem'; did you mean 'filesystem'?"},
      {{{"connector", "filesystem"}, {"path", "/x"}},
       "connector 'filesystem' needs the option 'format', which WITH lacks"},
      {with(csv, "format", "jsn"), "there is no format 'jsn'; did you mean 'json'?"},
      {with(csv, "pth", "/y"), "connector 'filesystem' has no option 'pth'; did you mean 'path'?"},
      {with(csv, "csv.null-literals", ""),
       "connector 'filesystem' has no option 'csv.null-literals'; did you mean "
       "'csv.null-literal'?"},
      {with(csv, "csv.allow-comments", "maybe"),
       "option 'csv.allow-comments' of connector 'filesystem' is 'maybe'; expected"},
      {with(csv, "csv.field-delimiter", "ab"),
       "option 'csv.field-delimiter' is 'ab'; expected one character, or \\t"},
      {with(csv, "format", "raw"), "format 'raw' holds one column, of type STRING or BYTES"},
      {{{"connector", "values"}, {"path", "/x"}, {"changelog-mode", "I,X"}},
       "option 'changelog-mode' is 'I,X'; expected some of I, UA, UB, D"},
      {{{"connector", "values"}, {"path", "/x"}, {"readable-metadata", "k:NOPE("}},
       "'NOPE(' is no type of SQL"},
      {{{"connector", "datagen"}, {"fields.a.kind", "sequence"}},
       "datagen, column 'a': a sequence needs 'fields.a.start' and 'fields.a.end'"},
      {{{"connector", "datagen"}, {"fields.b.min", "1"}},
       "connector 'datagen' has no option 'fields.b.min'; did you mean 'fields.a.min'?"},
      {{{"connector", "datagen"}, {"fields.a.min", "3"}, {"fields.a.max", "2"}},
       "datagen, column 'a': 'min' is greater than 'max'"},
      {{{"connector", "print"}}, "connector 'print' is written to; nothing can be read of it"},
  };
  for (const auto& one : cases) {
    const auto problem = problem_of(one.options);
    CAPTURE(problem);
    CHECK(problem.starts_with(one.problem));
    CHECK(problem.empty() == std::string_view{one.problem}.empty());
  }
  CHECK(problem_of({{"connector", "datagen"}}, true) ==
        "connector 'datagen' is read; nothing can be written to it");
  CHECK(problem_of({{"connector", "print"}, {"standard-error", "true"}}, true).empty());
}

TEST_CASE("values of partitions stand in paths") {
  CHECK(*partition_value("/d/yr=2024/mo=01/f.csv", "mo") == "01");
  CHECK(*partition_value("/d/p=a%2Fb%20/f", "p") == "a/b ");
  CHECK(partition_value("/d/p=1", "p") == nullptr);
  CHECK(partition_value("/d/q=1/f", "p") == nullptr);
  std::string out;
  append_partition(out, "p", "a/b=1%");
  CHECK(out == "p=a%2Fb%3D1%25");
}

}  // namespace
}  // namespace flink::table_connectors
