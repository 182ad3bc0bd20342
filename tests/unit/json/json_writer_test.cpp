// SPDX-License-Identifier: Apache-2.0
#include "json/json_writer.h"

#include <doctest/doctest.h>

namespace flink::json {
namespace {

TEST_CASE("commas, nesting and numbers") {
  JsonWriter json;
  json.begin_object().member("a", 1).key("b").begin_array().value("x").value(true).value(0.5);
  json.value(2.0).begin_object().end_object().end_array().member("c", std::uint64_t{1} << 63);
  json.key("d").raw("{}").end_object();
  CHECK(json.text() == R"({"a":1,"b":["x",true,0.5,2.0,{}],"c":9223372036854775808,"d":{}})");
}

TEST_CASE("strings") {
  struct Row {
    std::string_view text;
    const char* expected;
  };
  const Row rows[] = {
      {"", "\"\""},
      {"a\"b\\c", R"("a\"b\\c")"},
      {"\n\t\r\x01\x7f", R"("\n\t\r\u0001\u007f")"},
      {"µ€😀", "\"µ€😀\""},
      {"\xff", R"("\ufffd")"},
      {"a\xe2\x82", R"("a\ufffd\ufffd")"},
      {"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},
      {"\xc0\xaf", R"("\ufffd\ufffd")"},
      {"</script>", "\"</script>\""},
  };
  for (const Row& row : rows) {
    std::string out;
    append_json_string(out, row.text);
    CHECK(out == row.expected);
  }
}

}  // namespace
}  // namespace flink::json
