// SPDX-License-Identifier: Apache-2.0
// Our own sources give each split an output of its own, from when it holds watermarks back until it
// has been read.
#include <doctest/doctest.h>
#include <flink/connectors/file/file_source.h>
#include <flink/connectors/sequence_source.h>

#include "unit/connectors/harness.h"

namespace flink::test {
namespace {

// What happens to the outputs of splits, as text; a run of records of one split is one entry.
struct SplitLog final : SplitOutputs {
  struct Records final : Output {
    SplitLog& log;
    std::string split;
    Records(SplitLog& l, std::string s) : log(l), split(std::move(s)) {}
    void emit(BatchRef& batch) override {
      log.records += batch->size();
      const std::string entry = "records of " + split;
      if (log.said.empty() || log.said.back() != entry) log.said.push_back(entry);
    }
    void emit_watermark(Timestamp) override {}
    void emit_idle(bool) override {}
  };
  std::vector<std::string> said;
  std::size_t records = 0;
  std::map<std::string, std::unique_ptr<Records>, std::less<>> outputs;

  Output& create_output_for_split(std::string_view split) override {
    said.push_back("create " + std::string{split});
    auto& output = outputs[std::string{split}];
    output = std::make_unique<Records>(*this, std::string{split});
    return *output;
  }
  void release_output_for_split(std::string_view split) override {
    said.push_back("release " + std::string{split});
    CHECK(outputs.erase(std::string{split}) == 1);
  }
};

// One subtask reads all there is, with what it restores first.
template <class T, class S, class SplitT>
SplitLog read_all(FakeJob& job, const S& source, const std::vector<SplitT>& restored) {
  SplitLog log;
  Transformation transformation;
  detail::install_source(std::make_shared<const S>(source), transformation);
  FakeCoordinatorContext jobmanager{job, 1};
  const auto coordinator = transformation.make_coordinator();
  coordinator->start(jobmanager);
  NoOutput main;
  FakeOperatorContext context{job, main, 0, 1, 0};
  context.splits = &log;
  if (!restored.empty()) context.restored[reader_state_name] = detail::item_list(restored);
  const auto reader = transformation.make_source();
  reader->open(context);
  coordinator->subtask_ready(0, 0);
  for (InputStatus status{}; status != InputStatus::end_of_input; status = reader->poll()) {
    for (const auto& [subtask, attempt, event] : std::exchange(job.to_coordinator, {})) {
      coordinator->handle_event(subtask, attempt, event);
    }
    for (const auto& event : std::exchange(job.to_subtask[0], {})) {
      reader->handle_coordinator_event(event);
    }
  }
  reader->close();
  CHECK(log.outputs.empty());
  return log;
}

using Said = std::vector<std::string>;

TEST_CASE("files: a split holds watermarks back from when it is opened, a restored one at once") {
  FakeJob job;
  job.files.put("in", "1\n2\n3\n4\n");
  const auto fresh = read_all<std::string>(
      job, FileSource<std::string>::text("in").with_split_bytes(4), std::vector<FileSplit>{});
  CHECK(fresh.said == Said{"create in@0", "records of in@0", "release in@0", "create in@4",
                           "records of in@4", "release in@4"});
  job.files.put("none", "");
  const auto restored =
      read_all<std::string>(job, FileSource<std::string>::text("none"),
                            std::vector<FileSplit>{{"in", 2, 2, 8, {}}, {"in", 6, 2, 8, {}}});
  CHECK(restored.said == Said{"create in@2", "create in@6", "records of in@2", "release in@2",
                              "records of in@6", "release in@6"});
  CHECK(restored.records == 2);
}

TEST_CASE("views of lines: each batch is of one split") {
  FakeJob job;
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "line\n";
  job.files.put("in", text);
  const auto log = read_all<std::string_view>(
      job, FileSource<std::string_view>::text("in").with_split_bytes(7000),
      std::vector<FileSplit>{});
  CHECK(log.records == 5000);
  CHECK(log.said.size() == 3 * 4);
}

TEST_CASE("ranges: all that were assigned hold watermarks back") {
  FakeJob job;
  const auto log =
      read_all<std::int64_t>(job, SequenceSource{1, 10}, std::vector<IndexRange>{{3, 2}, {-9, 4}});
  CHECK(log.said == Said{"create 3-4", "create -9--6", "create 1-10", "records of 3-4",
                         "release 3-4", "records of -9--6", "release -9--6", "records of 1-10",
                         "release 1-10"});
}

}  // namespace
}  // namespace flink::test
