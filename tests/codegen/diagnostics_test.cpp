// SPDX-License-Identifier: Apache-2.0
#include "codegen/diagnostics.h"

#include <doctest/doctest.h>

#include "codegen/hints.h"
#include "codegen/library_messages.h"
#include "codegen/link_errors.h"

namespace flink::codegen {
namespace {

constexpr std::string_view backtrace_output =
    "In file included from job.cpp:1:\n"
    "/lib/flink/data_stream.h: In instantiation of 'auto flink::DataStream<T>::map(F) const [with "
    "F "
    "= define_job()::<lambda(int)>; T = std::vector<int>]':\n"
    "job.cpp:7:9:   required from here\n"
    "/lib/flink/data_stream.h:10:5: error: static assertion failed: flinkc: map's function is "
    "wrong: write [](const Record& r) { ... }\n"
    "/lib/flink/data_stream.h:10:5: note: '(a != b)' evaluates to false\n"
    "/lib/flink/data_stream.h:12:5: error: no match for call to '(X) (Y)'\n"
    "job.cpp: In function 'void f()':\n"
    "job.cpp:20:3: error: 'foo' was not declared in this scope\n"
    "job.cpp:20:8: error: expected ';' before 'x'\n"
    "job.cpp:22:3: warning: unused variable 'q'\n";

TEST_CASE("an instantiation backtrace ends at the user's line, follow-ups are dropped") {
  const auto said = map_diagnostics(backtrace_output, {"/lib"});
  REQUIRE(said.size() == 3);
  CHECK(said[0].location == Location{"job.cpp", 7, 9});
  CHECK(said[0].what == "map's function is wrong");
  CHECK(said[0].hint == "write [](const std::vector<int>& r) { ... }");
  CHECK(said[1].location == Location{"job.cpp", 20, 3});
  CHECK(said[2].severity == Severity::warning);
}

TEST_CASE("parts of g++'s text") {
  const auto raw = parse_diagnostics(backtrace_output);
  REQUIRE(raw.size() == 5);
  CHECK(raw[0].frames.size() == 1);
  CHECK(raw[0].notes.size() == 1);
  CHECK(raw[1].frames.size() == 1);  // the same context: g++ does not repeat it
  CHECK(raw[2].frames.empty());
  CHECK(raw[2].context == "In function 'void f()'");
  CHECK(parse_diagnostics("").empty());
  CHECK(parse_diagnostics("noise\n\n:::\n1: 2: 3\n").empty());
  const auto unplaced = parse_diagnostics("cc1plus: fatal error: x.cpp: No such file\n");
  REQUIRE(unplaced.size() == 1);
  CHECK(unplaced[0].location.file.empty());
}

TEST_CASE("an error without a user's line is still an error") {
  const auto said = map_diagnostics("/lib/x.h:3:1: error: bad\n", {"/lib"});
  REQUIRE(said.size() == 1);
  CHECK(said[0].what == "/lib/x.h:3: bad");
}

TEST_CASE("types are shown as they are written") {
  CHECK(plain_types("'const string' {aka 'const std::__cxx11::basic_string<char>'} x") ==
        "'const string' x");
  CHECK(plain_types("std::vector<std::__cxx11::basic_string<char> >") ==
        "std::vector<std::string >");
  CHECK(plain_types("flink::Collector<T>") == "Collector<T>");
}

TEST_CASE("template arguments") {
  CHECK(template_argument("f() [with A = x; T = std::map<int, B>]", "T") == "std::map<int, B>");
  CHECK(template_argument("f() [with F = g()::<lambda(int)> ; T = X]", "T") == "X");
  CHECK(template_argument("f() [with F = auto() -> int; T = X]", "T") == "X");
  CHECK(template_argument("f()", "T").empty());
}

TEST_CASE("linker messages") {
  const std::vector<LinkedObject> objects{{"/c/a.o", "a.cpp"}, {"/c/b.o", "b.cpp"}};
  const std::vector<SourceText> sources{{"a.cpp", "int helper(int);\nint x = helper(1);\n"},
                                        {"b.cpp", ""}};
  struct Row {
    const char* text;
    const char* what;
    int line;
  };
  const Row rows[] = {
      {"mold: error: undefined symbol: helper(int)\n>>> referenced by a.cpp\n>>>   /c/a.o:(f)\n",
       "'helper(int)' is declared", 2},
      {"mold: error: undefined symbol: _Z6helperi\n>>> referenced by a.cpp\n>>> /c/a.o:(f)\n",
       "'helper(int)' is declared", 2},
      {"/usr/bin/ld: /c/a.o: in function `f':\na.cpp:(.text+0x5): undefined reference to "
       "`helper(int)'\n",
       "'helper(int)' is declared", 2},
      {"mold: error: undefined symbol: define_job(flink::E&)\n", "no function define_job", 0},
      {"mold: fatal: library not found: nope\n", "no library nope", 0},
      {"/usr/bin/ld: cannot find -lnope: No such file\n", "no library nope", 0},
      {"something else\n", "linking failed: something else", 0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto said = map_link_errors(row.text, objects, sources);
    REQUIRE(said.size() == 1);
    CAPTURE(said[0].what);
    CHECK(said[0].what.starts_with(row.what));
    CHECK(said[0].location.line == row.line);
  }
}

}  // namespace
}  // namespace flink::codegen
