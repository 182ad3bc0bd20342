// SPDX-License-Identifier: Apache-2.0
#include "codegen/source_index.h"

#include <doctest/doctest.h>

namespace flink::codegen {
namespace {

constexpr std::string_view source_text = R"(struct Other { int z; };
struct Record {
  std::string name = f(1, 2);
  int values[16] = {};
  unsigned hot : 1 = 0;
  std::function<void(int, char)> callback;
  std::map<int, std::vector<int>> table{{1, {2}}};
  static int shared;
  int size() const { return 1; }
  void process_element(int in, Collector<int>& out);
 public:
  Record* next = nullptr;
};
void f() {
  auto a = g([](int x) { return x; })
               .h(1);
  if (a) { b(); }
  c(2); d();
}
)";

TEST_CASE("fields and methods of a struct, by tokens alone") {
  const char* names[] = {"name", "values", "hot", "callback", "table", "next"};
  for (int i = 0; i < 6; ++i) {
    CAPTURE(i);
    CHECK(find_field(source_text, "Record", i).name == names[i]);
  }
  CHECK(find_field(source_text, "ns::Record", 1).line == 4);
  CHECK(find_field(source_text, "Record", 6).name.empty());
  CHECK(find_field(source_text, "Record", 6).line == 2);
  CHECK(find_field(source_text, "Absent", 0).line == 0);
  CHECK(find_struct(source_text, "Record").line == 2);
  CHECK(find_method(source_text, "Record", "process_element").line == 10);
  CHECK(find_method(source_text, "Record", "size").line == 9);
  CHECK(find_method(source_text, "Record", "callback").line == 0);
}

TEST_CASE("the statement around a place") {
  struct Row {
    int line, column, first, last;
  };
  const Row rows[] = {{15, 13, 15, 16}, {16, 18, 15, 16}, {17, 12, 17, 17}, {18, 3, 18, 18}};
  for (const auto& row : rows) {
    CAPTURE(row.line);
    const auto range = statement_at(source_text, row.line, row.column);
    CHECK(range.first == row.first);
    CHECK(range.last == row.last);
  }
}

TEST_CASE("string literals and the token before") {
  CHECK(find_literals("f(\"a\"); // \"a\"\ng(\"a\");", "a").size() == 2);
  const auto before = end_of_previous("int x = 1 // y\nint z;", 2, 1);
  CHECK(before.line == 1);
  CHECK(before.column == 10);
  CHECK(end_of_previous("int x;", 1, 1).line == 0);
}

}  // namespace
}  // namespace flink::codegen
