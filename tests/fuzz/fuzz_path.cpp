// SPDX-License-Identifier: Apache-2.0
// Paths: any text is one or refused, in one spelling only, and what is below a path is there from
// every side. Input: two paths, a line each.
#include "base/path.h"
#include "fuzz/fuzz.h"

namespace flink::fuzz {
namespace {

void check_parts(const base::Path& path) {
  require(base::Path{std::string_view{path.text()}} == path, "a spelling is its own");
  require(path.text().find('\0') == std::string::npos, "a path has no zero byte");
  if (path.is_absolute()) require(base::Path{path.uri()} == path, "a URI is the same path");
  require(path.parent().is_absolute() == path.is_absolute(), "a parent is as absolute");
  require(path.parent().scheme() == path.scheme(), "a parent is of the same scheme");
  require(path.parent().authority() == path.authority(), "a parent is of the same place");
  const base::Path below = path / "x";
  require(below.name() == "x", "a name is what was put below");
  require(below.parent() == path, "a parent is what it was put below");
  require(path.contains(below) && !below.contains(path), "a directory contains what is below it");
  require(!path.contains(path), "nothing contains itself");
  require(!path.contains(path / ".."), "up is not below");
  require(path / "y/../x" == below, "\"..\" goes up");
  const auto absolute = base::Path::absolute(path.text(), "/home/x", "path");
  require(absolute.is_absolute(), "an absolute path is absolute");
  require(!path.is_absolute() || absolute == path, "an absolute path stays where it is");
}

void check(const base::Path& path) {
  require_no_error("parts of a path are paths", [&] { check_parts(path); });
}

}  // namespace

std::vector<std::string> seeds() {
  return {"/a/b\nc",      "file:/a\n../x", "file:///a/\nb/c", "s3://bucket/a//b/\n./d",
          "hdfs:/a\na:b", "../../a/..\n.", "./x:/y\nx:",      "2026:01/x\nfile:",
          "a/../b\n..",   "/\n/",          "file://host/a\n", "a b/\xc3\xa4#?%20\n..a"};
}

void run(std::string_view input) {
  const auto end = input.find('\n');
  const base::Path path{input.substr(0, end)};
  check(path);
  if (end == input.npos) return;
  const auto second = input.substr(end + 1);
  const base::Path below{second};
  check(below);
  require((path == below) == (path.text() == below.text()), "equal paths have one text");
  if (below.is_absolute() || !below.is_local()) return;
  const base::Path joined =
      require_no_error("a relative path can be put below any", [&] { return path / second; });
  check(joined);
  require(joined == path / below.text(), "a spelling leads to the same place");
  require(joined.scheme() == path.scheme() && joined.authority() == path.authority() &&
              joined.is_absolute() == path.is_absolute(),
          "what is below is of the same place");
}

}  // namespace flink::fuzz
