// SPDX-License-Identifier: Apache-2.0
#include "client/relaunch.h"

#include <doctest/doctest.h>

#include <sstream>

namespace flink::client {
namespace {

std::vector<std::string> words(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

struct Row {
  const char* started;
  RescaleOptions options;
  const char* goes_on;
};

TEST_CASE("relaunch: what a job is started with at another parallelism") {
  const Row rows[] = {
      {"", {4, 0, 0, "7"}, "--parallelism 4 --job-id 7"},
      {"-p 2 -- --input -p", {3, 0, 0, "7"}, "--parallelism 3 --job-id 7 -- --input -p"},
      {"-p2 -Drest.port=1", {3, 0, 0, "7"}, "-Drest.port=1 --parallelism 3 --job-id 7"},
      {"--parallelism=2 -s /old --claim-mode CLAIM", {1, 0, 0, "7"}, "--parallelism 1 --job-id 7"},
      // What is not about where it starts stays: who supervises it recovers it.
      {"jobmanager --fromSavepoint=/old -n --job-id 7 --recover -q --local",
       {1, 0, 0, "7"},
       "jobmanager -n --recover -q --local --parallelism 1 --job-id 7"},
      {"-D execution.state-recovery.path=/old -Dparallelism.default=9 -D a=b",
       {1, 0, 0, "7"},
       "-D a=b --parallelism 1 --job-id 7"},
      // Slots that were given and are too few: more of them.
      {"--taskmanagers 2 --slots 1 -p 2",
       {5, 0, 0, "7"},
       "--taskmanagers 2 --slots 3 --parallelism 5 --job-id 7"},
      {"--taskmanagers=2 --slots=2 -p 4",
       {2, 0, 0, "7"},
       "--taskmanagers 2 --slots 2 --parallelism 2 --job-id 7"},
      {"--taskmanagers 2 --slots 1 -p 2",
       {6, 3, 0, "7"},
       "--taskmanagers 3 --slots 2 --parallelism 6 --job-id 7"},
      {"--slots 2 -p 2", {6, 3, 4, "7"}, "--taskmanagers 3 --slots 4 --parallelism 6 --job-id 7"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.started);
    CHECK(rescaled_arguments(words(row.started), row.options) == words(row.goes_on));
  }
}

TEST_CASE("relaunch: from a savepoint, and only described") {
  CHECK(from_savepoint(words("-p 2 -- x"), "/s") == words("--from-savepoint /s -p 2 -- x"));
  CHECK(from_savepoint(words("jobmanager -q"), "/s") == words("jobmanager --from-savepoint /s -q"));
  CHECK(from_savepoint({}, "/s") == words("--from-savepoint /s"));
  CHECK(describing_arguments(words("--recover -p 2 -Da=b --slots 3 -D c=d -- -q"), "e=f") ==
        words("describe --json -p 2 -Da=b -D c=d -De=f -- -q"));
  CHECK(describing_arguments(words("jobmanager --parallelism=2"), "") ==
        words("describe --json --parallelism=2"));
}

TEST_CASE("relaunch: secrets are not shown") {
  CHECK(without_secrets(words("-Dsecurity.ssl.rest.key-password=x -D s3.secret-key=y=z -p 2 -Da=b "
                              "-- --password x --token=y --input t --api-key --rate 1")) ==
        words("-Dsecurity.ssl.rest.key-password=****** -D s3.secret-key=****** -p 2 -Da=b "
              "-- --password ****** --token=****** --input t --api-key --rate 1"));
}

}  // namespace
}  // namespace flink::client
