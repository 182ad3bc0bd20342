// SPDX-License-Identifier: Apache-2.0
// Checkpoints of sources, piece by piece: who holds a split when; enumerators and readers restored.
// recovery_test.cpp does all of it at random.
#include <doctest/doctest.h>
#include <flink/connectors/file/file_source.h>
#include <flink/connectors/sequence_source.h>
#include <flink/connectors/socket/socket_source.h>

#include "unit/connectors/harness.h"

namespace flink::test {
namespace {

// A coordinator alone; what it sends is read as events.
struct Coordinated {
  template <class S>
  Coordinated(FakeJob& job, S source, int parallelism, std::int64_t restored = no_checkpoint,
              const std::string& state = {})
      : owner(job), context(job, parallelism) {
    job.to_subtask.assign(static_cast<std::size_t>(parallelism), {});
    detail::install_source(std::make_shared<const S>(std::move(source)), transformation);
    coordinator = transformation.make_coordinator();
    if (!state.empty()) coordinator->restore(restored, state);
    coordinator->start(context);
  }
  // How many splits that subtask's attempt is given when it asks; "n" events are not counted.
  int ask(int subtask, int attempt) {
    coordinator->handle_event(subtask, attempt, "r");
    int splits = 0;
    auto& events = owner.to_subtask[static_cast<std::size_t>(subtask)];
    for (const auto& event : std::exchange(events, {})) splits += event.front() == 's' ? 1 : 0;
    return splits;
  }
  FakeJob& owner;
  FakeCoordinatorContext context;
  Transformation transformation;
  std::unique_ptr<OperatorCoordinator> coordinator;
};

TEST_CASE("what was assigned after a checkpoint comes back, what was assigned before does not") {
  FakeJob job;
  job.files.put("in", "1\n2\n3\n4\n5\n");
  const auto source = FileSource<std::string>::text("in").with_split_bytes(2);
  Coordinated file{job, source, 1};
  OperatorCoordinator& coordinator = *file.coordinator;
  coordinator.subtask_ready(0, 0);
  CHECK(file.ask(0, 0) == 1);
  coordinator.checkpoint(1);
  CHECK(file.ask(0, 0) == 1);
  coordinator.checkpoint(2);
  coordinator.checkpoint_complete(1);
  coordinator.checkpoint_aborted(2);
  CHECK(file.ask(0, 0) == 1);
  coordinator.subtask_reset(0, 0, 1);
  coordinator.subtask_ready(0, 1);
  for (int left = 4; left > 0; --left) CHECK(file.ask(0, 1) == 1);
  CHECK(file.ask(0, 1) == 0);
  const std::string state = coordinator.checkpoint(3);
  coordinator.checkpoint_complete(3);
  coordinator.checkpoint_complete(3);  // again
  coordinator.checkpoint_complete(1);  // late
  CHECK(
      contains(error_of([&] { coordinator.subtask_reset(0, 1, 1); }), "checkpoint 3 is complete"));
  coordinator.subtask_reset(0, 1, 3);
  coordinator.subtask_ready(0, 2);
  CHECK(file.ask(0, 2) == 0);

  Coordinated again{job, source, 2, 3, state};
  again.coordinator->subtask_ready(1, 0);
  CHECK(again.ask(1, 0) == 0);
}

TEST_CASE("a restored enumerator looks for nothing: it hands out what no reader held") {
  FakeJob job;
  job.files.put("in/a", "1\n2\n3\n");
  const auto source = FileSource<std::string>::text("in").with_split_bytes(2);
  std::string state;
  {
    Coordinated file{job, source, 2};
    file.coordinator->subtask_ready(0, 0);
    CHECK(file.ask(0, 0) == 1);
    state = file.coordinator->checkpoint(7);
  }
  job.files.put("in/b", "4\n");
  Coordinated restored{job, source, 3, 7, state};
  restored.coordinator->subtask_ready(2, 0);
  CHECK(restored.ask(2, 0) == 1);
  CHECK(restored.ask(2, 0) == 1);
  CHECK(restored.ask(2, 0) == 0);
  restored.coordinator->subtask_reset(2, 0, 7);
  restored.coordinator->subtask_ready(0, 0);
  CHECK(restored.ask(0, 0) == 1);

  Coordinated ranges{job, SequenceSource{1, 10}, 2};
  state = ranges.coordinator->checkpoint(1);
  Coordinated fewer{job, SequenceSource{1, 10}, 1, 1, state};
  fewer.coordinator->subtask_ready(0, 0);
  CHECK(fewer.ask(0, 0) == 2);

  CHECK(contains(error_of([&] {
                   Coordinated(job, SequenceSource{1, 2}, 1, 7, "\x07");
                 }),
                 "has version 7"));
  CHECK(contains(error_of([&] {
                   Coordinated(job, SocketTextSource{"a", 1}, 1, 1, state);
                 }),
                 "the checkpoint holds"));
  CHECK_FALSE(error_of([&] { Coordinated(job, source, 1, 1, "\x01\x05"); }).empty());
}

TEST_CASE("a reader goes on where its snapshot was taken, with several splits or none") {
  FakeJob job;
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "line " + std::to_string(i) + "\r\n";
  job.files.put("in", text);
  SourceJob<std::string> first{job, FileSource<std::string>::text("in").with_split_bytes(2000), 1};
  first.step(0);
  first.tasks[0].source->handle_coordinator_event(job.to_subtask[0].front());
  const auto before = first.records();
  REQUIRE(before.size() < 1000);
  OperatorSnapshot snapshot = first.tasks[0].source->snapshot(1);
  auto& splits = snapshot.at("SourceReaderState");
  CHECK(contains(splits.schema, "path:string"));
  first.coordinator->checkpoint(1);

  job.to_subtask.clear();
  SourceJob<std::string> other{job, FileSource<std::string>::text("in").with_split_bytes(2000), 1};
  CollectOutput<std::string, std::string> output;
  FakeOperatorContext context{job, output, 0, 1, 0};
  context.restored = snapshot;
  context.restored_id = 1;
  const auto source = other.transformation.make_source();
  source->open(context);
  while (source->poll() == InputStatus::more_available) {
  }
  REQUIRE_FALSE(output.records.empty());
  CHECK(output.records.front() == "line " + std::to_string(before.size()));
  source->close();

  context.restored["SourceReaderState"].schema = "{path:i64}";
  const auto changed = other.transformation.make_source();
  CHECK(
      contains(error_of([&] { changed->open(context); }), "SourceReaderState cannot be restored"));
}

TEST_CASE("a socket says that it cannot be replayed, once checkpoints are on") {
  FakeJob job;
  Coordinated(job, SocketTextSource{"localhost", 1234}, 1);
  CHECK(job.warnings.empty());
  job.options["execution.checkpointing.interval"] = "1 s";
  Coordinated socket{job, SocketTextSource{"localhost", 1234}, 1};
  REQUIRE(job.warnings.size() == 1);
  CHECK(contains(job.warnings[0], "socket source localhost:1234: what was received since"));
  CHECK_FALSE(socket.coordinator->checkpoint(1).empty());
}

}  // namespace
}  // namespace flink::test
