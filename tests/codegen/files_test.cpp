// SPDX-License-Identifier: Apache-2.0
#include "codegen/files.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include "base/temporary_directory.h"
#include "codegen/cache.h"
#include "codegen/process.h"

namespace flink::codegen {
namespace {

TEST_CASE("a stamp matches equal content, whatever its time") {
  const base::TemporaryDirectory scratch;
  const auto file = scratch.path() / "a b\tc.txt";
  write_file(file, "one");
  const auto stamp = stamp_file(file);
  CHECK(still_matches(stamp));
  fs::last_write_time(file, fs::file_time_type::clock::now() + std::chrono::hours(1));
  CHECK(still_matches(stamp));
  write_file(file, "two");
  fs::last_write_time(file, fs::file_time_type::clock::now() + std::chrono::hours(2));
  CHECK_FALSE(still_matches(stamp));
  fs::remove(file);
  CHECK_FALSE(still_matches(stamp));
  const auto missing = stamp_file(file);
  CHECK(still_matches(missing));
  write_file(file, "");
  CHECK_FALSE(still_matches(missing));
}

TEST_CASE("stamps are read as they were written") {
  const std::vector<FileStamp> stamps{{"/a b\tc", 3, 42, "ff"}, {"/none", -1, 0, ""}};
  const auto again = parse_stamps(format_stamps(stamps));
  REQUIRE(again.size() == 2);
  CHECK(again[0].path == "/a b\tc");
  CHECK(again[0].size == 3);
  CHECK(again[0].mtime_ns == 42);
  CHECK(again[1].size == -1);
  CHECK(parse_stamps("garbage\n1\t2\n").empty());
}

TEST_CASE("a cached file is current while all it was made from is") {
  const base::TemporaryDirectory scratch;
  const Cache cache(scratch.path() / "cache");
  const auto source = scratch.path() / "s";
  write_file(source, "x");
  const auto object = cache.object("key");
  CHECK_FALSE(is_current(object));
  write_file(object, "o");
  CHECK_FALSE(is_current(object));  // no stamps: not known to be whole
  write_file(stamps_of(object), format_stamps({stamp_file(source)}));
  CHECK(is_current(object));
  write_file(source, "xy");
  CHECK_FALSE(is_current(object));
}

TEST_CASE("a cache that others can write to is refused") {
  const base::TemporaryDirectory scratch;
  const auto root = scratch.path() / "cache";
  { const Cache made(root); }
  CHECK(fs::status(root).permissions() == fs::perms::owner_all);
  CHECK_NOTHROW(Cache{root});
  for (const auto more : {fs::perms::group_write, fs::perms::others_write}) {
    fs::permissions(root, fs::perms::owner_all | more);
    CHECK_THROWS_WITH_AS(Cache{root}, doctest::Contains("written to by other users"), Error);
  }
  fs::permissions(root, fs::perms::owner_all);
  fs::create_directory_symlink(root, scratch.path() / "mine");
  CHECK_NOTHROW(Cache(scratch.path() / "mine"));
  CHECK((fs::status(scratch.path() / "mine").permissions() & fs::perms::others_read) ==
        fs::perms::none);
  CHECK_NOTHROW(Cache(scratch.path() / "shared", Cache::for_all_users));
  CHECK((fs::status(scratch.path() / "shared").permissions() & fs::perms::others_read) !=
        fs::perms::none);
  // Anybody may write there, and this user seldom owns it.
  CHECK_THROWS_AS(Cache("/tmp"), Error);
  write_file(scratch.path() / "file", "x");
  CHECK_THROWS_WITH_AS(Cache(scratch.path() / "file"), doctest::Contains("no directory"), Error);
}

TEST_CASE("replace_file keeps content, mode and time") {
  const base::TemporaryDirectory scratch;
  const auto from = scratch.path() / "from";
  const auto to = scratch.path() / "to";
  write_file(from, std::string(100'000, 'x'));
  fs::permissions(from, fs::perms::owner_all);
  write_file(to, "old");
  replace_file(from, to);
  CHECK(read_file(to) == read_file(from));
  CHECK(fs::status(to).permissions() == fs::perms::owner_all);
  CHECK(fs::last_write_time(to) == fs::last_write_time(from));
}

TEST_CASE("children: output, exit codes, signals, programs that are not there") {
  const auto run = run_captured({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"});
  CHECK(run.out == "out\n");
  CHECK(run.err == "err\n");
  CHECK(run.exit_code == 3);
  CHECK(run_captured({"/bin/sh", "-c", "kill -9 $$"}).exit_code == 137);
  CHECK_THROWS(run_captured({"/no/such/program"}));
  CHECK(find_program("sh"));
  CHECK_FALSE(find_program("no-such-program-anywhere"));
  CHECK(shell_line({"a", "b c", "it's", ""}) == "a 'b c' 'it'\\''s' ''");
}

}  // namespace
}  // namespace flink::codegen
