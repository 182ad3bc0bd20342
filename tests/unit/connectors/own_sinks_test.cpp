// SPDX-License-Identifier: Apache-2.0
// Sinks of one's own: writers, their state and pace, committers and their retries.
#include <doctest/doctest.h>
#include <flink/connectors/blackhole_sink.h>

#include "unit/connectors/harness.h"
#include "unit/test_turn.h"

namespace flink::test {
namespace {

// Turns slow, as the clock sees it, at a record.
struct SlowSink final : Sink<std::int64_t> {
  struct Seen {
    TestTurn turn;
    std::int64_t slow_at = 0, written = 0, late = 0;
    std::size_t largest = 0;
  };
  struct Writer final : SinkWriter<std::int64_t> {
    Seen* seen;
    explicit Writer(Seen* s) : seen(s) {}
    void write(const std::int64_t&) override {
      if (seen->written++ == seen->slow_at) seen->turn.flag.store(true);
      if (seen->turn.flag.load()) ++seen->late;
    }
    void write_batch(std::span<const std::int64_t> records) override {
      seen->largest = std::max(seen->largest, records.size());
      SinkWriter::write_batch(records);
    }
    void flush(bool) override {}
  };
  Seen* seen;
  explicit SlowSink(Seen* s) : seen(s) {}
  std::unique_ptr<SinkWriter<std::int64_t>> create_writer(WriterInitContext&) const override {
    return std::make_unique<Writer>(seen);
  }
};

TEST_CASE("a sink that turns slow in the middle of a batch is looked up from soon") {
  for (const std::int64_t slow_at : {0, 1, 500, 1'023, 1'030}) {
    CAPTURE(slow_at);
    FakeJob job;
    SlowSink::Seen seen;
    seen.slow_at = slow_at;
    job.turn = &seen.turn;
    SinkJob<std::int64_t> sink{job, SlowSink{&seen}, 1};
    for (int batch = 0; batch < 2; ++batch) sink.write(0, std::vector<std::int64_t>(1024, 7));
    CHECK(seen.turn.looked == 1);
    CHECK(seen.late <= 128);
    CHECK(seen.largest >= 64);  // while it is quick
  }
}

// A sink of one's own with a committer.
struct Letter {
  std::string text;
  int failures = 0;
};
struct Post final : Sink<std::string>, SupportsCommitter<Letter> {
  struct Writer final : CommittingSinkWriter<std::string, Letter> {
    void write(const std::string& record) override { letters.push_back({record, 0}); }
    void flush(bool) override {}
    std::vector<Letter> prepare_commit() override { return std::exchange(letters, {}); }
    std::vector<Letter> letters;
  };
  struct Mailbox final : Committer<Letter> {
    explicit Mailbox(std::vector<std::string>& out) : sent(out) {}
    void commit(std::vector<CommitRequest<Letter>>& requests) override {
      for (auto& request : requests) {
        const Letter& letter = request.committable();
        if (letter.text == "known") {
          request.signal_failed_with_known_reason("no stamp");
        } else if (letter.text == "unknown") {
          request.signal_failed_with_unknown_reason("lost");
        } else if (letter.failures < 3) {
          request.update_and_retry_later({letter.text, letter.failures + 1}, "closed");
        } else {
          sent.push_back(letter.text + std::to_string(request.number_of_retries()));
        }
      }
    }
    std::vector<std::string>& sent;
  };
  explicit Post(std::vector<std::string>& out) : sent(out) {}
  std::unique_ptr<SinkWriter<std::string>> create_writer(WriterInitContext&) const override {
    return std::make_unique<Writer>();
  }
  std::unique_ptr<Committer<Letter>> create_committer(SinkJobContext&) const override {
    return std::make_unique<Mailbox>(sent);
  }
  std::vector<std::string>& sent;
};

TEST_CASE("requests: retried with an update, given up, failed") {
  FakeJob job;
  std::vector<std::string> sent;
  SinkJob<std::string> sink{job, Post{sent}, 2};
  sink.write(0, {"a", "known"});
  sink.write(1, {"b"});
  sink.finish(0);
  sink.finish(1);
  sink.commit();
  CHECK(sent == std::vector<std::string>{"a3", "b3"});
  REQUIRE(job.warnings.size() == 1);
  CHECK(contains(job.warnings[0], "no stamp"));

  SinkJob<std::string> lost{job, Post{sent}, 1};
  lost.write(0, {"unknown"});
  lost.finish(0);
  CHECK(contains(error_of([&] { lost.commit(); }), "commit failed: lost"));
}

// A writer with state: how many records went through it and its predecessors.
struct Tally {
  std::int64_t records = 0;
};
struct Counting final : Sink<int>, SupportsWriterState<int, Tally> {
  struct Writer final : SinkWriter<int>, StatefulSinkWriter<Tally> {
    explicit Writer(std::vector<Tally> of) : tallies(std::move(of)) {}
    void write(const int&) override { ++fresh; }
    void flush(bool) override { ++flushed; }
    std::vector<Tally> snapshot_state(std::int64_t) override {
      auto all = tallies;
      all.push_back({fresh});
      return all;
    }
    std::vector<Tally> tallies;
    std::int64_t fresh = 0;
    int flushed = 0;
  };
  std::unique_ptr<SinkWriter<int>> create_writer(WriterInitContext&) const override {
    return std::make_unique<Writer>(std::vector<Tally>{});
  }
  std::unique_ptr<SinkWriter<int>> restore_writer(WriterInitContext&,
                                                  std::vector<Tally> state) const override {
    return std::make_unique<Writer>(std::move(state));
  }
};

TEST_CASE("writers with state get it back") {
  FakeJob job;
  SinkJob<int> sink{job, Counting{}, 1};
  CHECK_FALSE(sink.transformation.make_coordinator);
  sink.write(0, {1, 2, 3});
  sink.tasks[0].sink->prepare_snapshot(1);
  const OperatorSnapshot snapshot = sink.tasks[0].sink->snapshot(1);
  CHECK(snapshot.at("writer_raw_states").items.size() == 1);
  FakeOperatorContext context{job, sink.output, 0, 1, 1};
  context.restored = snapshot;
  context.restored_id = 1;
  const auto restored = sink.transformation.make_operator();
  restored->open(context);
  CHECK(restored->snapshot(2).at("writer_raw_states").items.size() == 2);
  CHECK(restored->snapshot(2).at("writer_raw_states").items[0] ==
        snapshot.at("writer_raw_states").items[0]);
}

TEST_CASE("a sink without a committer needs no coordinator") {
  FakeJob job;
  SinkJob<int> sink{job, BlackholeSink<int>{}, 1};
  CHECK_FALSE(sink.transformation.make_coordinator);
  CHECK_FALSE(sink.transformation.commits_at_end);
  CHECK(sink.transformation.is_sink);
  sink.write(0, {1, 2});
  sink.finish(0);
}

}  // namespace
}  // namespace flink::test
