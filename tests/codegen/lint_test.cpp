// SPDX-License-Identifier: Apache-2.0
#include "codegen/lint.h"

#include <doctest/doctest.h>

namespace flink::codegen {
namespace {

TEST_CASE("captures by reference in operators' functions are refused, all others pass") {
  struct Row {
    const char* source;
    int refused;
  };
  const Row rows[] = {
      {"s.map([&](int x) { return x; });", 1},
      {"s.map([&k](int x) { return x + k; });", 1},
      {"s.map([k, &n](int x) { return x; });", 1},
      {"s.map([=, &n](int x) { return x; });", 1},
      {"s.map([&n = m](int x) { return x; });", 1},
      {"s->filter([&](int x) { return true; });", 1},
      {"s.process<Out>([&](int x) {});", 1},
      {"s.key_by([](int x) { return x; }).map([&](int x) { return x; });", 1},
      {"s.map([&](int) { return 1; }).filter([&](int) { return true; });", 2},
      {"s.process(F{[&](int x) { return x; }});", 1},
      {"auto f = [&](int x) { return x; };\ns.map(f);", 1},
      {"s.with_timestamp_assigner([&](const R& r) { return r.at; });", 1},
      {"s.map([](int x) { return x; });", 0},
      {"s.map([=](int x) { return x + k; });", 0},
      {"s.map([k](int x) { return x + k; });", 0},
      {"s.map([k = f(a & b)](int x) { return x + k; });", 0},
      {"s.map([p = &table](int x) { return x; });", 0},
      {"s.map([](int& x) { return x; });", 0},
      // A lambda within the body runs and ends within the call.
      {"s.map([](V v) { std::sort(v, [&](int a, int b) { return a < b; }); return v; });", 0},
      {"auto f = [&](int x) { return x; };\nuse(f);", 0},
      {"std::sort(v, [&](int a, int b) { return a < b; });", 0},
      {"auto map = views::map([&](int x) { return x; });", 0},
      {"// s.map([&](int x) { return x; });", 0},
      {"auto t = \"s.map([&](int x) { return x; })\";", 0},
      {"s.map(table[&x - y]);", 0},
      {"s.map([&](int x) { return x; });  // flinkc: by-reference-ok", 0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.source);
    CHECK(lint_captures({"job.cpp", row.source}).size() == static_cast<std::size_t>(row.refused));
  }
}

TEST_CASE("define_job: missing, misspelt, of another shape") {
  struct Row {
    const char* source;
    const char* says;  // a part of the message; "" when all is well
  };
  const Row rows[] = {
      {"void define_job(StreamExecutionEnvironment& env) {}", ""},
      {"void define_job(flink::StreamExecutionEnvironment& e) { }", ""},
      {"namespace x { int f() { return 1; } }\nvoid define_job(StreamExecutionEnvironment&) {}",
       ""},
      {"struct A { void define_job(); };\nvoid define_job(StreamExecutionEnvironment&) {}", ""},
      {"#include \"rest.h\"\nint x;", ""},
      {"int x;", "no function define_job"},
      {"void define_job(StreamExecutionEnvironment& env);", "no function define_job"},
      {"// void define_job(StreamExecutionEnvironment& env) {}", "no function define_job"},
      {"void definejob(int x) {}", "did you mean it by 'definejob'"},
      {"void my_job(StreamExecutionEnvironment& env) {}", "did you mean it by 'my_job'"},
      {"void define_job() {}", "takes ()"},
      {"void define_job(StreamExecutionEnvironment* env) {}", "takes (StreamExecutionEnvironment*"},
      {"void define_job(const StreamExecutionEnvironment& env) {}", "takes (const"},
      {"int define_job(StreamExecutionEnvironment& env) { return 1; }", "returns int"},
      {"static void define_job(StreamExecutionEnvironment& env) {}", "is static"},
      {"namespace a { void define_job(StreamExecutionEnvironment& env) {} }", "inside a namespace"},
      {"int main() {}\nvoid define_job(StreamExecutionEnvironment& env) {}", "has no main"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.source);
    const auto said = lint_define_job({{"job.cpp", row.source}});
    const std::string what = said.empty() ? "" : said.front().what;
    CAPTURE(what);
    CHECK(said.empty() == (*row.says == '\0'));
    CHECK(what.find(row.says) != std::string::npos);
  }
}

TEST_CASE("define_job may be in any of the sources") {
  CHECK(lint_define_job(
            {{"a.cpp", "int x;"}, {"b.cpp", "void define_job(StreamExecutionEnvironment& e) {}"}})
            .empty());
}

}  // namespace
}  // namespace flink::codegen
