// SPDX-License-Identifier: Apache-2.0
#include "client/running_jobs.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "flink/error.h"
#include "unit/scratch_directory.h"

namespace flink::client {
namespace {

RunningJob example(const std::string& id, std::int32_t pid = 0) {
  return {pid, {"localhost", 8081}, id, "Word \"Count\"\n"};
}

const std::string first_id(32, 'a'), second_id(32, 'b');

TEST_CASE("a file lives as long as its owner") {
  const test::Scratch base;
  const std::string directory = base.path + "/flinkc";
  CHECK(find_running_jobs(directory).empty());
  {
    const RunningJobFile second(directory, example(second_id));
    const RunningJobFile first(directory, example(first_id));
    const auto jobs = find_running_jobs(directory);
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].job_id == first_id);
    CHECK(jobs[0].pid == ::getpid());
    CHECK(jobs[0].name == "Word \"Count\"\n");
    CHECK(jobs[0].rest.text() == "localhost:8081");
    struct stat status {};
    REQUIRE(::stat(directory.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
    REQUIRE(::stat(first.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
  CHECK(find_running_jobs(directory).empty());
}

TEST_CASE("the file of a dead process is removed") {
  const test::Scratch base;
  const std::string directory = base.path + "/flinkc";
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  const RunningJobFile file(directory, example(first_id, child));
  CHECK(std::filesystem::exists(file.path()));
  CHECK(find_running_jobs(directory).empty());
  CHECK(!std::filesystem::exists(file.path()));
}

TEST_CASE("a pid that another process has now") {
  const test::Scratch base;
  const std::string directory = base.path + "/flinkc";
  const RunningJobFile file(directory, example(first_id));
  std::ofstream(file.path()) << "{\"pid\":" << ::getpid()
                             << ",\"started\":1,\"rest\":\"localhost:8081\",\"jid\":\"" << first_id
                             << "\",\"name\":\"x\"}";
  CHECK(find_running_jobs(directory).empty());
  CHECK(!std::filesystem::exists(file.path()));
}

TEST_CASE("what else lies there is left alone and ignored") {
  const test::Scratch base;
  const std::string directory = base.path + "/flinkc";
  const RunningJobFile file(directory, example(first_id));
  std::ofstream(directory + "/broken.json") << "{";
  std::ofstream(directory + "/other.txt") << "text";
  std::ofstream(directory + "/bad.json")
      << R"({"pid":1,"started":1,"rest":"a b","jid":"x","name":"x"})";
  std::filesystem::create_symlink("/etc/passwd", directory + "/link.json");
  std::filesystem::create_directory(directory + "/folder.json");
  CHECK(find_running_jobs(directory).size() == 1);
  CHECK(std::filesystem::exists(directory + "/broken.json"));
  CHECK(std::filesystem::exists(directory + "/bad.json"));
}

TEST_CASE("a directory open to others is neither written nor believed") {
  const test::Scratch base;
  const std::string directory = base.path + "/flinkc";
  std::filesystem::create_directory(directory);
  REQUIRE(::chmod(directory.c_str(), 0777) == 0);
  CHECK_THROWS_AS(RunningJobFile(directory, example(first_id)), Error);
  CHECK(find_running_jobs(directory).empty());
  std::filesystem::remove(directory);
  std::filesystem::create_symlink(base.path, directory);
  CHECK_THROWS_AS(RunningJobFile(directory, example(first_id)), Error);
  CHECK_THROWS_AS(RunningJobFile(base.path + "/no/such", example(first_id)), Error);
}

TEST_CASE("where the directory is") {
  CHECK(runtime_directory({{"XDG_RUNTIME_DIR", "/run/user/7"}}) == "/run/user/7/flinkc");
  const std::string fallback = "/tmp/flinkc-" + std::to_string(::geteuid());
  CHECK(runtime_directory({}) == fallback);
  CHECK(runtime_directory({{"XDG_RUNTIME_DIR", "relative"}}) == fallback);
}

}  // namespace
}  // namespace flink::client
