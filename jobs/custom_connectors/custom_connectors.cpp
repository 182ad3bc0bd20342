// SPDX-License-Identifier: Apache-2.0
// A source and a sink of one's own. The source reads "chunks": how long the Collatz sequence of
// each of some numbers is. The sink adds up; its committer, which runs once the whole job has
// finished, prints the totals.
#include <flink/flink.h>

#include <cstdio>
#include <deque>

using namespace flink;

struct Length {
  std::int64_t start = 0;
  std::int64_t steps = 0;
};

// A split: numbers that one reader works on. Any aggregate will do.
struct Chunk {
  std::int64_t next = 0;
  std::int64_t end = 0;
};

// On the JobManager: hands a chunk to whoever asks.
class ChunkEnumerator : public SplitEnumerator<Chunk> {
 public:
  ChunkEnumerator(SplitEnumeratorContext<Chunk>& context, std::int64_t numbers)
      : context_(context), numbers_(numbers) {}
  void start() override {
    for (std::int64_t next = 1; next <= numbers_; next += 100) {
      chunks_.push_back({next, std::min(next + 100, numbers_ + 1)});
    }
  }
  void handle_split_request(int subtask) override {
    if (chunks_.empty()) return context_.signal_no_more_splits(subtask);
    context_.assign_split(chunks_.front(), subtask);
    chunks_.pop_front();
  }
  void add_splits_back(std::vector<Chunk> splits, int) override {
    chunks_.insert(chunks_.end(), splits.begin(), splits.end());
  }
  std::vector<Chunk> snapshot_state(std::int64_t) override {
    return {chunks_.begin(), chunks_.end()};
  }

 private:
  SplitEnumeratorContext<Chunk>& context_;
  std::int64_t numbers_;
  std::deque<Chunk> chunks_;
};

// In each subtask.
class ChunkReader : public SourceReader<Length, Chunk> {
 public:
  explicit ChunkReader(SourceReaderContext& context) : context_(context) {}
  void start() override { context_.send_split_request(); }
  InputStatus poll_next(ReaderOutput<Length>& output) override {
    if (chunks_.empty()) return ended_ ? InputStatus::end_of_input : InputStatus::nothing_available;
    Chunk& chunk = chunks_.front();
    Length length{chunk.next++, 0};
    for (std::int64_t n = length.start; n != 1; ++length.steps) n = n % 2 == 0 ? n / 2 : 3 * n + 1;
    output.collect(length);
    if (chunk.next == chunk.end) {
      chunks_.pop_front();
      if (chunks_.empty()) context_.send_split_request();
    }
    return InputStatus::more_available;
  }
  void add_splits(std::vector<Chunk> splits) override {
    chunks_.insert(chunks_.end(), splits.begin(), splits.end());
  }
  void notify_no_more_splits() override { ended_ = true; }
  std::vector<Chunk> snapshot_state(std::int64_t) override {
    return {chunks_.begin(), chunks_.end()};
  }

 private:
  SourceReaderContext& context_;
  std::deque<Chunk> chunks_;
  bool ended_ = false;
};

class CollatzSource : public Source<Length, Chunk> {
 public:
  explicit CollatzSource(std::int64_t numbers) : numbers_(numbers) {}
  Boundedness boundedness() const override { return Boundedness::bounded; }
  std::unique_ptr<SplitEnumerator<Chunk>> create_enumerator(
      SplitEnumeratorContext<Chunk>& context) const override {
    return std::make_unique<ChunkEnumerator>(context, numbers_);
  }
  std::unique_ptr<SourceReader<Length, Chunk>> create_reader(
      SourceReaderContext& context) const override {
    return std::make_unique<ChunkReader>(context);
  }

 private:
  std::int64_t numbers_;
};

// What a writer hands to the committer.
struct Subtotal {
  std::int64_t records = 0;
  std::int64_t steps = 0;
};

class TotalWriter : public CommittingSinkWriter<Length, Subtotal> {
 public:
  void write(const Length& length) override {
    ++subtotal_.records;
    subtotal_.steps += length.steps;
  }
  void flush(bool) override {}
  std::vector<Subtotal> prepare_commit() override { return {std::exchange(subtotal_, {})}; }

 private:
  Subtotal subtotal_;
};

class TotalPrinter : public Committer<Subtotal> {
 public:
  void commit(std::vector<CommitRequest<Subtotal>>& requests) override {
    Subtotal total;
    for (const auto& request : requests) {
      total.records += request.committable().records;
      total.steps += request.committable().steps;
    }
    std::printf("%lld numbers, %lld steps\n", static_cast<long long>(total.records),
                static_cast<long long>(total.steps));
    std::fflush(stdout);
  }
};

class TotalSink : public Sink<Length>, public SupportsCommitter<Subtotal> {
 public:
  std::unique_ptr<SinkWriter<Length>> create_writer(WriterInitContext&) const override {
    return std::make_unique<TotalWriter>();
  }
  std::unique_ptr<Committer<Subtotal>> create_committer(SinkJobContext&) const override {
    return std::make_unique<TotalPrinter>();
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const auto numbers = env.args().get<std::int64_t>("numbers", 1000);
  env.from_source(CollatzSource{numbers}, WatermarkStrategy<Length>::no_watermarks(), "collatz")
      .sink_to(TotalSink{})
      .name("totals");
  env.execute("Custom connectors");
}
