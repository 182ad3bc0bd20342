// SPDX-License-Identifier: Apache-2.0
// docs/sql-functions.md is what the registry says. TABLE_PAGE=write writes it.
#include "table/function_page.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace flink::table {
namespace {

const std::string page = TABLE_TEST_PAGE;

TEST_CASE("the page of functions is the registry's") {
  const std::string text = function_page(builtins());
  if (std::getenv("TABLE_PAGE")) std::ofstream(page) << text;
  std::ifstream in(page);
  std::stringstream there;
  there << in.rdbuf();
  CHECK_MESSAGE(there.str() == text, "TABLE_PAGE=write table_test writes docs/sql-functions.md");
}

TEST_CASE("what is said not to be here is not") {
  for (const Absent& one : absent_functions()) {
    std::istringstream names{std::string{one.names}};
    for (std::string name; names >> name;) {
      CHECK_MESSAGE(builtins().find(name).empty(), name);
    }
  }
}

TEST_CASE("a row names the function of C++ that it runs") {
  const auto rows = builtins().find("UPPER");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]->implementation.spelling.find("to_upper") != std::string_view::npos);
  CHECK(rows[0]->implementation.strict);
  CHECK_FALSE(rows[0]->implementation.may_be_null);
}

}  // namespace
}  // namespace flink::table
