// SPDX-License-Identifier: Apache-2.0
// Files that become visible at their commit, where names can be changed.
#include <doctest/doctest.h>

#include "unit/memory_file_system.h"

namespace flink::test {
namespace {

using base::PersistedFile;
using Outcome = base::RecoverableWriter::Outcome;

struct World {
  MemoryFileSystem files;
  std::unique_ptr<base::RecoverableWriter> writer = files.recoverable_writer();

  base::ClosedFile closed(const std::string& target, const std::string& text) {
    const auto file = writer->open(target);
    file->append(text);
    return file->close();
  }
  PersistedFile persisted(const std::string& target, const std::string& text) {
    return writer->persist({closed(target, text)}, "/out").at(0);
  }
};

TEST_CASE("persisted bytes are durable and hidden until their commit, which may come twice") {
  World world;
  world.files.create_directories("/out/a/b");
  const auto closed = world.closed("/out/a/b/x", "text");
  CHECK(world.files.names("/out/a/b") == std::vector<std::string>{"x.inprogress"});
  CHECK_FALSE(world.writer->is_free("/out/a/b/x"));
  const auto token = world.writer->persist({closed}, "/out").at(0);
  CHECK(world.files.names("/out/a/b") == std::vector<std::string>{".x.pending"});
  for (const char* durable : {"/out/a/b/.x.pending", "/out/a/b", "/out/a", "/out"}) {
    CAPTURE(durable);
    CHECK(world.files.synced.contains(durable));
  }
  CHECK_FALSE(world.files.synced.contains("/"));
  CHECK_FALSE(world.writer->is_free("/out/a/b/x"));
  CHECK(world.writer->is_free("/out/a/b/y"));

  world.files.synced.clear();
  // Whoever commits need not be who wrote, and knows the token only.
  const auto another = world.files.recoverable_writer();
  CHECK(another->commit(token) == Outcome::committed);
  CHECK(another->commit(token) == Outcome::committed_before);
  another->sync_commits({token});
  CHECK(world.files.synced.contains("/out/a/b"));
  CHECK(world.files.content("/out/a/b/x") == "text");
  CHECK_FALSE(another->is_free("/out/a/b/x"));
}

TEST_CASE("what is gone or damaged is told, and left alone") {
  World world;
  world.files.create_directories("/out");
  const auto token = world.persisted("/out/x", "text");
  world.files.files.at("/out/.x.pending")->resize(3);
  CHECK(world.writer->commit(token) == Outcome::damaged);
  CHECK(world.files.content("/out/.x.pending") == "tex");
  world.files.remove("/out/.x.pending");
  CHECK(world.writer->commit(token) == Outcome::gone);
}

TEST_CASE("nothing is discarded without a proof of whose it is") {
  World world;
  world.files.create_directories("/out");
  const auto token = world.persisted("/out/part-job-op-1", "text");
  CHECK_FALSE(world.writer->discard(token.held, "-job-other-"));
  CHECK_FALSE(world.writer->discard(token.held, ""));
  CHECK_FALSE(world.writer->discard(token.target, "-job-op-"));  // nothing is there
  CHECK(world.files.names("/out").size() == 1);
  CHECK(world.writer->discard(token.held, "-job-op-"));
  CHECK_FALSE(world.writer->discard(token.held, "-job-op-"));
  const auto committed = world.persisted("/out/part-job-op-2", "text");
  CHECK(world.writer->commit(committed) == Outcome::committed);
  CHECK_FALSE(world.writer->discard(committed.target, "-job-op-"));
  CHECK(world.files.names("/out") == std::vector<std::string>{"part-job-op-2"});
}

}  // namespace
}  // namespace flink::test
