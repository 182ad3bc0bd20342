// SPDX-License-Identifier: Apache-2.0
#include "base/path.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include <string>
#include <type_traits>

namespace flink::base {
namespace {

std::string refusal(std::string_view text) {
  try {
    return "accepted as " + Path{text}.text();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    return error.message();
  }
}

TEST_CASE("a path has one spelling") {
  const std::string rows[][2] = {
      {"/a", "/a"},
      {"/a/", "/a"},
      {"//a//b/./c/..", "/a/b"},
      {"file:/a", "/a"},
      {"file:///a/", "/a"},
      {"file://", "/"},
      {"/", "/"},
      {"/../a", "/a"},
      {"a", "a"},
      {"./a/../b", "b"},
      {"../a", "../a"},
      {"../../a/..", "../.."},
      {"a/..", "."},
      {"a b/\xc3\xa4#?%20", "a b/\xc3\xa4#?%20"},
      {"2026:01/x", "2026:01/x"},
      {"s3://bucket/a//b/", "s3://bucket/a/b"},
      {"hdfs:/a", "hdfs:///a"},
      // Nothing relative may read like a URI.
      {"./s3:/a", "./s3:/a"},
      {"a/../file:b", "./file:b"},
      {"x/../hdfs://host/a", "./hdfs:/host/a"},
      {"a:", "./a:"},
      {"a:b/c", "a:b/c"},
  };
  for (const auto& [text, canonical] : rows) {
    CAPTURE(text);
    CHECK(Path{text}.text() == canonical);
    CHECK(Path{canonical} == Path{text});
  }
}

TEST_CASE("what is no path is refused") {
  CHECK(refusal("").find("a path is empty") != std::string::npos);
  CHECK(refusal(std::string_view{"a\0b", 3}).find("zero byte") != std::string::npos);
  CHECK(refusal("file://host/a").find("names a host") != std::string::npos);
  CHECK(refusal("file:a").find("write file:///path") != std::string::npos);
}

TEST_CASE("its parts") {
  const Path local{"file:/a/b"}, remote{"s3://bucket/a/b"}, relative{"a/b"};
  CHECK(local.scheme() == "file");
  CHECK(local.uri() == "file:/a/b");
  CHECK(local.name() == "b");
  CHECK(local.parent() == Path{"/a"});
  CHECK(local.parent().parent() == Path{"/"});
  CHECK(Path{"/"}.parent() == Path{"/"});
  CHECK(Path{"/"}.name().empty());
  CHECK(local / "c/../d" == Path{"/a/b/d"});
  CHECK_FALSE(remote.is_local());
  CHECK(remote.scheme() == "s3");
  CHECK(remote.authority() == "bucket");
  CHECK(remote.path() == "/a/b");
  CHECK(remote.uri() == remote.text());
  CHECK(remote.parent().parent() == Path{"s3://bucket/"});
  CHECK(remote.parent().parent().parent() == Path{"s3://bucket/"});
  CHECK_FALSE(relative.is_absolute());
  CHECK(relative.parent().parent() == Path{"."});
  CHECK(Path{"/a"}.contains(local));
  CHECK(Path{"/"}.contains(local));
  CHECK_FALSE(Path{"/a/b"}.contains(local));
  CHECK_FALSE(Path{"/a/b"}.contains(Path{"/a/bc"}));
  CHECK(Path{"s3://bucket/"}.contains(remote));
  CHECK(Path{"."}.contains(relative));
  for (const char* elsewhere : {".", "..", "../a", "/a", "s3://bucket/a"}) {
    CAPTURE(elsewhere);
    CHECK_FALSE(Path{"."}.contains(Path{elsewhere}));
  }
  CHECK(Path{".."}.contains(Path{"../a"}));
  CHECK_FALSE(Path{".."}.contains(Path{"../.."}));
  CHECK(Path{"./a:/b"}.parent() / "c" == Path{"./a:/c"});
}

TEST_CASE("what a temporary path gives outlives it") {
  const auto name = Path{"/a/longer-than-what-a-string-has-room-for-itself"}.name();
  const auto& text = Path{"/longer-than-what-a-string-has-room-for/itself"}.text();
  static_assert(std::is_same_v<decltype(name), const std::string>);
  static_assert(std::is_same_v<decltype(Path{"/a"}.text()), std::string>);
  CHECK(name == "longer-than-what-a-string-has-room-for-itself");
  CHECK(text == "/longer-than-what-a-string-has-room-for/itself");
}

TEST_CASE("a relative path begins where somebody works") {
  CHECK(Path::absolute("a/../b", "/home/x", "output") == Path{"/home/x/b"});
  CHECK(Path::absolute("../b", "/home/x", "output") == Path{"/home/b"});
  CHECK(Path::absolute("file:/b", "/home/x", "output") == Path{"/b"});
  CHECK(Path::absolute("b", "", "output") == Path{"b"});
  try {
    Path::absolute("", "/home/x", "output");
    FAIL("an empty path");
  } catch (const Error& error) {
    CHECK(error.message().starts_with("output: a path is empty"));
  }
  CHECK(Path{working_directory()}.is_absolute());
}

}  // namespace
}  // namespace flink::base
