// SPDX-License-Identifier: Apache-2.0
// What a life of a job leaves for the next one, as files.
#include <doctest/doctest.h>
#include <flink/graph/coordinator.h>

#include "checkpoint/open_job.h"
#include "fs/local_file_system.h"
#include "ha/ha_services.h"
#include "unit/checkpoint/scratch.h"

namespace flink::checkpoint {

using test::job;
using test::make_checkpoint;
using test::Scratch;

TEST_CASE("HA: paths come back as they were, whatever they hold") {
  Scratch scratch;
  fs::LocalFileSystem files;
  const auto store = ha::make_file_ha_store(files, scratch.at(""), job);
  store->take_over(5);
  for (const std::string path :
       {"/a\nb/chk-1", "/a\\nb", "/a\\\n", "/\n\n", "/a b ", "/-escaped x"}) {
    CAPTURE(path);
    store->publish({17, {path, "/b"}, 5, path});
    const auto record = store->read();
    REQUIRE(record);
    CHECK(record->checkpoints == std::vector<std::string>{path, "/b"});
    CHECK(record->starts_from == path);
    store->finish({"FINISHED", 1, path, 5});
    CHECK(store->result()->detail == path);
    CHECK(store->result()->newest_savepoint == 5);
  }
}

// Parts that a savepoint may name are not removed, so one of which nothing is known must count.
TEST_CASE("which savepoints a job has is known from its record or its result, or not at all") {
  constexpr auto unknown = CoordinatorContext::savepoints_unknown;
  struct Row {
    std::string_view trace;  // of an earlier life
    bool recover, new_id;
    std::int64_t newest;
  };
  for (const Row& row :
       {Row{"", false, true, 0}, Row{"", false, false, unknown}, Row{"", true, false, unknown},
        Row{"record", true, false, 5}, Row{"result", true, false, 6},
        Row{"result", false, false, 6}, Row{"old result", true, false, unknown},
        Row{"old result", false, false, unknown}}) {
    CAPTURE(row.trace);
    CAPTURE(row.recover);
    Scratch scratch;
    fs::LocalFileSystem files;
    Settings settings;
    settings.directory = settings.ha_directory = scratch.at("x");
    OpenOptions options{job, row.recover, false, {}, false, true, row.new_id};
    if (!row.trace.empty()) {
      const auto store = ha::make_file_ha_store(files, settings.ha_directory, job);
      store->take_over(7);
      store->publish({17, {}, 5});
      if (row.trace != "record") {
        options.from = make_checkpoint(files, scratch, 6);
        ha::JobResult result{"FINISHED", 1, options.from, 6};
        if (row.trace == "old result") result.newest_savepoint.reset();
        store->finish(result);
        store->clean_up(true);
      }
    }
    const auto store = ha::make_file_ha_store(files, settings.ha_directory, job);
    const auto opened = open_job(files, store.get(), settings, graph::JobGraph{}, options);
    CHECK(!opened.ended);
    CHECK(opened.earlier_savepoints_known == (row.newest != unknown));
    CHECK(opened.record.newest_savepoint == (row.newest == unknown ? 0 : row.newest));
    CHECK(store->read()->newest_savepoint == row.newest);
  }
}

}  // namespace flink::checkpoint
