// SPDX-License-Identifier: Apache-2.0
// The file sink under checkpoints: parts become visible with theirs, and survive savepoints,
// restarts and other JobManagers.
#include <doctest/doctest.h>
#include <flink/connectors/file/file_sink.h>

#include "unit/connectors/harness.h"

namespace flink::test {
namespace {

struct Row {
  std::string word;
  std::int64_t count = 0;
};

const std::string owner = "-0123456789abcdef0123456789abcdef-fedcba9876543210fedcba9876543210-";

// One subtask of a sink, its checkpoints by hand.
struct OneWriter {
  explicit OneWriter(FakeJob& owner, FileSink<Row> sink = FileSink<Row>::csv("out"),
                     std::int64_t restored = no_checkpoint, const std::string& state = {},
                     OperatorSnapshot of_writer = {})
      : job(owner), context(owner, 1), task(owner, output, 0, 1, 0) {
    detail::install_sink(std::make_shared<const FileSink<Row>>(std::move(sink)), transformation);
    job.options["execution.checkpointing.interval"] = "1 s";
    coordinator = transformation.make_coordinator();
    if (!state.empty()) coordinator->restore(restored, state);
    coordinator->start(context);
    if (!state.empty()) task.restored_id = restored;
    task.restored = std::move(of_writer);
    writer = transformation.make_operator();
    writer->open(task);
    deliver();
  }
  void write(const std::string& word) {
    auto batch = make_ref<RecordBatch<Row>>();
    batch->emplace(Row{word, 1});
    BatchRef erased{batch.release()};
    writer->process(0, erased);
  }
  void checkpoint(std::int64_t id) {
    state = coordinator->checkpoint(id);
    writer->prepare_snapshot(id);
    snapshot = writer->snapshot(id);
    deliver();
  }
  void commit() {
    coordinator->commit();
    coordinator->all_committed();
  }
  void deliver() {
    for (; !job.to_coordinator.empty(); job.to_coordinator.pop_front()) {
      coordinator->handle_event(0, 0, std::get<2>(job.to_coordinator.front()));
    }
    auto& down = job.to_subtask.at(0);
    for (; !down.empty(); down.pop_front()) writer->handle_coordinator_event(down.front());
  }
  FakeJob& job;
  FakeCoordinatorContext context;
  NoOutput output;
  FakeOperatorContext task;
  Transformation transformation;
  std::unique_ptr<OperatorCoordinator> coordinator;
  std::unique_ptr<Operator> writer;
  std::string state;
  OperatorSnapshot snapshot;
};

TEST_CASE("parts become visible when their checkpoint is complete, not before") {
  FakeJob job;
  OneWriter sink{job};
  sink.write("a");
  sink.checkpoint(1);
  sink.write("b");
  sink.checkpoint(2);
  sink.coordinator->checkpoint_aborted(2);
  CHECK(job.files.names("out").size() == 2);
  for (const auto& name : job.files.names("out")) {
    CHECK(contains(name, ".pending"));
    CHECK(job.files.synced.contains("out/" + name));
  }
  sink.coordinator->checkpoint_complete(1);
  sink.writer->notify_checkpoint_complete(1);
  sink.deliver();
  CHECK(job.files.content("out/" + part("0-0.csv")) == "a,1\n");
  sink.checkpoint(3);
  CHECK(sink.snapshot.at("committables").items.size() == 1);
  CHECK(contains(sink.snapshot.at("committables").schema, "checkpoint_id:i64"));
  sink.coordinator->checkpoint_complete(3);
  sink.coordinator->checkpoint_complete(3);
  CHECK(job.files.names("out") == std::vector<std::string>{part("0-0.csv"), part("r1-0-1.csv")});
}

TEST_CASE("a cancelled job keeps what a savepoint may name, and drops the rest") {
  FakeJob job;
  OneWriter sink{job};
  sink.write("in the savepoint");
  sink.checkpoint(1);  // a savepoint: nobody says that it is complete
  sink.write("in a checkpoint that failed");
  sink.checkpoint(2);
  sink.coordinator->checkpoint_aborted(2);
  sink.write("open");
  sink.writer->prepare_snapshot(3);  // its committable never arrives
  sink.coordinator->abort();
  CHECK(job.files.names("out") == std::vector<std::string>{"." + part("0-0.csv.pending")});
}

TEST_CASE("a JobManager that another one has replaced leaves the other's parts alone") {
  FakeJob job;
  OneWriter sink{job};
  sink.write("a");
  sink.checkpoint(1);
  sink.coordinator->checkpoint_aborted(1);
  const std::string of_successor = part("100000-0.csv.inprogress");
  job.files.put("out/" + of_successor, "a,1\n");
  sink.coordinator->abort();
  CHECK(job.files.names("out") == std::vector<std::string>{of_successor});
}

TEST_CASE("a savepoint can be restored though a later failure took its records back") {
  FakeJob job;
  OneWriter sink{job};
  sink.write("a");
  sink.checkpoint(1);
  sink.coordinator->checkpoint_complete(1);
  sink.writer->notify_checkpoint_complete(1);
  sink.write("b");
  sink.checkpoint(2);  // a savepoint: nobody says that it is complete
  const std::string saved = sink.state;
  const OperatorSnapshot saved_writer = sink.snapshot;
  sink.write("c");
  sink.checkpoint(3);  // its task dies over it
  sink.coordinator->subtask_reset(0, 0, 1);
  CHECK(job.files.names("out").size() == 3);
  sink.coordinator->checkpoint_aborted(3);
  const std::string in_savepoint = "." + part("r1-0-1.csv.pending");
  CHECK(job.files.names("out") == std::vector<std::string>{in_savepoint, part("0-0.csv")});
  sink.coordinator->checkpoint(4);
  sink.coordinator->checkpoint_complete(4);
  sink.coordinator->abort();
  CHECK(job.files.names("out") == std::vector<std::string>{in_savepoint, part("0-0.csv")});
  OneWriter restored{job, FileSink<Row>::csv("out"), 2, saved, saved_writer};
  CHECK(job.files.content("out/" + part("r1-0-1.csv")) == "b,1\n");
  CHECK(job.files.names("out") ==
        std::vector<std::string>{".kept" + owner, part("0-0.csv"), part("r1-0-1.csv")});
}

TEST_CASE("a restored job commits what its checkpoint names and goes on in its directory") {
  FakeJob job;
  OneWriter first{job};
  first.write("a");
  first.checkpoint(1);
  first.write("b");
  first.writer->prepare_snapshot(2);  // not part of any complete checkpoint; of a savepoint?
  const std::string in_doubt = "." + part("r1-0-1.csv.pending");
  job.to_coordinator.clear();
  job.files.put("out/readme", "of a reader");
  job.files.put("out/" + part("0-2.csv.inprogress"), "of nobody");
  {
    OneWriter second{job, FileSink<Row>::csv("out"), 1, first.state, first.snapshot};
    CHECK(job.files.names("out") ==
          std::vector<std::string>{".kept" + owner, in_doubt, part("0-0.csv"), "readme"});
    REQUIRE(job.warnings.size() == 1);
    CHECK(contains(job.warnings[0], "1 uncommitted part(s) of earlier runs left in 'out'"));
    job.warnings.clear();
    job.files.files.erase("out/" + in_doubt);
    second.write("c");
    second.checkpoint(2);
    second.coordinator->checkpoint_complete(2);
    CHECK(job.files.names("out") ==
          std::vector<std::string>{".kept" + owner, part("0-0.csv"), part("r1-0-0.csv"), "readme"});
  }
  const auto again = [&](const FileSink<Row>& sink) {
    return error_of([&] { OneWriter(job, sink, 1, first.state, first.snapshot); });
  };
  CHECK(again(FileSink<Row>::csv("out")).empty());
  job.files.files.erase("out/" + part("0-0.csv"));
  CHECK(contains(again(FileSink<Row>::csv("out")), "FileSink::allow_missing_parts()"));
  job.to_coordinator.clear();
  CHECK(again(FileSink<Row>::csv("out").allow_missing_parts()).empty());
  REQUIRE(job.warnings.size() == 1);
  CHECK(contains(job.warnings[0], "taken away since"));
  // A job that starts afresh does not.
  CHECK(contains(error_of([&] { OneWriter{job}; }), "is not empty"));
}

TEST_CASE("a job that died before its first checkpoint starts again where its parts lie") {
  FakeJob job;
  OneWriter first{job};
  first.write("a");
  first.writer->prepare_snapshot(1);
  job.to_coordinator.clear();
  job.files.put("out/" + part("0-1.csv.inprogress"), "of nobody");
  OneWriter second{job};
  CHECK(job.files.names("out") ==
        std::vector<std::string>{".kept" + owner, "." + part("0-0.csv.pending")});
  CHECK(contains(job.warnings.at(0), "of earlier runs left in"));
  second.write("b");
  second.checkpoint(1);
  CHECK(job.files.content("out/." + part("0-0.csv.pending")) == "a,1\n");
}

// The JobManager dies, or its coordinators start again: what they knew of the savepoint is gone.
TEST_CASE("a savepoint that is newer than the checkpoint gone back to stays whole") {
  FakeJob job;
  OneWriter first{job};
  first.write("a");
  first.checkpoint(1);
  first.coordinator->checkpoint_complete(1);
  first.writer->notify_checkpoint_complete(1);
  const std::string state = first.state;
  const OperatorSnapshot snapshot = first.snapshot;
  first.write("b");
  first.checkpoint(2);  // a savepoint
  job.to_coordinator.clear();
  {
    OneWriter second{job, FileSink<Row>::csv("out"), 1, state, snapshot};
    second.write("b");
    second.checkpoint(3);
    second.coordinator->checkpoint_complete(3);
    second.coordinator->abort();
  }
  job.to_coordinator.clear();
  OneWriter third{job, FileSink<Row>::csv("out"), 2, first.state, first.snapshot};
  CHECK(job.files.content("out/" + part("r1-0-1.csv")) == "b,1\n");
}

// Its coordinators start again, or its JobManager does, and the records are written again.
TEST_CASE("pending parts that neither the checkpoint nor any savepoint names go at a restart") {
  FakeJob job;
  job.newest_savepoint = 0;
  {
    OneWriter before_any{job};
    before_any.write("a");
    before_any.writer->prepare_snapshot(1);
    job.to_coordinator.clear();
    CHECK(job.files.names("out").size() == 1);
  }
  OneWriter first{job};
  CHECK(job.files.names("out").empty());
  first.write("a");
  first.checkpoint(1);
  first.coordinator->checkpoint_complete(1);
  first.writer->notify_checkpoint_complete(1);
  first.write("b");
  first.checkpoint(2);
  const std::string state = first.state;
  const OperatorSnapshot snapshot = first.snapshot;
  first.write("c");
  first.writer->prepare_snapshot(3);
  job.to_coordinator.clear();
  CHECK(job.files.names("out").size() == 3);
  const std::string of_another =
      ".part-0-0123456789abcdef0123456789abcdef-00000000000000000000000000000001-0-9.csv.pending";
  job.files.put("out/" + of_another, "of another sink");
  OneWriter second{job, FileSink<Row>::csv("out"), 2, state, snapshot};
  CHECK(job.files.names("out") ==
        std::vector<std::string>{of_another, part("0-0.csv"), part("r1-0-1.csv")});
  job.files.files.erase("out/" + of_another);
  // A TaskManager that has not heard of it writes on for a while.
  job.files.put("out/." + part("r2-0-3.csv.pending"), "d,1\n");
  second.write("c");
  second.writer->finish();
  second.deliver();
  second.commit();
  CHECK(job.files.names("out") ==
        std::vector<std::string>{part("0-0.csv"), part("r1-0-1.csv"), part("r2-0-0.csv")});
  CHECK(job.warnings.empty());
}

TEST_CASE("pending parts that a savepoint may name stay at a restart") {
  FakeJob job;
  job.newest_savepoint = 5;
  OneWriter first{job};
  first.write("a");
  first.checkpoint(1);
  const std::vector<std::string> kept{
      "." + part("0-7.csv.pending"), "." + part("r4-0-0.csv.pending"),
      "part-0-0123456789ab-r5-0-0.csv.pending"};  // the last one is of an earlier build
  for (const auto& name : kept) job.files.put("out/" + name, "b,1\n");
  job.files.put("out/." + part("r5-0-1.csv.pending"), "c,1\n");
  job.files.put("out/." + part("r6-0-0.csv.pending"), "d,1\n");
  std::vector<std::string> left = kept;
  left.insert(left.begin() + 3, part("0-0.csv"));
  OneWriter second{job, FileSink<Row>::csv("out"), 1, first.state, first.snapshot};
  CHECK(job.files.names("out") == left);
  CHECK(contains(job.warnings.at(0), "3 uncommitted part(s) of earlier runs left"));
  second.writer->finish();
  second.deliver();
  second.commit();
  CHECK(job.files.names("out") == left);
}

TEST_CASE("what was there when nothing was known of savepoints stays; what came later is known") {
  FakeJob job;
  const auto of_before = "." + part("0-7.csv.pending");
  job.files.put("out/" + of_before, "b,1\n");
  {
    OneWriter first{job};
    first.write("a");
    first.writer->prepare_snapshot(1);
    job.to_coordinator.clear();
  }
  job.newest_savepoint = 0;
  for (int life = 0; life < 2; ++life) {
    OneWriter next{job};
    CHECK(job.files.names("out") == std::vector<std::string>{".kept" + owner, of_before});
    if (life == 0) continue;
    next.writer->finish();
    next.deliver();
    next.commit();
    CHECK(job.files.files.contains("out/" + of_before));
  }
  job.files.files.erase("out/" + of_before);  // whoever needed it has it
  OneWriter last{job};
  last.writer->finish();
  last.deliver();
  last.commit();
  CHECK(job.files.names("out").empty());
}

TEST_CASE("overwrite replaces what the job's first life found, and nothing that came since") {
  const auto of = [](const std::string& id, const std::string& end) {
    return "out/part-0-" + id + "-00000000000000000000000000000001-0-0.csv" + end;
  };
  const std::string old_id(32, 'a'), later_id(32, 'b');
  for (const bool finds_any : {true, false}) {
    CAPTURE(finds_any);
    FakeJob job;
    job.files.put("out/.hidden", "");
    if (finds_any) job.files.put(of(old_id, ""), "old\n");
    job.files.put(of(old_id, ".inprogress"), "somebody writes\n");
    const auto sink = FileSink<Row>::csv("out").overwrite();
    OneWriter first{job, sink};
    first.write("a");
    first.checkpoint(1);
    job.to_coordinator.clear();
    job.files.put(of(later_id, ""), "later\n");
    for (int life = 0; life < 2; ++life) {
      OneWriter next{job, sink, 1, first.state, first.snapshot};
      CHECK(job.files.files.contains("out/" + part("0-0.csv")));
      CHECK(!job.files.files.contains(of(old_id, "")));
      CHECK(job.files.content(of(later_id, "")) == "later\n");
      CHECK(job.files.files.contains(of(old_id, ".inprogress")));
      CHECK(!job.files.files.contains("out/.replaced" + owner));
      job.to_coordinator.clear();
    }
  }
}

TEST_CASE("a part that lost bytes is not published") {
  FakeJob job;
  OneWriter sink{job};
  sink.write("a");
  sink.checkpoint(1);
  job.files.files.at("out/." + part("0-0.csv.pending"))->resize(1);
  CHECK(contains(error_of([&] { sink.coordinator->checkpoint_complete(1); }),
                 "has 1 bytes, but 4 were written"));
}

}  // namespace
}  // namespace flink::test
