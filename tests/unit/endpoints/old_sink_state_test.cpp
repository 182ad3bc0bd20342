// SPDX-License-Identifier: Apache-2.0
// Sinks' states of builds whose committables had no identities.
#include <doctest/doctest.h>
#include <flink/endpoints/sink_runtime.h>
#include <flink/error.h>

#include <algorithm>

#include "endpoints/sink_state.h"
#include "unit/connectors/harness.h"

namespace flink::detail {
namespace {

using Names = std::vector<std::string>;

struct OldState {
  Names jobs{"0123456789abcdef0123456789abcdef"};
  bool all_ended = false;
  std::string schema = "string";
  Names committables;
};
std::string old_state(const Names& committables) {
  OldState state;
  state.committables = committables;
  return '\1' + to_bytes(state);
}

// Everything is committed at once.
class Recorder final : public SinkCommitter {
 public:
  explicit Recorder(Names& to) : committed_(to) {}
  void open(CoordinatorContext&) override {}
  void create(SinkJobContext&) override {}
  std::string committable_schema() const override { return "string"; }
  Committables converted(std::string_view, const Committables& all) override { return all; }
  void prepare_job() override {}
  std::vector<CommitOutcome> commit(const std::vector<CommitTry>& tries) override {
    for (const auto& one : tries) committed_.push_back(one.committable);
    return std::vector<CommitOutcome>(tries.size());
  }
  void clean_up_attempts(const std::vector<SubtaskAttempt>&, const Committables&) override {}
  void clean_up_earlier_runs(const Committables&) override {}
  void complete_job() override {}
  void abort_job(const Committables&) override {}

 private:
  Names& committed_;
};

std::string restored(const std::string& committable) {
  return checkpoint_event(sink_event::restored_old, 7) + committable;
}

}  // namespace

TEST_CASE("an old state's committables are counted against those that subtasks held too") {
  struct Row {
    Names coordinator, subtask, expected;
  };
  const Row rows[] = {
      {{"a", "b"}, {"a", "b"}, {"a", "b"}},
      {{"a", "a"}, {"a"}, {"a", "a"}},
      {{"a"}, {"a", "a", "b"}, {"a", "a", "b"}},
      {{}, {"a", "a"}, {"a", "a"}},
  };
  for (const auto& row : rows) {
    Names committed;
    test::FakeJob job;
    test::FakeCoordinatorContext context{job, 1};
    const auto coordinator = make_sink_coordinator(std::make_unique<Recorder>(committed));
    coordinator->restore(7, old_state(row.coordinator));
    coordinator->start(context);
    for (int attempt = 0; attempt < 2; ++attempt) {  // the second one sends them all again
      coordinator->subtask_ready(0, attempt);
      for (const auto& one : row.subtask) coordinator->handle_event(0, attempt, restored(one));
      coordinator->handle_event(0, attempt, std::string(1, sink_event::all_restored));
      coordinator->subtask_reset(0, attempt, 7);
    }
    std::sort(committed.begin(), committed.end());
    CHECK(committed == row.expected);
  }
}

TEST_CASE("a newer build's state is refused by the sink's name") {
  const std::string newer = '\3' + to_bytes(OldState{});
  CHECK_THROWS_WITH(read_sink_state(newer, 7, "out"),
                    "state of sink \"out\": it has version 3, this build reads version 2; restore "
                    "with the newer build");
}

TEST_CASE("items of a subtask's state are told apart by their schema") {
  using New = CheckpointCommittable<std::int64_t>;
  CHECK(restored_event(schema_of<New>()) == sink_event::restored);
  CHECK(restored_event("{checkpoint_id:i64,committable:i64}") == sink_event::restored_old);
  // As the event has it: who commits what a stopped job had handed over reads no types.
  const New item{7, {3, 1, 2, 5}, 42};
  CHECK(committable_event(sink_event::restored, 7, item.id, to_bytes<std::int64_t>(42)) ==
        sink_event::restored + to_bytes(item));
}

}  // namespace flink::detail
