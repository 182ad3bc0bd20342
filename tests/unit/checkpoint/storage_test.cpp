// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/storage.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "base/forwarding_file_system.h"
#include "checkpoint/open_job.h"
#include "fs/local_file_system.h"
#include "ha/ha_services.h"
#include "unit/checkpoint/scratch.h"

namespace flink::checkpoint {
namespace {

using test::job;
using test::make_checkpoint;
using test::refusal;
using test::Scratch;
using test::write_file;

// Before every look at what is there, something may happen.
class Watched final : public base::ForwardingFileSystem {
 public:
  using ForwardingFileSystem::ForwardingFileSystem;
  std::function<void()> looks;

  std::optional<base::FileStatus> status(const base::Path& path) override {
    if (looks) looks();
    return to_.status(path);
  }
  std::vector<base::FileStatus> list(const base::Path& directory) override {
    if (looks) looks();
    return to_.list(directory);
  }
};

}  // namespace

TEST_CASE("a checkpoint is found by its directory or its _metadata, and its files are checked") {
  Scratch scratch;
  fs::LocalFileSystem files;
  const auto directory = make_checkpoint(files, scratch, 5);
  CHECK(read_checkpoint(files, directory).metadata.checkpoint_id == 5);
  CHECK(read_checkpoint(files, "file://" + directory + "/_metadata").metadata.checkpoint_id == 5);
  CHECK(checkpoint_ids(files, scratch.at(job.hex())) == std::vector<std::int64_t>{5});
  CHECK(refusal([&] { read_checkpoint(files, scratch.at(job.hex())); }).find("/chk-5") !=
        std::string::npos);
  const auto run = directory + "/run-2-0";
  write_file(run, 4095);
  CHECK(refusal([&] { read_checkpoint(files, directory); }).find("has 4095 bytes") !=
        std::string::npos);
  std::filesystem::remove(run);
  CHECK(refusal([&] { read_checkpoint(files, directory); }).find("is not there; put it back") !=
        std::string::npos);
  CHECK(refusal([&] { read_checkpoint(files, scratch.at("none")); }).find("nothing is there") !=
        std::string::npos);
  CHECK(refusal([&] { local_path("s3://bucket/x", "there"); }).find("only local files") !=
        std::string::npos);
}

TEST_CASE("disposing of a savepoint takes what is beside it and nothing else") {
  Scratch scratch;
  fs::LocalFileSystem files;
  const auto refused = [&](const std::string& where, const std::set<std::string>& in_use,
                           const char* why) {
    CAPTURE(where);
    CHECK(refusal([&] { dispose_savepoint(files, where, in_use); }).find(why) != std::string::npos);
  };
  refused(make_checkpoint(files, scratch, 4), {}, "only savepoints");
  const auto directory = make_checkpoint(files, scratch, 5, true);
  write_file(scratch.at("other"), 1);
  // However it is called, here and where it is needed.
  const auto link = scratch.at("link"), file_link = scratch.at("file_link");
  std::filesystem::create_directory_symlink(scratch.at(job.hex()), link);
  std::filesystem::create_symlink(directory + "/_metadata", file_link);
  const std::string names[] = {directory, directory + "/_metadata", link + "/chk-5",
                               link + "/chk-5/_metadata", file_link};
  for (const auto& name : names) {
    for (const auto& needed : names) refused(name, {needed}, "starts from it");
  }
  write_file(directory + "/_claimed-x", 1);
  refused(directory, {}, "claimed");
  std::filesystem::remove(directory + "/_claimed-x");
  dispose_savepoint(files, link + "/chk-5", {scratch.at("other"), scratch.at("none")});
  CHECK(!std::filesystem::exists(directory));
  CHECK(std::filesystem::exists(scratch.at("other")));
  CHECK(!refusal([&] { dispose_savepoint(files, directory); }).empty());
  CHECK(!refusal([&] { dispose_savepoint(files, scratch.at("other")); }).empty());
}

TEST_CASE("HA: a later JobManager fences the earlier one and reads what that wrote") {
  Scratch scratch;
  fs::LocalFileSystem files;
  const auto first = ha::make_file_ha_store(files, scratch.at(""), job);
  CHECK(ha::epoch_number(first->take_over(5)) == 1);
  CHECK(!first->read());
  first->publish({17, {"/a", "/b"}, 5});
  const auto second = ha::make_file_ha_store(files, scratch.at(""), job);
  CHECK(second->take_over(6) == 2'000'000'000'006);
  const auto record = second->read();
  REQUIRE(record);
  CHECK(record->next_checkpoint_id == 17);
  CHECK(record->checkpoints == std::vector<std::string>{"/a", "/b"});
  CHECK(record->newest_savepoint == 5);
  CHECK_THROWS_AS(first->publish({18, {"/c"}}), ha::FencedError);
  CHECK_THROWS_AS(first->finish({"FINISHED", 1, ""}), ha::FencedError);
  second->publish(*record);
  second->publish({33, {"/b", "/d"}});
  const auto third = ha::make_file_ha_store(files, scratch.at(""), job);
  third->take_over(7);
  CHECK(third->read()->checkpoints.back() == "/d");
  third->finish({"CANCELED", 7, "by\nrequest"});
  CHECK(third->result()->status == "CANCELED");
  CHECK(third->result()->detail == "by\nrequest");
  CHECK(!third->result()->newest_savepoint);
  third->clean_up(true);
  CHECK(third->result());
  CHECK_THROWS_AS(first->publish({18, {"/c"}}), ha::FencedError);  // nobody is newer any more
}

TEST_CASE("HA: a record of an earlier build, which does not tell of savepoints") {
  Scratch scratch;
  fs::LocalFileSystem files;
  const auto store = ha::make_file_ha_store(files, scratch.at(""), job);
  store->take_over(7);
  std::ofstream(scratch.at(job.hex() + "/ha/record-1"))
      << "flinkc job record 1\nnext-checkpoint 17\ncheckpoint /a\n"
         "checksum c9c8a33c7ca1f00136826f750c03a18d\n";
  const auto record = store->read();
  REQUIRE(record);
  CHECK(record->checkpoints == std::vector<std::string>{"/a"});
  CHECK(record->newest_savepoint == 16);  // any of them may be one
}

TEST_CASE("HA: a damaged record is refused, at every byte") {
  Scratch scratch;
  fs::LocalFileSystem files;
  const auto store = ha::make_file_ha_store(files, scratch.at(""), job);
  const auto epoch = store->take_over(7);
  store->publish({17, {"/a"}});
  const auto path = scratch.at(job.hex() + "/ha/record-" + std::to_string(epoch));
  const auto good = read_whole(files, path);
  for (std::size_t at = 0; at < good.size(); ++at) {
    CAPTURE(at);
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    std::ofstream(path) << bad;
    CHECK(refusal([&] { store->read(); }).find("is damaged") != std::string::npos);
    std::ofstream(path) << good.substr(0, at);
    CHECK(!refusal([&] { store->read(); }).empty());
  }
}

TEST_CASE("what a job starts from") {
  Scratch scratch;
  fs::LocalFileSystem files;
  Settings settings;
  settings.directory = settings.ha_directory = scratch.at("");
  settings.directory.pop_back();
  settings.ha_directory.pop_back();
  graph::JobGraph graph;
  auto stream = std::make_shared<StreamGraph>();
  stream->transformations.resize(1);
  graph.stream_graph = stream;
  graph::JobVertex vertex;
  graph::ChainedOperator op;
  op.id = {2, 6};
  op.transformation = 0;
  vertex.chain.push_back(op);
  graph.vertices.push_back(vertex);
  const auto open = [&](const OpenOptions& options) {
    const auto store = ha::make_file_ha_store(files, settings.ha_directory, options.job);
    return open_job(files, store.get(), settings, graph, options);
  };
  OpenOptions options{job, false, true, {}, false, false};
  CHECK(!open(options).from);  // the first time
  CHECK(refusal([&] { open(options); }).find("has run before") != std::string::npos);
  options.recover = true;
  CHECK(!open(options).from);
  const auto directory = make_checkpoint(files, scratch, 5);
  {
    const auto store = ha::make_file_ha_store(files, settings.ha_directory, job);
    store->take_over(7);
    store->publish({17, {directory}});
  }
  const auto shared = scratch.at(job.hex() + "/shared/");
  for (const auto* name : {"run-2-0", "orphan.run", "killed.run.part"})
    write_file(shared + name, 1);
  const auto opened = open(options);
  CHECK(std::filesystem::exists(shared + "run-2-0"));
  CHECK(!std::filesystem::exists(shared + "orphan.run"));
  CHECK(!std::filesystem::exists(shared + "killed.run.part"));
  REQUIRE(opened.from);
  CHECK(opened.from->id() == 5);
  CHECK(opened.counts);
  CHECK(opened.first_checkpoint_id == 17);
  CHECK(opened.restore->vertices[0].snapshots.size() == 1);

  // Another graph: what would be left behind must be allowed.
  graph.fingerprint = 5;
  graph.vertices[0].chain[0].id = {8, 8};
  CHECK(refusal([&] { open(options); }).find("--allow-non-restored-state") != std::string::npos);
  graph.vertices[0].chain[0].id = {2, 6};
  graph.fingerprint = 0;

  OpenOptions other{{3, 4}, false, true, directory, true, false};
  const auto claimed = open(other);
  CHECK(claimed.counts);
  CHECK(!claimed.full_first);
  OpenOptions third{{5, 6}, false, true, directory, true, false};
  CHECK(refusal([&] { open(third); }).find("is claimed by job") != std::string::npos);
  third.claim = false;
  third.job = {7, 8};
  CHECK(open(third).full_first);

  std::ofstream(directory + "/_metadata", std::ios::app) << "x";
  CHECK(refusal([&] { open(options); }).find("cannot go on from its newest checkpoint") !=
        std::string::npos);
}

TEST_CASE("a claimed savepoint's runs outlive it for as long as a newer checkpoint needs them") {
  Scratch scratch;
  fs::LocalFileSystem files;
  const auto savepoint = scratch.at("sp");
  const auto used = savepoint + "/used.run", unused = savepoint + "/unused.run";
  write_file(used, 10);
  write_file(unused, 10);
  write_file(savepoint + "/_metadata", 10);
  write_file(savepoint + "/_claimed-" + job.hex(), 0);
  const auto complete = [&](std::int64_t id, const std::string& directory,
                            std::set<std::string> runs) {
    auto metadata = std::make_shared<Metadata>();
    metadata->checkpoint_id = id;
    return Completed{metadata, directory, std::move(runs)};
  };
  CompletedCheckpoints kept{1};
  CHECK(kept.add(complete(1, savepoint, {used, unused}), {}).empty());
  CHECK(remove_garbage(files, kept.add(complete(2, scratch.at("chk-2"), {used}), {})).empty());
  CHECK(std::filesystem::exists(used));
  CHECK(!std::filesystem::exists(unused));
  CHECK(!std::filesystem::exists(savepoint + "/_metadata"));
  CHECK(!std::filesystem::exists(savepoint + "/_claimed-" + job.hex()));
  CHECK(remove_garbage(files, kept.add(complete(3, scratch.at("chk-3"), {}), {})).empty());
  CHECK(!std::filesystem::exists(savepoint));
  write_file(scratch.at("chk-4/half.run"), 1);
  CHECK(remove_garbage(files, {{}, {}, {scratch.at("chk-4")}}).empty());
  CHECK(!std::filesystem::exists(scratch.at("chk-4")));
}

TEST_CASE("HA: a directory that somebody removed is made again; one that fails is no riddle") {
  Scratch scratch;
  fs::LocalFileSystem files;
  const auto store = ha::make_file_ha_store(files, scratch.at("x"), job);
  store->take_over(7);
  store->publish({17, {"/a"}});
  std::filesystem::remove_all(scratch.at("x"));
  store->check();
  store->publish({17, {"/b"}});
  CHECK(store->read()->checkpoints == std::vector<std::string>{"/b"});
  const auto second = ha::make_file_ha_store(files, scratch.at("x"), job);
  CHECK(ha::epoch_number(second->take_over(7)) == 2);
  CHECK_THROWS_AS(store->publish({18, {"/c"}}), ha::FencedError);
  CHECK_THROWS_AS(store->check(), ha::FencedError);
  std::filesystem::remove_all(scratch.at("x"));
  write_file(scratch.at("x"), 1);  // in its place
  try {
    second->publish({19, {"/d"}});
    FAIL("published");
  } catch (const ha::UncertainError&) {
    FAIL("nothing was written, which is certain");
  } catch (const Error&) {
  }
}

TEST_CASE("HA: whoever removes the directory, or an epoch of it, at any moment is no successor") {
  for (const bool whole : {true, false}) {
    for (const bool publishes : {true, false}) {
      for (int moment = 0, looks = 0; looks >= moment; ++moment) {
        CAPTURE(whole);
        CAPTURE(publishes);
        CAPTURE(moment);
        Scratch scratch;
        fs::LocalFileSystem real;
        Watched files{real};
        const auto store = ha::make_file_ha_store(files, scratch.at("x"), job);
        const auto epoch = "epoch-" + std::to_string(store->take_over(7));
        store->publish({17, {"/a"}});
        const std::filesystem::path directory = scratch.at("x/" + job.hex() + "/ha");
        looks = 0;
        files.looks = [&] {
          if (looks++ == moment) remove_all(whole ? directory : directory / epoch);
        };
        try {
          if (publishes) store->publish({17, {"/b"}});
          else store->check();
        } catch (const ha::FencedError& error) {
          FAIL(error.message());
        } catch (const ha::UncertainError& error) {
          CHECK_MESSAGE(!whole, error.message());
        } catch (const Error&) {
        }
        files.looks = nullptr;
        store->publish({17, {"/c"}});
        store->check();  // all there again
      }
    }
  }
}

TEST_CASE("recovered after the savepoint that stopped it: what sinks were handed is committed") {
  Scratch scratch;
  fs::LocalFileSystem files;
  Settings settings;
  settings.directory = settings.ha_directory = scratch.at("x");
  graph::JobGraph graph;
  auto stream = std::make_shared<StreamGraph>();
  stream->transformations.resize(1);
  graph.stream_graph = stream;
  graph.fingerprint = 77;
  graph::JobVertex vertex;
  vertex.id = {5, 5};
  vertex.parallelism = 2;
  graph::ChainedOperator op;
  op.id = {2, 6};
  op.transformation = 0;
  vertex.chain.push_back(op);
  graph.vertices.push_back(vertex);
  Metadata metadata;
  metadata.job_high = job.high;
  metadata.job_low = job.low;
  metadata.checkpoint_id = 9;
  metadata.savepoint = metadata.stop = true;
  metadata.graph_fingerprint = 77;
  OperatorState sink;
  sink.operator_high = 2;
  sink.operator_low = 6;
  sink.parallelism = 2;
  sink.subtasks.resize(2);
  for (auto& subtask : sink.subtasks) {
    subtask.state.operator_state["committables"].items = {"item"};
  }
  sink.subtasks[1].state.operator_state["committables"].items.clear();
  metadata.operators.push_back(sink);
  const auto savepoint = scratch.at("sp");
  std::filesystem::create_directories(savepoint);
  write_durably(files, savepoint + "/_metadata", encode_metadata(metadata, savepoint));
  const auto store = ha::make_file_ha_store(files, settings.ha_directory, job);
  store->take_over(7);
  store->publish({17, {savepoint}});
  const OpenOptions options{job, true, true, {}, false, false};
  const auto opened = open_job(files, store.get(), settings, graph, options);
  REQUIRE(opened.restore);
  CHECK(opened.restore->last);
  std::string told;
  for (const auto& event : opened.restore->events) {
    CHECK(event.op == op.id);
    told += std::to_string(event.subtask) + ":" + event.bytes + " ";
  }
  CHECK(told == "0:ritem 0:R 0:a 1:R 1:a ");
  graph.fingerprint = 78;
  CHECK(refusal([&] {
          open_job(files, store.get(), settings, graph, options);
        }).find("with the job as it was") != std::string::npos);
}

}  // namespace flink::checkpoint
