// SPDX-License-Identifier: Apache-2.0
// LocalFileSystem in a directory of its own under the system's temporary one.
#include "fs/local_file_system.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <flink/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

#include "unit/scratch_directory.h"

using namespace flink;
using fs::LocalFileSystem;

namespace {

void write(base::FileSystem& files, const std::string& path, std::string_view text) {
  auto file = files.create(path, true);
  file->append({text.data(), text.size()});
  file->sync();
  file->close();
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what was written is read back, at any position") {
  const test::Scratch directory;
  LocalFileSystem files;
  const auto path = directory.path + "/a";
  write(files, path, "hello world");
  auto file = files.open_read("file://" + path);
  CHECK(file->size() == 11);
  char room[16];
  CHECK(file->read_at(6, room) == 5);
  CHECK(std::string(room, 5) == "world");
  CHECK(file->read_at(11, room) == 0);
  CHECK(file->read_at(100, room) == 0);
  CHECK(file->read_at(0, {room, 5}) == 5);
}

TEST_CASE("create, status, list, rename, remove") {
  const test::Scratch directory;
  LocalFileSystem files;
  files.create_directories(directory.path + "/x/y//z/");
  files.create_directories(directory.path + "/x/y/z");
  write(files, directory.path + "/x/b", "22");
  write(files, directory.path + "/x/a", "1");
  const auto found = files.list(directory.path + "/x");
  REQUIRE(found.size() == 3);
  CHECK(found[0].path == directory.path + "/x/a");
  CHECK(found[1].size == 2);
  CHECK(found[2].is_directory);
  files.rename(directory.path + "/x/a", directory.path + "/x/b");
  CHECK(files.status(directory.path + "/x/b")->size == 1);
  CHECK_FALSE(files.status(directory.path + "/x/a"));
  CHECK_FALSE(files.status(directory.path + "/x/b/under-a-file"));
  CHECK(files.remove(directory.path + "/x/b"));
  CHECK_FALSE(files.remove(directory.path + "/x/b"));
  files.sync_directory(directory.path + "/x");
}

TEST_CASE("a link that leads nowhere or to itself is not listed, but an error to ask for") {
  const test::Scratch directory;
  LocalFileSystem files;
  write(files, directory.path + "/a", "1");
  std::filesystem::create_symlink("self", directory.path + "/self");
  std::filesystem::create_symlink("none", directory.path + "/nowhere");
  const auto found = files.list(directory.path);
  REQUIRE(found.size() == 1);
  CHECK(found[0].path == directory.path + "/a");
  CHECK(has(message_of([&] { files.status(directory.path + "/self"); }), "Too many levels"));
}

TEST_CASE("standard input has one name for people") {
  const std::pair<const char*, const char*> rows[] = {
      {"/proc/17/fd/0", "/dev/stdin"}, {"/proc/17/fd/10", "/proc/17/fd/10"},
      {"/proc//fd/0", "/proc//fd/0"},  {"/proc/self/fd/0", "/proc/self/fd/0"},
      {"/proc/fd/0", "/proc/fd/0"},    {"/data/fd/0", "/data/fd/0"}};
  for (const auto& [path, name] : rows) CHECK(base::shown(path) == name);
}

TEST_CASE("errors say what, where, why and what to do") {
  const test::Scratch directory;
  LocalFileSystem files;
  const auto path = directory.path + "/a";
  write(files, path, "1");
  struct Row {
    std::function<void()> call;
    const char *what, *why;
  };
  const Row rows[] = {
      {[&] { files.open_read(directory.path + "/none"); }, "cannot read", "No such file"},
      {[&] { files.open_read(directory.path); }, "cannot read", "Is a directory"},
      {[&] { files.create(path, false); }, "cannot create", "File exists"},
      {[&] { files.create(path + "/b", false); }, "cannot create", "Not a directory"},
      {[&] { files.list(directory.path + "/none"); }, "cannot list", "check the path"},
      {[&] { files.create_directories(path + "/b"); }, "cannot create directory",
       "not a directory"},
      {[&] { files.rename(path + "x", path); }, "cannot rename", "check the path"},
      {[&] { files.sync_directory(path); }, "cannot sync directory", "Not a directory"},
  };
  for (const auto& row : rows) {
    const auto message = message_of(row.call);
    CAPTURE(message);
    CHECK(has(message, row.what));
    CHECK(has(message, row.why));
    CHECK(has(message, directory.path));
  }
}

TEST_CASE("a full disk is a resource error") {
  LocalFileSystem files;
  if (!files.status("/dev/full")) return;
  auto file = files.create("/dev/full", true);
  try {
    file->append({"x", 1});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::resource);
    CHECK(has(error.message(), "free space"));
  }
}

TEST_CASE("pipes, devices and files of /proc are streams, under a name that other processes know") {
  const test::Scratch directory;
  LocalFileSystem files;
  write(files, directory.path + "/empty", "");
  CHECK(files.status(directory.path + "/empty")->stream.empty());
  CHECK(files.status(directory.path)->stream.empty());
  for (const char* all : {"/dev/null", "/dev/zero", "/proc/self/status"}) {
    CHECK(files.status(all)->stream == base::stream_for_all);
  }
  const std::string own = "/proc/" + std::to_string(::getpid()) + "/";
  CHECK(files.status("/proc/self/status")->path == own + "status");

  const std::string fifo = directory.path + "/fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const auto status = files.status(fifo);
  REQUIRE_FALSE(status->stream.empty());
  const auto stream = files.open_stream(*status);  // waits for no writer
  char room[8];
  CHECK(stream->read(room) == std::nullopt);
  const int writer = ::open(fifo.c_str(), O_WRONLY);
  CHECK(stream->read(room) == std::nullopt);
  REQUIRE(::write(writer, "hello", 5) == 5);
  CHECK(stream->read(room) == 5);
  CHECK(stream->read(room) == std::nullopt);
  ::close(writer);
  CHECK(stream->read(room) == 0);

  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto pipe = files.status("/dev/fd/" + std::to_string(ends[0]));
  CHECK(pipe->path == own + "fd/" + std::to_string(ends[0]));
  REQUIRE(::write(ends[1], "x", 1) == 1);
  CHECK(files.open_stream(*pipe)->read(room) == 1);
  ::close(ends[0]);
  ::close(ends[1]);
  // Gone, or another one by now: perhaps it was seen on another machine.
  CHECK(has(message_of([&] { files.open_stream(*pipe); }), "is not here what it is"));
  auto other = *status;
  other.stream = pipe->stream;
  CHECK(has(message_of([&] { files.open_stream(other); }), "is not here what it is"));

  // Redirected from a file, a descriptor is that file.
  const std::string path = directory.path + "/a";
  write(files, path, "hello");
  const int file = ::open(path.c_str(), O_RDONLY);
  const auto redirected = files.status("/proc/self/fd/" + std::to_string(file));
  CHECK(redirected->path == path);
  CHECK(redirected->size == 5);
  ::close(file);
}
