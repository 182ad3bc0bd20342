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
      {"", {4, 0, 0, "/sp"}, "--parallelism 4 --from-savepoint /sp"},
      {"-p 2 -- --input -p",
       {3, 0, 0, "/sp"},
       "--parallelism 3 --from-savepoint /sp -- --input -p"},
      {"-p2 -Drest.port=1", {3, 0, 0, "/sp"}, "-Drest.port=1 --parallelism 3 --from-savepoint /sp"},
      {"--parallelism=2 -s /old --claim-mode CLAIM",
       {1, 0, 0, "/sp"},
       "--parallelism 1 --from-savepoint /sp"},
      {"--fromSavepoint=/old -n --job-id 00 --recover",
       {1, 0, 0, "/sp"},
       "-n --parallelism 1 --from-savepoint /sp"},
      {"-D execution.state-recovery.path=/old -Dparallelism.default=9 -D a=b",
       {1, 0, 0, "/sp"},
       "-D a=b --parallelism 1 --from-savepoint /sp"},
      // Slots that were given and are too few: more of them.
      {"--taskmanagers 2 --slots 1 -p 2",
       {5, 0, 0, "/sp"},
       "--taskmanagers 2 --slots 3 --parallelism 5 --from-savepoint /sp"},
      {"--taskmanagers=2 --slots=2 -p 4",
       {2, 0, 0, "/sp"},
       "--taskmanagers 2 --slots 2 --parallelism 2 --from-savepoint /sp"},
      {"--taskmanagers 2 --slots 1 -p 2",
       {6, 3, 0, "/sp"},
       "--taskmanagers 3 --slots 2 --parallelism 6 --from-savepoint /sp"},
      {"--slots 2 -p 2",
       {6, 3, 4, "/sp"},
       "--taskmanagers 3 --slots 4 --parallelism 6 --from-savepoint /sp"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.started);
    CHECK(rescaled_arguments(words(row.started), row.options) == words(row.goes_on));
  }
}

}  // namespace
}  // namespace flink::client
