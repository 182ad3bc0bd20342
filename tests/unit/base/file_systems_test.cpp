// SPDX-License-Identifier: Apache-2.0
#include "base/file_systems.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include "base/forwarding_file_system.h"
#include "unit/memory_file_system.h"

namespace flink::base {
namespace {

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    return error.message();
  }
  return "not refused";
}

TEST_CASE("a path's scheme says whose it is; an unknown one is refused with those that are known") {
  test::MemoryFileSystem local, remote;
  FileSystems files{{{"file", local}, {"s3", remote}}};
  local.put("/a/here", "1");
  remote.put("s3://bucket/there", "22");
  CHECK(files.status("/a/here")->size == 1);
  CHECK(files.status("file:///a/here")->size == 1);
  CHECK(files.status("s3://bucket/there")->size == 2);
  CHECK_FALSE(files.status("/bucket/there"));
  files.rename("s3://bucket/there", "s3://bucket/else");
  CHECK(remote.files.contains("s3://bucket/else"));
  CHECK(files.remove("s3://bucket/else"));
  CHECK(refusal([&] { files.rename("/a/here", "s3://bucket/here"); }) ==
        "cannot rename '/a/here' to 's3://bucket/here': they lie in different file systems");
  const std::string known =
      "'hdfs://host/x': there is no file system for hdfs: here, only for file:, s3:; name a path "
      "of one of these";
  for (const auto& call : std::initializer_list<std::function<void()>>{
           [&] { files.open_read("hdfs://host/x"); },
           [&] {
             files.open_stream({"hdfs://host/x", 0, false, "pipe"});
           },
           [&] { files.create("hdfs://host/x", false); }, [&] { files.status("hdfs://host/x"); },
           [&] { files.list("hdfs://host/x"); }, [&] { files.create_directories("hdfs://host/x"); },
           [&] { files.create_private_directory("hdfs://host/x"); },
           [&] { files.rename("hdfs://host/x", "/a/y"); }, [&] { files.remove("hdfs://host/x"); },
           [&] { files.sync_directory("hdfs://host/x"); },
           [&] { files.local_path("hdfs://host/x"); }}) {
    CHECK(refusal(call) == known);
  }
}

TEST_CASE("what is not changed of a file system goes through") {
  struct Counting final : ForwardingFileSystem {
    using ForwardingFileSystem::ForwardingFileSystem;
    int looks = 0;
    std::optional<FileStatus> status(const Path& path) override {
      ++looks;
      return to_.status(path);
    }
  };
  test::MemoryFileSystem memory;
  Counting files{memory};
  files.create_directories("/a");
  files.create("/a/x", false)->close();
  files.rename("/a/x", "/a/y");
  CHECK(files.status("/a/y"));
  CHECK(files.list("/a").size() == 1);
  CHECK(files.open_read("/a/y")->size() == 0);
  CHECK(files.remove("/a/y"));
  CHECK(memory.files.empty());
  CHECK(files.looks == 1);
}

}  // namespace
}  // namespace flink::base
